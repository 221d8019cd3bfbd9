"""Tables of the first day: invoices, each with what the old system did about it. Pure.

An invoice is read as in any table of invoices. What was done says its own day; nothing is ever taken from how old a debt is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from invoices.intake.cells import Record
from invoices.intake.csv_table import InvoiceRow, invoice_row
from invoices.intake.layout import Read, read
from invoices.intake.profile import ColumnProfile
from invoices.intake.sheets import WORDS
from invoices.states import ClaimKind
from receivables.core.errors import Refused
from receivables.core.money import parse_amount

MOST_EARLIER = 30
MOST_RATES = 120
_BETWEEN_RATES = re.compile(r"[|;\n]")
_CLAIMS = {"claimed_interest": ClaimKind.INTEREST, "claimed_compensation": ClaimKind.COMPENSATION, "claimed_fee": ClaimKind.FEE}
_OF_A_STEP = ("step_on", "step_channel", "proof", "earlier_steps", "deadline_on", *_CLAIMS)
_OF_A_PLAN = ("plan_rates", "plan_on")


@dataclass(frozen=True, slots=True)
class LastStep:
    """The last step that the old system completed. `channel` is "" where the file does not say: the step's own."""

    key: str
    on: date
    channel: str = ""
    proof: str = ""
    deadline_on: date | None = None
    claims: tuple[tuple[ClaimKind, Decimal], ...] = ()
    earlier: tuple[tuple[str, date, str], ...] = field(default=(), repr=False)  # steps before it: key, day, channel or ""


@dataclass(frozen=True, slots=True)
class Held:
    """A hold that still stands. `until` is None where it lasts until somebody releases it."""

    until: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise that still stands. `amount` is None for all that is open; `made_on` where the file does not say when."""

    by: date
    amount: Decimal | None
    made_on: date | None


@dataclass(frozen=True, slots=True)
class Planned:
    """An instalment agreement by its number. `rates` are those still to be paid; empty where another row of the plan names them."""

    label: str
    rates: tuple[tuple[date, Decimal], ...]
    made_on: date | None


@dataclass(frozen=True, slots=True)
class AtAgency:
    """The item is with a collection agency. `agency` is its short name, "" for the one that takes the hand-overs."""

    reference: str
    agency: str
    on: date


@dataclass(frozen=True, slots=True)
class AtCourt:
    """The item is at court. `on` is the day of the suit, where the file says it."""

    reference: str
    on: date | None


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """An invoice of the first day with what was done about it."""

    invoice: InvoiceRow
    step: LastStep | None = None
    held: Held | None = None
    promised: Promised | None = None
    planned: Planned | None = None
    agency: AtAgency | None = None
    court: AtCourt | None = None
    line: int = field(default=0, compare=False)

    @property
    def number(self) -> str:
        """The invoice's."""
        return self.invoice.number

    @property
    def done(self) -> tuple[object, ...]:
        """All that was done about it; all None where nothing was."""
        return (self.step, self.held, self.promised, self.planned, self.agency, self.court)


def read_opening(data: bytes, profile: ColumnProfile, *, on: date, currency: str | None = None) -> Read[OpeningRow]:
    """The rows of a table of the first day. `on` is that day: what was done lies on it or before."""
    default = currency or profile.currency
    return read(data, profile, lambda record: opening_row(record, default, on=on), key=attrgetter("number"))


def opening_row(record: Record, default_currency: str, *, on: date) -> OpeningRow | None:
    """What a record says; None where it cannot be read, and then the record knows why."""
    invoice = invoice_row(record, default_currency)
    currency = record.currency(default_currency) if invoice else default_currency
    issued_on = invoice.issued_on if invoice else None
    step = _step(record, currency, issued_on, on=on)
    done: dict[str, Any] = {
        "step": step,
        "held": _held(record, on=on),
        "promised": _promised(record, currency, on=on),
        "planned": _planned(record, currency, on=on),
        "agency": _agency(record, step.on if step else None, issued_on, on=on),
        "court": _court(record, issued_on, on=on),
    }
    if invoice and not invoice.kind.is_claim and any(done.values()):
        record.complain("kind", f"A {invoice.kind.replace('_', ' ')} is no claim that could be chased. Leave what was done about it empty.")
    return None if record.problems or invoice is None else OpeningRow(invoice, **done, line=record.line)


def _step(record: Record, currency: str, issued_on: date | None, *, on: date) -> LastStep | None:
    key = record.text("step")
    channel, proof = record.word("step_channel", ""), record.text("proof")
    step_on = _past(record, "step_on", issued_on, on=on)
    deadline_on = record.day("deadline_on")
    claims = tuple(_claims(record, currency))
    if not key:
        _only_with(record, "step", _OF_A_STEP, "names no step; without one the item begins at the first.")
        return None
    if step_on is None:
        if not record.said_anything("step_on"):
            record.complain("step_on", "is empty; say on which day the step was completed.")
        return None
    if deadline_on and deadline_on < step_on:
        record.complain("deadline_on", f"{deadline_on} lies before the step that named it, {step_on}.")
    return LastStep(key, step_on, channel, proof, deadline_on, claims, tuple(_earlier(record, issued_on, step_on)))


