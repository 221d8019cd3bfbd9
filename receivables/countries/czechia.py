"""Czechia: CNB repo rate of the first day of the half-year in which the delay began + 8 points, fixed (order 351/2013); 1 200 CZK."""

from decimal import Decimal

from receivables.countries.directive import Bracket, DirectivePack, FlatSum, InterestLaw
from receivables.countries.limitation import Term
from receivables.countries.regimes import RateMode
from receivables.countries.terms import TermLaw
from receivables.countries.words import Debtor

CZECHIA = DirectivePack(
    code="CZ",
    currency="CZK",
    commercial=InterestLaw(RateMode.FIXED, "government order 351/2013, par. 2"),
    consumer=InterestLaw(RateMode.FIXED, "government order 351/2013, par. 2"),
    flat=FlatSum(
        (Bracket(None, Decimal("1200.00")),),
        "CZK",
        "government order 351/2013, par. 3: between businesses",
        frozenset({Debtor.BUSINESS}),
    ),
    terms=TermLaw("par. 1963 of act 89/2012"),
    commercial_limitation=Term(3),
    consumer_limitation=Term(3),
)
