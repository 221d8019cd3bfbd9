"""What an agency reports takes effect: a file whole or not at all, a record once, each under its customer's lock.

Money that reached the agency settles what is placed, for the debtor has paid. Money that reached us is not booked here: it comes with the
bank statement. A commission is a row of its own and changes nothing of what is owed.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from dunning.actions.agency_reports import (
    NEVER_LEFT,
    SAID_OTHERWISE,
    book_commission,
    collect,
    note_agency_promise,
    note_status,
    payment_reference,
    recognise,
    typed_before,
)
from dunning.actions.placements import AT_AGENCY, close_placement, is_known, receive, reject_placement, return_uncollected
from dunning.agencies.report import (
    AgencyReport,
    ReportProblem,
    ReportRecord,
    Told,
    UnreadableReport,
    read_report,
    read_rows,
)
from dunning.agencies.report_profile import NEUTRAL, ReportProfile, parse_report_profile
from dunning.models import Agency, AgencyDelivery, AgencyReportFile, PlacedItem, Placement, PlacementEvent
from dunning.states import PlacementEnd, PlacementState
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import DomainError, Refused
from receivables.core.sentences import Sentence, gettext_noop, sentence

Source = AgencyReportFile.Source
_UNKNOWN = gettext_noop("The agency has no case of ours with this number.")
_BEFORE = gettext_noop("This case has not been handed over yet.")
_OVER = gettext_noop("This case is over already: %(state)s.")
_OTHER_MONEY = gettext_noop("This case is in %(currency)s.")


class ReportRefused(DomainError):
    """Nothing of the report was taken; `problems` says which records cannot be, with line and reason."""

    def __init__(self, problems: Sequence[ReportProblem]) -> None:
        super().__init__(gettext_noop("Nothing was taken. Records that cannot be taken: %(count)s."), count=len(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report: records that had effect, and those that were known before."""

    taken: int
    known: int
    file: AgencyReportFile | None = None


def profile_of(agency: Agency) -> ReportProfile:
    """The layout of the agency's reports; the neutral one where none is stored."""
    text = AgencyDelivery.objects.filter(agency=agency).values_list("report_profile", flat=True).first()
    return parse_report_profile(text) if text else NEUTRAL


def check_report(agency: Agency, data: bytes, *, on: date) -> AgencyReport:
    """A report as it would be taken, with all that stands against it. Writes nothing. Raises `UnreadableReport`."""
    report = read_report(data, profile=profile_of(agency), on=on)
    return AgencyReport(report.records, (*report.problems, *_against(report.records, _placements(agency, report.records))))


@transaction.atomic
def take_report(
    agency: Agency, data: bytes, *, name: str, source: Source, on: date, now: datetime, by: User | None = None, stamp: str = ""
) -> Taken:
    """Take a file. The same file again changes nothing. Raises `UnreadableReport`, and `ReportRefused` where a single record is bad."""
    digest = hashlib.sha256(data).hexdigest()
    Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    if known := AgencyReportFile.objects.filter(agency=agency, sha256=digest, problems=[]).first():
        return Taken(0, known.taken + known.known, known)
    taken, before = _take(agency, read_report(data, profile=profile_of(agency), on=on), on=on, by=by)
    file = AgencyReportFile.objects.create(
        agency=agency,
        source=source,
        name=name[:255],
        stamp=stamp[:400],
        sha256=digest,
        content=data,
        at=now,
        by=by,
        taken=taken,
        known=before,
    )
    record(agency.creditor, "agency_report_taken", file, by=by, agency=agency.pk, taken=taken, known=before, sha256=digest)
    return Taken(taken, before, file)


@transaction.atomic
def take_records(agency: Agency, records: Sequence[Mapping[str, object]], *, on: date, by: User | None = None) -> Taken:
    """Take records by the neutral names, as a form or a program gives them, all or none. Raises `ReportRefused`."""
    Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    return Taken(*_take(agency, read_rows(enumerate(records, start=1), profile=NEUTRAL, on=on), on=on, by=by))


