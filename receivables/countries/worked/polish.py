"""A Polish case, completed: moved due date, interest, payments, compensation in both readings, limitation, register."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from receivables.core.errors import Refused
from receivables.countries.interest import Period, Stand, late_interest
from receivables.countries.limitation import Event, EventKind, Limitation
from receivables.countries.poland import Poland
from receivables.countries.rates import RateBook
from receivables.countries.readings import FellDue, Readings
from receivables.countries.regimes import Regime
from receivables.countries.statement import Payment, Settlement, Statement, statement
from receivables.countries.words import Compensation, Debtor, Order, Sale
from receivables.countries.worked.fields import Fields, called

_DAY = timedelta(days=1)
_LONGEST_TERM = 366 * _DAY  # no invoice was issued so long before it was due: an older payment has a wrong date
_DAY_AFTER, _DUE_DATE = (Poland(Readings(fell_due=reading)) for reading in (FellDue.DAY_AFTER, FellDue.DUE_DATE))
_READINGS_DIFFER = (
    "the two readings of when the claim fell due give different months; pln above follows the day-after reading (interest start)"
)
INPUTS = (
    "id", "country", "title", "regime", "debtor", "claim_kind", "amount", "principal", "currency", "invoice_date", "due_date", "as_of",
    "allocation_policy", "payments", "contract_rate_percent", "warning_sent", "acknowledged_on", "published_check", "note",
)  # fmt: skip
DERIVED = (
    "effective_due_date", "due_date_shift", "interest_runs_from", "interest_periods", "interest_total", "interest_total_if_rounded_once",
    "interest_paid", "interest_outstanding", "principal_outstanding", "surplus", "recompense", "limitation", "big",
    "interest_total_if_split_at_every_half_year",
)  # fmt: skip
_OF_PAYMENT = (
    "date", "amount", "currency", "to_interest", "to_principal", "surplus", "principal_after", "interest_outstanding_after", "on_time",
)  # fmt: skip


_LEFT_OUT = object()  # a field that this case does not have


class DebtKind(StrEnum):
    """What the debt is for, as the schema says it."""

    GENERAL = "general"
    SALE = "sale"
    SERVICE_BUSINESS = "service_business"


_SALES = {DebtKind.GENERAL: Sale.PRIVATE, DebtKind.SALE: Sale.GOODS, DebtKind.SERVICE_BUSINESS: Sale.SERVICES}


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a debt."""

    debtor: Debtor
    kind: DebtKind
    regime: Regime
    amount: Decimal
    due_date: date
    as_of: date
    order: Order | None
    payments: tuple[Payment, ...]
    warned_on: date | None
    acknowledged_on: date | None

    @property
    def due_on(self) -> date:
        """The due date moved to a working day."""
        return _DAY_AFTER.due_on(self.due_date)


def completed(fields: Fields, rates: RateBook) -> dict[str, Any]:
    """The case with everything that follows from it. Raises `DomainError` that says what is wrong, without the place for rates."""
    fields.only((*INPUTS, *DERIVED))
    case = _case(fields, rates)
    order = case.order or _DAY_AFTER.order
    found = statement(case.regime, case.amount, case.payments, due_on=case.due_on, as_of=case.as_of, order=order, currency="PLN")
    return {name: value for name, value in _told(fields, case, found, rates) if value is not _LEFT_OUT}


def _told(fields: Fields, case: Case, found: Statement, rates: RateBook) -> Iterator[tuple[str, Any]]:
    """All fields in the order of the schema; some hold only of some cases."""
    given = fields.values
    for name in ("id", "country", "title"):
        yield name, given.get(name, _LEFT_OUT)
    yield "regime", case.regime.name
    yield "debtor", str(case.debtor)
    yield "claim_kind", str(case.kind)
    yield _amount_name(fields), given[_amount_name(fields)]
    yield "currency", "PLN"
    yield "invoice_date", given.get("invoice_date", _LEFT_OUT)
    yield from _dates(case)
    yield "allocation_policy", str(case.order) if case.order else None
    yield "payments", [_payment(settled, stated) for settled, stated in zip(found.settlements, given.get("payments") or [], strict=True)]
    yield from _interest(found)
    yield "contract_rate_percent", given.get("contract_rate_percent", _LEFT_OUT)
    yield "recompense", _recompense(case, found, rates)
    yield "limitation", _limitation(case)
    yield "big", _register(case, found) if case.warned_on else _LEFT_OUT
    for name in ("published_check", "note"):
        yield name, given.get(name, _LEFT_OUT)
    is_split = case.regime.name.startswith("commercial") and not case.payments
    yield "interest_total_if_split_at_every_half_year", money(_split(case)) if is_split else _LEFT_OUT
    for name in ("warning_sent", "acknowledged_on"):
        yield name, given.get(name, _LEFT_OUT)


