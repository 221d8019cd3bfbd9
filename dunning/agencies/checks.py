"""Whether a debt may be handed over, point by point: what forbids it, what the company asks for, what would help the agency. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from dunning.agencies.choice import AgencyTerms, Lacks, Unfit, announced_from, is_called
from dunning.decide import CustomerFacts, ItemFacts, Rules, look_at
from dunning.grouping import debt_of
from dunning.states import Waits


class Weight(StrEnum):
    """What a point that is not met does."""

    FORBIDS = "forbids"
    ADVISES = "advises"  # the agency will ask for it


class Point(StrEnum):
    """What is looked at before a hand-over."""

    OWED = "owed"
    OVERDUE = "overdue"
    ONE_CURRENCY = "one_currency"
    IN_LADDER = "in_ladder"
    NOT_BARRED = "not_barred"
    NOT_PLACED = "not_placed"
    NO_PLAN = "no_plan"
    NOT_HELD = "not_held"
    NO_REPLY = "no_reply"
    NOT_DISPUTED = "not_disputed"
    NOT_PROMISED = "not_promised"
    NOTHING_OUT = "nothing_out"
    NO_MONEY = "no_money"
    TERMS = "terms"
    CONTRACT = "contract"
    COST_TERMS = "cost_terms"
    DATA_ROLE = "data_role"
    ANNOUNCED = "announced"
    CALLED = "called"
    REASON = "reason"
    INVOICES = "invoices"
    DEMAND = "demand"
    ADDRESS = "address"
    TAX_ID = "tax_id"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Check:
    """A point, whether it is met, and what it is about: labels of items, names of terms, a day."""

    point: Point
    is_met: bool
    about: tuple[str, ...] = ()
    weight: Weight = Weight.FORBIDS

    @property
    def forbids(self) -> bool:
        """Whether it stands in the way."""
        return not self.is_met and self.weight is Weight.FORBIDS


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a person would hand over, and to whom."""

    items: tuple[ItemFacts, ...]
    agency: AgencyTerms | None
    reason: str = ""
    announced_on: date | None = None  # otherwise than by a message from here


@dataclass(frozen=True, slots=True)
class Evidence:
    """What there is for the package. Labels of items."""

    without_invoice: tuple[str, ...] = ()  # no document of the invoice
    without_demand: tuple[str, ...] = ()
    without_delivery: tuple[str, ...] = ()  # how the invoice was delivered was not recorded
    has_address: bool = True
    has_tax_id: bool = True


_STANDS: dict[Waits, Point] = {
    Waits.WITH_AGENCY: Point.NOT_PLACED,
    Waits.ON_PLAN: Point.NO_PLAN,
    Waits.HELD: Point.NOT_HELD,
    Waits.UNREAD_REPLY: Point.NO_REPLY,
    Waits.PROMISED: Point.NOT_PROMISED,
    Waits.UNCONFIRMED: Point.NOTHING_OUT,
    Waits.CLOSED_HOURS: Point.NOTHING_OUT,
    Waits.FIRST_CONTACT: Point.NOT_HELD,
}


def checks(proposed: Proposed, customer: CustomerFacts, rules: Rules, evidence: Evidence, *, on: date) -> list[Check]:
    """Every point in the order in which people read it. What the company does not ask for is not among them."""
    items = proposed.items
    return [*_debts(items, customer, rules, on=on), *_asked(proposed, customer, rules, on=on), *_evidence(evidence)]


def forbidding(found: Sequence[Check]) -> list[Check]:
    """Those that stand in the way."""
    return [check for check in found if check.forbids]


def _debts(items: Sequence[ItemFacts], customer: CustomerFacts, rules: Rules, *, on: date) -> list[Check]:
    against: dict[Point, list[str]] = {point: [] for point in dict.fromkeys(_STANDS.values())}
    for item in items:
        blocks = look_at(item, customer, rules, on=on).blocks
        for point in {_STANDS[block.reason] for block in blocks if block.reason in _STANDS}:
            against[point].append(item.label)
    labels = tuple(item.label for item in items)
    return [
        Check(Point.OWED, bool(items) and all(item.open > 0 for item in items), labels),
        _none(Point.OVERDUE, [item.label for item in items if item.due_on >= on]),
        Check(Point.ONE_CURRENCY, len({item.currency for item in items}) < 2, tuple(sorted({item.currency for item in items}))),
        _none(Point.NOT_BARRED, [item.label for item in items if item.is_barred(on=on)]),
        _none(Point.NOT_DISPUTED, [item.label for item in items if item.disputed > 0]),
        *(_none(point, found) for point, found in against.items()),
        _none(Point.NO_MONEY, _covered(items, customer)),
    ]


def _none(point: Point, found: Sequence[str]) -> Check:
    return Check(point, not found, tuple(found))


def _covered(items: Sequence[ItemFacts], customer: CustomerFacts) -> list[str]:
    """Currencies in which open credit would cover something of it: it is matched first."""
    owed = {item.currency: Decimal(0) for item in items}
    return [code for code in owed if customer.credit.get(code, Decimal(0)) > 0]


def _asked(proposed: Proposed, customer: CustomerFacts, rules: Rules, *, on: date) -> list[Check]:
    """What the company asks for; the reason is always asked."""
    asks, items = rules.handover, proposed.items
    found = [Check(Point.REASON, bool(proposed.reason.strip()))]
    found += _of_agency(proposed, customer, rules, on=on)
    if asks.notice_days is not None:
        late = [item.label for item in items if not _is_announced(item, proposed, rules, on=on)]
        found.append(_none(Point.ANNOUNCED, late))
    if asks.needs_call:
        silent = [item.label for item in items if not is_called(customer.calls, since=item.due_on)]
        found.append(_none(Point.CALLED, silent))
    return found


def _is_announced(item: ItemFacts, proposed: Proposed, rules: Rules, *, on: date) -> bool:
    days = [day for day in (item.announced_on, proposed.announced_on) if day is not None]
    allowed = announced_from(max(days, default=None), rules.handover) if days else None
    return allowed is not None and allowed <= on


def _of_agency(proposed: Proposed, customer: CustomerFacts, rules: Rules, *, on: date) -> list[Check]:
    agency, items = proposed.agency, proposed.items
    if agency is None:
        return [Check(Point.TERMS, False)] if rules.handover.needs_terms or rules.agencies else []
    unfit: tuple[Unfit, ...] = agency.unfit(debt_of(items, customer), on=on) if items else ()
    found = [Check(Point.TERMS, not unfit, tuple(unfit))]
    if rules.handover.needs_terms:
        lacks = agency.lacks(on=on)
        points = {Lacks.CONTRACT: Point.CONTRACT, Lacks.COST_TERMS: Point.COST_TERMS, Lacks.DATA_ROLE: Point.DATA_ROLE}
        found += [Check(point, fact not in lacks, (agency.name,)) for fact, point in points.items()]
    return found


def _evidence(evidence: Evidence) -> list[Check]:
    found = [
        _none(Point.INVOICES, evidence.without_invoice),
        _none(Point.DEMAND, evidence.without_demand),
        _none(Point.DELIVERY, evidence.without_delivery),
        Check(Point.ADDRESS, evidence.has_address),
        Check(Point.TAX_ID, evidence.has_tax_id),
    ]
    return [Check(check.point, check.is_met, check.about, Weight.ADVISES) for check in found]
