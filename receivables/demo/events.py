"""What happens in the story, each on its day. Pure values; `ref` names a paper before it has its number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from receivables.demo.cast import Buyer


def cents(amount: Decimal) -> Decimal:
    """Cut to the grosz or cent."""
    return amount.quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True)
class Paper:
    """An invoice or another paper, as the shop issues it. `corrects` is the ref of the invoice a credit note is for."""

    ref: str
    buyer: str
    issued_on: date
    gross: Decimal
    due_on: date | None = None
    currency: str = "PLN"
    kind: str = "invoice"
    instalments: tuple[tuple[date, Decimal], ...] = ()
    draft: bool = False
    corrects: str = ""
    number: str = ""

    @property
    def on(self) -> date:
        """The day on which it happens, as with everything in the story."""
        return self.issued_on


@dataclass(frozen=True, slots=True)
class Receipt:
    """A line of the bank: money for the papers of these refs, or for nobody knows what. `{numbers}` in the title becomes their numbers."""

    on: date
    buyer: str
    amount: Decimal
    pays: tuple[str, ...] = ()
    title: str = "{numbers}"
    currency: str = "PLN"
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Disputed:
    on: date
    paper: str
    reason: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    on: date
    paper: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    on: date
    paper: str


@dataclass(frozen=True, slots=True)
class WrittenOff:
    on: date
    paper: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sold:
    """A debt is sold; `buyer` with its tax number and account, price in the currency of the paper."""

    on: date
    paper: str
    buyer: str
    tax_id: str
    account: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Held:
    """Of a customer, or of a paper's items where one is named."""

    on: date
    buyer: str
    reason: str
    until: date | None = None
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Unheld:
    on: date
    buyer: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """Somebody writes to the company; a customer, or with a `sender` somebody whom nobody knows."""

    on: date
    buyer: str
    subject: str
    text: str
    sender: str = ""


@dataclass(frozen=True, slots=True)
class ChargedBack:
    on: date
    reference: str


@dataclass(frozen=True, slots=True)
class Matched:
    """A person finds out what money was for."""

    on: date
    reference: str
    paper: str


@dataclass(frozen=True, slots=True)
class Found:
    """A person finds out how to reach somebody."""

    on: date
    buyer: str
    email: str


Deed = Disputed | Resolved | Cancelled | WrittenOff | Sold | Held | Unheld | Wrote | ChargedBack | Matched | Found


@dataclass(frozen=True, slots=True)
class Scene:
    """A customer with all that happens to it."""

    buyer: Buyer
    papers: Sequence[Paper] = ()
    receipts: Sequence[Receipt] = ()
    deeds: Sequence[Deed] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A firm's year: papers numbered, everything in the order in which it happens; up to the day before `on`."""

    on: date
    buyers: tuple[Buyer, ...]
    papers: tuple[Paper, ...]
    receipts: tuple[Receipt, ...]
    deeds: tuple[Deed, ...]
