"""The way of a debt through court and enforcement: stages, the only moves between them, and what runs meanwhile. Pure; LAW.md A4 and A7.

A case is a list of stages with their days. What a stage means for the limitation of the debts is said here and noted by the action.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dunning.states import LimitationKind
from receivables.core.calendar import Calendar, next_working_day
from receivables.core.errors import IllegalMove, Refused
from receivables.core.sentences import gettext_noop
from receivables.countries.periods import months_after

OBJECTION_DAYS = 14  # to pay or object, from the day the order was served; LAW.md A7 (art. 480(2) KPC)
SUIT_MONTHS = 3  # an ordinary suit within them keeps the day of the EPU claim; LAW.md A7 (art. 505(37) KPC)
INACTION_MONTHS = 6  # then enforcement is discontinued for the creditor's inaction; art. 824 par. 1 pkt 4 KPC, effect: LAW.md A4


class Path(StrEnum):
    """Which court it goes to."""

    EPU = "epu"
    ORDINARY = "ordinary"


class Stage(StrEnum):
    """Where a case stands."""

    PREPARED = "prepared"
    FILED = "filed"
    ORDER = "order"
    SERVED = "served"
    OBJECTION = "objection"
    DISCONTINUED = "discontinued"
    SUIT = "suit"  # the ordinary one after EPU
    JUDGMENT = "judgment"
    TITLE = "title"
    BAILIFF = "bailiff"
    INEFFECTIVE = "ineffective"
    PAID = "paid"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"

    @property
    def is_end(self) -> bool:
        """Whether nothing follows."""
        return self in ENDS

    @property
    def holds(self) -> bool:
        """Whether nobody is chased meanwhile. What a court has dismissed is not chased either, until a person writes it off."""
        return self not in (Stage.PREPARED, Stage.PAID, Stage.WITHDRAWN, Stage.CLOSED)

    @property
    def needs_reference(self) -> bool:
        """Whether the court or bailiff gives it a number of its own; else the last one goes on."""
        return self in (Stage.FILED, Stage.ORDER, Stage.SUIT, Stage.JUDGMENT, Stage.TITLE, Stage.BAILIFF)


ENDS = frozenset({Stage.PAID, Stage.DISMISSED, Stage.WITHDRAWN, Stage.CLOSED})
_OVER = frozenset({Stage.PAID, Stage.WITHDRAWN})
_ENFORCED: dict[Stage, frozenset[Stage]] = {
    Stage.TITLE: frozenset({Stage.BAILIFF, Stage.PAID, Stage.CLOSED}),
    Stage.BAILIFF: frozenset({Stage.INEFFECTIVE, Stage.PAID, Stage.CLOSED}),
    Stage.INEFFECTIVE: frozenset({Stage.BAILIFF, Stage.PAID, Stage.CLOSED}),
    **{end: frozenset() for end in ENDS},
}
MOVES: dict[Path, dict[Stage, frozenset[Stage]]] = {
    Path.EPU: {
        Stage.PREPARED: frozenset({Stage.FILED, Stage.WITHDRAWN}),
        Stage.FILED: _OVER | {Stage.ORDER, Stage.DISCONTINUED},
        Stage.ORDER: _OVER | {Stage.SERVED, Stage.OBJECTION, Stage.TITLE, Stage.DISCONTINUED},
        Stage.SERVED: _OVER | {Stage.OBJECTION, Stage.TITLE, Stage.DISCONTINUED},
        Stage.OBJECTION: _OVER | {Stage.DISCONTINUED},
        Stage.DISCONTINUED: frozenset({Stage.SUIT, Stage.PAID, Stage.CLOSED}),
        **_ENFORCED,
    },
    Path.ORDINARY: {
        Stage.PREPARED: frozenset({Stage.FILED, Stage.WITHDRAWN}),
        Stage.FILED: _OVER | {Stage.ORDER, Stage.JUDGMENT, Stage.DISMISSED},
        Stage.SUIT: _OVER | {Stage.ORDER, Stage.JUDGMENT, Stage.DISMISSED},
        Stage.ORDER: _OVER | {Stage.SERVED, Stage.OBJECTION, Stage.TITLE},
        Stage.SERVED: _OVER | {Stage.OBJECTION, Stage.TITLE},
        Stage.OBJECTION: _OVER | {Stage.JUDGMENT, Stage.DISMISSED},
        Stage.JUDGMENT: _OVER | {Stage.TITLE, Stage.DISMISSED},
        **_ENFORCED,
    },
}
"""What may follow what. After the ordinary suit an EPU case goes on as any other."""


@dataclass(frozen=True, slots=True)
class At:
    """A stage with the day on which it was reached."""

    stage: Stage
    on: date


class ClockKind(StrEnum):
    """What a day is the last one for."""

    OBJECTION = "objection"  # the debtor may pay or object
    SUIT = "suit"  # the ordinary suit keeps the day of the claim
    INACTION = "inaction"  # something must have been asked of the bailiff


@dataclass(frozen=True, slots=True)
class CourtClock:
    """A day that the stage has set. `is_ours`: the company has to act by it; else it waits for it to pass."""

    kind: ClockKind
    on: date

    @property
    def is_ours(self) -> bool:
        """Whether somebody here has something to do."""
        return self.kind is not ClockKind.OBJECTION


def following(path: Path, history: Sequence[At]) -> tuple[Stage, ...]:
    """The stages that may come next, in the order of the way."""
    return tuple(stage for stage in Stage if stage in _moves(path, history)[history[-1].stage])


def check_next(path: Path, history: Sequence[At], new: At, *, calendar: Calendar, today: date) -> None:
    """Raise `IllegalMove` or `Refused`, in words, unless the case may reach this stage on that day."""
    last = history[-1]
    if new.stage not in _moves(path, history)[last.stage]:
        if last.stage.is_end:
            raise IllegalMove(gettext_noop("The case has ended. Take the end back first if it was noted by mistake."))
        raise IllegalMove(gettext_noop("This cannot follow where the case stands now. Note what came between first."))
    if new.on > today:
        raise Refused(gettext_noop("It cannot lie in the future (%(day)s). Note it when it has happened."), day=new.on)
    if new.on < last.on:
        raise Refused(gettext_noop("It cannot have happened before the last stage (%(day)s)."), day=last.on)
    if new.stage is Stage.TITLE and last.stage is Stage.ORDER and new.on <= last.on + timedelta(days=OBJECTION_DAYS):
        raise Refused(gettext_noop("An order is final two weeks after it was served at the earliest. Note the service first."))
    clock = clock_of(history, calendar)
    if new.stage is Stage.TITLE and clock is not None and clock.kind is ClockKind.OBJECTION and new.on <= clock.on:
        raise Refused(gettext_noop("The debtor may object through %(day)s. The order cannot be final before the day after."), day=clock.on)


def clock_of(history: Sequence[At], calendar: Calendar) -> CourtClock | None:
    """What runs where the case stands; None where only an event is waited for."""
    last = history[-1]
    if last.stage is Stage.SERVED:  # art. 115 KC: a term does not end on a day off
        return CourtClock(ClockKind.OBJECTION, next_working_day(calendar, last.on + timedelta(days=OBJECTION_DAYS)))
    if last.stage is Stage.DISCONTINUED:
        return CourtClock(ClockKind.SUIT, months_after(last.on, SUIT_MONTHS))
    if last.stage is Stage.BAILIFF:
        return CourtClock(ClockKind.INACTION, months_after(last.on, INACTION_MONTHS))
    return None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a stage does to the limitation of the debts: begins, ends, or undoes as if it had never been."""

    begins: LimitationKind | None = None
    ends: frozenset[LimitationKind] = frozenset()
    undoes: frozenset[LimitationKind] = frozenset()


