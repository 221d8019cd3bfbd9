"""Terms or prepayment as a table."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from receivables.credit.judging import DAY, Exposure, Facts, Limit, Override, Rules, judge_credit
from receivables.credit.registers.protocol import Verdict
from receivables.credit.states import LimitKind
from receivables.credit.suggesting import Known, Offer, suggest

ON = date(2026, 6, 30)


def known(facts: Facts = Facts(), **more: Any) -> Known:  # noqa: B008 - it is frozen
    return Known(judge_credit(facts, Rules(), on=ON), facts, **more)


def owes(amount: int, days: int = 0) -> list[Exposure]:
    late = Decimal(amount if days > 0 else 0)
    return [Exposure("PLN", Decimal(amount), late, late=late, late_since=ON - days * DAY)]


def limits(own: int | None = None, insured: int | None = None, until: date | None = None) -> dict[LimitKind, Limit]:
    amounts = {LimitKind.OWN: own, LimitKind.INSURED: insured}
    return {kind: Limit(kind, Decimal(amount), "PLN", until) for kind, amount in amounts.items() if amount is not None}


def said(**registers: str) -> dict[str, Any]:
    return {"verdicts": {name: Verdict(verdict) for name, verdict in registers.items()}}


@pytest.mark.parametrize(
    ("case", "offer", "days", "first"),
    [
        pytest.param(known(rating="A"), Offer.TERMS, 30, "rating is A", id="the best payer"),
        pytest.param(known(rating="B"), Offer.TERMS, 21, "rating is B", id="a good payer"),
        pytest.param(known(rating="C"), Offer.TERMS, 14, "rating is C", id="a slow payer"),
        pytest.param(known(rating="D"), Offer.TERMS, 7, "rating is D", id="a bad payer"),
        pytest.param(known(rating="E"), Offer.PREPAYMENT, 0, "rating is E", id="the worst payer"),
        pytest.param(known(), Offer.PREPAYMENT, 0, "Too little is known", id="nothing is known"),
        pytest.param(known(**said(regon="active")), Offer.TERMS, 7, "Too little is known", id="new, and a register says active"),
        pytest.param(known(**said(white_list="exempt")), Offer.TERMS, 7, "Too little is known", id="new, and exempt from VAT"),
        pytest.param(known(**said(regon="unknown")), Offer.PREPAYMENT, 0, "Too little is known", id="new, and no register answers"),
        pytest.param(known(**said(vies="not_listed")), Offer.PREPAYMENT, 0, "Too little is known", id="new, and in no list"),
        pytest.param(known(rating="A", **said(regon="unknown", vies="not_listed")), Offer.TERMS, 30, "rating is A", id="no answer takes nothing away"),
        pytest.param(known(rating="A", **said(regon="ended")), Offer.PREPAYMENT, 0, "has ended: regon", id="the business has ended"),
        pytest.param(known(rating="A", **said(white_list="removed", regon="active")), Offer.PREPAYMENT, 0, "removed or refused: white_list", id="removed from the list"),
        pytest.param(known(is_number_wrong=True, **said(regon="active")), Offer.PREPAYMENT, 0, "cannot be right", id="a number that cannot be right"),
        pytest.param(known(is_number_wrong=True, rating="B"), Offer.TERMS, 21, "rating is B", id="a wrong number of a good payer is a warning"),
        pytest.param(known(Facts(owes(100), limits(own=100)), rating="A"), Offer.PREPAYMENT, 0, "Nothing is left", id="the limit is used up"),
        pytest.param(known(Facts(limits=limits(own=0)), rating="A"), Offer.PREPAYMENT, 0, "Nothing is left", id="a limit of nothing"),
        pytest.param(known(Facts(owes(100), limits(own=150)), rating="A"), Offer.TERMS, 30, "rating is A", id="something is left of the limit"),
        pytest.param(known(Facts(limits=limits(insured=500))), Offer.TERMS, 14, "Too little is known", id="new, but insured"),
        pytest.param(known(Facts(limits=limits(insured=500, until=ON - DAY))), Offer.PREPAYMENT, 0, "Too little is known", id="new, no longer insured"),
        pytest.param(known(Facts(owes(500), limits(insured=500))), Offer.PREPAYMENT, 0, "Too little is known", id="new, the insured limit is used up"),
        pytest.param(known(Facts(owes(100, 10)), rating="A"), Offer.TERMS, 7, "10 days overdue", id="a good payer is late"),
        pytest.param(known(Facts(owes(100, 31)), rating="A"), Offer.PREPAYMENT, 0, "31 days overdue", id="prepayment only"),
        pytest.param(known(Facts(stop_fact="bankruptcy"), rating="A"), Offer.STOP, 0, "stop fact", id="a stop"),
        pytest.param(known(Facts(owes(100, 31), override=Override(judge_credit(Facts(), Rules(), on=ON).state, ON, "Zarząd")), rating="B"), Offer.TERMS, 7, "31 days", id="a person keeps it open"),
    ],
)  # fmt: skip
def test_what_is_suggested(case: Known, offer: Offer, days: int, first: str) -> None:
    suggestion = suggest(case, on=ON)
    assert (suggestion.kind, suggestion.terms_days) == (offer, days)
    assert first in str(suggestion.reasons[0])
    assert all(str(reason) for reason in suggestion.reasons)
