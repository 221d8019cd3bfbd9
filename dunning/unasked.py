"""What of a customer's debts nobody may ask for by hand, as the ladder would not: barred, disputed, held. A fixed number of queries."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from dunning.claimed import debtor_of
from dunning.facts import rules_of
from dunning.happened import happened_to
from dunning.limitation import barred_from
from dunning.presence import presence
from dunning.recipients import stops_of
from dunning.standing import disputed, holds
from invoices.models import Customer, Item
from invoices.states import Kind
from receivables.core.calendar import next_working_day
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.countries.law import PACKS
from receivables.countries.words import Sale


def refuse_asking(customer: Customer, *, on: date) -> None:
    """Raise `Refused` where nothing at all may be asked of a customer: its first contact waits, a stop fact stands, or a hold."""
    if customer.waits_for_release:
        raise Refused(gettext_noop("Nobody has released the first contact with this customer yet. Release it first."))
    if stops_of([customer]).get(customer.pk):
        raise Refused(gettext_noop("A stop fact stands against this customer, so nothing may be asked of it by such a paper."))
    if _stands(holds([customer.pk], presence([customer.pk]), on=on).get(("customer", customer.pk), ()), on=on):
        raise Refused(gettext_noop("A hold or a complaint stands for this customer. Release or answer it first."))


def unasked(customer: Customer, items: Sequence[Item], *, on: date) -> set[int]:
    """Those of these items, with their invoices read, that are barred, disputed even in part, held, or under a question that stops."""
    there = presence([customer.pk])
    standing, contested = holds([customer.pk], there, on=on), disputed([customer.pk], there, on=on)
    held = {key for key, ends in standing.items() if _stands(ends, on=on)}
    left = {item.pk for item in items if ("item", item.pk) in held or ("invoice", item.invoice_id) in held}
    return left | {item.pk for item in items if contested.get(item.pk, Decimal(0)) > 0} | barred_items(customer, items, on=on)


def barred_items(customer: Customer, items: Sequence[Item], *, on: date) -> set[int]:
    """Those that limitation forbids to demand of a protected customer, paid meanwhile or not. Of nobody else (LAW A4, A8)."""
    pack = PACKS.get(customer.creditor.country)
    if pack is None or not Kind(customer.kind).is_protected:
        return set()
    calendar, happened = rules_of(customer.creditor).calendar, happened_to({item.invoice_id for item in items})
    found = set()
    for item in items:
        due_on, events = next_working_day(calendar, item.due_on), happened.get(item.invoice_id, ())
        since = barred_from(pack, debtor_of(customer), Sale(item.invoice.sale), due_on=due_on, happened=events)
        if since is not None and on >= since:
            found.add(item.pk)
    return found


def _stands(ends: Collection[date | None], *, on: date) -> bool:
    return any(until is None or on <= until for until in ends)
