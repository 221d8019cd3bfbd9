"""VAT relief on bad debts by month: what may be taken, what was taken, what has to be given back and what was."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Sum

from invoices.actions import stated_vat
from invoices.actions.relief import NO_RELIEF
from invoices.balances import SIGNED
from invoices.models import AllocationEntry, Item, Relief, ReliefLine
from invoices.vat import Taxed, next_part, part_of, reversals_due
from receivables.accounts.models import Creditor
from receivables.countries.law import PACKS, Pack
from receivables.countries.periods import months_after
from receivables.countries.taxes import TaxRelief
from receivables.reporting.owed import Owed, owed

ZERO = Decimal(0)
LOOK_BACK_YEARS = 4
"""Day 90 of an older debt is beyond every window: three years from the end of the invoice's year, and the year itself."""


class ReliefState(StrEnum):
    """Where a line of a month's list stands."""

    OPEN = "open"  # may be taken in this month's return
    MISSED = "missed"  # day 90 was in an earlier month: by correcting that month's return
    TAKEN = "taken"
    DUE_BACK = "due_back"  # money came in this month: to be given back
    GIVEN_BACK = "given_back"


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A line of the list. `part` is the gross part in the item's currency, `taxed` what it bears by rate in zloty; None: not known.

    `sign` is -1 where base and tax are lowered, 1 where they are raised again. `relief` is the row that the line stands for or is of.
    """

    owed: Owed
    state: ReliefState
    period: date
    days: TaxRelief
    part: Decimal
    taxed: tuple[Taxed, ...] | None
    relief: Relief | None = None
    paid_on: date | None = None
    other_month: bool = False  # by the due date moved to a working day, day 90 would be in another month

    @property
    def sign(self) -> int:
        """Which way base and tax go."""
        return 1 if self.state in (ReliefState.DUE_BACK, ReliefState.GIVEN_BACK) else -1

    @property
    def net(self) -> Decimal | None:
        """All rates together, signed."""
        return None if self.taxed is None else self.sign * sum((line.net for line in self.taxed), ZERO)

    @property
    def vat(self) -> Decimal | None:
        """The same of the tax."""
        return None if self.taxed is None else self.sign * sum((line.vat for line in self.taxed), ZERO)


@dataclass(frozen=True, slots=True)
class MonthOfRelief:
    """A month's list. `p_68` and `p_69` are what was taken in it: what the return asks for, zero or below."""

    lines: list[MonthLine] = field(default_factory=list)

    @property
    def p_68(self) -> Decimal:
        """The base that was lowered."""
        return self._taken("net")

    @property
    def p_69(self) -> Decimal:
        """The tax that was lowered."""
        return self._taken("vat")

    def _taken(self, name: str) -> Decimal:
        return sum((getattr(line, name) or ZERO for line in self.lines if line.state is ReliefState.TAKEN), ZERO)


def month_of_relief(creditor: Creditor, month: date, *, on: date) -> MonthOfRelief:
    """The list of a month (its first day) as it stands on a day; empty where the country has none. A fixed number of queries."""
    pack = PACKS.get(creditor.country)
    if pack is None:
        return MonthOfRelief()
    open_lines = _may_be_taken(creditor, pack, month, on=on)
    return MonthOfRelief([*open_lines, *_due_back(creditor, pack, month), *_noted(creditor, pack, month)])


@dataclass(frozen=True, slots=True)
class ReliefToDo:
    """How many items may be relieved in this month's return, and how much relief has to be given back."""

    open: int
    due_back: int


def relief_to_do(creditor: Creditor, *, on: date) -> ReliefToDo:
    """What waits for a person in the month of a day, without what was missed earlier."""
    pack, month = PACKS.get(creditor.country), on.replace(day=1)
    if pack is None:
        return ReliefToDo(0, 0)
    items = _unrelieved(creditor).filter(due_on__range=(months_after(month, -4), on))
    found = [days for one in owed(items) if (days := _days(pack, one)) and days.month == month and days.day_90 <= on]
    return ReliefToDo(len(found), len(_due_back(creditor, pack, month)))


def reliefs_of(items: Iterable[int]) -> list[Relief]:
    """What stands of these items, the oldest first. Two queries."""
    return list(_with_lines(Relief.objects.standing().filter(item__in=list(items))).order_by("period", "pk"))


def _unrelieved(creditor: Creditor) -> QuerySet[Item, Item]:
    standing = Relief.objects.standing().filter(item=OuterRef("pk"), kind=Relief.Kind.TAKEN)
    return Item.objects.open().filter(~Exists(standing), creditor=creditor)


