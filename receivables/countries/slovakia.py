"""Slovakia: ECB rate of the first day of delay + 9 points, of consumers + 5, fixed; 40 EUR.

The reference data hold the ECB's rate of 1 January and 1 July. Days between are known only where it is known not to have changed; a delay
that began on another day is refused.
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
