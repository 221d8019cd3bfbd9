"""What matching speaks of: open items, money, reasons with their scores, proposals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from invoices.early_payment import Offer
from invoices.exchange import Original

ZERO = Decimal(0)


class Reason(StrEnum):
    """Why money is thought to pay something; `SCORES` says how sure that is."""

    VIRTUAL_ACCOUNT = "virtual_account"
    INVOICE_KEY = "invoice_key"
    COLLECTIVE_KEY = "collective_key"
    NUMBER = "number"
    NUMBERS = "numbers"
    INSTALMENT = "instalment"
    DISCOUNT = "discount"
    SMALL_DIFFERENCE = "small_difference"
    OTHER_CURRENCY = "other_currency"
    DISCOUNT_LATE = "discount_late"
    NUMBER_IN_PART = "number_in_part"
    NUMBER_AND_MORE = "number_and_more"
    OTHER_CURRENCY_IN_PART = "other_currency_in_part"
    NEARLY_NUMBER = "nearly_number"
    ACCOUNT_AND_AMOUNT = "account_and_amount"
    ACCOUNT_AND_SUM = "account_and_sum"
    NAME_AND_AMOUNT = "name_and_amount"
    NAME_AND_SUM = "name_and_sum"
    ACCOUNT = "account"
    NAME = "name"
    AMOUNT = "amount"


SCORES: Mapping[Reason, int] = {
    Reason.VIRTUAL_ACCOUNT: 100,
    Reason.INVOICE_KEY: 100,
    Reason.COLLECTIVE_KEY: 99,
    Reason.NUMBER: 98,
    Reason.NUMBERS: 97,
    Reason.INSTALMENT: 96,
    Reason.DISCOUNT: 95,
    Reason.SMALL_DIFFERENCE: 88,
    Reason.OTHER_CURRENCY: 87,
    Reason.DISCOUNT_LATE: 86,
    Reason.NEARLY_NUMBER: 84,
    Reason.NUMBER_IN_PART: 80,
    Reason.OTHER_CURRENCY_IN_PART: 79,
    Reason.NUMBER_AND_MORE: 78,
    Reason.ACCOUNT_AND_AMOUNT: 76,
    Reason.ACCOUNT_AND_SUM: 72,
    Reason.NAME_AND_AMOUNT: 66,
    Reason.NAME_AND_SUM: 60,
    Reason.ACCOUNT: 45,
    Reason.NAME: 35,
    Reason.AMOUNT: 25,
}
ALONE = frozenset(
    {
        Reason.VIRTUAL_ACCOUNT, Reason.INVOICE_KEY, Reason.COLLECTIVE_KEY, Reason.NUMBER, Reason.NUMBERS, Reason.INSTALMENT,
        Reason.DISCOUNT,
    }
)  # fmt: skip
"""Reasons for which nobody is asked."""


class Tolerance(NamedTuple):
    """How much less than open the company bears: an amount, and so many per cent of what is open."""

    most: Decimal = ZERO
    percent: Decimal = Decimal(100)

    def holds(self, short: Decimal, total: Decimal) -> bool:
        """Whether so much less than the total is within it."""
        return ZERO < short <= self.most and short * 100 <= self.percent * total


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that is owed. `keys` are what its invoice alone carries, or a collective payment stands for: KSeF number, IPKSeF, its own
    reference. `offers` are its discounts for paying early, where nothing of the invoice was settled yet: of an invoice with several items
    they are its last one's, and count where all its items, `together` so many, are paid.
    """

    item: int
    invoice: int
    number: str
    customer: int
    currency: str
    open: Decimal
    due_on: date
    keys: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    together: int = 1


@dataclass(frozen=True, slots=True)
class Money:
    """Money that came in, as the bank tells it. `amount` is positive; `on` the day on which the company had it."""

    amount: Decimal
    currency: str
    title: str = ""
    counterparty: str = ""
    account: str = ""
    virtual: str = ""
    references: tuple[str, ...] = ()
    on: date | None = None
    original: Original | None = None  # of another currency, where the bank exchanged it


class Part(NamedTuple):
    """What an item gets of it, in the item's currency."""

    item: int
    amount: Decimal


class BorneAs(StrEnum):
    """As what the company bears the rest of an item."""

    DISCOUNT = "discount"
    DISCOUNT_LATE = "discount_late"
    BANK_FEE = "bank_fee"


class Borne(NamedTuple):
    """What the company bears of an item beside the money."""

    item: int
    amount: Decimal
    kind: BorneAs


@dataclass(frozen=True, slots=True)
class Proposal:
    """What money may pay. What `parts` leave of it stays the customer's credit. `borne` closes what the money does not reach.

    `exchanged`: the parts are in another currency than the money, whose whole stands for this original amount.
    """

    customer: int
    parts: tuple[Part, ...]
    reason: Reason
    rest: Decimal = ZERO
    borne: tuple[Borne, ...] = ()
    exchanged: Original | None = None

    @property
    def score(self) -> int:
        """From 0 to 100."""
        return SCORES[self.reason]

    @property
    def is_alone(self) -> bool:
        """Whether nobody has to be asked."""
        return self.reason in ALONE
