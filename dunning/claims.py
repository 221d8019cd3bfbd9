"""What a message claims beside the principal: late interest, flat compensation, fees. Pure; SCENARIOS.md section 3, Money.

Nothing is worked out unless a step of the policy asks for it. Interest and compensation are stated anew in each message, as of its
day; a fee is claimed once per item and step and stated again afterwards.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from dunning.decide import ItemFacts, Span
from dunning.policy import Fee, Policy, Step
from dunning.terms import Terms, no_compensation, with_agreed
from invoices.ledger import Entry
from invoices.states import ClaimKind
from receivables.core.money import round_to_unit
from receivables.countries.interest import Interest, Stand, delay_interest, late_interest
from receivables.countries.law import pack_of
from receivables.countries.rates import RateBook
from receivables.countries.regimes import Regime
from receivables.countries.words import Compensation, Debtor

DAY = timedelta(days=1)


class Bearing(Protocol):
    """What of an item its interest and compensation depend on."""

    @property
    def debtor(self) -> Debtor:
        """What its customer is in law."""
        ...

    @property
    def terms(self) -> Terms:
        """What bears on it beside the law."""
        ...

    @property
    def due_on(self) -> date:
        """Moved to a working day."""
        ...

    @property
    def currency(self) -> str:
        """Of all its amounts."""
        ...

    @property
    def amount(self) -> Decimal:
        """As it was issued."""
        ...

    @property
    def invoice_amount(self) -> Decimal:
        """Of the whole invoice."""
        ...

    @property
    def disputed(self) -> Decimal:
        """Now."""
        ...

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What has settled it, in order of their days."""
        ...

    @property
    def waived(self) -> tuple[Span, ...]:
        """Days that bear no interest."""
        ...


class Bearer(NamedTuple):
    """An item of a message, at its own step."""

    item: ItemFacts
    position: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim for one item of a message. `detail` says how it was worked out, in plain values; a fee stated again is not new."""

    kind: ClaimKind
    case: int
    invoice: int
    label: str
    step: str
    amount: Decimal
    detail: Mapping[str, Any] = field(default_factory=dict)
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Claims:
    """All that one message claims beside its principal, in the message's currency."""

    lines: tuple[Claim, ...] = ()

    @property
    def interest(self) -> Decimal:
        """Late interest through the day of the message."""
        return self._sum(ClaimKind.INTEREST)

    @property
    def compensation(self) -> Decimal:
        """Flat compensation of recovery costs."""
        return self._sum(ClaimKind.COMPENSATION)

    @property
    def fees(self) -> Decimal:
        """All fees claimed so far for its items, this message's included."""
        return self._sum(ClaimKind.FEE)

    @property
    def total(self) -> Decimal:
        """What the message asks for beside the principal."""
        return sum((line.amount for line in self.lines), Decimal(0))

    def _sum(self, kind: ClaimKind) -> Decimal:
        return sum((line.amount for line in self.lines if line.kind is kind), Decimal(0))


NO_CLAIMS = Claims()


def claims_of(bearers: Sequence[Bearer], step: Step, position: int, *, country: str, rates: RateBook, on: date) -> Claims:
    """What a message of day `on` claims for these items of one policy and currency, bearing that step.

    Raises `DomainError` where the country's rules or a rate that is needed are not known.
    """
    ordered = sorted(bearers, key=lambda bearer: (bearer.item.due_on, bearer.item.label))
    return Claims(
        (
            *_interest(ordered, country=country, rates=rates, on=on),
            *_compensation(ordered, country=country, rates=rates, on=on),
            *_fees(ordered, step, position),
        )
    )


def first_with(policy: Policy, flag: str) -> int | None:
    """The position of the first step that has this flag (`interest`, `compensation`, `fee`); None where no step has."""
    return next((position for position, step in enumerate(policy.steps, start=1) if getattr(step, flag)), None)


def _reached(bearers: Iterable[Bearer], flag: str, *, on: date) -> Iterator[ItemFacts]:
    """Overdue items whose own step has reached the first that has the flag."""
    for item, position in bearers:
        first = first_with(item.policy, flag)
        if first is not None and position >= first and item.due_on < on:
            yield item


def _interest(bearers: Iterable[Bearer], *, country: str, rates: RateBook, on: date) -> Iterator[Claim]:
    for item in _reached(bearers, "interest", on=on):
        found = interest_of(item, country=country, rates=rates, on=on)
        if claim := _less(_claim(ClaimKind.INTEREST, item, "", found.total, told_interest(found, item.debtor)), item.terms.booked.interest):
            yield claim


def interest_of(item: Bearing, *, country: str, rates: RateBook, on: date) -> Interest:
    """Late interest on an item from the day after its due date through `on`. What is disputed now, or waived, bears none meanwhile."""
    return interest_through(item, country=country, rates=rates, first_on=item.due_on + DAY, last_on=on)


def interest_through(item: Bearing, *, country: str, rates: RateBook, first_on: date, last_on: date) -> Interest:
    """The same for some of those days: what the delay, which began after the due date, bears from `first_on` through `last_on`.

    Where interest bears interest, later days taken by themselves bear it on the principal alone.
    """
    regime, began = regime_of(item, country=country, rates=rates, on=last_on), item.due_on + DAY
    if first_on <= began:
        return delay_interest(regime, stands_of(item), first_on=began, last_on=last_on, currency=item.currency)
    table = regime.rates_from(began)
    return late_interest(stands_of(item), table, first_on=first_on, last_on=last_on, currency=item.currency)


