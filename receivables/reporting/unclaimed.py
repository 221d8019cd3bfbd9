"""Claimable but unclaimed: interest and compensation that the firm could demand and has not, by item and by customer."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MINYEAR, date
from decimal import Decimal

from django.db.models import F, Max, Q, QuerySet

from dunning.claimed import counting, entries_of, waived_of
from dunning.facts import rules_of
from dunning.happened import happened_to
from dunning.models import NoticeClaim
from dunning.termsets import AllTerms, posted_claims
from dunning.unclaimed import ZERO, LateItem, Unclaimed, Working, unclaimed, working_of
from invoices.models import Dispute, Item
from invoices.states import ClaimKind, Closing
from receivables.accounts.models import Creditor
from receivables.core.calendar import Calendar, next_working_day
from receivables.countries.law import PACKS
from receivables.countries.rates import MissingRate
from receivables.reporting.limitation import standings
from receivables.reporting.owed import Owed, owed

YEARS = 3
"""Of what is paid, claims of earlier years are barred (Poland: art. 118 KC) and not read; what is open is judged one by one."""


@dataclass(frozen=True, slots=True)
class UnclaimedLine:
    """What could be demanded on an item, in its currency."""

    owed: Owed
    late: LateItem
    found: Unclaimed

    @property
    def total(self) -> Decimal:
        """Interest and compensation."""
        return self.found.total


@dataclass(frozen=True, slots=True)
class CustomerUnclaimed:
    """The same of one customer in one currency."""

    owed: Owed  # of one of its items, for customer and currency
    items: int
    interest: Decimal
    compensation: Decimal

    @property
    def total(self) -> Decimal:
        """Interest and compensation."""
        return self.interest + self.compensation


@dataclass(frozen=True, slots=True)
class UnclaimedList:
    """The lines, the largest first within a currency, and the rates that are not known, one for each item that is kept out."""

    lines: list[UnclaimedLine]
    problems: list[MissingRate]


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """All lines of a currency."""

    currency: str
    interest: Decimal
    compensation: Decimal


def unclaimed_list(creditor: Creditor, *, on: date, customers: Collection[int] | None = None) -> UnclaimedList:
    """What could be demanded through day `on`, of all customers or of these. A fixed number of queries, whatever their number.

    What is past its limitation is left out. Empty where the country's rules are not known.
    """
    pack = PACKS.get(creditor.country)
    if pack is None:
        return UnclaimedList([], [])
    items = list(owed(_late(creditor, customers, on=on)))
    standing = standings(pack, items, happened_to({one.invoice for one in items}))
    kept = [one for one, at in zip(items, standing, strict=True) if not at.is_past(on=on)]
    rules = rules_of(creditor)
    late = late_items(creditor, kept, rules.calendar, on=on)
    found = unclaimed(late, country=rules.country, rates=rules.rates, on=on)
    lines = [UnclaimedLine(*line) for line in zip(kept, late, found, strict=True)]
    wanted = [line for line in lines if line.total or line.found.kept_back[0]]
    return UnclaimedList(
        sorted(wanted, key=lambda line: (line.owed.currency, -line.total, line.owed.due_on, line.owed.item)),
        [line.found.problem for line in lines if line.found.problem],
    )


def working_of_items(creditor: Creditor, items: Sequence[Owed], *, on: date) -> list[tuple[LateItem, Working]]:
    """How what is unclaimed on these items was worked out. Raises `DomainError` where a rate or the country's rules are not known."""
    rules = rules_of(creditor)
    late = [one for one in late_items(creditor, items, rules.calendar, on=on) if one.due_on < on]
    return [(one, working_of(one, country=rules.country, rates=rules.rates, on=on)) for one in late]


def late_items(creditor: Creditor, items: Sequence[Owed], calendar: Calendar, *, on: date) -> list[LateItem]:
    """These items with all that their claims depend on, in the same order. At most nine queries."""
    ids, customers = [one.item for one in items], {one.customer for one in items}
    entries, waived, disputed = entries_of(ids), waived_of(ids, calendar), _disputed(ids)
    terms, claimed = AllTerms.of(creditor.pk, customers, on=on), _Claimed.of(customers)
    moved = {day: next_working_day(calendar, day) for day in {one.due_on for one in items}}
    return [
        LateItem(
            one.item,
            one.invoice,
            one.debtor,
            one.currency,
            one.amount,
            one.gross,
            moved[one.due_on],
            tuple(entries.get(one.item, ())),
            min(disputed.get(one.item, ZERO), one.open),
            waived.get(one.item, ()),
            terms.of_debt(one.customer, one.invoice),
            claimed.until.get(one.item),
            one.invoice in claimed.compensated,
        )
        for one in items
    ]


def by_customer(lines: Iterable[UnclaimedLine]) -> list[CustomerUnclaimed]:
    """The lines of each customer and currency together, the largest first within a currency."""
    found: dict[tuple[int, str], list[UnclaimedLine]] = {}
    for line in lines:
        found.setdefault((line.owed.customer, line.owed.currency), []).append(line)
    rows = [CustomerUnclaimed(of[0].owed, len(of), *_sums(of)) for of in found.values()]
    return sorted(rows, key=lambda row: (row.owed.currency, -row.total, row.owed.name, row.owed.customer))


def totals(lines: Iterable[UnclaimedLine]) -> list[CurrencyTotal]:
    """By currency; currencies are never added up."""
    found: dict[str, list[UnclaimedLine]] = {}
    for line in lines:
        found.setdefault(line.owed.currency, []).append(line)
    return [CurrencyTotal(currency, *_sums(of)) for currency, of in sorted(found.items())]


def _sums(lines: Sequence[UnclaimedLine]) -> tuple[Decimal, Decimal]:
    return sum((line.found.interest for line in lines), ZERO), sum((line.found.compensation for line in lines), ZERO)


def _late(creditor: Creditor, customers: Collection[int] | None, *, on: date) -> QuerySet[Item, Item]:
    """What is open after its due date, and what was paid after it."""
    paid_late = Q(closed_as=Closing.PAID, closed_on__gt=F("due_on"), due_on__gte=date(max(on.year - YEARS, MINYEAR), 1, 1))
    items = Item.objects.filter(Q(open_amount__gt=0) | paid_late, creditor=creditor, due_on__lt=on)
    if customers is not None:
        items = items.filter(customer__any=customers)
    return items.order_by("due_on", "pk")


def _disputed(items: Collection[int]) -> Mapping[int, Decimal]:
    return dict(Dispute.objects.filter(item__any=items, resolved_on=None).values_list("item", "amount"))


@dataclass(frozen=True, slots=True)
class _Claimed:
    """By item the last day whose interest was claimed; the invoices whose compensation was."""

    until: dict[int, date]
    compensated: set[int]

    @classmethod
    def of(cls, customers: Collection[int]) -> "_Claimed":
        """From the ledger and from letters that count. Four queries at most."""
        said = counting(NoticeClaim.objects.filter(notice__customer__any=customers)).order_by()
        interest = said.filter(kind=ClaimKind.INTEREST, taken__case__item__isnull=False)
        until = dict(interest.values_list("taken__case__item").annotate(Max("on")))
        compensated = set(said.filter(kind=ClaimKind.COMPENSATION).values_list("invoice", flat=True))
        for posted in posted_claims(customers):
            if posted.kind is ClaimKind.COMPENSATION:
                compensated.add(posted.invoice)
            if posted.item and posted.days:
                until[posted.item] = max(posted.days[1], until.get(posted.item, date.min))
        return cls(until, compensated)
