"""Limitation: until when a debt may be enforced, and what lets that time begin anew or stand still."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from receivables.countries.periods import end_of_year, months_after, same_day_of_year

_DAY = timedelta(days=1)
ALERT_MONTHS = (6, 3, 1)


class EventKind(StrEnum):
    """What happened to a debt. Demands, reminders, notes and calls change nothing and are no events."""

    ACKNOWLEDGEMENT = "acknowledgement"  # also a request for instalments, a part payment naming the invoice, a promise by e-mail
    SUIT = "suit"
    ENFORCEMENT = "enforcement"
    MEDIATION = "mediation"
    SETTLEMENT_SUMMONS = "settlement_summons"

    @property
    def interrupts(self) -> bool:
        """Whether the time begins anew after it; otherwise it only stands still meanwhile."""
        return self in (EventKind.ACKNOWLEDGEMENT, EventKind.SUIT, EventKind.ENFORCEMENT)


@dataclass(frozen=True, slots=True)
class Event:
    """An event from a day through another; `until` of proceedings that are still pending is None. An acknowledgement is of one day."""

    kind: EventKind
    on: date
    until: date | None = None

    @property
    def is_pending(self) -> bool:
        """Whether time does not run yet."""
        return self.until is None and self.kind is not EventKind.ACKNOWLEDGEMENT


@dataclass(frozen=True, slots=True)
class Term:
    """How long: so many years, to the end of the calendar year where `to_year_end`."""

    years: int
    to_year_end: bool = False

    def ends_after(self, day: date) -> date:
        """The last day of a term that begins on `day`."""
        return end_of_year(day.year + self.years) if self.to_year_end else same_day_of_year(day, self.years)


@dataclass(frozen=True, slots=True)
class Limitation:
    """The last day to act, in two readings: from the stated due date (`act_before`, the one to go by) and from the first day of delay.

    `years` is None where no term may be worked out; `reason` says why. After events that count, `after_events` is the last day, read
    carefully: time that stood still is not added. It is None while proceedings are pending. `literal_after_events` adds it.
    """

    years: int | None
    act_before: date | None = None
    literal: date | None = None
    reason: str = ""
    restarted_on: date | None = None
    after_events: date | None = None
    literal_after_events: date | None = None
    is_pending: bool = False

    @property
    def readings_agree(self) -> bool:
        """Whether both readings name one day."""
        return self.act_before == self.literal

    @property
    def current(self) -> date | None:
        """The last day to act as things stand; None where none runs or none is known."""
        return None if self.is_pending else self.after_events or self.act_before

    @property
    def alerts(self) -> tuple[date, ...]:
        """The days on which somebody is told: six, three and one month before."""
        return tuple(months_after(self.current, -months) for months in ALERT_MONTHS) if self.current else ()


def limited(term: Term, *, due_on: date, late_from: date, events: Sequence[Event] = ()) -> Limitation:
    """The limitation of a debt by its stated due date and the first day of delay, after these events in any order."""
    found = Limitation(term.years, term.ends_after(due_on), term.ends_after(late_from))
    return _after(found, term, events)


def unknown(reason: str) -> Limitation:
    """No term may be worked out."""
    return Limitation(None, reason=reason)


def _after(found: Limitation, term: Term, events: Iterable[Event]) -> Limitation:
    """Events count only while the time still runs: what is over cannot be interrupted."""
    for event in sorted(events, key=lambda event: event.on):
        last = found.literal_after_events or found.literal if not event.kind.interrupts else found.current
        if last is None or event.on > last or found.is_pending:
            continue
        found = _interrupted(found, term, event) if event.kind.interrupts else _suspended(found, event, last)
    return found


def _interrupted(found: Limitation, term: Term, event: Event) -> Limitation:
    if event.is_pending:
        return replace(found, is_pending=True)
    again = event.until or event.on
    end = max(term.ends_after(again), found.act_before or again)  # before the due date nothing runs that could begin anew
    return replace(found, restarted_on=again, after_events=end, literal_after_events=end)


def _suspended(found: Limitation, event: Event, last: date) -> Limitation:
    """Only the literal reading is moved, by the days that time stood still; pending, it is not known yet by how many."""
    if event.until is None:
        return found
    stood = (event.until - event.on).days + 1
    return replace(found, after_events=found.current, literal_after_events=last + stood * _DAY)
