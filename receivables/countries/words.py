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


class Sale(StrEnum):
    """What was sold."""

    GOODS = "goods"
    SERVICES = "services"


@dataclass(frozen=True, slots=True)
class Compensation:
    """The flat sum for recovery costs of one invoice, with what it was worked out from. `amount` is in `currency`."""

    amount: Decimal
    currency: str
    euro: Decimal
    rate: Decimal  # price of one euro
    rate_on: date
    table: str
    claimed_from: date  # the day the claim fell due
    source: str
