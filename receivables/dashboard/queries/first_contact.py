"""The first-contact list: who waits to be released, what they owe, and what they would be told first."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.http import QueryDict

from dunning.actions import Seen
from dunning.facts import facts_for
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.dashboard.paging import Order, Page, mapped, page_of
from receivables.dashboard.queries.customers import Figures, Next, figures, next_of


@dataclass(frozen=True, slots=True)
class Line:
    """A customer who waits. `next` is what a run would do first if they did not."""

    customer: Customer
    figures: Figures
    next: Next


def waiting(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Those who wait to be released."""
    return customers.filter(waits_for_release=True)


def seen(customers: QuerySet[Customer]) -> Seen:
    """All of them who wait, as they are now."""
    told = waiting(customers).aggregate(count=Count("pk"), last=Max("pk"))
    return Seen(told["count"], told["last"] or 0)


def first_contact_page(creditor: Creditor, rows: QuerySet[Any], query: QueryDict, *, on: date) -> Page[Line]:
    """A page of them by name. A fixed number of queries."""
    page = page_of(waiting(rows), Order("name"), query)
    ids = [customer.pk for customer in page.rows]
    owed, loaded = figures(ids, creditor.currency, on=on), facts_for(creditor, ids, on=on)
    loaded.customers = {pk: replace(known, waits_for_release=False) for pk, known in loaded.customers.items()}
    lines = [Line(customer, owed[customer.pk], next_of(customer.pk, loaded, on=on)) for customer in page.rows]
    return mapped(page, lines)
