"""The ledger of claims follows the books: post what could be claimed, work out anew what the books changed, tell what letters got wrong."""

import logging
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

from django.db import transaction

from dunning.actions.tasks import open_task
from dunning.claimable import Difference, claimable_or_why_not, differences, wrong_demands
from dunning.states import TaskKind
from invoices.actions import NewClaim, post_claims, rebook_claim
from invoices.actions.customers import set_kind
from invoices.actions.postings import tell
from invoices.actions.rows import locked_customer
from invoices.models import Claim, Customer, Invoice
from invoices.states import ClaimKind, Kind
from receivables import clock
from receivables.accounts.models import User
from receivables.core.errors import DomainError, Refused
from receivables.core.sentences import gettext_noop

log = logging.getLogger(__name__)
ABOUT = "claims"


@transaction.atomic
def post_claimable(
    customer: Customer,
    *,
    kinds: Collection[ClaimKind],
    on: date,
    invoice: Invoice | None = None,
    expected: Decimal | None = None,
    by: User | None = None,
) -> list[Claim]:
    """Post what could be claimed by day `on`, of these kinds. Refused where it is not `expected` in all any more, or is nothing.

    What lacks a rate is left for later; `DomainError` where nothing else is there.
    """
    customer = locked_customer(customer)
    chosen, problems = claimable_or_why_not(customer, on=on, invoice=invoice, kinds=kinds)
    if problems and not chosen:
        raise problems[0]
    if not chosen:
        raise Refused(gettext_noop("Nothing of that kind can be posted: it is posted already, or nothing is owed."))
    if expected is not None and total_of(chosen) != expected:
        raise Refused(gettext_noop("The figures have changed since they were shown. Look at them again."))
    return post_claims(customer.pk, chosen, on=on, by=by)


def total_of(claims: Iterable[NewClaim]) -> Decimal:
    """The sum of claims to be posted, whatever their currencies: only to see whether figures are those that were shown."""
    return sum((new.amount for new in claims), Decimal(0))


@transaction.atomic
def rerun_claims(customer: Customer, *, on: date, reason: str = "", by: User | None = None) -> list[Difference]:
    """Work out the posted claims of a customer anew and book what differs, by contra-entries; returns what differed. Safe to run twice.

    Raises `DomainError` where a rate that is needed is not known.
    """
    customer = locked_customer(customer)
    found = differences(customer, on=on)
    for each in found:
        rebook_claim(each.claim, each.right.amount, working=each.right.working, reason=reason or "worked out anew", on=on, by=by)
    if found:
        tell(customer.pk, on=on)
    return found


def follow_claims(customers: Collection[int]) -> None:
    """Whatever changed in the books of these customers, their posted claims follow at once. Where one cannot be worked out, a person is
    asked, and the change goes on. One query where nobody has posted claims.
    """
    concerned = Claim.objects.filter(customer__any=list(customers)).values_list("customer", flat=True).distinct().order_by()
    for customer in Customer.objects.filter(pk__in=list(concerned)).select_related("creditor"):
        today = clock.today(customer.creditor.time_zone)
        try:
            with transaction.atomic():
                for each in differences(customer, on=today):
                    rebook_claim(each.claim, each.right.amount, working=each.right.working, reason="the books have changed", on=today)
        except DomainError as error:
            log.warning("customer %s: posted claims could not be worked out anew: %s", customer.pk, type(error).__name__)
            open_task(customer, TaskKind.WRONG_DEMAND, on=today, about=ABOUT)


@transaction.atomic
def change_kind(customer: Customer, kind: Kind, *, reason: str, on: date, by: User | None = None) -> Customer:
    """The customer is another kind of debtor than was thought. Posted claims are worked out anew at once.

    Where letters demanded what such a debtor does not owe, or that cannot be worked out, a task opens for a person, who finds them on the
    customer's page of claims.
    """
    changed = set_kind(customer, kind, reason=reason, on=on, by=by)
    if _may_have_demanded_wrongly(changed, on=on):
        open_task(changed, TaskKind.WRONG_DEMAND, on=on, about=ABOUT)
    return changed


def _may_have_demanded_wrongly(customer: Customer, *, on: date) -> bool:
    try:
        return bool(wrong_demands(customer, on=on))
    except DomainError:
        return True
