"""Slovakia: ECB rate of the first day of delay + 9 points, of consumers + 5, fixed; 40 EUR.

The tables hold the ECB's rate of 1 January and 1 July. It stands for the whole half-year where it did not fall before the next, so that
never too much is claimed; of the others only the first day is known.
"""

from receivables.countries.directive import DirectivePack, InterestLaw
from receivables.countries.limitation import Term
from receivables.countries.regimes import RateMode
from receivables.countries.terms import TermLaw

SLOVAKIA = DirectivePack(
    code="SK",
    currency="EUR",
    commercial=InterestLaw(RateMode.FIXED, "par. 369 of act 513/1991, government order 21/2013"),
    consumer=InterestLaw(RateMode.FIXED, "par. 517 of act 40/1964, government order 87/1995"),
    terms=TermLaw("par. 340a of act 513/1991"),
    commercial_limitation=Term(4),
    consumer_limitation=Term(3),
)
