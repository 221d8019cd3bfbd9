"""Spain: ECB rate of 1 January / 1 July + 8 points, 40 EUR and reasonable costs (Ley 3/2004)."""

from receivables.countries.directive import DirectivePack, InterestLaw
from receivables.countries.limitation import Term
from receivables.countries.regimes import RateMode
from receivables.countries.terms import TermLaw

SPAIN = DirectivePack(
    code="ES",
    currency="EUR",
    commercial=InterestLaw(RateMode.HALF_YEAR, "Ley 3/2004 art. 7"),
    consumer=None,
    no_consumer_interest="the legal rate runs from a demand, and no table of it is known",
    terms=TermLaw("Ley 3/2004 art. 4"),
    commercial_limitation=Term(5),
    consumer_limitation=Term(5),
    consumer_goods_limitation=Term(3),
)
