"""An invoice as its file has it, whatever the format, and what about it a person has to look at. Amounts are signed by their effect on
the debt: a credit note and a correction downwards are negative.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from invoices.early_payment import Terms
from invoices.intake.cells import Problem
from invoices.states import DocumentKind, Kind
from receivables.core.errors import DomainError

ZERO = Decimal(0)


class UnreadableInvoice(DomainError):
    """The file is no invoice that may be taken. `problems` say where and why, each by itself."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].reason)
        self.problems = problems


class Question(StrEnum):
    """What a person has to look at before anybody is reminded of an invoice."""

    SEVERAL_DUE_DATES = "several_due_dates"
    TEXTUAL_DUE_DATE = "textual_due_date"
    NO_DUE_DATE = "no_due_date"
    OVERPAID = "overpaid"
    FACTOR = "factor"
    OTHER_METHOD = "other_method"
    AMOUNTS_DIFFER = "amounts_differ"
    DUE_BEFORE_ISSUE = "due_before_issue"
    LONG_TERM = "long_term"
    WRONG_TAX_ID = "wrong_tax_id"
    NO_ACCOUNT = "no_account"
    WRONG_ACCOUNT = "wrong_account"
    NO_CONTACT = "no_contact"
    NO_RECIPIENT_UNIT = "no_recipient_unit"
    CORRECTS_UNKNOWN = "corrects_unknown"
    NO_OWN_TAX_ID = "no_own_tax_id"

    @property
    def makes_a_draft(self) -> bool:
        """Whether nobody can say what is owed by which day: the invoice waits as a draft."""
        return self in (Question.SEVERAL_DUE_DATES, Question.TEXTUAL_DUE_DATE, Question.OVERPAID)

    @property
    def stops_the_ladder(self) -> bool:
        """Whether reminding anybody could be wrong until it is answered. What only makes reminding harder does not."""
        return self not in (Question.LONG_TERM, Question.NO_ACCOUNT, Question.NO_CONTACT, Question.WRONG_TAX_ID)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about an invoice: the place in its file, and what stands there."""

    question: Question
    place: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer. `kind` is what the file lets us say of the buyer."""

    name: str = ""
    tax_id: str = ""
    other_ids: tuple[str, ...] = ()
    country: str = ""
    number: str = ""  # the seller's own for this buyer
    kind: Kind = Kind.UNKNOWN
    email: str = ""
    phone: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice; None where the file does not say."""

    name: str
    quantity: Decimal | None = None
    unit: str = ""
    price: Decimal | None = None
    net: Decimal | None = None
    rate: str = ""


@dataclass(frozen=True, slots=True)
class VatSum:
    """Net and tax of one rate."""

    rate: str
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """What the file says was paid already; `on` is None where it does not say when."""

    amount: Decimal
    on: date | None


@dataclass(frozen=True, slots=True)
class ParsedInvoice:
    """One invoice. `total` is its gross; `to_pay` what the seller claims, before what `paid` names."""

    form: str  # ksef_fa3, ksef_fa2, ubl, cii, jpk_fa …
    number: str
    kind: DocumentKind
    currency: str
    issued_on: date
    total: Decimal
    to_pay: Decimal
    seller: Party
    buyer: Party
    supplied_on: date | None = None
    due: tuple[date, ...] = ()
    due_text: str = ""  # terms in words
    discounts: tuple[Terms, ...] = ()  # for paying early, where the file says them beyond doubt
    paid: tuple[Paid, ...] = ()
    prepaid: Decimal = ZERO  # already taken off `to_pay`
    accounts: tuple[str, ...] = ()
    factor_accounts: tuple[str, ...] = ()
    payment_method: str = ""
    payment_id: str = ""  # what the payer is asked to write: IPKSeF, a reference
    is_split_payment: bool = False
    corrects: tuple[str, ...] = ()  # numbers of invoices
    corrects_ksef: tuple[str, ...] = ()
    ksef_number: str = ""
    order_number: str = ""
    contract_number: str = ""
    lines: tuple[Line, ...] = ()
    vat: tuple[VatSum, ...] = ()
    asked: tuple[Asked, ...] = ()
    place: str = ""  # the file within an archive
    source: bytes = field(default=b"", repr=False)

    @property
    def is_credit(self) -> bool:
        """Whether it lowers what the buyer owes."""
        return self.to_pay < 0

    @property
    def paid_in_all(self) -> Decimal:
        """The sum of payments that the file names."""
        return sum((part.amount for part in self.paid), ZERO)

    @property
    def makes_a_draft(self) -> bool:
        """Whether a person has to say first what is owed by which day."""
        return any(asked.question.makes_a_draft for asked in self.asked)


def differs(parts: Iterable[Decimal], whole: Decimal, *, within: Decimal) -> bool:
    """Whether parts do not give the whole, beyond roundings."""
    return abs(sum(parts, ZERO) - whole) > within
