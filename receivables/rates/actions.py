"""Rates are entered by one person, or the program, and count once another has approved them. Nothing that was entered is edited."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import models, transaction

from receivables.accounts.approval import check_approver
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.countries.derived import DERIVATIONS, is_derived
from receivables.countries.rates import Rate, RateBook
from receivables.countries.rules import calendar_of
from receivables.rates.judging import LARGEST_MOVE, LARGEST_STEP, last_working_day
from receivables.rates.models import Confirmation, InterestRate, MidRate, Revision
from receivables.rates.stored import current_book, plain
from receivables.rates.words import RateRow

AHEAD, KNOWN_AHEAD = timedelta(days=62), timedelta(days=366)
"""How far ahead a rate may begin that is announced, and be known: a half-year or a year that the law freezes."""

Row = InterestRate | MidRate


@transaction.atomic
def enter_rate(row: InterestRate, *, by: User | None, on: date, now: datetime) -> InterestRate:
    """Store a rate that waits for a second person; `by` None is the program. Raises `Refused` where `check_rate` does."""
    check_rate(row, on=on)
    _keep(row, by=by, now=now)
    record(None, "rate_entered", row, by=by, **_facts(row))
    return row


@transaction.atomic
def enter_mid(row: MidRate, *, by: User | None, on: date, now: datetime) -> MidRate:
    """Store a mid rate that waits for a second person. Raises `Refused` where `check_mid` does."""
    row.month = row.rate_on.replace(day=1)
    check_mid(row, on=on)
    _keep(row, by=by, now=now)
    record(None, "rate_entered", row, by=by, **_facts(row))
    return row


@transaction.atomic
def approve_rate(row: Row, *, by: User, on: date, now: datetime) -> Row:
    """From now on it counts, and what it corrects does not.

    Raises `Refused` for its author, once it is decided, and where it could not be entered any more: what is known has changed.
    """
    revision = locked()
    fresh = _waiting(row)
    check_approver(author=fresh.author, approver=by, four_eyes=True)
    check(fresh, on=on)
    superseded = _of_the_same_day(fresh).update(superseded_at=now)
    fresh.approver, fresh.approved_at = by, now
    fresh.save(update_fields=["approver", "approved_at"])
    renew(revision)
    record(None, "rate_approved", fresh, by=by, author=fresh.author_id, superseded=superseded, **_facts(fresh))
    return fresh


@transaction.atomic
def refuse_rate(row: Row, *, by: User, now: datetime) -> Row:
    """It never counts, and the program does not propose it again. Its author may refuse it too."""
    locked()
    fresh = _waiting(row)
    fresh.refuser, fresh.refused_at = by, now
    fresh.save(update_fields=["refuser", "refused_at"])
    record(None, "rate_refused", fresh, by=by, author=fresh.author_id, **_facts(fresh))
    return fresh


@transaction.atomic
def confirm_rates(rows: list[RateRow], *, now: datetime) -> int:
    """Note that a source still says these known rates; returns how many of that were news. Twice is as once."""
    revision = locked()
    before = Confirmation.objects.count()
    Confirmation.objects.bulk_create([_confirmation(row, now) for row in rows], ignore_conflicts=True)
    news = Confirmation.objects.count() - before
    if news:
        renew(revision)
        told = [f"{row.country} {row.regime} {row.percent} from {row.valid_from} through {row.known_until}" for row in rows]
        record(None, "rates_confirmed", "rates.Confirmation", rates=told)
    return news


def locked() -> Revision:
    """The revision of all rates, locked until the transaction ends: rates change one after the other."""
    Revision.objects.get_or_create(pk=1, defaults={"key": uuid4()})
    return Revision.objects.select_for_update().get(pk=1)


def renew(revision: Revision) -> None:
    """What is known has changed: copies in memory are out of date once this is committed."""
    revision.key = uuid4()
    revision.save(update_fields=["key"])


def check(row: Row, *, on: date) -> None:
    """`check_rate` or `check_mid`."""
    if isinstance(row, MidRate):
        check_mid(row, on=on)
    else:
        check_rate(row, on=on)


def check_rate(row: InterestRate, *, on: date) -> None:
    """Raise `Refused` for a rate that nobody enters or that cannot be, and for a correction or a jump without a reason."""
    book = current_book()
    _check_regime(row, book)
    if row.known_until < row.valid_from:
        raise Refused(f"It is known until {row.known_until}, before it begins on {row.valid_from}.")
    if row.valid_from > on + AHEAD or row.known_until > on + KNOWN_AHEAD:
        raise Refused(
            f"Too far ahead: a rate may begin by {on + AHEAD} and be known until {on + KNOWN_AHEAD}. Enter it when it is announced."
        )
    table = book.tables.get((row.country, row.regime))
    known = table.rates if table else ()
    if any(_covers(rate, row) for rate in known):
        raise Refused(f"This is known already: {row.rate_percent} % from {row.valid_from} through {row.known_until}.")
    if not row.reason.strip() and (why := _needs_reason(row, known)):
        raise Refused(why)


def check_mid(row: MidRate, *, on: date) -> None:
    """Raise `Refused` for a day that is not the last working day of its month or lies ahead, and for a correction without a reason."""
    if row.rate_on > on:
        raise Refused(f"{row.rate_on} is to come. Enter the rate once it is published.")
    last = last_working_day(row.rate_on.replace(day=1), calendar_of(row.country))
    if row.rate_on != last:
        raise Refused(f"The last working day of that month is {last}, not {row.rate_on}: the law takes the table of that day.")
    mids = current_book().mids
    known = mids.get((row.country, f"{row.rate_on:%Y-%m}"))
    if known and (known.on, known.price) == (row.rate_on, row.price):
        raise Refused(f"This is known already: 1 EUR = {row.price} on {row.rate_on}.")
    before = mids.get((row.country, f"{row.rate_on.replace(day=1) - timedelta(days=1):%Y-%m}"))
    if row.reason.strip():
        return
    if known:
        raise Refused(f"For that month {known.price} on {known.on} is known ({known.source}). Give the reason why that is wrong.")
    if before and abs(row.price / before.price - 1) > LARGEST_MOVE:
        raise Refused(f"A month before it was {before.price}. Give the reason for so large a move, or correct the price.")


def _check_regime(row: InterestRate, book: RateBook) -> None:
    if is_derived(row.country, row.regime):
        raise Refused(f"{row.regime} follows from {DERIVATIONS[row.country].base} by law. Enter that rate; the others are worked out.")
    known = sorted(regime for country, regime in book.tables if country == row.country and not is_derived(country, regime))
    if row.regime not in known:
        names = f"Known: {', '.join(known)}." if known else "No rates of that country are known."
        raise Refused(f"{row.country} has no rate named {row.regime!r} that is entered. {names}")


def _covers(rate: Rate, row: InterestRate) -> bool:
    return rate.percent == row.rate_percent and rate.valid_from <= row.valid_from and row.known_until <= rate.known_until


def _needs_reason(row: InterestRate, known: Sequence[Rate]) -> str:
    """Why the row has to be explained; empty where it goes without saying."""
    for rate in known:
        if rate.percent != row.rate_percent and rate.valid_from <= row.known_until and row.valid_from <= rate.known_until:
            return (
                f"Known is {rate.percent} % from {rate.valid_from} through {rate.known_until} ({rate.source}). "
                "Give the reason why that is wrong."
            )
    before = _before(row, known)
    if before is not None and abs(row.rate_percent - before) > LARGEST_STEP:
        return f"From {plain(before)} % to {row.rate_percent} % is more than {LARGEST_STEP} points. Give the reason, or correct the rate."
    return ""


def _before(row: InterestRate, known: Sequence[Rate]) -> Decimal | None:
    """The rate before it, also one that waits: several may have changed since somebody looked."""
    waiting = InterestRate.objects.waiting().filter(country=row.country, regime=row.regime, valid_from__lt=row.valid_from)
    earlier = [(rate.valid_from, rate.percent) for rate in known if rate.valid_from < row.valid_from]
    earlier += waiting.values_list("valid_from", "rate_percent")
    return max(earlier, key=lambda one: one[0])[1] if earlier else None


def _keep(row: Row, *, by: User | None, now: datetime) -> None:
    row.reason, row.source = row.reason.strip(), row.source.strip()
    row.author, row.entered_at = by, now
    row.save(force_insert=True)


def _waiting(row: Row) -> Any:
    """The row as it stands now. Raises `Refused` once it is decided."""
    fresh = type(row).objects.select_related("author").get(pk=row.pk)
    if fresh.approved_at or fresh.refused_at:
        raise Refused(f"This is decided already: {fresh.state}.")
    return fresh


def _of_the_same_day(row: Row) -> models.QuerySet[Any]:
    """What is in force for the day or month of the row."""
    if isinstance(row, MidRate):
        return MidRate.objects.in_force().filter(country=row.country, month=row.month)
    return InterestRate.objects.in_force().filter(country=row.country, regime=row.regime, valid_from=row.valid_from)


def _facts(row: Row) -> dict[str, date | Decimal | str]:
    if isinstance(row, MidRate):
        return {"country": row.country, "rate_on": row.rate_on, "price": row.price, "table": row.table_number}
    return {"country": row.country, "regime": row.regime, "valid_from": row.valid_from, "rate_percent": row.rate_percent}


def _confirmation(row: RateRow, now: datetime) -> Confirmation:
    return Confirmation(
        country=row.country,
        regime=row.regime,
        valid_from=row.valid_from,
        rate_percent=row.percent,
        known_until=row.known_until or row.valid_from,
        source=row.source,
        at=now,
    )
