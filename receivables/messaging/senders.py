"""Who a company's mails come from, set by people; and what the last look at its domain found."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.printed import is_plain, one_line
from receivables.core.sentences import Sentence, gettext_noop
from receivables.messaging.channels.mime import UnsafeHeader, ascii_address
from receivables.messaging.discretion import told
from receivables.messaging.envelope import sender_of
from receivables.messaging.models import Sender, SenderCheck
from receivables.messaging.sender.findings import Finding, Level, Sending, Topic, worst
from receivables.messaging.sender.names import domain_of, takes_no_answer

_LOCAL = frozenset({"", "localhost", "127.0.0.1", "::1"})


@transaction.atomic
def set_sender(
    creditor: Creditor,
    *,
    name: str,
    address: str = "",
    reply_to: str = "",
    selectors: Sequence[str] = (),
    signing_domain: str = "",
    signature: str = "",
    by: User | None = None,
) -> Sender:
    """Let mails come from this team or person. Raises `Refused` for who cannot be answered, and for what no header may hold."""
    _refuse_name(name, creditor)
    for given in filter(None, (address, reply_to)):
        _refuse_address(given)
    values = {
        "name": one_line(name, longest=100),
        "address": address,
        "reply_to": reply_to,
        "selectors": [selector.lower() for selector in selectors],
        "signing_domain": signing_domain.lower(),
        "signature": "\n".join(one_line(line, longest=100) for line in signature.splitlines())[:500],
    }
    sender, _ = Sender.objects.update_or_create(creditor=creditor, defaults=values)
    record(creditor, "set_sender", sender, by=by, domain=domain_of(address), selectors=values["selectors"])
    return sender


def _refuse_name(name: str, creditor: Creditor) -> None:
    if not name.strip() or not is_plain(name) or "@" in name:
        raise Refused(gettext_noop("Name the team or the person that mails come from, on one line and without an address."))
    if takes_no_answer(name):
        raise Refused(gettext_noop("Customers must be able to answer: name a team or a person, not 'noreply'."))
    if word := told(name, apart_from=one_line(creditor.name)):
        raise Refused(gettext_noop("Others may read the sender's name, and it says %(word)s. Choose one that tells of no debt."), word=word)


def _refuse_address(address: str) -> None:
    try:
        ascii_address(address)
    except UnsafeHeader:
        raise Refused(gettext_noop("%(address)s is no address that mail can come from."), address=one_line(address)) from None
    if takes_no_answer(address):
        raise Refused(gettext_noop("%(address)s tells people not to answer."), address=address)


def sending_of(creditor: Creditor) -> Sending:
    """How this company sends, as the check needs it."""
    sender, given = sender_of(creditor), Sender.objects.filter(creditor=creditor).first()
    by_ourselves = settings.EMAIL_PROVIDER == "smtp" and settings.EMAIL_HOST not in _LOCAL
    return Sending(
        address=sender.address,
        reply_to=sender.reply_to,
        return_path=settings.BOUNCE_ADDRESS,
        selectors=tuple(given.selectors) if given else (),
        signing_domain=given.signing_domain if given else "",
        hosts=(settings.EMAIL_HOST,) if by_ourselves else (),
    )


@transaction.atomic
def keep_check(creditor: Creditor, findings: Sequence[Finding], *, now: datetime, by: User | None = None) -> SenderCheck:
    """Store what a check found, instead of what the one before did."""
    domain = domain_of(sender_of(creditor).address)
    values = {"domain": domain, "at": now, "level": worst(findings), "findings": [as_json(one) for one in findings]}
    kept, _ = SenderCheck.objects.update_or_create(creditor=creditor, defaults=values)
    record(creditor, "checked_sender", kept, by=by, level=values["level"], domain=domain)
    return kept


def as_json(finding: Finding) -> dict[str, object]:
    """A finding as a row keeps it: sentences with their facts apart, for any language."""
    says, todo = finding.says, finding.todo
    return {
        "topic": finding.topic.value,
        "level": finding.level.value,
        "code": finding.code,
        "says": {"text": says.text, "facts": dict(says.facts)},
        "todo": {"text": todo.text, "facts": dict(todo.facts)},
    }


def findings_of(check: SenderCheck) -> list[Finding]:
    """What it found, as it was found."""
    return [
        Finding(Topic(one["topic"]), Level(one["level"]), Sentence(**one["says"]), Sentence(**one["todo"]), one["code"])
        for one in check.findings
    ]


def unsafe_senders() -> QuerySet[Creditor]:
    """Companies whose sender was never checked, or whose last check found a fault."""
    return Creditor.objects.filter(Q(sender_check=None) | Q(sender_check__level=Level.FAULT)).order_by("name")
