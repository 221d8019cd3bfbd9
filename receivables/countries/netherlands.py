"""The Netherlands: ECB rate of 1 January / 1 July + 8 points, compounding yearly (art. 6:119, 6:119a BW); costs by the scale of the WIK."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from receivables.core.money import round_to_unit
from receivables.countries.directive import DirectivePack, InterestLaw
from receivables.countries.limitation import Term
from receivables.countries.papers import CONSUMERS, Content, PaperRules, Required
from receivables.countries.regimes import Compounding, RateMode
from receivables.countries.terms import TermLaw

_LETTER = "art. 6:96(6) BW"
_SCALE = (  # Besluit vergoeding voor buitengerechtelijke incassokosten, Stb. 2012, 141: up to so much, per cent of it
    (Decimal(2500), Decimal(15)),
    (Decimal(5000), Decimal(10)),
    (Decimal(10000), Decimal(5)),
    (Decimal(200000), Decimal(1)),
    (None, Decimal("0.5")),
)
LEAST, MOST = Decimal("40.00"), Decimal("6775.00")


@dataclass(frozen=True, slots=True)
class ScaleStep:
    """What one step of the scale gives."""

    part: Decimal  # of the principal
    percent: Decimal
    amount: Decimal


def scale_steps(principal: Decimal) -> tuple[ScaleStep, ...]:
    """The principal cut along the scale; amounts are exact."""
    found, low = [], Decimal(0)
    for high, percent in _SCALE:
        part = (principal if high is None else min(principal, high)) - low
        if part <= 0:
            break
        found.append(ScaleStep(part, percent, part * percent / 100))
        low += part
    return tuple(found)


def collection_costs(principal: Decimal) -> Decimal:
    """Costs of collection before VAT, rounded half up to the cent, at least 40 and at most 6 775 EUR.

    Of a consumer only after one free letter that gives 14 days from the day after its receipt and names exactly these costs; VAT is
    added only where the creditor cannot recover it.
    """
    exact = sum((step.amount for step in scale_steps(principal)), Decimal(0))
    return min(max(round_to_unit(exact, "EUR"), LEAST), MOST)


def letter_ends(received_on: date) -> date:
    """The last day to pay without costs: the 14 days run from the day after receipt. A shorter term voids the costs."""
    return received_on + timedelta(days=14)


NETHERLANDS = DirectivePack(
    code="NL",
    currency="EUR",
    commercial=InterestLaw(RateMode.HALF_YEAR, "art. 6:119a and 6:120(2) BW", Compounding.YEARLY),
    consumer=None,
    no_consumer_interest="the statutory rate of 2026 is not verified",
    terms=TermLaw("art. 6:119a(5) and (6) BW", hard_for_large=True, large=30),
    commercial_limitation=Term(5),
    consumer_limitation=Term(5),
    consumer_goods_limitation=Term(2),
    papers=PaperRules(
        required=(Required("collection_costs_letter", (Content.PRINCIPAL, Content.EXACT_COSTS, Content.DEADLINE), _LETTER, CONSUMERS),)
    ),
)
