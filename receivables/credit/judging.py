"""Which credit state the facts of a customer lead to, why, and when to look again. Pure; see docs/credit.md.

Amounts of two currencies are never added: a limit concerns what is open in its own currency.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from receivables.core.money import Money
from receivables.core.sentences import Sentence, gettext_noop, sentence
from receivables.credit.states import Cause, CreditState, LimitKind

DAY = timedelta(days=1)
ZERO = Decimal(0)

STATED = {
    Cause.NOTHING: gettext_noop("Nothing speaks against it."),
    Cause.PERSON: gettext_noop("A person decided so until %(until)s: %(reason)s"),
    Cause.STOP_FACT: gettext_noop("A stop fact is recorded: %(fact)s."),
    Cause.WITH_AGENCY: gettext_noop("A debt is with a collection agency."),
    Cause.LONG_OVERDUE: gettext_noop("The oldest debt is %(days)s days overdue, more than %(allowed)s."),
    Cause.OVERDUE: gettext_noop("The oldest debt is %(days)s days overdue, more than %(allowed)s."),
    Cause.BROKEN_PROMISE: gettext_noop("A promise to pay was broken on %(on)s and its invoices are still open."),
    Cause.OVER_LIMIT: gettext_noop("%(open)s is open, the credit limit is %(limit)s."),
    Cause.RATING: gettext_noop("The payer rating is %(letter)s."),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """A company's rules; `open` as a state means: no such rule. The defaults are our own choice."""

    over_limit: CreditState = CreditState.PREPAYMENT
    overdue: CreditState = CreditState.PREPAYMENT
    overdue_days: int = 30  # prepayment with more days than these
    long_overdue: CreditState = CreditState.STOP
    long_overdue_days: int = 60
    broken_promise: CreditState = CreditState.PREPAYMENT
    with_agency: CreditState = CreditState.STOP
    stop_fact: CreditState = CreditState.STOP
    rating: CreditState = CreditState.OPEN  # off: no payment lifts what the past year was like
    worst_rating: str = "D"  # a letter behind this one


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a customer owes in one currency. `credit` is money and credit notes that nobody has allocated."""

    currency: str
    open: Decimal = ZERO
    overdue: Decimal = ZERO
    credit: Decimal = ZERO
    late: Decimal = ZERO  # of what is overdue: neither disputed nor in an instalment agreement
    late_since: date | None = None  # the oldest due date among what is neither, overdue or not

    @property
    def not_due(self) -> Decimal:
        """What is open and not overdue."""
        return self.open - self.overdue

    @property
    def used(self) -> Decimal:
        """What counts against a limit: open, without what they have paid already; not below zero."""
        return max(self.open - self.credit, ZERO)

    @property
    def is_covered(self) -> bool:
        """Whether unallocated money suffices for all that is late: who has paid is not blamed."""
        return self.credit >= self.late


@dataclass(frozen=True, slots=True)
class Limit:
    """How much may be open at once, in one currency, through a last day."""

    kind: LimitKind
    amount: Decimal
    currency: str
    valid_until: date | None = None
    source: str = ""

    def holds(self, *, on: date) -> bool:
        """Whether it is still valid."""
        return self.valid_until is None or on <= self.valid_until


@dataclass(frozen=True, slots=True)
class Override:
    """A person's decision, through a last day."""

    state: CreditState
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a customer. Limits that were taken back are not among them."""

    exposures: Sequence[Exposure] = ()
    limits: Mapping[LimitKind, Limit] = field(default_factory=dict)
    stop_fact: str = ""  # its kind; one that only names a representative is none
    with_agency: bool = False
    broken_promise_on: date | None = None  # the newest whose items are still open
    rating: str = ""  # a letter, or nothing where too little is known
    override: Override | None = None

    def exposure(self, currency: str) -> Exposure:
        """In that currency; all zeros where nothing is owed."""
        return next((one for one in self.exposures if one.currency == currency), Exposure(currency))


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause with the state it leads to, and its sentence."""

    cause: Cause
    state: CreditState
    words: Sentence


@dataclass(frozen=True, slots=True)
class Judgement:
    """The state, all reasons with the deciding one first, the override's last day, and the next day on which time may change it."""

    state: CreditState
    reasons: tuple[Reason, ...]
    until: date | None
    look_again_on: date | None

    @property
    def cause(self) -> Cause:
        """The deciding one."""
        return self.reasons[0].cause


