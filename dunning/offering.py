"""Rows → what is offered: the policy of offers that holds for a customer, judged over what they owe by the facts of the ladder."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.db.models import Count, Sum

from dunning.decide import CustomerFacts, ItemFacts, Rules
from dunning.facts import Loaded, facts_for
from dunning.models import AcceptedItem, CourtItem, MediatedItem, OfferPolicy
from dunning.offers import ZERO, Offered, Owed, offered
from dunning.states import OfferBar
from dunning.unasked import barred_items
from invoices.models import Customer, EarlyPayment, Item
from receivables.core.money import round_to_unit
from receivables.countries.rules import calendar_of


def offered_to(customer: Customer, *, on: date, told_on: date | None = None) -> dict[str, Offered]:
    """Currency → the ways to pay that stand today for this customer; currencies without anything overdue are left out.

    With `told_on`: in the days and sums of that earlier day, of what is owed and may be offered today.

    A fixed number of queries. What is not on the ladder (no policy, time-barred) is not there. Call it under the customer's lock where
    something is decided by it.
    """
    loaded = facts_for(customer.creditor, [customer.pk], on=on)
    known = loaded.customers[customer.pk]
    owed = _owed(customer, known, loaded, on=on)
    if not owed:
        return {}
    policies, running = OfferPolicy.objects.for_customer(customer), _running(customer)
    calendar = calendar_of(customer.creditor.country)  # that of the books, which judge who paid early
    found = {}
    for currency, rows in owed.items():
        policy = policies.get(currency)
        allowed = policy.allowed() if policy else None
        found[currency] = offered(
            allowed, rows, currency=currency, calendar=calendar, on=told_on or on, running=running.get(currency, ZERO)
        )
    return {currency: each for currency, each in found.items() if each.offers or each.may_ask or _is_overdue(each)}


def _is_overdue(each: Offered) -> bool:
    return any(bar is not OfferBar.NOT_OVERDUE for bar in each.barred.values())


def _owed(customer: Customer, known: CustomerFacts, loaded: Loaded, *, on: date) -> dict[str, list[Owed]]:
    cases = {facts.case: facts for facts in known.items if not facts.is_rate}
    items = list(Item.objects.filter(case__in=cases, open_amount__gt=0).select_related("invoice", "case"))
    pks = [item.pk for item in items]
    away = set(CourtItem.objects.filter(item__in=pks, is_standing=True).values_list("item", flat=True))
    away |= set(MediatedItem.objects.filter(item__in=pks, mediation__ended_on=None).values_list("item", flat=True))
    had = dict(AcceptedItem.objects.filter(item__in=pks).order_by("is_standing").values_list("item", "is_standing"))
    whole, terms = _whole(items), _terms(items)
    barred = barred_items(customer, items, on=on)
    is_stopped = bool(loaded.stops.get(customer.pk)) or known.waits_for_release
    found: dict[str, list[Owed]] = defaultdict(list)
    for item in items:
        facts = cases[item.case.pk]
        bar = (
            OfferBar.TIME_BARRED
            if item.pk in barred
            else _bar(facts, known, loaded.rules, is_away=item.pk in away, is_stopped=is_stopped, on=on)
        )
        if bar is None and item.pk in had:
            bar = OfferBar.AGREED if had[item.pk] else OfferBar.HAD_ONE
        found[item.currency].append(
            Owed(
                item=item.pk, label=item.label, issued_on=item.invoice.issued_on, due_on=facts.due_on,
                open=round_to_unit(item.open_amount, item.currency), is_whole=item.pk in whole,
                terms=terms.get(item.invoice_id, frozenset()), bar=bar,
            )
        )  # fmt: skip
    return found


def _bar(facts: ItemFacts, known: CustomerFacts, rules: Rules, *, is_away: bool, is_stopped: bool, on: date) -> OfferBar | None:
    """The first reason not to offer anything on it."""
    if known.with_agency or facts.with_agency or facts.is_placing or is_away:
        return OfferBar.AWAY
    if facts.on_plan or (facts.promised_by is not None and not rules.bank_wait.is_over(facts.promised_by, on=on)):
        return OfferBar.AGREED
    if is_stopped or any(until is None or on <= until for until in facts.held_until):
        return OfferBar.HELD
    if facts.disputed > 0:
        return OfferBar.DISPUTED
    is_seen = facts.pending_until is not None and on < facts.pending_until  # in a report of the day, and not booked yet
    if is_seen or known.credit.get(facts.currency, ZERO) > 0 or facts.is_unsettled:
        return OfferBar.MONEY
    return None


def _whole(items: Iterable[Item]) -> set[int]:
    """Those that are all of their invoice, with nothing settled yet. One query."""
    alone = Item.objects.filter(invoice__in={item.invoice_id for item in items}).order_by().values("invoice").annotate(n=Count("pk"))
    single = {row["invoice"] for row in alone if row["n"] == 1}
    return {item.pk for item in items if item.invoice_id in single and item.open_amount == item.amount == item.invoice.gross}


def _terms(items: Iterable[Item]) -> Mapping[int, frozenset[int]]:
    """Invoice → the days of the early-payment discounts that it has. One query."""
    found: dict[int, set[int]] = defaultdict(set)
    for invoice, days in EarlyPayment.objects.filter(invoice__in={item.invoice_id for item in items}).values_list("invoice", "days"):
        found[invoice].add(days)
    return {invoice: frozenset(days) for invoice, days in found.items()}


def _running(customer: Customer) -> dict[str, Decimal]:
    """Currency → what is open on offers that were accepted and stand."""
    rows = AcceptedItem.objects.filter(offer__customer=customer, is_standing=True).order_by()
    return dict(rows.values_list("item__currency").annotate(Sum("item__open_amount")))
