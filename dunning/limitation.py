"""Until when a debt may be enforced, after what has happened to it: the pack's rule, asked with what people noted. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dunning.states import LimitationKind
from receivables.countries.law import Pack
from receivables.countries.limitation import ALERT_MONTHS, Event, EventKind, Limitation
from receivables.countries.periods import months_after
from receivables.countries.words import Debtor, Sale

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event from a day on; `until` of proceedings that are still pending is None. A judgment counts from the day it became final."""

    kind: LimitationKind
    on: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """What is asked of the pack: the kind of claim, and the day from which it counts (the due date, or the judgment's)."""

    sale: Sale
    since: date
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the limitation of a debt stands, with what it was worked out from."""

    running: Running
    limitation: Limitation

    @property
    def last_day(self) -> date | None:
        """The last day to act, by the earlier reading; None while proceedings are pending, or where none can be worked out."""
        return self.limitation.current

    def is_past(self, *, on: date) -> bool:
        """Whether that day is over."""
        return self.last_day is not None and on > self.last_day

    def alert(self, *, on: date) -> int:
        """The alert that has gone off: 6, 3 or 1 (months before the last day); 0 where none has."""
        last = self.last_day
        return min((months for months in ALERT_MONTHS if last and on >= months_after(last, -months)), default=0)


def running(sale: Sale, *, due_on: date, happened: Sequence[Happened]) -> Running:
    """What counts: from the newest judgment alone, else from the due date; what came before that day does not."""
    final = max((one.on for one in happened if one.kind is LimitationKind.JUDGMENT), default=None)
    since = final or due_on
    events = [one for one in happened if one.kind is not LimitationKind.JUDGMENT and _counts(one, since, titled=final is not None)]
    return Running(Sale.TITLE if final else sale, since, tuple(Event(EventKind(one.kind), one.on, one.until) for one in events))


def standing(pack: Pack, debtor: Debtor, sale: Sale, *, due_on: date, happened: Sequence[Happened] = ()) -> Standing:
    """The limitation of a debt by its stated due date."""
    found = running(sale, due_on=due_on, happened=happened)
    return Standing(found, pack.limitation(debtor, found.sale, due_on=found.since, events=found.events))


def barred_from(pack: Pack, debtor: Debtor, sale: Sale, *, due_on: date, happened: Sequence[Happened] = ()) -> date | None:
    """The first day on which it may no longer be demanded, by the due date moved to a working day; None where it may."""
    found = running(sale, due_on=due_on, happened=happened)
    return pack.barred_from(debtor, found.sale, due_on=found.since, events=found.events)


def _counts(one: Happened, since: date, *, titled: bool) -> bool:
    """An acknowledgement of what was not due yet interrupts nothing; the suit that led to the judgment is over with it."""
    if titled:
        return one.on > since
    return one.on >= since or (one.kind.lasts and (one.until is None or one.until >= since))