def judge_credit(facts: Facts, rules: Rules, *, on: date) -> Judgement:
    """A person's decision counts through its last day; else the strictest of all rules that apply."""
    found = sorted(_reasons(facts, rules, on=on), key=lambda reason: -reason.state.rank)
    decided = facts.override if facts.override and on <= facts.override.until else None
    if decided:
        words = sentence(STATED[Cause.PERSON], until=decided.until, reason=decided.reason)
        found.insert(0, Reason(Cause.PERSON, decided.state, words))
    if not found:
        found = [Reason(Cause.NOTHING, CreditState.OPEN, Sentence(STATED[Cause.NOTHING]))]
    return Judgement(found[0].state, tuple(found), decided.until if decided else None, _next_look(facts, rules, on=on))


def _reasons(facts: Facts, rules: Rules, *, on: date) -> Iterator[Reason]:
    """Each cause that applies and whose rule is on, in the order of weight."""
    for cause, state, words in _causes(facts, rules, on=on):
        if state is not CreditState.OPEN:
            yield Reason(cause, state, words)


def _causes(facts: Facts, rules: Rules, *, on: date) -> Iterator[tuple[Cause, CreditState, Sentence]]:
    if facts.stop_fact:
        yield Cause.STOP_FACT, rules.stop_fact, sentence(STATED[Cause.STOP_FACT], fact=facts.stop_fact)
    if facts.with_agency:
        yield Cause.WITH_AGENCY, rules.with_agency, sentence(STATED[Cause.WITH_AGENCY])
    days = oldest_days(facts, on=on)
    for cause, state, allowed in (
        (Cause.LONG_OVERDUE, rules.long_overdue, rules.long_overdue_days),
        (Cause.OVERDUE, rules.overdue, rules.overdue_days),
    ):
        if days > allowed:
            yield cause, state, sentence(STATED[cause], days=days, allowed=allowed)
    if facts.broken_promise_on:
        yield Cause.BROKEN_PROMISE, rules.broken_promise, sentence(STATED[Cause.BROKEN_PROMISE], on=facts.broken_promise_on)
    if over := over_limit(facts, LimitKind.OWN, on=on):
        yield Cause.OVER_LIMIT, rules.over_limit, over
    if facts.rating > rules.worst_rating:
        yield Cause.RATING, rules.rating, sentence(STATED[Cause.RATING], letter=facts.rating)


def oldest_days(facts: Facts, *, on: date) -> int:
    """Days that the oldest debt is late, of those that unallocated money does not cover; 0 where none is."""
    since = [one.late_since for one in facts.exposures if one.late_since and one.late_since < on and not one.is_covered]
    return max(((on - day).days for day in since), default=0)


def over_limit(facts: Facts, kind: LimitKind, *, on: date) -> Sentence | None:
    """What is over a limit that holds, in words; exactly at it is within."""
    limit = facts.limits.get(kind)
    if limit is None or not limit.holds(on=on):
        return None
    used = facts.exposure(limit.currency).used
    if used <= limit.amount:
        return None
    return sentence(STATED[Cause.OVER_LIMIT], open=Money(used, limit.currency), limit=Money(limit.amount, limit.currency))


def room_under(facts: Facts, kind: LimitKind, *, on: date) -> Money | None:
    """What may still be sold under a limit that holds, not below zero; None where there is none."""
    limit = facts.limits.get(kind)
    if limit is None or not limit.holds(on=on):
        return None
    return Money(max(limit.amount - facts.exposure(limit.currency).used, ZERO), limit.currency)


def _next_look(facts: Facts, rules: Rules, *, on: date) -> date | None:
    """The next day on which time alone may change the state or end what it stands on."""
    due = [one.late_since for one in facts.exposures if one.late_since]
    days = [day + (allowed + 1) * DAY for day in due for allowed in (rules.overdue_days, rules.long_overdue_days)]
    days += [day + DAY for day in due]  # from then on it is late, and unallocated money may not cover it any more
    days += [limit.valid_until + DAY for limit in facts.limits.values() if limit.valid_until]
    days += [facts.override.until + DAY] if facts.override else []
    days += [on + DAY] if rules.rating is not CreditState.OPEN and facts.rating else []
    return min((day for day in days if day > on), default=None)