_SUIT, _ENFORCEMENT = LimitationKind.SUIT, LimitationKind.ENFORCEMENT


def effect_of(history: Sequence[At], new: At) -> Effect:
    """What reaching a stage means for limitation (LAW.md A4, A7).

    A claim that is withdrawn, or of which nothing followed after EPU, has interrupted nothing; neither has the EPU claim where the
    ordinary suit came after its three months: then that suit interrupts by itself.
    """
    match new.stage:
        case Stage.FILED:
            return Effect(begins=_SUIT)
        case Stage.SUIT:
            return Effect() if _in_time(history, new) else Effect(begins=_SUIT, undoes=frozenset({_SUIT}))
        case Stage.TITLE:
            return Effect(begins=LimitationKind.JUDGMENT, ends=frozenset({_SUIT}))
        case Stage.BAILIFF:
            return Effect(begins=_ENFORCEMENT)
        case Stage.INEFFECTIVE:
            return Effect(ends=frozenset({_ENFORCEMENT}))
        case Stage.WITHDRAWN:
            return Effect(undoes=frozenset({_SUIT}))
        case Stage.CLOSED if history[-1].stage is Stage.DISCONTINUED:
            return Effect(undoes=frozenset({_SUIT}))
        case Stage.PAID | Stage.DISMISSED | Stage.CLOSED:
            return Effect(ends=frozenset({_SUIT, _ENFORCEMENT}))
    return Effect()


def _in_time(history: Sequence[At], new: At) -> bool:
    return new.on <= months_after(history[-1].on, SUIT_MONTHS)


def _moves(path: Path, history: Sequence[At]) -> dict[Stage, frozenset[Stage]]:
    went_on = any(at.stage is Stage.SUIT for at in history)
    return MOVES[Path.ORDINARY if went_on else path]
