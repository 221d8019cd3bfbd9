"""The United Kingdom: Bank Rate of the last 31 December / 30 June before interest starts + 8 points, then fixed; 40, 70 or 100 GBP.

Between businesses only: of a consumer no statutory interest before judgment. Scotland bars after five years, so five are kept.
"""

from decimal import Decimal

from receivables.countries.directive import Bracket, DirectivePack, FlatSum, InterestLaw
from receivables.countries.limitation import Term
from receivables.countries.papers import CONSUMERS, Content, PaperRules, Required
from receivables.countries.regimes import RateMode
from receivables.countries.terms import TermLaw

_ACT = "Late Payment of Commercial Debts (Interest) Act 1998"

UNITED_KINGDOM = DirectivePack(
    code="GB",
    currency="GBP",
    commercial=InterestLaw(RateMode.FIXED, f"{_ACT}; SI 2002/1675 art. 4"),
    consumer=None,
    no_consumer_interest="there is no statutory interest before judgment",
    flat=FlatSum(
        (Bracket(Decimal(1000), Decimal("40.00")), Bracket(Decimal(10000), Decimal("70.00")), Bracket(None, Decimal("100.00"))),
        "GBP",
        f"{_ACT}, s. 5A",
    ),
    terms=TermLaw(f"{_ACT}, s. 4"),
    commercial_limitation=Term(5),
    consumer_limitation=Term(5),
    papers=PaperRules(
        required=(
            Required(
                "letter_of_claim",
                (Content.CREDITOR, Content.DEBTOR, Content.PRINCIPAL, Content.INTEREST, Content.DEADLINE, Content.REPLY_FORM),
                "pre-action protocol for debt claims: individuals and sole traders, by post, 30 days",
                CONSUMERS,
            ),
        )
    ),
)
