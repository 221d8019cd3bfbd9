"""Statements out of mailboxes, one a company: files of an allowed kind, from senders on a list, each mail once. Off without settings.

The mailbox is only looked at, as the one for replies is. How far it is read is written down after a mail is dealt with.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings

from invoices.actions.bank.arriving import ArrivalReport, note_arrival, take_file
from invoices.actions.bank.matching import match_lines
from invoices.actions.sources import Source, company_of, keys_in
from invoices.models import StatementArrival, StatementMailbox
from receivables.accounts.models import Creditor
from receivables.audit.acting import acting_through
from receivables.core.errors import DomainError, Refused
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop
from receivables.messaging.inbound.fetching import NUMBERED_ANEW, Trouble
from receivables.messaging.inbound.imap import ImapConfig, end_of, fetch, imap_config
from receivables.messaging.inbound.mail import Mail, UnreadableMail, file_in, is_said_to_be_forged, read_mail

logger = logging.getLogger(__name__)
SETTING = "STATEMENT_IMAP_URL"
ENDINGS = (".sta", ".mt940", ".mt942", ".940", ".942", ".swi", ".txt", ".xml", ".ofx", ".qfx", ".csv")
"""Of files that may be statements; what they are is told by their content."""
MOST_FILES = 20  # of one mail
STRANGER = gettext_noop("Its sender is not on the list of those that may send statements (STATEMENT_SENDERS). Nothing of it was read.")
FORGED = gettext_noop("Your mail server says that its sender is not who it claims to be (DMARC). Nothing of it was read.")
NO_STATEMENT = gettext_noop("None of its files can be a statement by its name: MT940, CAMT, OFX and CSV are read.")
TOO_MANY = gettext_noop("It brings more than 20 files. Bring the others in by hand.")
WRONG_SETTING = gettext_noop("Its settings cannot be understood. The program's log and the command fetch_statements say why.")
NO_SENDERS = gettext_noop("Set STATEMENT_SENDERS: without it no mail is taken.")
_SOURCE = Source("mailbox", SETTING, ("URL",))
_WAY = StatementArrival.Way.MAILBOX


@dataclass(frozen=True, slots=True)
class Senders:
    """Who may send statements: whole addresses, and `@domain` for all of a domain. In lower case."""

    names: frozenset[str]

    def has(self, address: str) -> bool:
        """Whether a bare address is on the list; a domain stands for itself and not for those below it."""
        return bool(address) and (address in self.names or f"@{address.rpartition('@')[2]}" in self.names)


def senders_of(text: str) -> Senders:
    """Read STATEMENT_SENDERS: separated by spaces or commas. Raises `Refused` for what is neither an address nor `@domain`."""
    names = frozenset(text.replace(",", " ").lower().split())
    if any(name.count("@") != 1 or name.endswith("@") for name in names):
        raise Refused(gettext_noop("STATEMENT_SENDERS holds something that is neither an address nor @domain."))
    return Senders(names)


def mailboxes() -> list[tuple[Creditor, ImapConfig]]:
    """Every company that has a mailbox, with it. Raises `DomainError` for a setting that cannot be read; no password is named."""
    keys = keys_in(settings.STATEMENT_IMAP_URL, _SOURCE) if settings.STATEMENT_IMAP_URL else ()
    return [(company_of(SETTING, key.company), imap_config(key.parts[0], setting=SETTING)) for key in keys]


def take_mailboxes(*, now: datetime) -> dict[str, ArrivalReport]:
    """Bring in what came to all mailboxes; one that is away is noted on its row and the others are read. By short name of the company."""
    found: dict[str, ArrivalReport] = {}
    try:
        senders, boxes = senders_of(settings.STATEMENT_SENDERS), mailboxes()
    except DomainError as refusal:
        logger.warning("statements by mail: %s", refusal)
        return found
    for company, config in boxes if senders.names else ():
        try:
            found[company.slug] = found.get(company.slug, ArrivalReport()) + take_mailbox(company, config, senders, now=now)
        except DomainError as refusal:
            logger.warning("statements by mail of company %s: %s", company.pk, refusal)
    return found


def take_mailbox(company: Creditor, config: ImapConfig, senders: Senders, *, now: datetime) -> ArrivalReport:
    """The same for one. The first look takes nothing and begins with what arrives after it. Raises `MailboxAway`, noted on its row too."""
    box, _created = StatementMailbox.objects.get_or_create(creditor=company, name=config.name)
    try:
        if box.read_at is None and not box.last_uid:
            box.uid_validity, box.last_uid = end_of(config)
            box.save(update_fields=["uid_validity", "last_uid"])
        report = _take_new(company, config, box, senders, now=now)
    except DomainError as refusal:
        StatementMailbox.objects.filter(pk=box.pk).update(problem=one_line(str(refusal), longest=200))
        raise
    StatementMailbox.objects.filter(pk=box.pk).update(read_at=now, problem="")
    return report


def take_mail(company: Creditor, raw: bytes, senders: Senders, *, now: datetime) -> ArrivalReport:
    """One mail: its statements into the books, and a row that says what was refused. A mail that brings no file is left alone."""
    try:
        mail = read_mail(raw)
    except UnreadableMail:
        return ArrivalReport()
    files = list(_statements(mail, raw))
    key = _key(mail, files)
    is_listed = senders.has(mail.sender)
    if not (files or (is_listed and (mail.enclosed or mail.problems))) or _was_there(company, key):
        return ArrivalReport()
    title = mail.subject or mail.message_id
    if why := _against(mail, raw, files, is_listed=is_listed):
        note_arrival(company, _WAY, key, name=title, sender=mail.sender, problems=[("", why)], now=now)
        return ArrivalReport(refused=1)
    report, problems = ArrivalReport(), []
    with acting_through("mailbox for statements"):
        for name, content in files:
            took = take_file(company, name, content, now=now)
            problems += [(name, problem) for problem in took.problems]
            report += took.counted
    problems += [("", TOO_MANY)] if len(files) == MOST_FILES < len(mail.enclosed) else []
    note_arrival(company, _WAY, key, name=title, sender=mail.sender, problems=problems, now=now)
    return report


def mailbox_trouble(company: Creditor) -> Trouble | None:
    """Why the mailbox of a company is not read, and when it last was; None where it was, or where there is none. One query, or none."""
    if not settings.STATEMENT_IMAP_URL:
        return None
    try:
        own = [config.name for owner, config in mailboxes() if owner.pk == company.pk]
        listed = senders_of(settings.STATEMENT_SENDERS)
    except DomainError:  # its words may name other companies
        return Trouble(WRONG_SETTING)
    if own and not listed.names:
        return Trouble(NO_SENDERS)
    box = StatementMailbox.objects.filter(creditor=company, name__in=own).exclude(problem="").first()
    return Trouble(box.problem, box.read_at) if box else None


# -- below


def _take_new(company: Creditor, config: ImapConfig, box: StatementMailbox, senders: Senders, *, now: datetime) -> ArrivalReport:
    report, since = ArrivalReport(), (box.read_at or now) - NUMBERED_ANEW
    try:
        for mail in fetch(config, uid_validity=box.uid_validity, behind=box.last_uid, since=since.date()):
            report += take_mail(company, mail.raw, senders, now=now) if mail.raw else ArrivalReport()
            StatementMailbox.objects.filter(pk=box.pk).update(uid_validity=mail.uid_validity, last_uid=mail.uid)
    finally:  # what came before the line broke is in the books
        if report.taken:
            match_lines(company)
    return report


def _was_there(company: Creditor, key: str) -> bool:
    return StatementArrival.objects.filter(creditor=company, way=_WAY, key=key).exists()


def _key(mail: Mail, files: list[tuple[str, bytes]]) -> str:
    """The same for the same mail, by whatever way; another where other files came with the same words."""
    return sha256("".join([mail.fingerprint, *(sha256(content).hexdigest() for _name, content in files)]).encode()).hexdigest()


def _against(mail: Mail, raw: bytes, files: list[tuple[str, bytes]], *, is_listed: bool) -> str:
    """Why nothing of it is taken; empty where something may be."""
    if not is_listed:
        return STRANGER
    if is_said_to_be_forged(raw):
        return FORGED
    return "" if files else mail.problems[0] if mail.problems else NO_STATEMENT


def _statements(mail: Mail, raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Its files that may be statements, with their names."""
    wanted = [number for number, file in enumerate(mail.enclosed) if file.name.lower().endswith(ENDINGS)]
    for number in wanted[:MOST_FILES]:
        found = file_in(raw, number)
        if found is not None and found[1]:
            yield found[0].name, found[1]
