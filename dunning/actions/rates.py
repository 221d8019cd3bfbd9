"""Rates follow the money on the invoices that their agreement covers; a missed one ends the agreement."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db import transaction

from dunning.actions.courtesy import give_answer
from dunning.actions.news import tell
from dunning.actions.offer_ends import follow_offers
from dunning.actions.tasks import open_tasks
from dunning.agreements import filled
from dunning.facts import rules_of
from dunning.models import Agreement, Case, Rate
from dunning.standing import late_rates, missed_agreements
from dunning.states import CaseState, CourtesyKind, TaskKind
from invoices.actions.postings import CLOSES_AS
from invoices.balances import open_credit
from invoices.models import AllocationEntry, Customer
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


def fill_rates(customers: Collection[int], *, on: date) -> None:
    """Bring the rates of standing agreements in line with what is open on the invoices covered. Call it with the customers locked."""
    standing = Agreement.objects.filter(customer__any=customers, ended_on=None).select_related("customer__creditor")
    for agreement in standing.prefetch_related("rates", "lines__item"):
        rates = list(agreement.rates.all())
        owed = sum((line.item.open_amount for line in agreement.lines.all()), Decimal(0))
        opens = filled([rate.amount for rate in rates], owed)
        changed = [(rate, now_open) for rate, now_open in zip(rates, opens, strict=True) if rate.open_amount != now_open]
        closing = _closing(agreement) if changed else ""
        for rate, now_open in changed:
            rate.open_amount, rate.closed_as = now_open, "" if now_open else closing
        Rate.objects.bulk_update([rate for rate, _ in changed], ["open_amount", "closed_as"])
        if changed and all(rate.closed_as == CLOSES_AS[AllocationEntry.Source.PAYMENT] for rate in rates):
            _say(agreement, CourtesyKind.AGREEMENT_KEPT, on=on)


def _say(agreement: Agreement, kind: CourtesyKind, *, on: date, **more: bool) -> None:
    about = f"agreement:{agreement.pk}"
    give_answer(agreement.customer, kind, about=about, said={"label": agreement.label, **more}, on=on, currency=agreement.currency)


def _closing(agreement: Agreement) -> str:
    """By what came last on the invoices covered."""
    entries = AllocationEntry.objects.filter(item__agreements__agreement=agreement, is_reversal=False)
    source = entries.order_by("-pk").values_list("source", flat=True).first()
    return str(CLOSES_AS[AllocationEntry.Source(source)]) if source else ""


def end_missed(creditor: Creditor, customers: Collection[int], *, on: date) -> None:
    """End the agreements of which a rate was missed: what they covered goes on where it stood. Call it with the customers locked."""
    if not late_rates(customers, on=on).exists():
        return
    missed = missed_agreements(open_credit(customers), customers, rules_of(creditor), on=on)
    for agreement in Agreement.objects.filter(pk__in=missed).select_related("customer__creditor").order_by("pk"):
        covered = _end(agreement, on=on)
        _say(agreement, CourtesyKind.AGREEMENT_ENDED, on=on, missed=True)
        open_tasks([agreement.customer], TaskKind.BROKEN_PROMISE, on=on, cases={agreement.customer_id: covered})


@transaction.atomic
def end_agreement(agreement: Agreement, *, on: date, reason: str = "", by: User | None = None) -> list[int]:
    """The agreement is over: its open rates close, its items go on at the step they had. Returns their cases.

    The customer is told, where the switch for that is on. Raises `Refused` where it has ended before.
    """
    covered = _end(agreement, on=on, reason=reason, by=by)
    _say(agreement, CourtesyKind.AGREEMENT_ENDED, on=on, missed=False)
    return covered


def _end(agreement: Agreement, *, on: date, reason: str = "", by: User | None = None) -> list[int]:
    Customer.objects.select_for_update(no_key=True).get(pk=agreement.customer_id)
    if not Agreement.objects.filter(pk=agreement.pk, ended_on=None).update(ended_on=on):
        raise Refused(gettext_noop("The agreement %(label)s has ended already."), label=agreement.label)
    open_rates = agreement.rates.filter(open_amount__gt=0)
    cases = Case.objects.filter(rate__in=open_rates).exclude(state=CaseState.CLOSED)
    cases.update(state=CaseState.CLOSED, reason="plan_ended", look_again_on=None)
    open_rates.update(open_amount=0, closed_as="plan_ended")
    covered = Case.objects.running().filter(item__agreements__agreement=agreement)
    covered.update(look_again_on=on)
    follow_offers(agreements=[agreement.pk], on=on)
    record(agreement.creditor, "agreement_ended", agreement, by=by, reason=reason)
    tell([agreement.customer_id], on=on)
    return list(covered.values_list("pk", flat=True))