def _take(agency: Agency, report: AgencyReport, *, on: date, by: User | None) -> tuple[int, int]:
    """How many records had effect, and how many were known. All customers are locked, in the order of their ids, before it is judged."""
    customers = Placement.objects.filter(agency=agency, case_key__in={each.case_id for each in report.records}).values("customer")
    list(Customer.objects.select_for_update(no_key=True).filter(pk__in=customers).order_by("pk").values_list("pk"))
    problems = [*report.problems, *_against(report.records, _placements(agency, report.records))]
    if problems:
        raise ReportRefused(problems)
    effects = [_effect(each, agency, on=on, by=by) for each in report.records]
    return effects.count(True), effects.count(False)


def _placements(agency: Agency, records: Sequence[ReportRecord]) -> dict[str, Placement]:
    rows = Placement.objects.filter(agency=agency, creditor=agency.creditor_id, case_key__in={each.case_id for each in records})
    return {str(row.case_key): row for row in rows.select_related("customer", "creditor")}


def _against(records: Sequence[ReportRecord], placements: dict[str, Placement]) -> Iterator[ReportProblem]:
    """What stands against records by what is in the books, each judged after those before it."""
    known = {
        (event.placement_id, event.key): event
        for event in PlacementEvent.objects.filter(placement__in=placements.values()).exclude(key=None)
    }
    over: set[str] = set()
    seen: set[str] = set()
    for each in records:
        row = placements.get(each.case_id)
        if row is None:
            yield ReportProblem(each.line, "case_id", sentence(_UNKNOWN))
            continue
        if (event := known.get((row.pk, each.key))) is not None:
            if _differs(event, each):
                yield ReportProblem(each.line, "id", sentence(SAID_OTHERWISE))
            continue
        if each.key in seen:
            continue
        seen.add(each.key)
        if (why := _against_one(each, row, is_over=each.case_id in over)) is not None:
            yield ReportProblem(each.line, *why)
        elif each.status in (Told.REJECTED, Told.RETURNED, Told.CLOSED):
            over.add(each.case_id)


def _against_one(each: ReportRecord, row: Placement, *, is_over: bool) -> tuple[str, Sentence] | None:
    """Money may still come in after a case is over, and a commission be billed; nothing else happens to it any more."""
    if row.state in (PlacementState.DRAFT, PlacementState.APPROVED):
        return "case_id", sentence(_BEFORE)
    if row.end == PlacementEnd.SETTLED and each.status is Told.CLOSED and not is_over:
        return None  # it ended by itself before the agency said so
    says_money = each.status is Told.PAID_TO_AGENCY or (each.status is Told.PAID_TO_CREDITOR and each.commission is not None)
    if says_money and row.sent_on is None:
        return "case_id", sentence(NEVER_LEFT)
    if (is_over or row.state not in AT_AGENCY) and not says_money:
        return "status", sentence(_OVER, state=str(row.get_state_display()))
    if each.currency and each.currency != row.currency:
        return "currency", sentence(_OTHER_MONEY, currency=row.currency)
    return None


def _differs(event: PlacementEvent, each: ReportRecord) -> bool:
    """Only the agency's own id can bring other words under a known key."""
    return event.amount is not None and each.amount is not None and event.amount != each.amount


def _effect(each: ReportRecord, agency: Agency, *, on: date, by: User | None) -> bool:
    """Let a record have its effect; False where it was known before. Raises `ReportRefused` where the books do not let it.

    Money that a person has noted before its report came may still bring its commission.
    """
    row = Placement.objects.select_related("customer", "creditor", "agency").get(agency=agency, case_key=each.case_id)
    is_new = not is_known(row, each.key)
    if is_new and each.agency_ref and each.agency_ref != row.reference:
        Placement.objects.filter(pk=row.pk).update(reference=each.agency_ref[:80])
    try:
        has_commission = _book_commission(each, row, on=each.on or on, by=by)
        if is_new:
            _let(each, row, on=on, by=by)
    except (Refused, DomainError) as refusal:
        raise ReportRefused([ReportProblem(each.line, "status", Sentence(refusal.text, refusal.facts))]) from refusal
    return is_new or has_commission


