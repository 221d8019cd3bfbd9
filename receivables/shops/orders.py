"""What a shop says of an order, whichever shop it is. Pure: what becomes of it in the books is `actions`' business."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

LONGEST = 200
LONGEST_ID = 40
FIRST_YEAR, LAST_YEAR = 1990, 2100


class Standing(StrEnum):
    """What an order is for us: only what is owed becomes a receivable."""

    NOT_YET = "not_yet"  # nothing is owed: a basket, a card payment on its way, or paid from the start
    OWED = "owed"
    PAID = "paid"  # wholly, or in part
    CANCELLED = "cancelled"


class Unreadable(ValueError):
    """Not an order as this shop sends it; the sentence names the place and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a company has decided about a shop: which orders are owed, and by when."""

    statuses: frozenset[str]
    methods: frozenset[str]
    days: int
    tax_id_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who ordered. `account` names a registered one in the shop; a guest has none."""

    account: str
    name: str
    company: str
    tax_id: str
    email: str
    is_email_verified: bool
    phone: str
    street: str
    postcode: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Refund:
    """Money or goods given back, named by the shop."""

    id: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """An order as it stood at `modified_at`. Amounts in `currency`; `due` are instalments that sum to `total`.

    `total` is what was ordered. `left` is what of it still stands, returns and edits taken off, where the shop says so.
    """

    id: str
    number: str
    modified_at: datetime
    standing: Standing
    total: Decimal
    currency: str
    ordered_on: date
    due: tuple[tuple[date, Decimal], ...]
    method: str
    buyer: Buyer
    refunds: tuple[Refund, ...]
    left: Decimal | None = None


def is_signed(body: bytes, *, signature: str, secret: str) -> bool:
    """Whether a signature is that of these very bytes: HMAC-SHA256 in Base64, as both shops send it. Compared in constant time."""
    expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(expected.encode(), signature.encode())


class Fields:
    """A JSON object and where it stands, read field by field: whatever is not as expected is `Unreadable`."""

    def __init__(self, found: Any, place: str = "order") -> None:
        if not isinstance(found, Mapping):
            raise Unreadable(f"{place} is no object.")
        self.found, self.place = found, place

    def text(self, name: str, *, longest: int = LONGEST) -> str:
        """One line; empty where it is missing or null. Numbers are taken as they are written."""
        value = self.found.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.wrong(name)
        line = " ".join(str(value).split())
        if not line.isprintable():
            raise self.wrong(name)
        return line[:longest]

    def needed(self, name: str) -> str:
        """A text that must be there."""
        if not (value := self.text(name)):
            raise self.wrong(name)
        return value

    def id(self, name: str = "id") -> str:
        """What the shop calls it by."""
        value = self.needed(name)
        if len(value) > LONGEST_ID:
            raise self.wrong(name)
        return value

    def amount(self, name: str) -> Decimal:
        """Money as a string; the sign is dropped, for a refund is written either way."""
        try:
            value = Decimal(self.needed(name))
        except InvalidOperation:
            raise self.wrong(name) from None
        if not value.is_finite() or value.adjusted() > 12:
            raise self.wrong(name)
        return abs(value)

    def moment(self, name: str) -> datetime | None:
        """A moment of ISO 8601; without a zone it counts as UTC."""
        text = self.text(name)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text if text[10:].strip("0123456789:.T ") else f"{text}+00:00")
        except ValueError:
            raise self.wrong(name) from None
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise self.wrong(name)
        return moment

    def inner(self, name: str) -> "Fields":
        """An object within; an empty one where it is missing."""
        return Fields(self.found.get(name) or {}, f"{self.place}.{name}")

    def rows(self, name: str) -> list["Fields"]:
        """A list of objects within; none where it is missing."""
        found = self.found.get(name) or []
        if not isinstance(found, list):
            raise self.wrong(name)
        return [Fields(row, f"{self.place}.{name}.{n}") for n, row in enumerate(found)]

    def wrong(self, name: str) -> Unreadable:
        """What to raise for a field."""
        return Unreadable(f"{self.place}.{name} cannot be read.")
