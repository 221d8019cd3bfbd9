"""Statements that go out by themselves: once for each customer, currency and period, whoever runs it and however often."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Q, QuerySet

from dunning.actions.mailing import GoesOn, digest_of, endlessly, key_to_try, mail_paper
from dunning.actions.papers import PaperWish, paper_facts
from dunning.actions.tasks import about_message, settle_tasks
from dunning.campaign_books import credit_of_all
from dunning.campaigns import LeftOut
from dunning.mailed_papers import is_void, paper_way, to_try_again, why_no_statement
from dunning.models import LadderRules, PaperTerms, StatementSchedule, StatementSent
from dunning.policy import Channel
from dunning.statement_periods import Every, Period, due_period
from invoices.actions.rows import locked_customer
from invoices.models import CreditEntry, Customer, Invoice, Item, Payment
from invoices.states import DocumentKind, InvoiceState, Kind
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.documents.actions import numbered_pdf
from receivables.messaging.mode import hold_switch_shared

log = logging.getLogger(__name__)
Pair = tuple[int, str]  # customer and currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What a company sets."""

    is_on: bool
    every: Every
    day: int
    kinds: Sequence[Kind]
    starts_on: date


@transaction.atomic
def set_schedule(creditor: Creditor, said: Schedule, *, by: User | None = None) -> StatementSchedule:
    """Set when statements go out by themselves, and to whom. Raises `Refused` for a day that not every month has."""
    if not 1 <= said.day <= 28:
        raise Refused(gettext_noop("Choose a day from 1 to 28: not every month has a later one."))
    values = {
        "is_on": said.is_on, "every": said.every, "day": said.day, "kinds": sorted(map(str, said.kinds)), "starts_on": said.starts_on
    }  # fmt: skip
    row, _made = StatementSchedule.objects.update_or_create(creditor=creditor, defaults=values)
    record(creditor, "statement_schedule_set", creditor, by=by, **values)
    return row


@transaction.atomic
def set_paper_terms(
    customer: Customer,
    *,
    statements: str,
    keeps_no_books: bool,
    email_agreed_on: date | None,
    email_agreement: str,
    on: date,
    by: User | None = None,
) -> PaperTerms:
    """Set what holds for the papers of one customer. Raises `Refused` for an agreement without a day or a source, or of a day to come."""
    customer = locked_customer(customer)
    if (email_agreed_on is None) != (not email_agreement.strip()):
        raise Refused(gettext_noop("Say both when e-mail was agreed and how: contract, letter, form."))
    if email_agreed_on is not None and email_agreed_on > on:
        raise Refused(gettext_noop("It cannot have been agreed in the future. Give the day on which it was."))
    values = {
        "statements": statements, "keeps_no_books": keeps_no_books, "email_agreed_on": email_agreed_on,
        "email_agreement": email_agreement.strip()[:200],
    }  # fmt: skip
    row, _made = PaperTerms.objects.update_or_create(customer=customer, defaults=values)
    record(customer.creditor, "paper_terms_set", customer, by=by, **values)
    return row


def period_due(creditor: Creditor, *, on: date) -> Period | None:
    """The period whose statements are to leave; None where the schedule is off, it is not their day, or the bank is not read so far."""
    row = StatementSchedule.objects.filter(creditor=creditor, is_on=True).first()
    if row is None:
        return None
    seen = LadderRules.objects.filter(creditor=creditor).values_list("bank_seen_until", flat=True).first()
    return due_period(Every(row.every), row.day, starts_on=row.starts_on, on=on, bank_seen_until=seen)


def send_statements(creditor: Creditor, *, on: date, now: datetime, goes_on: GoesOn = endlessly) -> int:
    """Send what is due, customer by customer; returns how many statements went into the outbox. What has no time left goes next time."""
    period = period_due(creditor, on=on)
    if period is None:
        return 0
    sent = 0
    for customer, currency in due_pairs(creditor, period, now=now):
        if not goes_on():
            break
        sent += _sent(customer, currency, period, on=on, now=now)
    return sent


def due_pairs(creditor: Creditor, period: Period, *, now: datetime) -> list[Pair]:
    """Customers and currencies of which something is open or credit, or moved in the period or since, and which have no statement yet."""
    schedule = StatementSchedule.objects.get(creditor=creditor)
    always, never = _own_wishes(creditor)
    mine = Customer.objects.filter(
        Q(kind__in=schedule.kinds) | Q(pk__in=always), creditor=creditor, merged_into=None, waits_for_release=False
    )
    readers = mine.exclude(pk__in=never)
    moved = _moved(readers, period)
    rows = StatementSent.objects.filter(creditor=creditor, to_on=period.to_on)
    done = set(rows.exclude(pk__in=rows.filter(to_try_again(now)).values("pk")).values_list("customer", "currency"))
    return sorted(moved - done)


