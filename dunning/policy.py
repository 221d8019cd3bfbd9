"""A dunning policy: an ordered ladder of steps. Pure values, checked when made; see docs/policies.md for the text form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from receivables.core.errors import PolicyError


class Channel(StrEnum):
    """The ways to reach a customer. `call` is a task for a person, `agency` the hand-over; neither is a message to the debtor."""

    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    CALL = "call"
    AGENCY = "agency"


LEGAL_DOCUMENTS = frozenset({"demand", "final_demand", "register_notice"})
"""Papers with legal weight. A person releases their steps unless the creditor has said otherwise."""


MUST_PRECEDE: dict[str, frozenset[str]] = {
    "agency": frozenset({"demand", "final_demand"}),
    "register": frozenset({"register_notice"}),
}
"""What begins later → the papers that have to be sent before it: a demand before a hand-over, the notice before an entry in a register.
`agency` is a channel; `register` is a document, and so is what stands on the right."""


class Grouping(StrEnum):
    """What shares one message: all items of a customer, or those of one invoice."""

    CUSTOMER = "customer"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee of a step: a fixed amount in the policy's currency, or a percentage of the open principal. Exactly one is set."""

    fixed: Decimal | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One rung. Days count from the due date (`after_due`, `until`) or from the completion of the step before (`after_previous`)."""

    key: str
    after_due: int
    channels: tuple[Channel, ...]
    until: int | None = None
    after_previous: int | None = None
    also: tuple[Channel, ...] = ()
    document: str | None = None
    interest: bool = False
    compensation: bool = False
    fee: Fee | None = None
    deadline_days: int | None = None
    approval: bool = False
    minimum: Decimal | None = None

    @property
    def is_legal(self) -> bool:
        """Whether it begins the formal way: a paper of `LEGAL_DOCUMENTS`, or a hand-over to an agency."""
        return self.document in LEGAL_DOCUMENTS or Channel.AGENCY in (*self.channels, *self.also)


@dataclass(frozen=True, slots=True)
class Policy:
    """A ladder, lowest step first. Amounts are in `currency`; `minimums` replaces a step's minimum for other currencies."""

    name: str
    steps: tuple[Step, ...]
    currency: str = "PLN"
    grouping: Grouping = Grouping.CUSTOMER
    minimums: Mapping[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check(self)

    def position_of(self, key: str) -> int:
        """Where the step of that key stands, from 1; 0 when the policy has no such step."""
        return next((n for n, step in enumerate(self.steps, start=1) if step.key == key), 0)

    def after(self, position: int) -> tuple[tuple[int, Step], ...]:
        """The steps above `position` with their positions, lowest first."""
        return tuple(enumerate(self.steps[position:], start=position + 1))

    def minimum_of(self, step: Step, currency: str) -> Decimal | None:
        """What must be owed for this step in that currency; None where it always acts."""
        if step.minimum is None:
            return None
        return step.minimum if currency == self.currency else self.minimums.get(currency)


def check(policy: Policy) -> None:
    """Raise `PolicyError` for a ladder that cannot work. SCENARIOS.md, end of section 1."""
    seen: set[str] = set()
    for number, step in enumerate(policy.steps, start=1):
        for complaint in _complaints(step, number, seen):
            raise PolicyError(f"step {number} ({step.key!r}): {complaint}")
        seen.add(step.key)


def _complaints(step: Step, number: int, seen: set[str]) -> list[str]:
    rules = [
        (not step.key, "key is missing; give the step a short name"),
        (step.key in seen, "key: another step has the same; keys are unique"),
        (not step.channels, "channel is missing; name at least one"),
        (step.until is not None and step.until < step.after_due, "until lies before after_due; it must be the same day or later"),
        (number == 1 and step.after_previous is not None, "after_previous: the first step has none before it"),
        ((step.after_previous or 0) < 0, "after_previous is negative; use 0 or more days"),
        ((step.deadline_days or 0) < 0, "deadline_days is negative; use 0 or more days"),
    ]
    return [text for broken, text in rules if broken]


def required_for(policy: Policy, position: int) -> str:
    """The key of the first later step that this one has to precede; empty where it may be skipped."""
    document = policy.steps[position - 1].document
    return next((step.key for _, step in policy.after(position) if document and _needs(step, document)), "")


def _needs(step: Step, document: str) -> bool:
    begins = {step.document, *(str(channel) for channel in (*step.channels, *step.also))}
    return any(document in papers for what, papers in MUST_PRECEDE.items() if what in begins)
