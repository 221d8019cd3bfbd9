"""Agreement with the ledger of record: its list of open items beside our books. Nothing is booked; what may be paid there is held.

What is open here and missing or lower there is put on hold with a task. A further list that agrees ends both by itself; what a person
has released stays released while the lists say the same. A list that looks wrong is refused unless a person confirms it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from dunning.actions.cases import wake
from dunning.models import Case, Hold, LedgerDifference, Reconciliation, Task
from dunning.states import TaskKind
from invoices.actions.imports.batches import in_batches
from invoices.actions.imports.files import lock_company, lock_customers
from invoices.intake.cells import Problem
from invoices.intake.layout import check_size
from invoices.intake.open_items import Listed, read_open_items
from invoices.intake.profile import ColumnProfile
from invoices.models import Invoice, Item
from invoices.reconciling import Comparison, DifferenceKind, Found, Ours, compare
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import digest_of_rows, record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.identifiers import plain_number
from receivables.core.money import round_to_unit
from receivables.db.copying import copy_in

AGREES = "The ledger of record agrees again."
_MOST_ASKED = 5_000  # numbers that are looked up to see whose list it is


@dataclass(frozen=True, slots=True)
class ReconciliationReport:
    """What became of a list. `objections` kept it out, or were overruled by a person; `held` and `freed` count items."""

    file: str
    as_of: date
    format: str = "csv"
    lines: int = 0
    agree: int = 0
    found: tuple[Found, ...] = ()
    held: int = 0
    freed: int = 0
    refused: int = 0
    problems: tuple[Problem, ...] = ()
    objections: tuple[str, ...] = field(default=())

    def of_kind(self, kind: DifferenceKind) -> tuple[Found, ...]:
        """The differences of one kind, by number."""
        return tuple(one for one in self.found if one.kind is kind)

    def as_json(self) -> dict[str, Any]:
        """The shape that `reconcile --json` prints, amounts as text."""
        head: dict[str, Any] = {"file": self.file, "format": self.format, "as_of": str(self.as_of)}
        head |= {"lines": self.lines, "agree": self.agree}
        kinds = {str(kind): [_printed(one) for one in self.of_kind(kind)] for kind in DifferenceKind}
        problems = [{"line": one.line or None, "column": one.column, "reason": one.reason} for one in self.problems]
        tail = {"held": self.held, "freed": self.freed, "refused": self.refused, "objections": list(self.objections), "problems": problems}
        return {**head, **kinds, **tail}


def _printed(one: Found) -> dict[str, Any]:
    amounts = {name: str(round_to_unit(amount, one.currency)) for name in ("here", "there") if (amount := getattr(one, name)) is not None}
    days = {name: str(day) for name in ("due_here", "due_there") if (day := getattr(one, name)) is not None}
    return {"number": one.number, "currency": one.currency, **amounts, **days, "holds": one.holds}


def reconcile(
    creditor: Creditor,
    *,
    name: str,
    data: bytes,
    profile: ColumnProfile,
    as_of: date,
    on: date,
    confirmed: bool = False,
    dry_run: bool = False,
    by: User | None = None,
) -> ReconciliationReport:
    """Compare a list of what was open at the end of day `as_of` with our books as of that day, and hold what may be paid there.

    What keeps the list out stands in the report; nothing is raised for it. The same list again changes nothing but is noted.
    """
    try:
        check_size(len(data))
        if as_of > on:
            raise Refused(f"{as_of} has not come yet. Give the day of which the list is.")
    except Refused as refusal:
        return ReconciliationReport(name, as_of, refused=1, problems=(Problem(0, None, str(refusal)),))
    table = read_open_items(data, profile, currency=creditor.currency)
    if table.problems:
        refused = max(table.problem_count, 1)
        return ReconciliationReport(name, as_of, format=table.format, refused=refused, problems=table.problems)
    with transaction.atomic():
        lock_company(creditor)
        report = _compared(creditor, name, table.rows, as_of, by)
        report = ReconciliationReport(**{**_fields(report), "format": table.format})
        if report.objections and not confirmed:
            problems = tuple(Problem(0, None, says) for says in report.objections)
            return ReconciliationReport(**{**_fields(report), "refused": 1, "problems": problems, "found": (), "agree": 0})
        return report if dry_run else _keep(creditor, report, profile, data, on=on, by=by)


def _fields(report: ReconciliationReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in ReconciliationReport.__slots__}


def _compared(creditor: Creditor, name: str, rows: Sequence[Listed], as_of: date, by: User | None) -> ReconciliationReport:
    ours = open_as_of(creditor, on=as_of)
    found: Comparison = compare(rows, ours)
    lines = sum(1 for row in rows if row.amount > 0)
    objections = tuple(_objections(creditor, rows, lines, ours, as_of, by))
    return ReconciliationReport(name, as_of, lines=lines, agree=found.agree, found=found.found, objections=objections)


# -- what makes a list look wrong


def _objections(
    creditor: Creditor, rows: Sequence[Listed], lines: int, ours: Sequence[Ours], as_of: date, by: User | None
) -> Iterator[str]:
    if ours and not lines:
        yield f"The list has no open line, and {len(ours):,} items were open here. Perhaps it is cut off."
    last = Reconciliation.objects.filter(creditor=creditor).order_by("-pk").first()
    if last and lines * 2 < last.lines:
        yield f"The list has {lines:,} open lines, the last one had {last.lines:,}: under half. Perhaps it is cut off."
    if last and as_of < last.as_of:
        yield f"The list is of {as_of}, the last one was of {last.as_of}: it is older."
    if named := _other_company(creditor, rows):
        yield f"The list says that it is of {named!r}, not of {creditor.name}."
    elif _known_elsewhere(creditor, rows, ours, by):
        yield "Few or none of its numbers are known here. Perhaps it is the list of another company."


def _other_company(creditor: Creditor, rows: Iterable[Listed]) -> str:
    """A company that the list names and that is not this one; empty where there is none."""
    own = {creditor.slug.casefold(), creditor.name.casefold()}
    tax_id = plain_number(creditor.tax_id)
    for named in dict.fromkeys(row.company for row in rows if row.company):
        if named.casefold() not in own and not (tax_id and plain_number(named) in (tax_id, f"{creditor.country}{tax_id}")):
            return named
    return ""


def _known_elsewhere(creditor: Creditor, rows: Sequence[Listed], ours: Sequence[Ours], by: User | None) -> bool:
    """Whether more of the numbers are known at another company that the person may see, or none at all here."""
    numbers = list(dict.fromkeys(row.number for row in rows if row.amount > 0))[:_MOST_ASKED]
    known = _numbers_by_company(numbers, Creditor.objects.visible_to(by) if by else Creditor.objects.all())
    here = known.pop(creditor.pk, 0)
    return max(known.values(), default=0) > here or bool(numbers and ours and not here)


def _numbers_by_company(numbers: Sequence[str], companies: QuerySet[Creditor]) -> Counter[int]:
    """How many of the numbers each company has, as an invoice or as an item's label."""
    found: set[tuple[int, str]] = set()
    for batch in in_batches(numbers):
        found.update(Invoice.objects.filter(number__in=batch, creditor__in=companies).order_by().values_list("creditor", "number"))
        found.update(Item.objects.filter(label__in=batch, creditor__in=companies).order_by().values_list("creditor", "label"))
    return Counter(creditor for creditor, _ in found)


