"""Courtesy messages: answers to what customers did, outside levels and cap, through the same outbox and past a guard of their own."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from dunning.actions.messages import PORTAL_PATH, greeted
from dunning.facts import opening, rules_of
from dunning.models import Case, Courtesy, CourtesySwitches
from dunning.policy import Channel
from dunning.recipients import recipients_of, stops_of
from dunning.states import CaseState, CourtesyKind
from invoices.models import AllocationEntry, Customer, Item, Payment
from invoices.states import Closing
from receivables import clock
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.money import round_to_unit
from receivables.messaging.mode import holds_switch_at_once
from receivables.messaging.models import Message
from receivables.messaging.outbox import NewMessage, plan
from receivables.texts.reading import edition_of

OF_THE_FIRM = ("name", "street", "postcode", "city", "country", "tax_id", "email", "phone")
WORTH_SAYING = timedelta(days=7)  # later an answer comes too late, and is not given
LATE_THANKS = timedelta(days=14)  # money booked longer ago is old news: books taken over thank nobody


@transaction.atomic
def set_courtesy(creditor: Creditor, kinds: Collection[CourtesyKind], *, by: User | None = None) -> CourtesySwitches:
    """Switch these kinds on and all others off."""
    values = {kind.value: kind in kinds for kind in CourtesyKind}
    switches, _made = CourtesySwitches.objects.update_or_create(creditor=creditor, defaults=values)
    record(creditor, "courtesy_set", creditor, by=by, on=sorted(kind.value for kind in kinds))
    return switches


@transaction.atomic
def give_answer(
    customer: Customer, kind: CourtesyKind, *, about: str, said: Mapping[str, Any], on: date, currency: str = ""
) -> Courtesy | None:
    """Put an answer into the outbox; call it in the transaction of what is answered. `said` is what its text needs besides the usual.

    None where its switch is off, the customer waits to be released, a stop fact stands, nobody can be written to by e-mail, the same was
    answered before, or somebody is going live at this very moment: what is planned under quarantine must not become real, and waiting
    here could wait for ever.
    """
    switches = CourtesySwitches.objects.filter(creditor=customer.creditor_id).first()
    if customer.waits_for_release or switches is None or not switches.is_on(kind) or not holds_switch_at_once():
        return None
    stops = stops_of([customer])
    recipient = recipients_of([customer], stops)[customer.pk].get(Channel.EMAIL)
    if recipient is None or any(fact.stops_all for fact in stops.get(customer.pk, ())):
        return None
    if Courtesy.objects.filter(kind=kind, about=about).exists():
        return None
    now = clock.now()
    begin = opening(rules_of(customer.creditor), customer, Channel.EMAIL, now=now)
    message = NewMessage(
        creditor=customer.creditor,
        key=hashlib.sha256(f"courtesy|{kind}|{about}".encode()).hexdigest(),
        purpose=Message.Purpose.COURTESY,
        channel=str(Channel.EMAIL),
        recipient=recipient.address,
        recipient_name=recipient.name,
        language=recipient.language,
        template=f"courtesy_{kind}",
        facts=greeted(_facts(customer, said, on=on, currency=currency), recipient),
        not_before=begin,
        not_after=begin + WORTH_SAYING,
    )
    made = plan([message], now=now)[message.key]
    return Courtesy.objects.create(creditor=customer.creditor, customer=customer, kind=kind, about=about, on=on, message_id=made)


def thank_payers(customers: Collection[int], *, on: date) -> None:
    """Thank for payments that have just settled what a step had chased, once for each. Call it before the cases are closed."""
    settled = Case.objects.exclude(state=CaseState.CLOSED).filter(
        customer__in=customers,
        item__open_amount=0,
        item__closed_as=Closing.PAID,
        completed_on__isnull=False,
        creditor__courtesy_switches__thanks=True,
    )
    items = list(settled.values_list("item", flat=True))
    if not items:
        return
    entries = AllocationEntry.objects.filter(item__in=items, payment__isnull=False, is_reversal=False, reversal=None)
    last: dict[int, AllocationEntry] = {entry.item_id: entry for entry in entries.select_related("item", "payment").order_by("pk")}
    paid: dict[int, list[AllocationEntry]] = defaultdict(list)
    for entry in last.values():
        if entry.payment_id:
            paid[entry.payment_id].append(entry)
    payers = {row.pk: row for row in Customer.objects.filter(pk__in=customers).select_related("creditor", "payer", "letters_to")}
    for pk, of_payment in paid.items():
        _thank(pk, of_payment, payers, on=on)


def _thank(pk: int, entries: list[AllocationEntry], payers: Mapping[int, Customer], *, on: date) -> None:
    payment: Payment | None = entries[0].payment
    customer = payers[entries[0].item.customer_id]
    if payment is None or payment.booked_on < clock.today(customer.creditor.time_zone) - LATE_THANKS:
        return
    said = {
        "amount": amount_text(payment.amount, payment.currency),
        "booked_on": payment.booked_on.isoformat(),
        "labels": labels_of([entry.item for entry in entries]),
    }
    give_answer(customer, CourtesyKind.THANKS, about=f"payment:{pk}", said=said, on=on, currency=payment.currency)


def labels_of(items: Collection[Item]) -> str:
    """The items as a text names them."""
    return ", ".join(sorted(item.label for item in items))


def amount_text(amount: Decimal, currency: str) -> str:
    """An amount as the facts of a message hold it."""
    return str(round_to_unit(amount, currency))


def _facts(customer: Customer, said: Mapping[str, Any], *, on: date, currency: str) -> dict[str, Any]:
    return {
        "creditor": {name: getattr(customer.creditor, name) for name in OF_THE_FIRM} | edition_of(customer.creditor),
        "customer": {"number": customer.number, "name": customer.name, "kind": customer.kind},
        "reference": customer.number,
        "on": on.isoformat(),
        "currency": currency,
        "portal_url": settings.BASE_URL.rstrip("/") + PORTAL_PATH,
        **said,
    }