def _may_be_taken(creditor: Creditor, pack: Pack, month: date, *, on: date) -> list[MonthLine]:
    """What is open, its day 90 over, in this month or in an earlier one whose window is open; the newest day 90 first."""
    last = min(on, months_after(month, 1) - timedelta(days=1))
    items = _unrelieved(creditor).filter(due_on__range=(months_after(last, -12 * LOOK_BACK_YEARS), last))
    dated = ((one, _days(pack, one)) for one in owed(items.order_by("-due_on", "pk")))
    found = [(one, days) for one, days in dated if days and days.day_90 <= last and month <= days.window_until]
    known = stated_vat({one.invoice for one, _ in found})
    return [_open_line(pack, one, days, known.get(one.invoice), month) for one, days in found]


def _days(pack: Pack, one: Owed) -> TaxRelief | None:
    return pack.tax_relief(one.debtor, due_on=one.due_on, issued_on=one.issued_on)


def _open_line(pack: Pack, one: Owed, days: TaxRelief, known: tuple[Taxed, ...] | None, month: date) -> MonthLine:
    moved = pack.tax_relief(one.debtor, due_on=pack.due_on(one.due_on), issued_on=one.issued_on)
    return MonthLine(
        one,
        ReliefState.OPEN if days.month == month else ReliefState.MISSED,
        days.month,
        days,
        one.open,
        part_of(known, one.open, one.gross) if known else None,
        other_month=moved is not None and moved.month != days.month,
    )


def _noted(creditor: Creditor, pack: Pack, month: date) -> list[MonthLine]:
    """What was taken and given back in the month."""
    rows = list(_with_lines(Relief.objects.standing().filter(creditor=creditor, period=month)).order_by("kind", "pk"))
    items = _owed_by_id(row.item_id for row in rows)
    return [
        MonthLine(
            items[row.item_id], ReliefState(row.kind), row.period, days, row.part, _taxed(row), row, row.paid_on
        )
        for row in rows
        if (days := _days(pack, items[row.item_id]))
    ]  # fmt: skip


def _due_back(creditor: Creditor, pack: Pack, month: date) -> list[MonthLine]:
    """What was relieved and has been settled in the month, or before it and not given back."""
    settled_now = AllocationEntry.objects.filter(item=OuterRef("item"), recorded_at__gt=OuterRef("recorded_at"))
    taken = Relief.objects.standing().filter(Exists(settled_now), creditor=creditor, kind=Relief.Kind.TAKEN, period__lte=month)
    rows = list(_with_lines(taken).order_by("pk"))
    items, settled, done = _owed_by_id(row.item_id for row in rows), _settled(rows), _done(rows)
    found = []
    for row in rows:
        already = done.get(row.pk, {})
        due = reversals_due(row.part, since=row.period, settled=settled.get(row.pk, []), done=already)
        before = sum(already.values(), ZERO)
        for period, part in due.items():
            taxed = next_part(_taxed(row), before=before, after=before + part, whole=row.part)
            before += part
            if period <= month and (days := _days(pack, items[row.item_id])):
                paid_on = max(on for on, amount in settled[row.pk] if amount > 0 and max(on.replace(day=1), row.period) == period)
                found.append(MonthLine(items[row.item_id], ReliefState.DUE_BACK, period, days, part, taxed, row, paid_on))
    return found


def _settled(rows: Collection[Relief]) -> Mapping[int, list[tuple[date, Decimal]]]:
    """By relief taken what settled its item since, by day, without what was written off. One query."""
    since = {row.item_id: row for row in rows}
    entries = AllocationEntry.objects.filter(item__in=since).exclude(source=NO_RELIEF)
    found: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    for item, on, at, amount in entries.order_by("on").values_list("item", "on", "recorded_at").annotate(settled=Sum(SIGNED)):
        if at > since[item].recorded_at:
            found[since[item].pk].append((on, amount))
    return found


def _done(rows: Collection[Relief]) -> Mapping[int, dict[date, Decimal]]:
    """By relief taken what was given back by month. One query."""
    given = Relief.objects.standing().filter(of__in=[row.pk for row in rows]).order_by("period").values_list("of", "period")
    found: dict[int, dict[date, Decimal]] = defaultdict(dict)
    for of, period, part in given.annotate(total=Sum("part")):
        found[of][period] = part
    return found


def _with_lines(rows: QuerySet[Relief, Any]) -> QuerySet[Relief, Any]:
    return rows.select_related("by").prefetch_related(Prefetch("lines", ReliefLine.objects.order_by("-rate_percent")))


def _taxed(row: Relief) -> tuple[Taxed, ...]:
    return tuple(Taxed(line.rate_percent, line.net, line.vat) for line in row.lines.all())


def _owed_by_id(items: Iterable[int]) -> dict[int, Owed]:
    return {one.item: one for one in owed(Item.objects.filter(pk__in=set(items)))}
