"""Which ways to pay a company's policy offers for what is overdue, with exact days and sums. Pure.

An offer is made to who asks, on the portal or by a person; no automatic message carries one (LAW.md A9). What the policy does not allow
without asking is no offer: the customer may ask, and a person decides.
"""

import hashlib
import json
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from dunning.states import NoDiscount, OfferBar, OfferKind
from invoices.early_payment import MOST_DAYS
from receivables.core.calendar import Calendar, next_working_day
from receivables.core.money import quantum, round_to_unit

ZERO = Decimal(0)
DAY = timedelta(days=1)
FEWEST_INSTALMENTS, MOST_INSTALMENTS = 2, 24


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a company offers to one kind of customer in one currency. Zero instalments, days or per cent: not offered."""

    most_sum: Decimal  # with what runs already, at most so much without asking
    instalments: int = 0
    smallest: Decimal = ZERO  # no rate is below it
    first_days: int = 7  # the first rate is due so many days after today; the others a month apart
    deferral_days: int = 0
    waives_interest: bool = False  # of instalments and deferrals that are kept
    discount_percent: Decimal = ZERO  # of the gross amount
    discount_from: int = 0  # days overdue from which it is offered
    discount_until: int = 0  # the last day of paying, in days after the due date
    credit_percent: Decimal = ZERO  # of what is paid
    credit_days: int = 0  # to who pays within so many days from today


@dataclass(frozen=True, slots=True)
class Owed:
    """An item as an offer sees it. `of_whole`: so many items its invoice has, where nothing of any was settled yet; else 0."""

    item: int
    label: str
    issued_on: date
    due_on: date
    open: Decimal
    of_whole: int = 0
    invoice: int = 0  # 0: one of its own
    terms: frozenset[int] = frozenset()  # days of the early-payment discounts that its invoice has
    bar: OfferBar | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """So much by that day."""

    due_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Discount:
    """What an invoice is lowered by, on this last item of it, for who pays so many days after its issue, at the latest."""

    item: int
    amount: Decimal
    days: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to pay these items, in the order of their due dates."""

    kind: OfferKind
    currency: str
    items: tuple[int, ...]
    labels: tuple[str, ...]
    parts: tuple[Part, ...]
    gain: Decimal = ZERO  # what the customer is spared, or granted for the next purchase
    percent: Decimal = ZERO
    waives_interest: bool = False
    discounts: tuple[Discount, ...] = ()

    @property
    def key(self) -> str:
        """Its name in an address: "instalments-3"."""
        return f"{self.kind}-{len(self.parts)}" if self.kind is OfferKind.INSTALMENTS else str(self.kind)

    @property
    def total(self) -> Decimal:
        """What is paid in all."""
        return sum((part.amount for part in self.parts), ZERO)

    @property
    def last_on(self) -> date:
        """The day of the last part."""
        return self.parts[-1].due_on

    @property
    def seal(self) -> str:
        """What tells it from every other: items, days and sums."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Offered:
    """What stands in one currency. `barred` says by item why it is left out, `undiscounted` why it is left out of the discount alone;
    `may_ask`: a person may be asked for other terms.
    """

    currency: str
    offers: tuple[Offer, ...] = ()
    barred: Mapping[int, OfferBar] = field(default_factory=dict)
    undiscounted: Mapping[int, NoDiscount] = field(default_factory=dict)
    may_ask: bool = False
    askable: Decimal = ZERO  # what is open on the items of which one may ask

    def find(self, key: str) -> Offer | None:
        """The offer of that name; None where it does not stand."""
        return next((offer for offer in self.offers if offer.key == key), None)


def offered(
    allowed: Allowed | None, owed: Iterable[Owed], *, currency: str, calendar: Calendar, on: date, running: Decimal = ZERO
) -> Offered:
    """What the policy offers today for these items of one customer and currency. `running` is what stands on offers accepted before.

    The order of `owed` does not matter. Asking is always open where something could be offered, whatever the policy allows.
    """
    rows = sorted(owed, key=_in_order)
    barred = {each.item: bar for each in rows if (bar := _bar(each, on=on))}
    free = [each for each in rows if each.item not in barred]
    askable = [each for each in rows if barred.get(each.item) in (None, OfferBar.HAD_ONE)]
    found = Offered(currency, barred=barred, may_ask=bool(askable), askable=_sum(askable))
    if allowed is None or not free or _sum(free) + running > allowed.most_sum:
        return found
    discount = _discount(allowed, free, currency, calendar, on)
    others = tuple(_others(allowed, free, currency, calendar, on))
    undiscounted = _undiscounted(allowed, free, calendar, on, discount)
    return replace(found, offers=(discount, *others) if discount else others, undiscounted=undiscounted)


def _in_order(each: Owed) -> tuple[date, int]:
    """Money falls on the oldest first."""
    return each.due_on, each.item


def _bar(owed: Owed, *, on: date) -> OfferBar | None:
    return owed.bar or (OfferBar.NOT_OVERDUE if owed.due_on >= on else None)


def _others(allowed: Allowed, free: Sequence[Owed], currency: str, calendar: Calendar, on: date) -> Iterator[Offer]:
    if credit := _credit(allowed, free, currency, calendar, on):
        yield credit
    if deferral := _deferral(allowed, free, currency, calendar, on):
        yield deferral
    yield from _instalments(allowed, free, currency, calendar, on)


def split(total: Decimal, count: int, currency: str) -> tuple[Decimal, ...]:
    """So many rates that add up to the total exactly: equal ones, rounded down to the smallest unit; the last bears the remainder."""
    rate = (total / count).quantize(quantum(currency), rounding=ROUND_DOWN)
    return (*(rate for _ in range(count - 1)), total - rate * (count - 1))


def month_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _instalments(allowed: Allowed, free: Sequence[Owed], currency: str, calendar: Calendar, on: date) -> Iterator[Offer]:
    first = on + timedelta(days=allowed.first_days)
    for count in range(FEWEST_INSTALMENTS, allowed.instalments + 1):
        rates = split(_sum(free), count, currency)
        if rates[0] < max(allowed.smallest, quantum(currency)):
            return
        days = [next_working_day(calendar, month_after(first, number)) for number in range(count)]
        parts = tuple(Part(day, rate) for day, rate in zip(days, rates, strict=True))
        yield _offer(OfferKind.INSTALMENTS, free, currency, parts, waives_interest=allowed.waives_interest)


def _deferral(allowed: Allowed, free: Sequence[Owed], currency: str, calendar: Calendar, on: date) -> Offer | None:
    until = _last_working_day(calendar, on + timedelta(days=allowed.deferral_days), after=on)
    if until is None:
        return None
    return _offer(OfferKind.DEFERRAL, free, currency, (Part(until, _sum(free)),), waives_interest=allowed.waives_interest)


def _credit(allowed: Allowed, free: Sequence[Owed], currency: str, calendar: Calendar, on: date) -> Offer | None:
    until = _last_working_day(calendar, on + timedelta(days=allowed.credit_days), after=on)
    gain = round_to_unit(_sum(free) * allowed.credit_percent / 100, currency)
    if until is None or gain <= 0:
        return None
    return _offer(OfferKind.CREDIT, free, currency, (Part(until, _sum(free)),), gain=gain, percent=allowed.credit_percent)


@dataclass(frozen=True, slots=True)
class _Bill:
    """All items of one invoice of which nothing is settled, in the order in which money falls on them. A discount is of it as a whole."""

    items: tuple[Owed, ...]

    @property
    def open(self) -> Decimal:
        return _sum(self.items)

    @property
    def last(self) -> Owed:
        """Its last item: on its due date all of the invoice is due, and on it the discount falls."""
        return self.items[-1]

    def lowered(self, allowed: Allowed, until: date, currency: str) -> Discount:
        amount = round_to_unit(self.open * allowed.discount_percent / 100, currency)
        return Discount(self.last.item, amount, (until - self.last.issued_on).days)


def _discount(allowed: Allowed, free: Sequence[Owed], currency: str, calendar: Calendar, on: date) -> Offer | None:
    """On all the invoices of which it may be granted, by the earliest of their last days. What the books could not hold is left out."""
    until, found = _lowerings(allowed, _granting(allowed, free, calendar, on), currency)
    if until is None:
        return None
    rows = sorted((each for bill in found for each in bill.items), key=_in_order)
    gain = sum((lowered.amount for lowered in found.values()), ZERO)
    parts = (Part(until, _sum(rows) - gain),)
    percent, lowerings = allowed.discount_percent, tuple(found.values())
    return _offer(OfferKind.DISCOUNT, rows, currency, parts, gain=gain, percent=percent, discounts=lowerings)


def _granting(allowed: Allowed, free: Sequence[Owed], calendar: Calendar, on: date) -> dict[_Bill, date]:
    """The invoices that may be lowered today, each with its last day: its days overdue are those of the policy."""
    found = {}
    for bill in _bills(free).values() if allowed.discount_percent > 0 else ():
        until = _last_working_day(calendar, bill.last.due_on + timedelta(allowed.discount_until), after=on)
        if until and allowed.discount_from <= (on - bill.last.due_on).days < allowed.discount_until:
            found[bill] = until
    return found


def _bills(free: Sequence[Owed]) -> dict[int, _Bill]:
    """Invoice → its items, of the invoices all of whose items are there, with nothing settled."""
    found: dict[int, list[Owed]] = {}
    for each in free:
        if each.of_whole:
            found.setdefault(each.invoice or -each.item, []).append(each)
    return {invoice: _Bill(tuple(rows)) for invoice, rows in found.items() if len(rows) == rows[0].of_whole}


def _lowerings(allowed: Allowed, granting: Mapping[_Bill, date], currency: str) -> tuple[date | None, dict[_Bill, Discount]]:
    """The common last day, with what each invoice is lowered by; without one that does not fit, the day may be a later one."""
    if not granting:
        return None, {}
    until = min(granting.values())
    found = {bill: bill.lowered(allowed, until, currency) for bill in granting}
    fitting = {bill: last for bill, last in granting.items() if _fits(bill, found[bill])}
    return (until, found) if len(fitting) == len(granting) else _lowerings(allowed, fitting, currency)


def _fits(bill: _Bill, lowered: Discount) -> bool:
    """Whether the books can hold it: within their bounds, and no other discount of the invoice has that last day."""
    return 0 < lowered.amount < bill.last.open and lowered.days <= MOST_DAYS and lowered.days not in bill.last.terms


def _undiscounted(allowed: Allowed, free: Sequence[Owed], calendar: Calendar, on: date, discount: Offer | None) -> dict[int, NoDiscount]:
    """Item → why the discount of the policy is not offered on it; empty where there is none in the policy."""
    bills, granting = _bills(free), _granting(allowed, free, calendar, on)
    lowered = set(discount.items) if discount else set()
    return {
        each.item: _why_none(each, bills.get(each.invoice or -each.item), granting)
        for each in free
        if allowed.discount_percent > 0 and each.item not in lowered
    }


def _why_none(each: Owed, bill: _Bill | None, granting: Mapping[_Bill, date]) -> NoDiscount:
    if not each.of_whole:
        return NoDiscount.IN_PART
    if bill is None:
        return NoDiscount.NOT_ALL
    return NoDiscount.DOES_NOT_FIT if bill in granting else NoDiscount.NOT_NOW


def _last_working_day(calendar: Calendar, day: date, *, after: date) -> date | None:
    """The day itself, or the working day before it; None where none is left after today."""
    while day > after and not calendar.is_working_day(day):
        day -= DAY
    return day if day > after else None


def _offer(kind: OfferKind, rows: Sequence[Owed], currency: str, parts: tuple[Part, ...], **more: object) -> Offer:
    items, labels = tuple(each.item for each in rows), tuple(each.label for each in rows)
    return Offer(kind, currency, items, labels, parts, **more)  # type: ignore[arg-type]  # of Offer


def _sum(rows: Iterable[Owed]) -> Decimal:
    return sum((each.open for each in rows), ZERO)