def _own_wishes(creditor: Creditor) -> tuple[Collection[int], Collection[int]]:
    """Who gets statements whatever the kind, and who gets none."""
    rows = PaperTerms.objects.filter(customer__creditor=creditor).exclude(statements="").values_list("customer", "statements")
    found: Mapping[int, str] = dict(rows)
    wants = PaperTerms.Statements
    return [pk for pk, wish in found.items() if wish == wants.ALWAYS], [pk for pk, wish in found.items() if wish == wants.NEVER]


def _moved(readers: QuerySet[Customer], period: Period) -> set[Pair]:
    items = Item.objects.filter(customer__in=readers, invoice__issued_on__lte=period.to_on).exclude(invoice__state=InvoiceState.DRAFT)
    open_or_moved = Q(open_amount__gt=0) | Q(invoice__issued_on__gte=period.from_on) | Q(entries__on__gte=period.from_on)
    days, mine = (period.from_on, period.to_on), {"customer__in": readers}
    notes = {"kind": DocumentKind.CREDIT_NOTE, "state": InvoiceState.ISSUED}
    moved: list[QuerySet[Any]] = [
        items.filter(open_or_moved),
        Payment.objects.filter(**mine, booked_on__range=days),
        Invoice.objects.filter(**mine, **notes, issued_on__range=days),
        CreditEntry.objects.filter(**mine, on__range=days),
    ]
    credited = {pair for pair, credit in credit_of_all(readers, on=period.to_on).items() if credit}
    return credited.union(*(rows.order_by().values_list("customer", "currency").distinct() for rows in moved))


def _sent(pk: int, currency: str, period: Period, *, on: date, now: datetime) -> bool:
    """Whether one was sent. What cannot be made or said now is left for the next time, and stops nobody else's."""
    try:
        row = send_statement(pk, currency, period, on=on, now=now)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:  # whatever it is: nothing of it was kept
        log.error("customer %s: no statement: %s", pk, type(error).__name__)
        return False
    return row is not None and row.written_id is not None


@transaction.atomic
def send_statement(pk: int, currency: str, period: Period, *, on: date, now: datetime) -> StatementSent | None:
    """Make and send the statement of one customer, or note why not: paper, message and row together, or nothing. None: it was there."""
    hold_switch_shared()  # before any other lock: what is planned under quarantine must not become real
    customer = locked_customer(pk)
    about = {"customer": customer, "currency": currency, "to_on": period.to_on}
    row = StatementSent.objects.filter(**about).select_related("written__message").first()
    if row is not None and not is_void(row.written):
        return None
    row = _judged_anew(row, on=on) if row else StatementSent(creditor=customer.creditor, from_on=period.from_on, on=on, **about)
    row.written, row.left_out = _written(customer, currency, period, on=on, now=now)
    row.save()
    left_out = str(row.left_out)
    record(customer.creditor, "statement_sent", row, customer=pk, currency=currency, to_on=period.to_on, left_out=left_out)
    return row


def _judged_anew(row: StatementSent, *, on: date) -> StatementSent:
    """What its statement asked a person to look at has ended: another takes its place."""
    if row.written is not None:
        settle_tasks(row.customer, about_message(row.written.message_id), on=on, result="judged anew")
    row.on = on
    return row


def _written(customer: Customer, currency: str, period: Period, *, on: date, now: datetime) -> tuple[Any, str]:
    if reason := why_no_statement(customer):
        return None, reason
    reader = paper_way(customer, Channel.EMAIL)
    if reader is None:
        return None, LeftOut.UNREACHABLE
    wish = PaperWish("statement", reader.language, currency, period.to_on, on, period.from_on)
    facts = paper_facts(customer, wish, on=on)
    if not facts["lines"] and not Decimal(facts["closing"]):
        return None, LeftOut.NO_BALANCE
    key = key_to_try("statement", customer.pk, currency, period.to_on)
    creditor, language = customer.creditor, reader.language
    paper = numbered_pdf(creditor, kind="statement", on=on, language=language, facts=facts, now=now, key=digest_of(key))
    return mail_paper(customer, paper, Channel.EMAIL, reader, key=key, template="paper_statement", on=on, now=now), ""
