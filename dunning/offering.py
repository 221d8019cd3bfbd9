"""Rows → what is offered: the policy of offers that holds for a customer, judged over what they owe by the facts of the ladder."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.db.models import Count, Sum

from dunning.decide import CustomerFacts, ItemFacts
from dunning.facts import Loaded, facts_for
from dunning.models import AcceptedItem, CourtItem, MediatedItem, OfferPolicy, offered_kind
from dunning.offers import ZERO, Offered, Owed, offered
from dunning.states import OfferBar
from invoices.models import Customer, EarlyPayment, Item
from receivables.accounts.models import Creditor
from receivables.core.money import round_to_unit
from receivables.countries.rules import calendar_of


def offered_to(customer: Customer, *, on: date, told_on: date | None = None) -> dict[str, Offered]:
    """Currency → the ways to pay that stand today for this customer; currencies without anything overdue are left out.

    With `told_on`: in the days and sums of that earlier day, of what is owed and may be offered today.

    A fixed number of queries. What is not on the ladder (no policy, time-barred) is not there. Call it under the customer's lock where
    something is decided by it.
    """
    loaded = facts_for(customer.creditor, [customer.pk], on=on)
    return offered_among(customer.creditor, [customer.pk], loaded, on=on, told_on=told_on)[customer.pk]


def offered_among(
    creditor: Creditor, customers: Collection[int], loaded: Loaded, *, on: date, told_on: date | None = None
) -> dict[int, dict[str, Offered]]:
    """The same for some customers of a batch, from its facts of that day. A fixed number of queries, whatever their number."""
    known = {pk: loaded.customers[pk] for pk in customers}
    owed, policies, running = _owed(known, loaded, on=on), OfferPolicy.objects.in_force(creditor), _running(known)
    calendar = calendar_of(creditor.country)  # that of the books, which judge who paid early
    found: dict[int, dict[str, Offered]] = {pk: {} for pk in customers}
    for (pk, currency), rows in owed.items():
        policy = policies.get((offered_kind(loaded.rows[pk].kind), currency))
        allowed, runs = policy.allowed() if policy else None, running.get((pk, currency), ZERO)
        each = offered(allowed, rows, currency=currency, calendar=calendar, on=told_on or on, running=runs)
        if each.offers or each.may_ask or _is_overdue(each):
            found[pk][currency] = each
    return found


def _is_overdue(each: Offered) -> bool:
    return any(bar is not OfferBar.NOT_OVERDUE for bar in each.barred.values())


def _owed(known: Mapping[int, CustomerFacts], loaded: Loaded, *, on: date) -> dict[tuple[int, str], list[Owed]]:
    cases = {facts.case: facts for each in known.values() for facts in each.items if not facts.is_rate}
    items = list(Item.objects.filter(case__any=cases, open_amount__gt=0).select_related("invoice", "case"))
    pks = [item.pk for item in items]
    away = set(CourtItem.objects.filter(item__in=pks, is_standing=True).values_list("item", flat=True))
    away |= set(MediatedItem.objects.filter(item__in=pks, mediation__ended_on=None).values_list("item", flat=True))
    had = dict(AcceptedItem.objects.filter(item__in=pks).order_by("is_standing").values_list("item", "is_standing"))
    whole, terms = _whole(items), _terms(items)
    found: dict[tuple[int, str], list[Owed]] = defaultdict(list)
    for item in items:
        facts, customer = cases[item.case.pk], known[item.customer_id]
        bar = _bar(facts, customer, loaded, is_away=item.pk in away, on=on)
        if bar is None and item.pk in had:
            bar = OfferBar.AGREED if had[item.pk] else OfferBar.HAD_ONE
        found[item.customer_id, item.currency].append(
            Owed(
                item=item.pk, label=item.label, issued_on=item.invoice.issued_on, due_on=facts.due_on,
                open=round_to_unit(item.open_amount, item.currency), of_whole=whole.get(item.invoice_id, 0), invoice=item.invoice_id,
                terms=terms.get(item.invoice_id, frozenset()), bar=bar,
            )
        )  # fmt: skip
    return found


def _bar(facts: ItemFacts, known: CustomerFacts, loaded: Loaded, *, is_away: bool, on: date) -> OfferBar | None:
    """The first reason not to offer anything on it."""
    if facts.is_barred(on=on):
        return OfferBar.TIME_BARRED
    if known.with_agency or facts.with_agency or facts.is_placing or is_away:
        return OfferBar.AWAY
    if facts.on_plan or (facts.promised_by is not None and not loaded.rules.bank_wait.is_over(facts.promised_by, on=on)):
        return OfferBar.AGREED
    is_stopped = bool(loaded.stops.get(known.customer)) or known.waits_for_release
    if is_stopped or any(until is None or on <= until for until in facts.held_until):
        return OfferBar.HELD
    if facts.disputed > 0:
        return OfferBar.DISPUTED
    is_seen = facts.pending_until is not None and on < facts.pending_until  # in a report of the day, and not booked yet
    if is_seen or known.credit.get(facts.currency, ZERO) > 0 or facts.is_unsettled:
        return OfferBar.MONEY
    return None


def _whole(items: Iterable[Item]) -> dict[int, int]:
    """Invoice → how many items it has, of those of which nothing is settled yet. One query."""
    rows = Item.objects.filter(invoice__in={item.invoice_id for item in items}).order_by().values("invoice", "invoice__gross")
    found = rows.annotate(n=Count("pk"), open=Sum("open_amount"))
    return {row["invoice"]: row["n"] for row in found if row["open"] == row["invoice__gross"]}


def _terms(items: Iterable[Item]) -> Mapping[int, frozenset[int]]:
    """Invoice → the days of the early-payment discounts that it has. One query."""
    found: dict[int, set[int]] = defaultdict(set)
    for invoice, days in EarlyPayment.objects.filter(invoice__in={item.invoice_id for item in items}).values_list("invoice", "days"):
        found[invoice].add(days)
    return {invoice: frozenset(days) for invoice, days in found.items()}


def _running(customers: Collection[int]) -> dict[tuple[int, str], Decimal]:
    """Customer and currency → what is open on offers that were accepted and stand. One query."""
    rows = AcceptedItem.objects.filter(offer__customer__any=customers, is_standing=True).order_by()
    sums = rows.values_list("offer__customer", "item__currency").annotate(Sum("item__open_amount"))
    return {(customer, currency): open_amount for customer, currency, open_amount in sums}
