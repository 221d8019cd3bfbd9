"""A dunning policy: an ordered ladder of steps. Pure values, checked when made; see docs/policies.md for the text form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from receivables.core.errors import PolicyError
from receivables.countries.words import Debtor


class Channel(StrEnum):
    """The ways to reach a customer. `call` is a task for a person, `agency` the hand-over; neither is a message to the debtor."""

    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    CALL = "call"
    AGENCY = "agency"


DEMAND, FINAL_DEMAND, REGISTER_WARNING = "demand", "final_demand", "register_warning"
NOTICES = frozenset({"register_notice", REGISTER_WARNING})
"""Names of the paper that warns of an entry in a register of debtors: that of policies, and that of the paper itself."""

LEGAL_DOCUMENTS = frozenset({DEMAND, FINAL_DEMAND}) | NOTICES
"""Papers with legal weight. A person releases their steps unless the creditor has said otherwise."""


PAPERS = frozenset({"reminder", "overdue"}) | LEGAL_DOCUMENTS
"""What a step may attach or post: these have letters. A policy with another one is refused when it is saved."""


def paper_of(document: str | None) -> str | None:
    """The kind of paper that a policy's word for a document means."""
    return REGISTER_WARNING if document in NOTICES else document


MUST_PRECEDE: dict[str, frozenset[str]] = {
    "agency": frozenset({"demand", "final_demand"}),
    "register": NOTICES,
}
"""What begins later → the papers that have to be sent before it: a demand before a hand-over, the notice before an entry in a register.
`agency` is a channel; `register` is a document, and so is what stands on the right."""


class Grouping(StrEnum):
    """What shares one message: all items of a customer, those of one invoice, or those whose invoices say the same in one field."""

    CUSTOMER = "customer"
    INVOICE = "invoice"
    ORDER = "order"
    CONTRACT = "contract"
    BRANCH = "branch"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee of a step: a fixed amount in the policy's currency, or a percentage of the open principal. Exactly one is set."""

    fixed: Decimal | None = None
    percent: Decimal | None = None

    @property
    def asks_something(self) -> bool:
        """Whether it is more than nothing."""
        return bool(self.fixed or self.percent)


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
    minimum_percent: Decimal | None = None  # of all that the customer has open in that currency
    required: bool = True  # an optional step gives way, once its own day is over, to a required one above whose day has come

    @property
    def is_legal(self) -> bool:
        """Whether it begins the formal way: a paper of `LEGAL_DOCUMENTS`, or a hand-over to an agency."""
        return self.document in LEGAL_DOCUMENTS or Channel.AGENCY in (*self.channels, *self.also)


@dataclass(frozen=True, slots=True)
class Policy:
    """A ladder, lowest step first. Amounts are in `currency`; `minimums` replaces a step's minimum for other currencies.

    `quiet_days`, `grace_days`, `min_arrears_days`, `max_step`, `audience` and `fee_basis` are off unless set; see docs/policies.md.
    """

    name: str
    steps: tuple[Step, ...]
    currency: str = "PLN"
    grouping: Grouping = Grouping.CUSTOMER
    minimums: Mapping[str, Decimal] = field(default_factory=dict)
    quiet_days: int | None = None  # between two messages to a customer
    grace_days: int = 0  # after the due date, in which nothing goes
    min_arrears_days: int = 0  # of the customer's worst item, before anything overdue goes
    max_step: str | None = None  # the highest step that items climb to
    audience: tuple[Debtor, ...] = ()  # whom it is for; empty: it may meet anybody
    fee_basis: str | None = None  # what agrees the fees of its steps: a clause of the contract

    def __post_init__(self) -> None:
        check(self)

    @property
    def claims_anything(self) -> bool:
        """Whether a step asks for anything beside the principal."""
        return any(step.interest or step.compensation or step.fee for step in self.steps)

    def may_meet(self, debtor: Debtor) -> bool:
        """Whether it is for such a debtor, or for anybody."""
        return not self.audience or (Debtor.PUBLIC if debtor is Debtor.PUBLIC_HEALTH else debtor) in self.audience

    def position_of(self, key: str) -> int:
        """Where the step of that key stands, from 1; 0 when the policy has no such step."""
        return next((n for n, step in enumerate(self.steps, start=1) if step.key == key), 0)

    @property
    def top(self) -> int:
        """The position of the highest step that items climb to."""
        return len(self.steps) if self.max_step is None else self.position_of(self.max_step)

    def after(self, position: int, top: int | None = None) -> tuple[tuple[int, Step], ...]:
        """The steps above `position` up to `top` with their positions, lowest first."""
        return tuple(enumerate(self.steps[position : self.top if top is None else top], start=position + 1))

    def minimum_of(self, step: Step, currency: str) -> Decimal | None:
        """What must be owed for this step in that currency; None where it always acts."""
        if step.minimum is None:
            return None
        return step.minimum if currency == self.currency else self.minimums.get(currency)