# -- what is held


def _keep(
    creditor: Creditor, report: ReconciliationReport, profile: ColumnProfile, data: bytes, *, on: date, by: User | None
) -> ReconciliationReport:
    holding = {one.item: (found, one) for found in report.found if found.holds for one in found.items}
    lock_customers([*(one.customer for _, one in holding.values()), *_held_before(creditor)])
    before = _last_holds(creditor)
    freed = _free([item for item in before if item not in holding], before, on=on, by=by)
    holds = _hold(creditor, holding, before, report.as_of, on=on, by=by)
    row = Reconciliation.objects.create(
        creditor=creditor, name=report.file[-255:], profile=profile.name, sha256=sha256(data).hexdigest(), as_of=report.as_of,
        lines=report.lines, agree=report.agree, differ=len(report.found), held=len(holds), is_confirmed=bool(report.objections), at=now(),
        by=by,
    )  # fmt: skip
    standing = {item: known.hold_id for item, known in before.items()} | {item: hold.pk for item, hold in holds.items()}
    copy_in(list(_rows(row, report.found, {item: pk for item, pk in standing.items() if item in holding})))
    digest = digest_of_rows((one.number, one.kind, one.here or "", one.there or "", one.currency) for one in report.found)
    record(creditor, "reconciled", row, by=by, as_of=report.as_of, lines=report.lines, agree=report.agree, found=digest, held=len(holds),
           freed=freed, confirmed=bool(report.objections))  # fmt: skip
    touched = {one.customer for item, (_, one) in holding.items() if item in holds} | {known.customer_id for known in before.values()}
    for customers in in_batches(sorted(pk for pk in touched if pk)):
        wake(customers, on=on)
    return ReconciliationReport(**{**_fields(report), "held": len(holds), "freed": freed})


def _rows(row: Reconciliation, found: Iterable[Found], holds: dict[int, int | None]) -> Iterator[LedgerDifference]:
    for one in found:
        said = {name: getattr(one, name) for name in ("kind", "number", "currency", "here", "there", "due_here", "due_there")}
        for item in one.items or (None,):
            hold = holds.get(item.item) if item and one.holds else None
            named = {"item_id": item.item, "customer_id": item.customer} if item else {}
            yield LedgerDifference(reconciliation=row, **said, **named, hold_id=hold)


