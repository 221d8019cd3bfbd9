"""Rows → what the best hand-over date asks for: the company's own past, an agency's prices, a customer's debt. A few queries for a page."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Min, Q, QuerySet, Sum

from dunning.agencies.best_date import Advice, Curve, Line, NoCurve, Owed, PriceList, Watched, advise, curve_of
from dunning.models import Agency, PlacedItem
from dunning.states import Debtors
from invoices.models import AllocationEntry, Customer, Item
from invoices.states import Kind
from receivables.accounts.models import Creditor

LOOK_BACK = timedelta(days=730)
MOST_ITEMS = 5_000
PROTECTED = [kind.value for kind in Kind if kind.is_protected]
Source = AllocationEntry.Source


@dataclass(frozen=True, slots=True)
class Outlook:
    """What one agency would bring of the debt in one currency; or why that is not told."""

    agency: Agency
    currency: str
    amount: Decimal
    said: Advice | NoCurve

    @property
    def advice(self) -> Advice | None:
        """The advice, where there is one."""
        return self.said if isinstance(self.said, Advice) else None


def outlooks_of(customer: Customer, *, on: date) -> list[Outlook]:
    """For each active agency and each currency that the customer is overdue in."""
    debts: dict[str, list[Owed]] = defaultdict(list)
    for currency, amount, due_on in Item.objects.overdue(on=on).filter(customer=customer).values_list("currency", "open_amount", "due_on"):
        debts[currency].append(Owed(amount, due_on))
    agencies = list(
        Agency.objects.filter(creditor=customer.creditor_id, is_active=True).prefetch_related("rates", "success").order_by("pk")
    )
    if not debts or not agencies:
        return []
    curve = own_curve(customer.creditor, is_consumer=Kind(customer.kind).is_protected, on=on)
    return [
        Outlook(agency, currency, sum((each.amount for each in debt), Decimal(0)), _said(agency, debt, curve, currency, on=on))
        for agency in agencies
        for currency, debt in sorted(debts.items())
    ]


@dataclass(frozen=True, slots=True)
class OfCustomer:
    """The same of one customer's debt."""

    customer: Customer
    outlook: Outlook


def outlooks_at(agency: Agency, *, on: date, most: int = 5) -> list[OfCustomer]:
    """What this agency would bring of the largest debts that it takes and that no agency has, in the company's own currency.

    `agency` with its company, commission and success read ahead. At most nine queries, whatever there is.
    """
    currency = agency.creditor.currency
    placed = PlacedItem.objects.filter(is_standing=True).values("item")
    overdue = _taken_by(agency, Item.objects.overdue(on=on).filter(creditor=agency.creditor_id, currency=currency).exclude(pk__in=placed))
    sums = overdue.order_by().values("customer").annotate(owed=Sum("open_amount")).order_by("-owed", "customer")[:most]
    owed = {row["customer"]: row["owed"] for row in sums}
    debts: dict[int, list[Owed]] = defaultdict(list)
    for customer, amount, due_on in overdue.filter(customer__in=owed).values_list("customer", "open_amount", "due_on"):
        debts[customer].append(Owed(amount, due_on))
    customers = Customer.objects.in_bulk(list(owed))
    kinds = {Kind(customer.kind).is_protected for customer in customers.values()}
    curves = {kind: own_curve(agency.creditor, is_consumer=kind, on=on) for kind in sorted(kinds)}
    return [
        OfCustomer(one, Outlook(agency, currency, amount, _said(agency, debts[pk], curves[Kind(one.kind).is_protected], currency, on=on)))
        for pk, amount in owed.items()
        for one in [customers[pk]]
    ]


def _taken_by(agency: Agency, items: QuerySet[Item]) -> QuerySet[Item]:
    """Without what the agency does not take by kind of debtor, country or currency."""
    if agency.takes != Debtors.ANY:
        protected = Q(customer__kind__in=PROTECTED)
        items = items.filter(protected if agency.takes == Debtors.CONSUMERS else ~protected)
    items = items.filter(customer__country__in=agency.countries) if agency.countries else items
    return items.filter(currency__in=agency.currencies) if agency.currencies else items


def _said(agency: Agency, debt: Sequence[Owed], curve: Curve | None, currency: str, *, on: date) -> Advice | NoCurve:
    return advise(debt, curve, prices_of(agency), currency=currency, on=on)


def prices_of(agency: Agency) -> PriceList:
    """Its scale of commission, and the share that it recovers by the age of the debt, as a person put them on file."""
    commission = tuple(Line(rate.from_days, rate.percent, rate.from_amount) for rate in agency.rates.all())
    success = tuple(Line(rate.from_days, rate.percent) for rate in agency.success.all())
    return PriceList(commission, success, agency.min_days, agency.min_amount)


def own_curve(creditor: Creditor, *, is_consumer: bool, on: date) -> Curve | None:
    """How much came in by week overdue, from the newest items of two years that were not paid in time. Firms and consumers apart."""
    rows = Item.objects.filter(creditor=creditor, due_on__lt=on, due_on__gte=on - LOOK_BACK)
    kinds = rows.filter(customer__kind__in=PROTECTED) if is_consumer else rows.exclude(customer__kind__in=PROTECTED)
    items = list(kinds.order_by("-due_on", "-pk").values_list("pk", "due_on", "amount", "open_amount")[:MOST_ITEMS])
    ids = [pk for pk, *_ in items]
    entries = _entries(ids)
    handed = dict(PlacedItem.objects.filter(item__in=ids).order_by().values_list("item").annotate(Min("placement__sent_on")))
    watched = (_watched(due_on, amount, open_, entries.get(pk, ()), handed.get(pk), on=on) for pk, due_on, amount, open_ in items)
    return curve_of(each for each in watched if each is not None)


Entry = tuple[str, date, Decimal]


def _entries(ids: Sequence[int]) -> dict[int, list[Entry]]:
    """What changed what is open, by item: whence, when, and how much; what was taken back counts against it."""
    found: dict[int, list[Entry]] = defaultdict(list)
    rows = AllocationEntry.objects.filter(item__in=ids).order_by("on", "pk").values_list("item", "source", "on", "amount", "is_reversal")
    for item, source, day, amount, is_back in rows:
        found[item].append((source, day, -amount if is_back else amount))
    return found


def _watched(
    due_on: date, amount: Decimal, open_amount: Decimal, entries: Iterable[Entry], handed_on: date | None, *, on: date
) -> Watched | None:
    """An item of the past; None where it was paid in time, or was no debt. What was credited or withdrawn was never owed."""
    known = list(entries)
    owed = amount - sum((part for source, _, part in known if source in (Source.CREDIT, Source.WITHDRAWAL)), Decimal(0))
    owed -= sum((part for source, day, part in known if source == Source.PAYMENT and day <= due_on), Decimal(0))
    if owed <= 0:
        return None
    given_up = [day for source, day, _ in known if source == Source.WRITE_OFF]
    ends = [day for day in (handed_on, *given_up) if day is not None]
    until = min([on, *ends])
    paid: dict[int, Decimal] = defaultdict(Decimal)
    for source, day, part in known:
        if source == Source.PAYMENT and due_on < day <= until:
            paid[(day - due_on).days // 7 + 1] += part / owed
    parts = tuple(sorted((week, share) for week, share in paid.items() if share > 0))
    return Watched(max((until - due_on).days, 0) // 7, parts, is_ended=bool(ends) or open_amount == 0)
