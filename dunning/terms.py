"""What bears on the claims of an item beside the law: rates that a contract agrees, and when the firm claims compensation. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from receivables.core.money import round_to_unit
from receivables.countries.rates import Rate, RateTable
from receivables.countries.regimes import RateMode, Regime
from receivables.countries.words import Debtor

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AgreedRate:
    """A rate that a contract agrees from a day on; `percent` None: the law's again. An invoice's own comes before its customer's."""

    since: date
    percent: Decimal | None
    contract: str
    of_invoice: bool = False


@dataclass(frozen=True, slots=True)
class CompensationRules:
    """When the firm claims flat compensation. The smallest invoice is gross, in `currency`; others are not held to it."""

    claimed: bool = True
    minimum_amount: Decimal = Decimal(0)
    currency: str = ""
    minimum_days: int = 0


@dataclass(frozen=True, slots=True)
class Booked:
    """What the ledger of claims says is not to be asked again: waived or paid amounts; None or days of a claim that a person reversed."""

    interest: Decimal = Decimal(0)
    reversed_days: tuple[tuple[date, date], ...] = ()
    compensation: Decimal | None = Decimal(0)
    fees: Mapping[str, Decimal | None] = field(default_factory=dict)


NOTHING_BOOKED = Booked()


@dataclass(frozen=True, slots=True)
class Terms:
    """All of it for one item. `kept` is why no compensation is asked of the customer; empty where it is."""

    compensation: CompensationRules = CompensationRules()
    kept: str = ""
    agreed: tuple[AgreedRate, ...] = ()
    booked: Booked = NOTHING_BOOKED


NO_TERMS = Terms()


def no_compensation(terms: Terms, *, amount: Decimal, currency: str, days_late: int) -> tuple[str, str]:
    """Why the firm claims no flat compensation of an invoice of that gross amount, and the figure behind it; empty where it does."""
    rules = terms.compensation
    if not rules.claimed:
        return "switched_off", ""
    if terms.kept:
        return "spared", terms.kept
    if currency == rules.currency and amount < rules.minimum_amount:
        return "below_minimum", f"{round_to_unit(rules.minimum_amount, currency)} {currency}"
    if days_late < rules.minimum_days:
        return "too_few_days", str(rules.minimum_days)
    return "", ""


def with_agreed(statutory: Regime, contract: Mapping[Decimal, Regime], agreed: Sequence[AgreedRate], debtor: Debtor) -> Regime:
    """The statutory regime with what a contract agrees in its place from its day on. `contract`: percent → its capped regime.

    In Poland a firm or public body owes at least the statutory rate (act of 8 March 2013, art. 7(1): "unless the parties agreed a
    higher one"). Days on which a needed rate is not known have no row, so a claim on them raises `MissingRate`.
    """
    if not agreed:
        return statutory
    tables = [statutory.table, *(regime.table for regime in contract.values())]
    bounds = (day for table in tables for rate in table.rates for day in (rate.valid_from, _after(rate.known_until)))
    starts = sorted({*bounds, *(one.since for one in agreed)})
    ends = [*(start - _DAY for start in starts[1:]), date.max]
    floor = statutory.table if debtor is not Debtor.CONSUMER and statutory.table.country == "PL" else None
    rows = (_row(start, end, statutory.table, contract, floor, _in_force(agreed, start)) for start, end in zip(starts, ends, strict=True))
    table = RateTable(statutory.table.country, f"{statutory.name}, contract", tuple(row for row in rows if row is not None))
    return replace(statutory, table=table, mode=RateMode.DAILY)


def _after(day: date) -> date:
    return day + _DAY if day < date.max else day


def _row(
    start: date, end: date, statutory: RateTable, contract: Mapping[Decimal, Regime], floor: RateTable | None, one: AgreedRate | None
) -> Rate | None:
    """The rate of a piece of days within which nothing changes."""
    if one is None or one.percent is None:
        law = _on(statutory, start)
        return replace(law, valid_from=start, known_until=end) if law else None
    found, least = _on(contract[one.percent].table, start), _on(floor, start) if floor else None
    if found is None or (floor is not None and least is None):
        return None
    if least is not None and found.percent < least.percent:
        source = f"{one.contract} agrees {one.percent.normalize():f} per cent, less than the law gives; {least.source}"
        return Rate(start, end, least.percent, source)
    return Rate(start, end, found.percent, f"{one.contract}: {found.source}")


def _on(table: RateTable, day: date) -> Rate | None:
    return next((rate for rate in reversed(table.rates) if rate.valid_from <= day <= rate.known_until), None)


def _in_force(agreed: Iterable[AgreedRate], day: date) -> AgreedRate | None:
    """The newest that has begun, an invoice's before its customer's; of one day, the one recorded last."""
    begun = [one for one in agreed if one.since <= day]
    own = [one for one in begun if one.of_invoice] or begun
    return sorted(own, key=lambda one: one.since)[-1] if own else None
