"""Which agency takes a debt, and what a company asks before a hand-over."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dunning.agencies.choice import AgencyTerms, Debt, HandoverRules, Lacks, Tried, Unfit, agency_for, announced_from, is_called
from receivables.countries.words import Debtor

ON = date(2026, 6, 30)
DEBT = Debt(Debtor.BUSINESS, "PL", "PLN", Decimal("500.00"), date(2026, 5, 1))  # 60 days
PLAIN = AgencyTerms(1, "a", "A")
COMPLETE = replace(PLAIN, contract_on=ON, cost_terms_on=ON, data_role_on=ON)
STRICT = HandoverRules(needs_terms=True)
UNFIT = {
    "a firm where it takes consumers": (replace(PLAIN, takes="consumers"), DEBT, Unfit.DEBTOR),
    "a consumer where it takes firms": (replace(PLAIN, takes="firms"), replace(DEBT, debtor=Debtor.CONSUMER), Unfit.DEBTOR),
    "another country": (replace(PLAIN, countries=("DE",)), DEBT, Unfit.COUNTRY),
    "another currency": (replace(PLAIN, currencies=("EUR",)), DEBT, Unfit.CURRENCY),
    "a grosz too little": (replace(PLAIN, min_amount=Decimal("500.01")), DEBT, Unfit.AMOUNT),
    "a day too young": (replace(PLAIN, min_days=61), DEBT, Unfit.AGE),
}


@pytest.mark.parametrize("name", UNFIT)
def test_an_agency_does_not_take(name: str) -> None:
    terms, debt, why = UNFIT[name]
    assert terms.unfit(debt, on=ON) == (why,)


def test_what_is_just_enough_is_taken() -> None:
    terms = replace(PLAIN, takes="firms", countries=("PL",), currencies=("PLN",), min_amount=Decimal("500.00"), min_days=60)
    assert terms.unfit(DEBT, on=ON) == ()
    assert replace(terms, takes="firms").unfit(replace(DEBT, debtor=Debtor.PUBLIC), on=ON) == ()


def test_the_first_that_fits_is_chosen_and_none_where_none_does() -> None:
    poor, good, other = replace(PLAIN, min_days=90), replace(PLAIN, slug="b"), replace(PLAIN, slug="c")
    assert agency_for([poor, good, other], DEBT, HandoverRules(), on=ON) == good
    assert agency_for([poor], DEBT, HandoverRules(), on=ON) is None


@pytest.mark.parametrize(
    ("terms", "lacks"),
    [
        (PLAIN, (Lacks.CONTRACT, Lacks.COST_TERMS, Lacks.DATA_ROLE)),
        (COMPLETE, ()),
        (replace(COMPLETE, contract_until=date(2026, 6, 29)), (Lacks.CONTRACT,)),
        (replace(COMPLETE, contract_until=ON), ()),
        (replace(COMPLETE, contract_on=date(2026, 7, 1)), (Lacks.CONTRACT,)),
    ],
)
def test_what_is_on_file_counts_on_its_days(terms: AgencyTerms, lacks: tuple[Lacks, ...]) -> None:
    assert terms.lacks(on=ON) == lacks
    assert (agency_for([terms], DEBT, STRICT, on=ON) is None) == bool(lacks)


def test_the_announcement_is_so_many_days_old() -> None:
    assert announced_from(date(2026, 6, 1), HandoverRules(notice_days=14)) == date(2026, 6, 15)
    assert announced_from(None, HandoverRules(notice_days=14)) is None


def test_a_call_reached_or_tried_twice() -> None:
    first, second = Tried(date(2026, 6, 1), reached=False), Tried(date(2026, 6, 1), reached=False)
    assert not is_called([first], since=date(2026, 5, 1))
    assert is_called([first, second], since=date(2026, 5, 1))
    assert is_called([Tried(date(2026, 6, 1), reached=True)], since=date(2026, 6, 1))
    assert not is_called([Tried(date(2026, 5, 31), reached=True)], since=date(2026, 6, 1))