# -- reading


def _case(fields: Fields, rates: RateBook) -> Case:
    for name in ("title", "note", "published_check"):
        if fields.has(name):
            fields.text(name)
    if fields.currency("PLN") != "PLN":
        raise fields.refused("currency", f"{fields.values['currency']} is not PLN; the brackets and thresholds of Polish law are in PLN.")
    due_date, as_of = fields.day("due_date"), fields.day("as_of")
    payments = _payments(fields, due_date, as_of)
    return Case(
        debtor=_debtor(fields),
        kind=fields.word("claim_kind", DebtKind),
        regime=_regime(fields, rates),
        amount=fields.amount(_amount_name(fields), "PLN"),
        due_date=due_date,
        as_of=as_of,
        order=_order(fields, has_payments=bool(payments)),
        payments=payments,
        warned_on=fields.day("warning_sent") if fields.has("warning_sent") else None,
        acknowledged_on=fields.day("acknowledged_on") if fields.has("acknowledged_on") else None,
    )


def _amount_name(fields: Fields) -> str:
    if fields.has("amount") and fields.has("principal"):
        raise fields.refused("principal", "it stands beside amount; state one of them.")
    return "principal" if fields.has("principal") else "amount"


def _debtor(fields: Fields) -> Debtor:
    if not fields.has("debtor") and fields.has("regime"):
        return Debtor.CONSUMER if fields.text("regime") == "kc_delay" else Debtor.BUSINESS
    return fields.word("debtor", Debtor)


def _regime(fields: Fields, rates: RateBook) -> Regime:
    debtor, name = _debtor(fields), fields.text("regime") if fields.has("regime") else ""
    if name and name not in _DAY_AFTER.regimes(debtor):
        raise fields.refused("regime", f"{called(name)} is not one of a {debtor}: {' or '.join(_DAY_AFTER.regimes(debtor))}.")
    if fields.has("contract_rate_percent"):
        return _DAY_AFTER.contract_regime(debtor, fields.percent("contract_rate_percent"), rates=rates, name=name)
    return _DAY_AFTER.regime(debtor, rates=rates, name=name)


def _order(fields: Fields, *, has_payments: bool) -> Order | None:
    if fields.has("allocation_policy"):
        return fields.word("allocation_policy", Order)
    return _DAY_AFTER.order if has_payments else None


def _payments(fields: Fields, due_date: date, as_of: date) -> tuple[Payment, ...]:
    issued = fields.day("invoice_date") if fields.has("invoice_date") else None
    if issued and issued > due_date:
        raise fields.refused("invoice_date", f"{issued} lies after the due date {due_date}.")
    return tuple(_read_payment(entry, issued or due_date - _LONGEST_TERM, as_of) for entry in fields.objects("payments"))


def _read_payment(entry: Fields, earliest: date, as_of: date) -> Payment:
    entry.only(_OF_PAYMENT)
    if entry.currency("PLN") != "PLN":
        raise entry.refused("currency", f"{entry.values['currency']} is not PLN, the currency of the debt.")
    day = entry.day("date")
    if day < earliest:
        raise entry.refused("date", f"{day} lies before the invoice, which is of {earliest} at the earliest.")
    if day > as_of:
        raise entry.refused("date", f"{day} lies after as_of {as_of}; leave the payment out or state a later day.")
    return Payment(day, entry.amount("amount", "PLN"))


# -- telling


def money(amount: Decimal) -> str:
    """An amount with its two decimals."""
    return str(amount.quantize(Decimal("0.01")))


def rate(percent: Decimal) -> str:
    """A rate with two decimals, or with as many more as it has."""
    return str(percent.quantize(Decimal("0.01")) if percent == percent.quantize(Decimal("0.01")) else percent.normalize())


def _dates(case: Case) -> Iterator[tuple[str, Any]]:
    moved = (case.due_date + n * _DAY for n in range((case.due_on - case.due_date).days))
    yield "due_date", str(case.due_date)
    yield "effective_due_date", str(case.due_on)
    yield "due_date_shift", [f"{day} {_DAY_AFTER.day_off(day)}" for day in moved]
    yield "interest_runs_from", str(case.due_on + _DAY)
    yield "as_of", str(case.as_of)


def _payment(settled: Settlement, stated: dict[str, Any]) -> dict[str, Any]:
    """A payment as given, and what it did. Before any interest has accrued the schema says a bare 0 of it."""
    of_interest = money if settled.interest_had_begun else str
    return {
        **{name: stated[name] for name in ("date", "amount", "currency") if name in stated},
        "to_interest": of_interest(settled.to_interest),
        "to_principal": money(settled.to_principal),
        "surplus": money(settled.surplus),
        "principal_after": money(settled.principal_after),
        "interest_outstanding_after": of_interest(settled.interest_after),
        "on_time": settled.is_in_time,
    }


