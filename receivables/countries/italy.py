"""Italy: ECB rate of 1 January / 1 July + 8 points (D.Lgs. 231/2002), of private persons the legal rate; divisor 36 500 in every year."""

from receivables.countries.directive import DirectivePack, InterestLaw
from receivables.countries.limitation import Term
from receivables.countries.regimes import RateMode
from receivables.countries.terms import TermLaw

ITALY = DirectivePack(
    code="IT",
    currency="EUR",
    commercial=InterestLaw(RateMode.HALF_YEAR, "D.Lgs. 231/2002 art. 2 and 5"),
    consumer=InterestLaw(RateMode.DAILY, "art. 1284 c.c."),
    terms=TermLaw("D.Lgs. 231/2002 art. 4"),
    commercial_limitation=Term(5),  # ten years, five for what is paid periodically: the shorter
    consumer_limitation=Term(1),  # ten years, for a trader's sales one to three by presumption: the shortest
)
