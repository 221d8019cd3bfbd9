"""Which agency takes a debt, and what a company asks before it hands one over. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from dunning.states import Debtors
from receivables.countries.words import Debtor


class Lacks(StrEnum):
    """What is not on file about an agency that a company asks for."""

    CONTRACT = "contract"
    COST_TERMS = "cost_terms"
    DATA_ROLE = "data_role"


class Unfit(StrEnum):
    """Why an agency does not take a debt."""

    DEBTOR = "debtor"
    COUNTRY = "country"
    CURRENCY = "currency"
    AMOUNT = "amount"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class AgencyTerms:
    """What an agency takes. Empty takes anything; `min_amount` is in the currency of the debt, `min_days` of its oldest item."""

    agency: int
    slug: str
    name: str
    takes: str = Debtors.ANY
    countries: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    min_amount: Decimal = Decimal(0)
    min_days: int = 0
    contract_on: date | None = None
    contract_until: date | None = None
    cost_terms_on: date | None = None
    data_role_on: date | None = None
    mapping: str = "neutral"
    delivery: str = "file"

    def lacks(self, *, on: date) -> tuple[Lacks, ...]:
        """What is not on file on that day, or over."""
        has_contract = (
            self.contract_on is not None and self.contract_on <= on and (self.contract_until is None or on <= self.contract_until)
        )
        there = {
            Lacks.CONTRACT: has_contract,
            Lacks.COST_TERMS: self.cost_terms_on is not None and self.cost_terms_on <= on,
            Lacks.DATA_ROLE: self.data_role_on is not None and self.data_role_on <= on,
        }
        return tuple(fact for fact, is_there in there.items() if not is_there)

    def unfit(self, debt: "Debt", *, on: date) -> tuple[Unfit, ...]:
        """Why it does not take this debt on that day; empty where it does."""
        fits = {
            Unfit.DEBTOR: self.takes == Debtors.ANY or (debt.debtor is Debtor.CONSUMER) == (self.takes == Debtors.CONSUMERS),
            Unfit.COUNTRY: not self.countries or debt.country in self.countries,
            Unfit.CURRENCY: not self.currencies or debt.currency in self.currencies,
            Unfit.AMOUNT: debt.amount >= self.min_amount,
            Unfit.AGE: (on - debt.oldest_due_on).days >= self.min_days,
        }
        return tuple(reason for reason, is_so in fits.items() if not is_so)


@dataclass(frozen=True, slots=True)
class Debt:
    """What would be handed over together: one customer's, in one currency."""

    debtor: Debtor
    country: str
    currency: str
    amount: Decimal
    oldest_due_on: date


@dataclass(frozen=True, slots=True)
class HandoverRules:
    """What a company asks of a hand-over besides what is judged of any step."""

    needs_terms: bool = False  # an agency whose contract, cost terms and role in data protection are on file
    notice_days: int | None = None  # days from the message that announced it; None: it need not be announced
    needs_call: bool = False


NOTHING_ASKED = HandoverRules()


@dataclass(frozen=True, slots=True)
class Tried:
    """A call to the customer: its day, and whether it reached anybody."""

    on: date
    reached: bool


def agency_for(agencies: Sequence[AgencyTerms], debt: Debt, rules: HandoverRules, *, on: date) -> AgencyTerms | None:
    """The first that takes it, in the order given; None where none does."""
    fitting = (agency for agency in agencies if not agency.unfit(debt, on=on))
    return next((agency for agency in fitting if not (rules.needs_terms and agency.lacks(on=on))), None)


def announced_from(announced_on: date | None, rules: HandoverRules) -> date | None:
    """The first day on which the announcement allows a hand-over; None where there was none."""
    return None if announced_on is None else announced_on + timedelta(days=rules.notice_days or 0)


def is_called(calls: Sequence[Tried], *, since: date) -> bool:
    """Whether somebody was reached since that day, or tried twice. A day with two tries counts as two."""
    mine = [call for call in calls if call.on >= since]
    return any(call.reached for call in mine) or len(mine) >= 2
