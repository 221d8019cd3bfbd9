"""Statements that come by themselves: out of `WATCH_DIR/<company>/statements`, and as files of mails. Twice is harmless."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db import DatabaseError, DataError, IntegrityError

from invoices.actions.bank.importing import import_statement
from invoices.actions.bank.matching import match_lines
from invoices.actions.watched import folder_of
from invoices.models import BankAccount, StatementArrival
from invoices.statements.parsed import compact
from receivables.accounts.models import Creditor, User
from receivables.audit.acting import acting_through
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.watching import Dropped, Folder

logger = logging.getLogger(__name__)
STATEMENTS = "statements"
LARGEST = 50 * 1024 * 1024  # bytes of a file, as on the page
SHOWN_PROBLEMS = 5  # of a file
NOT_STORED = gettext_noop("The books could not take it. Bring it in by hand; if that does not help, tell whoever runs the program.")
BESIDE = gettext_noop('The JSON file beside it must say {"account": "NUMBER"}, an account that is known as one of the company\'s.')


@dataclass(frozen=True, slots=True)
class ArrivalReport:
    """What a look did, in files."""

    taken: int = 0
    known: int = 0
    refused: int = 0

    def __add__(self, other: "ArrivalReport") -> "ArrivalReport":
        return ArrivalReport(self.taken + other.taken, self.known + other.known, self.refused + other.refused)

    @property
    def is_empty(self) -> bool:
        """Whether nothing came."""
        return self == ArrivalReport()


@dataclass(frozen=True, slots=True)
class Took:
    """What became of one file; with anything in `problems` nothing of it was stored."""

    problems: tuple[str, ...] = ()
    is_known: bool = False

    @property
    def counted(self) -> ArrivalReport:
        """It as a report."""
        return ArrivalReport(taken=not self.problems and not self.is_known, known=self.is_known, refused=bool(self.problems))


def take_folders(*, now: datetime) -> dict[str, ArrivalReport]:
    """Bring in what lies in the folders of all companies, each file whole or not at all. Returns what was done, by short name."""
    found: dict[str, ArrivalReport] = {}
    for company in Creditor.objects.order_by("slug"):
        path = folder_of(company, STATEMENTS)
        if path is not None and path.is_dir():
            found[company.slug] = _take_folder(company, Folder(path, most_bytes=LARGEST), now=now)
    return found


def take_file(company: Creditor, name: str, data: bytes, *, now: datetime, account: str | None = None) -> Took:
    """One file into the books, by nobody in particular. Raises `DatabaseError` only where a later try may help."""
    try:
        report = import_statement(company, name=name, data=data, on=now.astimezone(ZoneInfo(company.time_zone)).date(), account=account)
    except (DataError, IntegrityError):
        logger.exception("company %s: a statement could not be stored", company.pk)
        return Took((NOT_STORED,))
    return Took(tuple(str(problem) for problem in report.problems[:SHOWN_PROBLEMS]), is_known=not report.is_refused and not report.new)


def note_arrival(
    company: Creditor,
    way: StatementArrival.Way,
    key: str,
    *,
    name: str,
    sender: str = "",
    problems: Sequence[tuple[str, str]],
    now: datetime,
) -> None:
    """Write down what came and why parts of it were refused; what came before is told anew, and waits again to be seen."""
    told = {"name": name[-255:], "sender": sender[:254], "at": now, "problems": [list(each) for each in problems]}
    StatementArrival.objects.update_or_create(creditor=company, way=way, key=key, defaults={**told, "seen_at": None, "seen_by": None})


def see_arrival(arrival: StatementArrival, *, by: User, now: datetime) -> None:
    """A person has read why it was refused, and takes care of it. Again without effect."""
    is_new = StatementArrival.objects.filter(pk=arrival.pk, seen_at=None).update(seen_at=now, seen_by=by)
    if is_new:
        record(arrival.creditor, "see_statement_arrival", arrival, by=by)


# -- below


def _take_folder(company: Creditor, folder: Folder, *, now: datetime) -> ArrivalReport:
    report = ArrivalReport()
    for file in folder.files(now=now):  # one after the other: each may have fifty megabytes
        try:
            with acting_through("watched folder"):
                took = _take_dropped(company, file, now=now)
        except DatabaseError:  # it stays where it is, and the others go on
            logger.exception("company %s: a statement in its folder could not be brought in", company.pk)
            continue
        if took.problems:
            folder.refuse(file, "\n".join(took.problems))
        else:
            folder.done(file)
        report += took.counted
    if report.taken:
        match_lines(company)
    return report


def _take_dropped(company: Creditor, file: Dropped, *, now: datetime) -> Took:
    try:
        if file.problem:
            raise Refused(file.problem)
        took = take_file(company, file.shown, file.content, now=now, account=_account_beside(company, file))
    except Refused as refusal:
        took = Took((str(refusal),))
    key = sha256(file.content or file.name.encode("utf-8", "replace")).hexdigest()
    if took.problems:
        problems = [(file.shown, problem) for problem in took.problems]
        note_arrival(company, StatementArrival.Way.FOLDER, key, name=file.shown, problems=problems, now=now)
    else:  # it may have been refused before the account was known
        StatementArrival.objects.filter(creditor=company, way=StatementArrival.Way.FOLDER, key=key).update(problems=[])
    return took


def _account_beside(company: Creditor, file: Dropped) -> str | None:
    """The account that the file beside it names. Only a known one: whoever can write there makes no account the company's."""
    if not file.sidecar:
        return None
    try:
        said = json.loads(file.sidecar)
    except (ValueError, RecursionError):
        said = None
    number = said.get("account") if isinstance(said, dict) else None
    known = isinstance(number, str) and "\0" not in number and BankAccount.objects.filter(creditor=company, number=compact(number)).exists()
    if not known:
        raise Refused(BESIDE)
    return str(number)