def legal_part(policy: Policy) -> tuple[object, ...]:
    """The steps that speak in law's name, a demand or a hand-over to the agency, with what their amounts depend on. Empty without any."""
    steps = tuple(step for step in policy.steps if step.document or Channel.AGENCY in (*step.channels, *step.also))
    return (policy.currency, tuple(sorted(policy.minimums.items())), steps) if steps else ()


def check(policy: Policy) -> None:
    """Raise `PolicyError` for a ladder that cannot work. SCENARIOS.md, end of section 1."""
    seen: set[str] = set()
    for number, step in enumerate(policy.steps, start=1):
        for complaint in (*_complaints(step, number, seen), *_useless(step, policy)):
            raise PolicyError(f"step {number} ({step.key!r}): {complaint}")
        seen.add(step.key)
    if policy.max_step is not None and policy.max_step not in seen:
        raise PolicyError(f"max_step is {policy.max_step!r}, which is no step of this policy. Allowed: {', '.join(seen) or 'none'}.")


def _complaints(step: Step, number: int, seen: set[str]) -> list[str]:
    rules = [
        (not step.key, "key is missing; give the step a short name of its own"),
        (step.key in seen, "key: another step has the same; keys are unique, choose another"),
        (not step.channels, f"channel is missing; name at least one of {', '.join(Channel)}"),
        (step.until is not None and step.until < step.after_due, f"until lies before after_due; use {step.after_due} or more"),
        (number == 1 and step.after_previous is not None, "after_previous: the first step has none before it; leave it out"),
        ((step.after_previous or 0) < 0, "after_previous is negative; use 0 or more days"),
        ((step.deadline_days or 0) < 0, "deadline_days is negative; use 0 or more days"),
    ]
    return [text for broken, text in rules if broken]


def _useless(step: Step, policy: Policy) -> list[str]:
    """What is wrong with a step only in this policy, or only with what it is for."""
    is_formal = step.document is not None or Channel.AGENCY in step.channels
    in_grace = step.after_due > 0 and step.until is not None and step.until <= policy.grace_days
    rules = [
        (in_grace, f"until lies within grace_days; with grace_days {policy.grace_days} use {policy.grace_days + 1} or more"),
        (not step.required and is_formal, "required: a step with a document or the agency is always required; leave it out"),
    ]
    return [text for broken, text in rules if broken]


def required_for(policy: Policy, position: int) -> str:
    """The key of the first later step that this one has to precede; empty where it may be skipped."""
    document = policy.steps[position - 1].document
    return next((step.key for _, step in policy.after(position) if document and _needs(step, document)), "")


def _needs(step: Step, document: str) -> bool:
    begins = {step.document, *(str(channel) for channel in (*step.channels, *step.also))}
    return any(document in papers for what, papers in MUST_PRECEDE.items() if what in begins)
