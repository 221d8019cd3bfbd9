"""Services that list invoices page by page: from the newest change back to the mark, or all of them where no change has a day.

A sweep that the bounds cut short goes on at its page the next time. What is listed twice meanwhile is harmless, and what changed
meanwhile comes with the next sweep, which begins where this one began.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from invoices.intake.services import written
from invoices.pulling.protocol import CannotPull, Known, Pulled, PulledFile
from receivables.outside import Answered, Bounds, Reach, Request, Unreachable, ask

OVERLAP = timedelta(minutes=10)
"""Clocks of services and of their databases differ."""
BOUNDS = Bounds(total_seconds=30.0, most_bytes=20_000_000)
PAGE = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """An invoice in a list. `row` has no floats; `changed_at` is None where the service does not say."""

    key: str  # the service's own, for ever
    number: str
    row: Mapping[str, Any]
    is_open: bool  # something of it is still to be settled
    corrects: str = ""  # the number of the invoice that it corrects
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and whether another follows."""

    rows: Sequence[Listed]
    has_more: bool


class Lister(Protocol):
    """One service, one account."""

    name: str

    def page(self, number: int) -> Page:
        """The page of that number, from 1, with the newest change first where the service knows changes. Raises `CannotPull`."""
        ...


class Sweep:
    """An `InvoiceService` over a list: what is open, and what the books know already, for it may have been paid."""

    first_look = timedelta(days=365 * 20)  # what is open, however old

    def __init__(self, lister: Lister, *, seller_tax_id: str, most_pages: int, now: datetime) -> None:
        self._lister, self._seller, self._most, self._now = lister, seller_tax_id, most_pages, now
        self.name = self.form = lister.name

    def pull(self, mark: str, *, known: Known) -> Pulled:
        """As far as the pages of one pull reach. A wait that a service asks for in the middle keeps what came before it."""
        at = Place.read(mark, now=self._now)
        found: dict[str, Listed] = {}
        page, retry_after, is_done = at.page, 0, False
        while page < at.page + self._most and not is_done:
            try:
                listed = self._lister.page(page)
            except CannotPull as refusal:
                if not found or not refusal.retry_after:
                    raise
                retry_after = refusal.retry_after
                break
            fresh = [row for row in listed.rows if row.changed_at is None or row.changed_at > at.since - OVERLAP]
            found |= {row.key: row for row in fresh}
            is_done, page = not listed.has_more or len(fresh) < len(listed.rows), page + 1
        files, passed = self._files(list(found.values()), known)
        after = Place(at.until or self._now) if is_done else Place(at.since, at.until, page)
        return Pulled(after.written, files, not is_done, retry_after, known=passed)

    def _files(self, rows: Sequence[Listed], known: Known) -> tuple[tuple[PulledFile, ...], int]:
        """What is open, or known to the books, or corrects what is; invoices before what corrects them. The rest was settled before."""
        asked_for = {row.number for row in rows if not row.is_open} | {row.corrects for row in rows if row.corrects}
        there = {*known(sorted(asked_for)), *(row.number for row in rows if row.is_open)}
        wanted = [row for row in rows if row.is_open or row.number in there or row.corrects in there]
        wanted.sort(key=lambda row: bool(row.corrects), reverse=True)  # turned round below
        files = [PulledFile(row.key[:60], f"{row.key[:60]}.json", written(self.name, self._seller, row.row)) for row in reversed(wanted)]
        return tuple(files), len(rows) - len(wanted)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sweep is: all that changed since a moment. `until` is when it began, and so where the next one begins."""

    since: datetime
    until: datetime | None = None
    page: int = 1

    @property
    def written(self) -> str:
        """At most 60 signs: `SINCE`, or `SINCE UNTIL PAGE` in the middle of one."""
        parts = [self.since] if self.until is None else [self.since, self.until]
        text = " ".join(moment.astimezone(UTC).isoformat(timespec="seconds") for moment in parts)
        return text if self.until is None else f"{text} {self.page}"

    @classmethod
    def read(cls, mark: str, *, now: datetime) -> "Place":
        """The place that a mark says; one that stands nowhere in a sweep begins it now. Raises `CannotPull`."""
        try:
            since, *rest = mark.split()
            begun = cls(_moment(since), now if not rest else _moment(rest[0]), int(rest[1]) if rest else 1)
        except (ValueError, IndexError):
            raise CannotPull(f"{mark[:60]!r} is no moment with its zone, such as 2026-02-01T00:00:00+00:00.") from None
        return begun


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


# -- the wire


def asked(name: str, request: Request) -> Answered:
    """One answer. Raises `CannotPull` in words that hold neither address nor key."""
    try:
        answered = ask(request, reach=Reach.CHOSEN, bounds=BOUNDS)
    except Unreachable as refusal:
        raise CannotPull(f"{name} does not answer. {refusal}") from refusal
    if answered.status == 429:
        raise CannotPull(f"{name} has answered often enough for now.", retry_after=max(answered.retry_after, 60))
    if answered.status in (401, 403):
        raise CannotPull(f"{name} does not accept the key ({answered.status}).")
    if not 200 <= answered.status < 300:
        raise CannotPull(f"{name} refuses with {answered.status}.")
    return answered


def parsed(name: str, answered: Answered, kind: type) -> Any:
    """The JSON of an answer, its numbers with a point as text. Raises `CannotPull`."""
    try:
        value = json.loads(answered.body, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, kind):
        raise CannotPull(f"{name} answers what cannot be read.")
    return value


def rows_of(name: str, value: Any) -> list[dict[str, Any]]:
    """The objects of a list. Raises `CannotPull` where it is none."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise CannotPull(f"{name} answers what cannot be read.")
    return value


def key_of(name: str, row: Mapping[str, Any], field: str) -> str:
    """The service's own key of an invoice. Raises `CannotPull` where it has none."""
    value = row.get(field)
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).strip():
        raise CannotPull(f"{name} lists an invoice without {field}.")
    return str(value).strip()
