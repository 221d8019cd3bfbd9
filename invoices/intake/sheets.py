"""The kinds of tables that are read, and the fields that each may hold: what a column profile can name.

A field is of one sort everywhere: a text, a code, a day, an amount, a word of ours. Lengths are what the books can hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from invoices.states import DocumentKind
from invoices.states import Kind as CustomerKind

TEXTS = {
    "number": 100,
    "customer_number": 60,
    "customer_name": 200,
    "tax_id": 20,
    "regon": 20,
    "krs": 20,
    "email": 254,
    "phone": 40,
    "street": 200,
    "postcode": 20,
    "city": 100,
    "reference": 100,
    "order_number": 100,
    "contract_number": 100,
    "branch": 100,
    "payment_method": 40,
    "contact_name": 200,
    "virtual_account": 60,
    "step": 60,
    "proof": 200,
    "earlier_steps": 2_000,
    "hold_reason": 150,
    "plan": 100,
    "plan_rates": 5_000,
    "agency": 50,
    "agency_reference": 100,
    "court_reference": 100,
    "company": 200,
}
TAGS = ("tags",)
"""Fields of several words in one cell, separated by a comma, a semicolon or a bar."""
TAG_LENGTH, MOST_TAGS = 40, 20
CODES = {"country": r"[A-Z]{2}", "language": r"[a-z]{2}"}
DAYS = (
    *("issued_on", "due_on", "settled_on", "paid_on", "dispute_resolved_on"),
    *("step_on", "deadline_on", "hold_until", "promised_on", "promised_by", "plan_on", "agency_on", "court_on"),
)
AMOUNTS = (
    *("gross", "paid_amount", "open_amount", "fee", "net", "vat_amount"),
    *("claimed_interest", "claimed_compensation", "claimed_fee", "promised_amount"),
)
CHANNELS = ("email", "sms", "letter", "call")
# Our own words for a field; a profile adds those of the file.
WORDS: Mapping[str, tuple[str, ...]] = {
    "kind": tuple(DocumentKind),
    "customer_kind": tuple(CustomerKind),
    "sale": ("goods", "services"),
    "disputed": ("yes", "no"),
    "subscription": ("yes", "no"),
    "insured": ("yes", "no"),
    "preferred_channel": CHANNELS,
    "step_channel": (*CHANNELS, "agency"),
    "held": ("yes", "no"),
}
FIELDS = (*TEXTS, *TAGS, *CODES, "currency", *DAYS, *AMOUNTS, *WORDS)
CONSTANTS = (*CODES, "kind", "customer_kind", "sale", "subscription", "insured", "preferred_channel", "step_channel")

# What identifies something: one word, and never a number that a spreadsheet has shortened.
ONE_WORD = ("number", "customer_number", "tax_id", "regon", "krs", "email", "phone", "postcode", "virtual_account", "step")
# Of these a workbook that stores them as numbers has lost the zeros they begin with.
NO_NUMBERS = ("tax_id", "regon", "krs", "postcode", "virtual_account")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of table. `needed` must have a column, of `naming` at least one; `constants` may be said by the profile for all rows."""

    name: str
    fields: tuple[str, ...]
    needed: tuple[str, ...]
    naming: tuple[str, ...] = ()

    @property
    def constants(self) -> tuple[str, ...]:
        """What the profile may say for all rows."""
        return tuple(name for name in CONSTANTS if name in self.fields)


NAMING_A_CUSTOMER = ("customer_number", "customer_name", "tax_id")
_OF_CUSTOMERS = (
    *("customer_number", "customer_name", "customer_kind", "tax_id", "email", "phone", "street", "postcode", "city", "country"),
    *("language", "tags", "insured"),
)
_OF_INVOICES = (
    *("number", "kind", "reference", "order_number", "contract_number", "branch", "payment_method", "subscription", *_OF_CUSTOMERS),
    *(
        "issued_on",
        "due_on",
        "gross",
        "net",
        "vat_amount",
        "currency",
        "sale",
        "settled_on",
        "paid_amount",
        "paid_on",
        "disputed",
        "dispute_resolved_on",
    ),
)
_OF_THE_LADDER = (
    *(
        "step",
        "step_on",
        "step_channel",
        "proof",
        "earlier_steps",
        "deadline_on",
        "claimed_interest",
        "claimed_compensation",
        "claimed_fee",
    ),
    *("held", "hold_until", "hold_reason", "promised_amount", "promised_by", "promised_on"),
    *("plan", "plan_rates", "plan_on", "agency", "agency_reference", "agency_on", "court_reference", "court_on"),
)
_NEEDED = ("number", "issued_on", "due_on", "gross")

INVOICES = Sheet("invoices", _OF_INVOICES, _NEEDED, NAMING_A_CUSTOMER)
CUSTOMERS = Sheet(
    "customers",
    (*_OF_CUSTOMERS, "regon", "krs", "contact_name", "currency", "preferred_channel", "virtual_account"),
    ("customer_number", "customer_name"),
)
OPENING = Sheet("opening", (*_OF_INVOICES, *_OF_THE_LADDER), _NEEDED, NAMING_A_CUSTOMER)
OPEN_ITEMS = Sheet(
    "open_items",
    ("number", "open_amount", "currency", "due_on", "customer_number", "customer_name", "company"),
    ("number", "open_amount"),
)
SETTLEMENTS = Sheet("settlements", ("number", "order_number", "gross", "fee", "net", "currency", "paid_on", "reference"), ("gross",))
_ALL = (INVOICES, CUSTOMERS, OPENING, OPEN_ITEMS, SETTLEMENTS)
SHEETS: Mapping[str, Sheet] = MappingProxyType({sheet.name: sheet for sheet in _ALL})
