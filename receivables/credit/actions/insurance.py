"""Insured receivables are people's deeds: the terms of a policy, and that the insurer was notified. Nothing is passed on by itself."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from invoices.actions.checks import short_line
from invoices.actions.rows import locked_customer
from invoices.models import Item
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.credit.insured import insured_lines
from receivables.credit.models import InsuranceNotice, InsurancePolicy

MOST_DAYS = 730


@transaction.atomic
def set_insurance(
    creditor: Creditor, *, insurer: str, number: str, notify_days: int, percent: Decimal, since: date, until: date | None, today: date,
    by: User | None = None,
) -> InsurancePolicy:  # fmt: skip
    """Enter the terms of a policy; the same number again replaces what was entered before. Raises `Refused` for terms that cannot be."""
    if not 0 < notify_days <= MOST_DAYS:
        raise Refused(gettext_noop("The days to notify are counted from the due date: 1 to %(most)s."), most=MOST_DAYS)
    if not 0 < percent <= 100:
        raise Refused(gettext_noop("An insurer covers more than nought and at most 100 per cent."))
    if until is not None and until < since:
        raise Refused(gettext_noop("A policy does not end before it begins (%(day)s)."), day=since)
    row = InsurancePolicy.objects.create(
        creditor=creditor, insurer=short_line(insurer, longest=120, what=gettext_noop("The insurer")),
        number=short_line(number, longest=60, what=gettext_noop("The number of the policy")), notify_days=notify_days, percent=percent,
        since=since, until=until, recorded_on=today, author=by,
    )  # fmt: skip
    record(creditor, "insurance_set", row, by=by, number=row.number, notify_days=notify_days, percent=percent)
    return row


@transaction.atomic
def notify_insurer(item: Item, *, on: date, today: date, reference: str = "", by: User | None = None) -> InsuranceNotice:
    """Note that the insurer was told that an item is unpaid. Raises `Refused` where nothing is insured, or it was told already."""
    customer = locked_customer(item.customer_id)
    if on > today:
        raise Refused(gettext_noop("It cannot lie in the future (%(day)s). Note it when it has happened."), day=on)
    line = next((line for line in insured_lines(customer.creditor, on=today, customers=[customer.pk]) if line.item.pk == item.pk), None)
    if line is None or line.cover.policy is None:
        raise Refused(gettext_noop("This item is not insured under a policy whose terms are entered, or it is not overdue."))
    if line.notice is not None:
        raise Refused(gettext_noop("The insurer was notified of this item already. Take that back first if it is wrong."))
    if on <= line.item.due_on:
        raise Refused(gettext_noop("It cannot have been notified before it was overdue (%(day)s)."), day=line.item.due_on)
    row = InsuranceNotice.objects.create(
        creditor=customer.creditor, customer=customer, item=line.item, policy_id=line.cover.policy.pk, on=on,
        reference=" ".join(reference.split())[:120], recorded_on=today, author=by,
    )  # fmt: skip
    record(customer.creditor, "insurer_notified", row, by=by, customer=customer.pk, item=item.pk, on=on)
    return row


@transaction.atomic
def take_back_notice(notice: InsuranceNotice, *, reason: str, today: date, by: User | None = None) -> InsuranceNotice:
    """It was noted by mistake: the insurer was not notified."""
    customer = locked_customer(notice.customer_id)
    if notice.reverses_id is not None or InsuranceNotice.objects.filter(reverses=notice).exists():
        raise Refused(gettext_noop("This was taken back already."))
    row = InsuranceNotice.objects.create(
        creditor=customer.creditor, customer=customer, item=notice.item, policy=notice.policy, on=notice.on, reverses=notice,
        reference=short_line(reason, longest=120, what=gettext_noop("The reason")), recorded_on=today, author=by,
    )  # fmt: skip
    record(customer.creditor, "insurer_notice_taken_back", row, by=by, customer=customer.pk, item=notice.item_id)
    return row
