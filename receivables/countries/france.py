"""France: ECB rate of 1 January / 1 July + 10 points unless the contract says otherwise.

Art. L441-10 C. com. may be renumbered from 2027.
"""

from receivables.countries.directive import DirectivePack, InterestLaw
from receivables.countries.limitation import Term
from receivables.countries.regimes import RateMode
from receivables.countries.terms import TermLaw

FRANCE = DirectivePack(
    code="FR",
    currency="EUR",
    commercial=InterestLaw(RateMode.HALF_YEAR, "art. L441-10 C. com."),
    consumer=None,
    no_consumer_interest="the legal rate runs from a formal notice, and no table of it is known",
    terms=TermLaw("art. L441-10 C. com."),
    commercial_limitation=Term(5),
    consumer_limitation=Term(2),
)
