"""The European Union: what Directive 2011/7/EU guarantees in the euro area. A floor, for countries without their own pack."""

from receivables.countries.directive import DirectivePack, InterestLaw
from receivables.countries.regimes import RateMode

EURO_AREA = frozenset({"BE", "BG", "CY", "EE", "FI", "GR", "HR", "IE", "LT", "LU", "LV", "MT", "PT", "SI"})
"""Members whose reference is the ECB's rate and who have no pack here; others of the Union take that of their own central bank."""

EUROPEAN_UNION = DirectivePack(
    code="EU",
    currency="EUR",
    commercial=InterestLaw(RateMode.HALF_YEAR, "Directive 2011/7/EU art. 2(6), 2(7) and 3"),
    consumer=None,
    no_consumer_interest="the directive is about firms and public bodies",
)