def _earlier(record: Record, issued_on: date | None, step_on: date) -> Iterator[tuple[str, date, str]]:
    """Steps before the last one, as "KEY DAY" or "KEY DAY CHANNEL", separated like rates, in their order."""
    parts = [part.split() for part in _BETWEEN_RATES.split(record.free_text("earlier_steps")) if part.strip()]
    if len(parts) > MOST_EARLIER:
        record.complain("earlier_steps", f"has {len(parts)} steps; at most {MOST_EARLIER} are allowed.")
        return
    last = issued_on
    for part in parts:
        on = record.shape.day(part[1]) if len(part) in (2, 3) else None
        channel = part[2] if len(part) == 3 else ""
        if on is None or channel not in ("", *WORDS["step_channel"]):
            written = f"{part[0]} {record.shape.example_day} email"
            record.complain("earlier_steps", f"{' '.join(part)[:60]!r} is no step; write steps like {written}, with | between them.")
        elif on > step_on or (last and on < last):
            record.complain("earlier_steps", f"{' '.join(part)[:60]!r}: the days must be in their order, and not after the last step.")
        else:
            last = on
            yield part[0], on, channel


def _claims(record: Record, currency: str) -> Iterator[tuple[ClaimKind, Decimal]]:
    for name, kind in _CLAIMS.items():
        amount = record.amount(name, currency)
        if amount is not None and amount < 0:
            record.complain(name, f"is negative ({amount}).")
        elif amount:
            yield kind, amount


def _held(record: Record, *, on: date) -> Held | None:
    is_held, until, reason = record.said("held"), record.day("hold_until"), record.text("hold_reason")
    if is_held is False:
        _only_with(record, "held", ("hold_until", "hold_reason"), "says that it is not held, yet the hold is described.")
        return None
    if until and until < on:
        record.complain("hold_until", f"{until} is over. Leave it empty, or give the last day on which it is still held.")
    return Held(until, reason) if is_held or until or reason else None


def _promised(record: Record, currency: str, *, on: date) -> Promised | None:
    by, amount = record.day("promised_by"), record.amount("promised_amount", currency)
    made_on = record.day("promised_on")
    if by is None:
        _only_with(record, "promised_by", ("promised_amount", "promised_on"), "is empty; say by which day it was promised.")
        return None
    if amount is not None and amount <= 0:
        record.complain("promised_amount", f"must be above zero; {amount} is not.")
    if made_on and made_on > on:
        record.complain("promised_on", f"{made_on} lies in the future.")
    if made_on and made_on > by:
        record.complain("promised_by", f"{by} lies before the day of the promise, {made_on}.")
    return Promised(by, amount, made_on)


def _planned(record: Record, currency: str, *, on: date) -> Planned | None:
    label, made_on = record.text("plan"), _past(record, "plan_on", None, on=on)
    rates = tuple(_rates(record, currency, on=on))
    if not label:
        _only_with(record, "plan", _OF_A_PLAN, "is empty; give the number of the plan.")
        return None
    return Planned(label, rates, made_on)


def _rates(record: Record, currency: str, *, on: date) -> Iterator[tuple[date, Decimal]]:
    """Rates as "DAY AMOUNT", separated by a bar, a semicolon or a line break, in the profile's way to write days and amounts."""
    text = record.free_text("plan_rates")
    parts = [part.strip() for part in _BETWEEN_RATES.split(text) if part.strip()]
    if len(parts) > MOST_RATES:
        record.complain("plan_rates", f"has {len(parts)} rates; at most {MOST_RATES} are allowed.")
        return
    for part in parts:
        rate = _rate(record, part, currency)
        if rate and rate[0] < on:
            record.complain("plan_rates", f"The rate of {rate[0]} is past. Name those still to be paid; a missed plan is none any more.")
        elif rate:
            yield rate


def _rate(record: Record, part: str, currency: str) -> tuple[date, Decimal] | None:
    day, _, amount = part.partition(" ")
    due_on, plain = record.shape.day(day.rstrip(":")), record.shape.plain(amount.strip())
    if due_on is None or plain is None:
        written = f"{record.shape.example_day} {record.shape.example_amount}"
        record.complain("plan_rates", f"{part!r} is no rate; write rates like {written}, with | between them.")
        return None
    try:
        rate = parse_amount(plain, currency)
    except Refused as refusal:
        record.complain("plan_rates", str(refusal))
        return None
    if rate <= 0:
        record.complain("plan_rates", f"The rate {part!r} must be above zero.")
        return None
    return due_on, rate


def _agency(record: Record, step_on: date | None, issued_on: date | None, *, on: date) -> AtAgency | None:
    reference, agency = record.text("agency_reference"), record.text("agency")
    handed_on = _past(record, "agency_on", issued_on, on=on)
    if not reference:
        _only_with(record, "agency_reference", ("agency", "agency_on"), "is empty; give the agency's number of the case.")
        return None
    handed_on = handed_on or step_on
    if handed_on is None:
        record.complain("agency_on", "is empty; say on which day it was handed over.")
        return None
    if not record.said_anything("step"):
        record.complain("step", "is empty; name the step with which it was handed over.")
    return AtAgency(reference, agency, handed_on)


def _court(record: Record, issued_on: date | None, *, on: date) -> AtCourt | None:
    reference, since = record.text("court_reference"), _past(record, "court_on", issued_on, on=on)
    if not reference:
        _only_with(record, "court_reference", ("court_on",), "is empty; give the court's number of the case.")
        return None
    return AtCourt(reference, since)


def _past(record: Record, name: str, issued_on: date | None, *, on: date) -> date | None:
    """A day on which something was done: not before the invoice, and not to come."""
    day = record.day(name)
    if day and day > on:
        record.complain(name, f"{day} lies in the future.")
    if day and issued_on and day < issued_on:
        record.complain(name, f"{day} lies before the invoice, which was issued on {issued_on}.")
    return day


def _only_with(record: Record, name: str, others: tuple[str, ...], says: str) -> None:
    """What belongs to something that the row does not name is no use by itself."""
    if any(record.said_anything(other) for other in others):
        record.complain(name, says)