def _held_before(creditor: Creditor) -> list[int]:
    standing = LedgerDifference.objects.filter(reconciliation__creditor=creditor, hold__released_on=None, hold__isnull=False)
    return [pk for pk in standing.values_list("customer", flat=True).distinct() if pk]


def _last_holds(creditor: Creditor) -> dict[int, LedgerDifference]:
    """By item the last difference for which it was held, where that is not over: the hold stands, or a person has released it."""
    rows = LedgerDifference.objects.filter(reconciliation__creditor=creditor, hold__isnull=False, ended_on=None)
    newest = rows.select_related("hold").order_by("item", "-pk").distinct("item")
    return {row.item_id: row for row in newest if row.item_id}


def _hold(
    creditor: Creditor,
    holding: dict[int, tuple[Found, Ours]],
    before: dict[int, LedgerDifference],
    as_of: date,
    *,
    on: date,
    by: User | None,
) -> dict[int, Hold]:
    """Hold the items that are not held for it already, and open their tasks. What a person released stays so while nothing has changed."""
    still_open = set(Item.objects.open().filter(pk__in=holding).values_list("pk", flat=True))
    fresh = {
        item: (found, one) for item, (found, one) in holding.items() if item in still_open and not _is_settled(before.get(item), found)
    }
    holds = {
        item: Hold(creditor=creditor, customer_id=one.customer, item_id=item, since=on, reason=_reason(found, as_of), author=by)
        for item, (found, one) in fresh.items()
    }
    for batch in in_batches(list(holds.values())):
        copy_in(batch)
    _ask(creditor, fresh, on=on)
    return holds


def _is_settled(known: LedgerDifference | None, found: Found) -> bool:
    """Whether it is held already, or a person has decided about just this difference."""
    if known is None or known.hold is None:
        return False
    return known.hold.released_on is None or (known.here, known.there) == (found.here, found.there)


def _reason(found: Found, as_of: date) -> str:
    if found.there is None:
        return f"Not open in the ledger of record as of {as_of}"
    return f"Only {round_to_unit(found.there, found.currency)} {found.currency} open in the ledger of record as of {as_of}"


def _ask(creditor: Creditor, fresh: dict[int, tuple[Found, Ours]], *, on: date) -> None:
    tasks = [
        Task(creditor=creditor, customer_id=one.customer, kind=TaskKind.RECONCILE, about=about(item), opened_on=on)
        for item, (_, one) in fresh.items()
    ]
    Task.objects.bulk_create(tasks, ignore_conflicts=True, batch_size=2000)
    cases = dict(Case.objects.filter(item__in=fresh).values_list("item", "pk"))
    names = {about(item): item for item in fresh}
    standing = Task.objects.filter(kind=TaskKind.RECONCILE, about__in=names, closed_on=None).values_list("pk", "about")
    links = [Task.cases.through(task_id=pk, case_id=cases[names[said]]) for pk, said in standing if names[said] in cases]
    Task.cases.through.objects.bulk_create(links, ignore_conflicts=True, batch_size=2000)


def _free(items: Collection[int], before: dict[int, LedgerDifference], *, on: date, by: User | None) -> int:
    """The lists agree about these again: holds that stand for it end, and so do their tasks. Returns how many holds ended."""
    holds = [hold for item in items if (hold := before[item].hold_id)]
    freed = Hold.objects.filter(pk__in=holds, released_on=None).update(released_on=on, released_by=by)
    LedgerDifference.objects.filter(item__in=items, hold__isnull=False, ended_on=None).update(ended_on=on)
    tasks = Task.objects.filter(kind=TaskKind.RECONCILE, about__in=[about(item) for item in items], closed_on=None)
    tasks.update(closed_on=on, closed_by=by, result=AGREES)
    return freed


def about(item: int) -> str:
    """How the task names its item."""
    return f"item:{item}"


def open_as_of(creditor: Creditor, *, on: date) -> list[Ours]:
    """Our items that were open at the end of a day, with what was open on them then. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_AS_OF, {"on": on, "creditor": creditor.pk})
        return [Ours(*row) for row in cursor.fetchall()]


_AS_OF = """
    SELECT i.id, i.customer_id, v.number, i.label, i.currency, i.due_on, i.amount - coalesce(e.settled, 0)
    FROM invoices_item i
    JOIN invoices_invoice v ON v.id = i.invoice_id AND v.issued_on <= %(on)s
    LEFT JOIN (
        SELECT item_id, sum(CASE WHEN is_reversal THEN -amount ELSE amount END) AS settled
        FROM invoices_allocationentry WHERE "on" <= %(on)s GROUP BY item_id
    ) e ON e.item_id = i.id
    WHERE i.creditor_id = %(creditor)s AND i.amount > coalesce(e.settled, 0)
    ORDER BY i.id
"""