def _interest(found: Statement) -> Iterator[tuple[str, Any]]:
    yield "interest_periods", [_period(period) for period in found.periods]
    yield "interest_total", money(found.interest)
    yield "interest_total_if_rounded_once", money(found.rounded_once("PLN"))
    yield "interest_paid", money(found.interest_paid)
    yield "interest_outstanding", money(found.interest - found.interest_paid)
    yield "principal_outstanding", money(found.principal)
    yield "surplus", money(found.surplus)


def _period(period: Period) -> dict[str, Any]:
    exact = period.principal * period.rate_percent * period.days / 36500
    return {
        "from": str(period.first_on),
        "to": str(period.last_on),
        "days": period.days,
        "rate_percent": rate(period.rate_percent),
        "principal": money(period.principal),
        "formula": f"{money(period.principal)} x {rate(period.rate_percent)}% x {period.days} / 365 = {exact:.6f}",
        "interest": money(period.amount),
    }


def _split(case: Case) -> Decimal:
    """Interest with a new period at each half-year also where the rate stays: the other choice, for a debt without payments."""
    total, start, stands = Decimal(0), case.due_on + _DAY, [Stand(date.min, case.amount)]
    while start <= case.as_of:
        after = date(start.year, 7, 1) if start.month < 7 else date(start.year + 1, 1, 1)
        end = min(case.as_of, after - _DAY)
        total += late_interest(stands, case.regime.table, first_on=start, last_on=end, currency="PLN").total
        start = after
    return total


def _recompense(case: Case, found: Statement, rates: RateBook) -> dict[str, Any]:
    if case.debtor is Debtor.CONSUMER:
        return {"due": False, "reason": "consumer debtor: art. 10 applies to commercial transactions only"}
    if not found.is_late:
        return {"due": False, "reason": "no delay by that day: the claim arises with the interest"}
    after, on_due = (
        pack.compensation(case.debtor, case.amount, "PLN", due_on=case.due_on, rates=rates) for pack in (_DAY_AFTER, _DUE_DATE)
    )
    if after is None or on_due is None:
        raise Refused("recompense: the law gives none for such an invoice.")
    agree = after.rate_on == on_due.rate_on
    return {
        "due": True,
        "eur": int(after.euro),
        "basis_month_of_day_after_effective_due_date": _basis(after),
        "basis_month_of_effective_due_date": _basis(on_due),
        "bases_agree": agree,
        "pln": money(after.amount),
        **({} if agree else {"note": _READINGS_DIFFER}),
    }


def _basis(found: Compensation) -> dict[str, str]:
    return {
        "rate_date": str(found.rate_on),
        "nbp_table": found.table,
        "eur_pln_mid": str(found.rate),
        "pln": money(found.amount),
        "formula": f"{int(found.euro)} x {found.rate} = {money(found.amount)}",
    }


def _limitation(case: Case) -> dict[str, Any]:
    events = [Event(EventKind.ACKNOWLEDGEMENT, case.acknowledged_on)] if case.acknowledged_on else []
    found = _DAY_AFTER.limitation(case.debtor, _SALES[case.kind], due_on=case.due_date, events=events)
    if found.years is None:
        told: dict[str, Any] = {"years": None, "act_before_conservative": None, "reason": found.reason}
    else:
        told = {
            "years": found.years,
            "act_before_conservative": str(found.act_before),
            "literal_from_first_day_of_delay": str(found.literal),
            "readings_agree": found.readings_agree,
        }
    return told | (_acknowledged(case.acknowledged_on, found) if case.acknowledged_on else {})


def _acknowledged(on: date, found: Limitation) -> dict[str, Any]:
    told: dict[str, Any] = {"acknowledged_on": str(on), "after_acknowledgement": str(found.after_events) if found.after_events else None}
    if found.after_events is None and found.years is not None:
        told["reason"] = "acknowledged after the last day: what is over does not begin anew"
    return told


def _register(case: Case, found: Statement) -> dict[str, Any]:
    register = _DAY_AFTER.register(case.debtor)
    opening = register.opening(found.principal, due_on=case.due_date, effective_due_on=case.due_on, warned_on=case.warned_on)
    return {
        "warning_sent": str(case.warned_on),
        "threshold_pln": str(opening.threshold),
        "principal_outstanding": money(found.principal),
        "first_day_after_30_days_overdue": str(opening.first_overdue_enough),
        "first_day_after_one_month_from_warning": str(opening.first_warned_enough),
        "eligible_from": str(opening.eligible_from) if opening.eligible_from else None,
        **({"reason": opening.reason} if opening.reason else {}),
    }
