"""What a scenario's timeline can do: one value for each action of SCENARIOS.md, section 2. Optional fields that are left out are None."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal

from dunning.policy import Channel
from receivables.core.fields import Place

Sale = Literal["goods", "services"]
Verdict = Literal["upheld", "rejected"]
Answer = Literal["delivered", "bounced", "failed", "unknown"]
Behaviour = Literal["ok", "temporary_failure", "permanent_failure", "timeout"]
TaskKind = Literal["call", "approve", "match_payment", "bad_contact", "unknown_outcome", "broken_promise", "review"]


@dataclass(frozen=True, slots=True)
class Action:
    """Something done on a day. `word` is its name in the text, `line` where it stands there."""

    word: ClassVar[str]
    line: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of an invoice, or a rate of a plan, by its day."""

    due: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Invoice(Action):
    """`due` or `instalments`, never both. A draft is no item until the number comes again without it."""

    word: ClassVar[str] = "invoice"
    number: str
    customer: str
    amount: Decimal
    due: date | None = None
    issued: date | None = None
    currency: str | None = None
    sale: Sale = "goods"
    policy: str | None = None
    instalments: tuple[Instalment, ...] | None = None
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Credit(Action):
    """A credit note: with `invoice` it reduces that one, without it stands as open credit."""

    word: ClassVar[str] = "credit"
    number: str
    customer: str
    amount: Decimal
    invoice: str | None = None
    currency: str | None = None
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Pay(Action):
    """Money booked on that day. `unmatched`: received, not yet allocated."""

    word: ClassVar[str] = "pay"
    customer: str
    amount: Decimal
    invoices: tuple[str, ...] | None = None
    id: str | None = None
    currency: str | None = None
    unmatched: bool = False


@dataclass(frozen=True, slots=True)
class Match(Action):
    """`payment` is a payment's id or a standing credit note's number; without `amount` all that is left of it."""

    word: ClassVar[str] = "match"
    payment: str
    invoices: tuple[str, ...]
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reverse(Action):
    """`payment` is a payment's id or a credit note's number."""

    word: ClassVar[str] = "reverse"
    payment: str


@dataclass(frozen=True, slots=True)
class WriteOff(Action):
    word: ClassVar[str] = "write_off"
    invoice: str


@dataclass(frozen=True, slots=True)
class Cancel(Action):
    word: ClassVar[str] = "cancel"
    invoice: str


@dataclass(frozen=True, slots=True)
class Hold(Action):
    """Of an invoice or a customer, exactly one. The day `until` itself is still held; None: until released."""

    word: ClassVar[str] = "hold"
    invoice: str | None = None
    customer: str | None = None
    until: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Release(Action):
    """Of an invoice or a customer, exactly one."""

    word: ClassVar[str] = "release"
    invoice: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Dispute(Action):
    """Without `amount` all of it."""

    word: ClassVar[str] = "dispute"
    invoice: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Resolve(Action):
    word: ClassVar[str] = "resolve"
    invoice: str
    outcome: Verdict


@dataclass(frozen=True, slots=True)
class Promise(Action):
    """Without `invoices` all that is open."""

    word: ClassVar[str] = "promise"
    customer: str
    amount: Decimal
    by: date
    invoices: tuple[str, ...] | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Plan(Action):
    """An instalment agreement: its rates become the items ID#1, ID#2 …"""

    word: ClassVar[str] = "plan"
    id: str
    customer: str
    invoices: tuple[str, ...]
    instalments: tuple[Instalment, ...]


@dataclass(frozen=True, slots=True)
class Approve(Action):
    """Without `customer` all of them."""

    word: ClassVar[str] = "approve"
    step: str
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Reject(Action):
    """Without `customer` all of them."""

    word: ClassVar[str] = "reject"
    step: str
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome(Action):
    """The provider's answer for that customer's newest message that bore the step."""

    word: ClassVar[str] = "outcome"
    customer: str
    step: str
    result: Answer


@dataclass(frozen=True, slots=True)
class Channels(Action):
    """How channels behave from now on."""

    word: ClassVar[str] = "channel"
    behaviour: Mapping[Channel, Behaviour]


@dataclass(frozen=True, slots=True)
class Contact(Action):
    """Only the contacts in `changes` change: `email` and `phone` to a text or None, `address` to True or False."""

    word: ClassVar[str] = "contact"
    customer: str
    changes: Mapping[str, str | bool | None]


@dataclass(frozen=True, slots=True)
class Publish(Action):
    """The policy as it was written, unread: a faulty one is refused when it is published (`policy_text.policy_from`)."""

    word: ClassVar[str] = "publish"
    policy: Place


@dataclass(frozen=True, slots=True)
class Assign(Action):
    """To a customer or an invoice, exactly one."""

    word: ClassVar[str] = "assign"
    policy: str
    customer: str | None = None
    invoice: str | None = None


@dataclass(frozen=True, slots=True)
class Bank(Action):
    """Bank data is complete up to and with that day."""

    word: ClassVar[str] = "bank"
    seen_until: date


@dataclass(frozen=True, slots=True)
class Accept(Action):
    word: ClassVar[str] = "accept"
    customer: str


@dataclass(frozen=True, slots=True)
class Recall(Action):
    word: ClassVar[str] = "recall"
    customer: str


@dataclass(frozen=True, slots=True)
class AgencyPaid(Action):
    word: ClassVar[str] = "agency_paid"
    customer: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Done(Action):
    """A call by `step` with `reached`, or another task by `kind`."""

    word: ClassVar[str] = "done"
    customer: str
    step: str | None = None
    reached: bool | None = None
    kind: TaskKind | None = None


@dataclass(frozen=True, slots=True)
class Run(Action):
    """The day's run; `dry` shows what it would do and changes nothing."""

    word: ClassVar[str] = "run"
    dry: bool = False
