"""A company's own texts as they would leave: checked, shown on a case, and published only when they can be set without a hole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dunning.models import PolicyVersion
from dunning.policy_text import parse_policy
from dunning.text_samples import sample_facts
from receivables.accounts.models import Creditor, User
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop, sentence
from receivables.core.sms_parts import parts_of
from receivables.countries.law import NoPack, pack_of
from receivables.countries.papers import PaperRules
from receivables.documents.letters import Look, letter_html
from receivables.documents.looks import logo_address
from receivables.documents.pdf import render_pdf
from receivables.messaging.discretion import told
from receivables.messaging.templates import Words, render_message
from receivables.texts.actions import publish_version
from receivables.texts.catalogue import TextKind
from receivables.texts.checking import Wrong, faults
from receivables.texts.models import CompanyText
from receivables.texts.reading import OwnText, letterhead_of

MOST_PARTS = 5
NUMBER, CODE = "W/0000", "ABCDEFGHJK"


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as it would leave: the words of a message by e-mail and SMS, or the page of a letter."""

    mail: Words | None = None
    sms: str = ""
    page: str = ""


def rules_for(creditor: Creditor, *, on: date) -> PaperRules:
    """What the company's country says of words; of a country that we do not know we know none."""
    try:
        return pack_of(creditor.country, on=on).paper_rules()
    except NoPack:
        return PaperRules()


def text_faults(creditor: Creditor, kind: TextKind, parts: Mapping[str, str], *, on: date) -> list[Wrong]:
    """All that stands against publishing it, with its place."""
    found = faults(kind, parts, rules=rules_for(creditor, on=on))
    return [
        *found,
        *(wrong for key in ("subject", "sms") if kind.is_mail for wrong in _indiscreet(creditor, key, parts.get(key, ""))),
    ]


def _indiscreet(creditor: Creditor, key: str, text: str) -> list[Wrong]:
    word = told(text)
    says = gettext_noop("Others may read it, and “%(word)s” tells of a debt or an amount. Leave that to the text.")
    return [Wrong(key, sentence(says, word=word), 1, text.find(word) + 1)] if word else []


def shown(creditor: Creditor, kind: TextKind, language: str, parts: Mapping[str, str], facts: Mapping[str, Any]) -> Shown:
    """As it would leave with these facts, unpublished. Raises `RenderError` where it could not be made."""
    own = OwnText(kind.place, kind.key, {key: text for key, text in parts.items() if text.strip()}, 1, language)
    if kind.is_mail:
        mail = render_message(kind.template, language, facts, "email", own=own)
        has_sms = any(part.key == "sms" for part in kind.parts)
        return Shown(mail, render_message(kind.template, language, facts, "sms", own=own).text if has_sms else "")
    head = letterhead_of(creditor, edition=creditor.text_edition)
    return Shown(page=page_of(creditor, kind.key, language, facts, own, head.parts if head else {}))


def page_of(
    creditor: Creditor, kind: str, language: str, facts: Mapping[str, Any], own: OwnText, head: Mapping[str, str], *, logo: str = ""
) -> str:
    """The page of a letter with this text and letterhead, under an invented number."""
    address = logo or logo_address(creditor, head.get("logo", ""))
    look = Look(own, address, tuple(head.get("foot", "").splitlines()))
    return letter_html(kind, language=language, facts=facts, number=NUMBER, code=CODE, look=look)


def publish_text(
    creditor: Creditor,
    kind: TextKind,
    language: str,
    parts: Mapping[str, str],
    *,
    step: str = "",
    based_on: int,
    reason: str,
    on: date,
    now: datetime,
    by: User | None,
    restores: int | None = None,
) -> CompanyText:
    """Publish it from now on; what was released before keeps the version it was released with.

    Raises `Refused` naming the first fault, and for a text that cannot be set, such as a sign that no font has. A text without any part is
    the shipped one again.
    """
    tidy = {part.key: tidied(parts.get(part.key, "")) for part in kind.parts}
    if wrong := text_faults(creditor, kind, tidy, on=on):
        raise Refused(wrong[0].says.text, **wrong[0].says.facts)
    if step and step not in steps_of(creditor):
        raise Refused(gettext_noop("No policy of this company has such a step."))
    if any(tidy.values()):
        _try(creditor, kind, language, tidy, on=on)
    return publish_version(
        creditor, kind.place, kind.key, parts=tidy, based_on=based_on, reason=reason, now=now, by=by, language=language,
        step=step, restores=restores,
    )  # fmt: skip


def _try(creditor: Creditor, kind: TextKind, language: str, parts: Mapping[str, str], *, on: date) -> None:
    made = shown(creditor, kind, language, parts, sample_facts(creditor, kind.key, language, on=on))
    if made.page:
        render_pdf(made.page)
    if made.sms and sms_parts(made.sms) > MOST_PARTS:
        raise Refused(gettext_noop("This SMS has more than %(most)s parts. Make it shorter."), most=MOST_PARTS)
    if made.mail and not made.mail.subject.strip():
        raise Refused(gettext_noop("Give the e-mail a subject."))


def sms_parts(text: str) -> int:
    """How many parts an SMS is paid as."""
    return parts_of(text).count


def tidied(text: str) -> str:
    """One kind of line end, nothing at the ends."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))


def steps_of(creditor: Creditor) -> list[str]:
    """The keys of the steps of the company's published policies, in their order."""
    texts = PolicyVersion.objects.filter(policy__creditor=creditor, state=PolicyVersion.State.PUBLISHED).values_list("text", flat=True)
    return list(dict.fromkeys(step.key for text in texts for step in parse_policy(text).steps))
