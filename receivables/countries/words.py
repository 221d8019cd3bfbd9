"""The words in which the packs of the countries are asked and answer."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Debtor(StrEnum):
    """What a debtor is in law. Whoever is not known to be a firm or a public body is a consumer."""

    BUSINESS = "business"
    CONSUMER = "consumer"
    PUBLIC = "public"
    PUBLIC_HEALTH = "public_health"  # a public body that runs a medical entity (Poland, art. 4 pkt 3: 8 points)


class Sale(StrEnum):
    """What was sold, as far as limitation asks."""

    GOODS = "goods"
    SERVICES = "services"
    WORK = "work"  # a contract for a specific work
    MANDATE = "mandate"  # services under the rules of mandate
    CARRIAGE = "carriage"
    PRIVATE = "private"  # a claim of one who runs no business
    TITLE = "title"  # found by a judgment or a payment order


class Order(StrEnum):
    """In which order money settles a debt."""

    INTEREST_FIRST = "interest_first"
    PRINCIPAL_FIRST = "principal_first"


@dataclass(frozen=True, slots=True)
class Compensation:
    """The flat sum for recovery costs of one invoice, with what it was worked out from. `amount` is in `currency`.

    `euro` is the bracket, `rate` the price of one euro; where the law names the sum in the invoice's own currency, the bracket is that
    sum, the rate one, its day the day on which the claim fell due and the table empty.
    """

    amount: Decimal
    currency: str
    euro: Decimal
    rate: Decimal
    rate_on: date
    table: str
    claimed_from: date  # the day the claim fell due
    source: str
