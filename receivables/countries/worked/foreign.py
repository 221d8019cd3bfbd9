"""A case under another country's law, completed: interest and flat sum, or the Dutch scale of collection costs."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from receivables.countries.interest import Period
from receivables.countries.law import Pack
from receivables.countries.netherlands import LEAST, MOST, collection_costs, scale_steps
from receivables.countries.rates import RateBook
from receivables.countries.regimes import RateMode, Regime
from receivables.countries.statement import Statement, statement
from receivables.countries.words import Debtor
from receivables.countries.worked.fields import Fields, called
from receivables.countries.worked.polish import DebtKind, money, rate

_DAY = timedelta(days=1)
_INPUTS = (
    "id", "country", "title", "regime", "debtor", "claim_kind", "amount", "principal", "currency", "due_date", "relevant_day", "as_of",
    "allocation_policy", "payments", "published_check", "note",
)  # fmt: skip
_DERIVED = ("rate_percent", "days", "periods", "interest", "fixed_sum", "formula", "collection_cost_excl_vat")
_POLISH = ("contract_rate_percent", "warning_sent", "acknowledged_on")
_TEXTS = ("title", "note", "published_check", "formula")
_PASSED = ("allocation_policy", "payments", "published_check", "note")


def completed(fields: Fields, pack: Pack, rates: RateBook) -> dict[str, Any]:
    """The case with everything that follows from it. Raises `DomainError` that says what is wrong, without the place for rates."""
    _refuse_what_is_not_known(fields, pack)
    is_scale = pack.code == "NL" and not any(fields.has(name) for name in ("due_date", "relevant_day", "as_of"))
    told = dict(_costs(fields, pack)) if is_scale else dict(_claim(fields, pack, rates))
    given = fields.values
    front = {name: given[name] for name in ("id", "country", "title", "regime", "claim_kind") if name in given}
    return front | told | {name: given[name] for name in _PASSED if name in given} | {"debtor": str(_debtor(fields))}


def _refuse_what_is_not_known(fields: Fields, pack: Pack) -> None:
    for name in _POLISH:
        if fields.has(name):
            raise fields.refused(name, f"it is worked out under Polish law alone, not for {pack.code}; leave it out.")
    fields.only((*_INPUTS, *_DERIVED, *_POLISH))
    for name in _TEXTS:
        if fields.has(name):
            fields.text(name)
    if fields.has("claim_kind"):
        fields.word("claim_kind", DebtKind)
    if fields.objects("payments") or fields.has("allocation_policy"):
        name = "payments" if fields.has("payments") else "allocation_policy"
        raise fields.refused(name, f"how part payments are spread under the law of {pack.code} is not known; leave it out.")
    if fields.currency(pack.currency) != pack.currency:
        raise fields.refused("currency", f"{fields.values['currency']} is not {pack.currency}, in which the law of {pack.code} counts.")


def _debtor(fields: Fields) -> Debtor:
    return fields.word("debtor", Debtor)


def _amount(fields: Fields, pack: Pack) -> tuple[str, Decimal]:
    if fields.has("amount") and fields.has("principal"):
        raise fields.refused("principal", "it stands beside amount; state one of them.")
    name = "principal" if fields.has("principal") else "amount"
    return name, fields.amount(name, pack.currency)


def _costs(fields: Fields, pack: Pack) -> Iterator[tuple[str, Any]]:
    name, principal = _amount(fields, pack)
    yield name, fields.values[name]
    yield "currency", pack.currency
    costs = collection_costs(principal)
    yield "collection_cost_excl_vat", money(costs)
    steps = " + ".join(f"{step.percent}% of {step.part}" for step in scale_steps(principal))
    yield "formula", f"{steps}, minimum {LEAST}" if costs == LEAST else f"{steps}, maximum {MOST}" if costs == MOST else steps


def _claim(fields: Fields, pack: Pack, rates: RateBook) -> Iterator[tuple[str, Any]]:
    name, amount = _amount(fields, pack)
    day_name = _day_name(fields)
    due, as_of, debtor = fields.day(day_name), fields.day("as_of"), _debtor(fields)
    regime = _regime(fields, pack, debtor, rates)
    found = statement(regime, amount, (), due_on=pack.due_on(due), as_of=as_of, order=pack.order, currency=pack.currency)
    yield name, fields.values[name]
    yield "currency", pack.currency
    yield day_name, str(due)
    yield "as_of", str(as_of)
    if regime.mode is RateMode.FIXED:
        yield "rate_percent", rate(regime.table.on(due + _DAY).percent)
        yield "days", sum(period.days for period in found.periods)
    else:
        yield "periods", [_period(period) for period in found.periods]
    yield "interest", money(found.interest)
    flat = pack.compensation(debtor, amount, pack.currency, due_on=due, rates=rates) if found.is_late else None
    yield "fixed_sum", _flat(flat.amount, pack) if flat else None
    yield "formula", _formula(found, regime)


def _day_name(fields: Fields) -> str:
    if fields.has("due_date") and fields.has("relevant_day"):
        raise fields.refused("relevant_day", "it stands beside due_date; state one of them.")
    return "relevant_day" if fields.has("relevant_day") else "due_date"


def _regime(fields: Fields, pack: Pack, debtor: Debtor, rates: RateBook) -> Regime:
    name = fields.text("regime") if fields.has("regime") else ""
    if name and name not in pack.regimes(debtor):
        own = " or ".join(pack.regimes(debtor)) or "none"
        raise fields.refused("regime", f"{called(name)} is not one of a {debtor} in {pack.code}: {own}.")
    return pack.regime(debtor, rates=rates, name=name)


def _period(period: Period) -> dict[str, Any]:
    return {"days": period.days, "rate_percent": rate(period.rate_percent), "interest": money(period.amount)}


def _flat(amount: Decimal, pack: Pack) -> str:
    """A bare number; the schema names the currency where it is not one of the directive's or the act's own."""
    return f"{amount.normalize():f}{' CZK' if pack.currency == 'CZK' else ''}"


def _formula(found: Statement, regime: Regime) -> str:
    return "; ".join([*_products(found.periods, regime), regime.source])


def _products(periods: Sequence[Period], regime: Regime) -> Iterator[str]:
    for principal, same in groupby(periods, key=lambda period: period.principal):
        parts = " + ".join(f"{rate(period.rate_percent)}% x {period.days}" for period in same)
        yield f"{money(principal)} x ({parts}) / {regime.days_in_year}"