def regime_of(item: Bearing, *, country: str, rates: RateBook, on: date) -> Regime:
    """The regime that the item bears: the law's for its debtor, or what a contract agrees within the law's ceiling."""
    pack, agreed = pack_of(country, on=on), item.terms.agreed
    statutory = pack.regime(item.debtor, rates=rates)
    percents = {one.percent for one in agreed if one.percent is not None}
    return with_agreed(
        statutory, {percent: pack.contract_regime(item.debtor, percent, rates=rates) for percent in percents}, agreed, item.debtor
    )


def stands_of(item: Bearing) -> list[Stand]:
    """The principal at the start of each day on which it differs: an entry counts from the day after it; nothing on days waived."""
    stands = _owed(item)
    for first_on, last_on in item.waived:
        after = _at(stands, last_on + DAY)
        outside = [stand for stand in stands if not first_on <= stand.since <= last_on + DAY]
        stands = sorted([*outside, Stand(first_on, Decimal(0)), Stand(last_on + DAY, after)], key=lambda stand: stand.since)
    return stands


def _at(stands: Sequence[Stand], day: date) -> Decimal:
    return next((stand.principal for stand in reversed(stands) if stand.since <= day), Decimal(0))


def _owed(item: Bearing) -> list[Stand]:
    changes: dict[date, Decimal] = {}
    for entry in item.entries:
        changes[entry.on + DAY] = changes.get(entry.on + DAY, Decimal(0)) - entry.signed
    principal = item.amount - item.disputed
    stands = [Stand(date.min, max(principal, Decimal(0)))]
    for since, change in sorted(changes.items()):
        principal += change
        stands.append(Stand(since, max(principal, Decimal(0))))
    return stands


def _compensation(bearers: Iterable[Bearer], *, country: str, rates: RateBook, on: date) -> Iterator[Claim]:
    """Once per invoice, on the oldest of its items here; worked out from the due date with which it was first claimed."""
    seen: set[int] = set()
    for item in _reached(bearers, "compensation", on=on):
        if item.invoice in seen:
            continue
        seen.add(item.invoice)
        if not_compensated(item, on=on)[0]:
            continue
        since = item.compensated_from or item.due_on
        pack = pack_of(country, on=on)
        found = pack.compensation(item.debtor, item.invoice_amount, item.currency, due_on=since, rates=rates)
        if found is not None:
            full = _claim(ClaimKind.COMPENSATION, item, "", found.amount, told_compensation(found, item, since))
            if (claim := _less(full, item.terms.booked.compensation)) is None:
                continue
            yield claim if item.amount == item.invoice_amount else replace(claim, label=item.label.rpartition("#")[0])


def not_compensated(item: Bearing, *, on: date) -> tuple[str, str]:
    """Why the firm itself claims no compensation on the item's invoice that day, and the figure behind it; empty where it does."""
    late = (on - item.due_on).days
    return no_compensation(item.terms, amount=item.invoice_amount, currency=item.currency, days_late=late)


def _fees(bearers: Sequence[Bearer], step: Step, position: int) -> Iterator[Claim]:
    """Those claimed before, then those of the message's own step."""
    bearers = [bearer for bearer in bearers if bearer.item.policy.may_meet(bearer.item.debtor)]  # a firm may turn out a consumer
    for item, _ in bearers:
        for key, amount in item.fees.items():
            if claim := _less(_claim(ClaimKind.FEE, item, key, amount, {}, is_new=False), item.terms.booked.fees.get(key, Decimal(0))):
                yield claim
    if step.fee is not None:
        yield from _new_fees([bearer.item for bearer in bearers if bearer.position == position], step, step.fee)


def _new_fees(items: Sequence[ItemFacts], step: Step, fee: Fee) -> Iterator[Claim]:
    """A fixed fee on the oldest of the items at the step, in the policy's currency only; per cent on each of them."""
    fixed = fee.fixed is not None
    for item in items[:1] if fixed else items:
        amount = _fee_of(item, fee)
        if amount and step.key not in item.fees:
            detail = {"fixed": str(fee.fixed)} if fixed else {"percent": str(fee.percent), "principal": str(item.principal)}
            yield _claim(ClaimKind.FEE, item, step.key, amount, detail)


def _less(claim: Claim, booked: Decimal | None) -> Claim | None:
    """What of a claim is still asked when so much of it was waived or paid, and says so; None where nothing is, or it was reversed."""
    if booked is None or claim.amount <= booked:
        return None
    return replace(claim, amount=claim.amount - booked, detail={**claim.detail, "settled": str(booked)}) if booked else claim


def _fee_of(item: ItemFacts, fee: Fee) -> Decimal:
    if fee.percent is not None:
        return round_to_unit(item.principal * fee.percent / 100, item.currency)
    return fee.fixed if fee.fixed is not None and item.currency == item.policy.currency else Decimal(0)


def _claim(kind: ClaimKind, item: ItemFacts, step: str, amount: Decimal, detail: Mapping[str, Any], *, is_new: bool = True) -> Claim:
    return Claim(kind, item.case, item.invoice, item.label, step, amount, detail, is_new)


def told_interest(found: Interest, debtor: Debtor) -> dict[str, Any]:
    """How interest was worked out, in plain values."""
    periods = [{**{name: _plain(value) for name, value in asdict(period).items()}, "days": period.days} for period in found.periods]
    return {"regime": found.regime, "debtor": str(debtor), "periods": periods}


def told_compensation(found: Compensation, item: ItemFacts, since: date) -> dict[str, Any]:
    """How compensation was worked out, in plain values."""
    told = {name: _plain(value) for name, value in asdict(found).items() if name not in ("amount", "currency")}
    return {**told, "invoice_amount": str(item.invoice_amount), "due_from": since.isoformat()}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else str(value)
