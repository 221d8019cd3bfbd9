"""Germany: base rate + 9 points, + 5 of consumers (par. 288 BGB); 40 EUR never of consumers; three years to a year's end."""

from receivables.countries.directive import DirectivePack, InterestLaw
from receivables.countries.limitation import Term
from receivables.countries.regimes import RateMode
from receivables.countries.terms import TermLaw

GERMANY = DirectivePack(
    code="DE",
    currency="EUR",
    commercial=InterestLaw(RateMode.HALF_YEAR, "par. 247 and 288(2) BGB"),
    consumer=InterestLaw(RateMode.HALF_YEAR, "par. 247 and 288(1) BGB"),
    terms=TermLaw("par. 271a BGB"),
    commercial_limitation=Term(3, to_year_end=True),  # par. 195 and 199 BGB
    consumer_limitation=Term(3, to_year_end=True),
)
