"""Austria: OeNB base rate + 9.2 points between firms (par. 456 UGB), of consumers 4 per cent (par. 1000 ABGB); 40 EUR (par. 458 UGB).

No table of the OeNB base rate is known, so interest between firms stops with a message until one is added. Without fault a firm, too,
owes only 4 per cent.
"""

from receivables.countries.directive import DirectivePack, InterestLaw
from receivables.countries.limitation import Term
from receivables.countries.regimes import RateMode
from receivables.countries.terms import TermLaw

AUSTRIA = DirectivePack(
    code="AT",
    currency="EUR",
    commercial=InterestLaw(RateMode.HALF_YEAR, "par. 456 UGB"),
    consumer=InterestLaw(RateMode.DAILY, "par. 1000(1) ABGB"),
    terms=TermLaw("par. 459 UGB"),
    commercial_limitation=Term(3),
    consumer_limitation=Term(3),
)
