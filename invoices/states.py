"""Kinds and states of what the books hold. Pure."""

from enum import StrEnum


class Kind(StrEnum):
    """What a customer is in law. `unknown` counts as consumer wherever a rule protects consumers."""

    BUSINESS = "business"
    CONSUMER = "consumer"
    PUBLIC = "public"
    UNKNOWN = "unknown"

    @property
    def is_protected(self) -> bool:
        """Whether consumer rules apply."""
        return self in (Kind.CONSUMER, Kind.UNKNOWN)


class DocumentKind(StrEnum):
    """What kind of paper an invoice row is. Pro-forma and order are no claims and make no items."""

    INVOICE = "invoice"
    ADVANCE = "advance"
    FINAL = "final"
    CORRECTION = "correction"
    DEBIT_NOTE = "debit_note"
    CREDIT_NOTE = "credit_note"
    PROFORMA = "proforma"
    ORDER = "order"

    @property
    def is_claim(self) -> bool:
        """Whether it is owed: it has items that climb the ladder."""
        return self not in (DocumentKind.PROFORMA, DocumentKind.ORDER, DocumentKind.CREDIT_NOTE)


class InvoiceState(StrEnum):
    """A draft is no debt; what was issued is never edited, only cancelled."""

    DRAFT = "draft"
    ISSUED = "issued"
    CANCELLED = "cancelled"


INVOICE_MOVES: dict[str, frozenset[str]] = {
    InvoiceState.DRAFT: frozenset({InvoiceState.ISSUED, InvoiceState.CANCELLED}),
    InvoiceState.ISSUED: frozenset({InvoiceState.CANCELLED}),
    InvoiceState.CANCELLED: frozenset(),
}


class Closing(StrEnum):
    """Why nothing is open any more."""

    PAID = "paid"
    CREDITED = "credited"
    WRITTEN_OFF = "written_off"
    WITHDRAWN = "withdrawn"
    SOLD = "sold"


class WhyWrittenOff(StrEnum):
    """Why a rest is not claimed any more, as reports count it."""

    INEFFECTIVE = "ineffective"
    INSOLVENT = "insolvent"
    BARRED = "barred"
    SMALL = "small"
    DISPUTE = "dispute"
    GOODWILL = "goodwill"
    OTHER = "other"


class Outcome(StrEnum):
    """How a dispute ended: `upheld` means the customer was right and the disputed part is credited."""

    UPHELD = "upheld"
    REJECTED = "rejected"


class Delivered(StrEnum):
    """How an invoice reached its buyer."""

    KSEF = "ksef"  # on the day KSeF gave it its number
    EMAIL = "email"
    POST = "post"
    BY_HAND = "by_hand"
    PORTAL = "portal"
    UNKNOWN = "unknown"
    OVERRIDE = "override"  # a person lets formal steps go without a proof


class ClaimKind(StrEnum):
    """What is claimed beside the principal."""

    INTEREST = "interest"
    COMPENSATION = "compensation"
    FEE = "fee"


class PaidPart(StrEnum):
    """What a debtor says that money is for, beside the invoices (art. 451 par. 1 KC)."""

    PRINCIPAL = "principal"
    INTEREST = "interest"


class DisputeCode(StrEnum):
    """What a customer says is wrong with an item, as reports count it."""

    NOT_DELIVERED = "not_delivered"
    QUALITY = "quality"
    QUANTITY = "quantity"
    PRICE = "price"
    NOT_ORDERED = "not_ordered"
    PAID = "paid"
    DETAILS = "details"
    OTHER = "other"