def _let(each: ReportRecord, row: Placement, *, on: date, by: User | None) -> None:
    """The verb of each status, under the record's key."""
    day, key = each.on or on, each.key
    match each.status:
        case Told.RECEIVED:
            receive(row, on=day, reference=each.agency_ref, key=key, by=by)
            _note_if_missing(each, row, on=day, by=by)
        case Told.REJECTED:
            reject_placement(row, on=on, why=each.note, key=key, by=by)
        case Told.RETURNED:
            return_uncollected(row, on=on, why=each.note, key=key, by=by)
        case Told.CLOSED if row.end == PlacementEnd.SETTLED:
            _note_if_missing(each, row, on=on, by=by)
        case Told.CLOSED if PlacedItem.objects.filter(placement=row, item__open_amount__gt=0).exists():
            return_uncollected(row, on=on, why=each.note, key=key, by=by)
        case Told.CLOSED:
            close_placement(row, on=on, why=each.note or each.status, by=by)
            _note_if_missing(each, row, on=on, by=by)
        case Told.PAID_TO_AGENCY:
            _book_money(each, row, on=day, by=by)
        case Told.PROMISE:
            note_agency_promise(row, amount=each.amount, due_on=day, on=on, why=each.note, key=key, by=by)
        case _:
            note_status(row, each.status, on=day, why=each.note, amount=each.amount, key=key, by=by)


def _book_money(each: ReportRecord, row: Placement, *, on: date, by: User | None) -> None:
    if each.amount is None:
        raise Refused(gettext_noop("Money was reported without its amount."))
    if each.own_id and typed_before(row, amount=each.amount, on=on):
        recognise(row, amount=each.amount, on=on, key=each.key, own_id=each.own_id, by=by)
        return
    named = {"reference": payment_reference(each.key), "title": each.own_id or each.agency_ref, "why": each.note}
    collect(row, amount=each.amount, on=on, key=each.key, by=by, **named)


def _book_commission(each: ReportRecord, row: Placement, *, on: date, by: User | None) -> bool:
    """Whether there was one that is booked now. It is known by the agency's own number, else by the key of its record."""
    if each.commission is None:
        return False
    reference = each.own_id if 0 < len(each.own_id) <= 80 else each.key
    is_new = not row.commissions.filter(reference=reference).exists()
    book_commission(row, amount=each.commission, on=on, reference=reference, why=each.note, by=by)
    return is_new


def _note_if_missing(each: ReportRecord, row: Placement, *, on: date, by: User | None) -> None:
    """Where a verb had nothing to do, the report is noted all the same, so that it is known when it comes again."""
    if not is_known(row, each.key):
        note_status(row, each.status, on=on, why=each.note, amount=each.amount, key=each.key, by=by)


# -- fetched by SFTP


def refuse_file(agency: Agency, data: bytes, *, name: str, stamp: str, why: Sequence[str], now: datetime) -> AgencyReportFile:
    """Keep a fetched file that cannot be taken, with the reasons, so that it is not fetched again and a person sees it."""
    digest = hashlib.sha256(data).hexdigest()
    file = AgencyReportFile.objects.create(
        agency=agency,
        source=Source.SFTP,
        name=name[:255],
        stamp=stamp[:400],
        sha256=digest,
        content=data[:5_000_000],
        at=now,
        problems=list(why),
    )
    record(agency.creditor, "agency_report_refused", file, agency=agency.pk, sha256=digest)
    return file


def words_of(problem: ReportProblem) -> str:
    """A problem in one line of English, for what is stored and what commands print."""
    return f"line {problem.line}: {problem.field}: {problem.reason}"


__all__ = ["ReportRefused", "Taken", "UnreadableReport", "check_report", "take_records", "take_report"]
