"""What shops tell becomes receivables: a call is stored, then taken once; of an order its newest state counts."""

import json
import logging
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from dunning.actions import hold
from dunning.actions.tasks import open_task
from dunning.models import Hold
from dunning.states import TaskKind
from invoices.actions import cancel_invoice, issue_credit_note, issue_invoice
from invoices.models import Invoice, Item
from invoices.states import InvoiceState
from receivables import clock
from receivables.core.errors import DomainError
from receivables.shops import shopify, woocommerce
from receivables.shops.buyers import customer_of
from receivables.shops.models import Kind, Shop, ShopCall, ShopReceivable
from receivables.shops.orders import ShopOrder, Standing, Unreadable

log = logging.getLogger(__name__)

READERS = {Kind.WOOCOMMERCE: woocommerce, Kind.SHOPIFY: shopify}
SOURCE = "shop"
TAKE = "receivables.shops.tasks.take"
SAYS_PAID, CHANGED = "The shop says: paid.", "The shop has changed the amount."


def store_call(shop: Shop, *, delivery: str, topic: str, body: bytes, now: datetime) -> bool:
    """Keep what came; whether it is new. The same delivery again changes nothing."""
    row = ShopCall(shop=shop, delivery=delivery[:100], topic=topic[:60], body=body, came_at=now)
    before = ShopCall.objects.filter(shop=shop, delivery=row.delivery).exists()
    ShopCall.objects.bulk_create([row], ignore_conflicts=True)
    transaction.on_commit(_wake)
    return not before


def take_calls(*, now: datetime, most: int = 200) -> int:
    """Take what waits, the oldest first, each in a transaction of its own; returns how many. Several workers share them."""
    for count in range(most):
        if not _take_one(now=now):
            return count
    return most


@transaction.atomic
def _take_one(*, now: datetime) -> bool:
    waiting = ShopCall.objects.filter(state=ShopCall.State.WAITING).select_related("shop__creditor")
    call = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
    if call is None:
        return False
    try:
        with transaction.atomic():
            call.result, call.state = take_order(call.shop, _said(bytes(call.body)), now=now), ShopCall.State.TAKEN
    except (Unreadable, DomainError) as refusal:
        call.result, call.state = str(refusal)[:300], ShopCall.State.REFUSED
    call.save(update_fields=["state", "result"])
    return True


def _said(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("The body is no JSON.") from None


@transaction.atomic
def take_order(shop: Shop, found: object, *, now: datetime) -> str:
    """What an order, as the shop tells it, becomes here; returns it in words. Told again, nothing changes.

    Raises `Unreadable`, or `Refused` where the books do.
    """
    order = READERS[Kind(shop.kind)].read(found, shop.terms, zone=ZoneInfo(shop.creditor.time_zone))
    on = clock.today(shop.creditor.time_zone)
    Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)  # one order of a shop after the other
    known = ShopReceivable.objects.select_for_update().filter(shop=shop, order=order.id).select_related("invoice__customer").first()
    if known is None:
        return _new(shop, order)
    if order.modified_at < known.modified_at:
        return "older than what is known"
    done = [*_refunds(known, order, on=on), *_standing(known, order, on=on)]
    known.modified_at = order.modified_at
    known.save(update_fields=["modified_at", "refunded"])
    return ", ".join(done) or "nothing new"


def _new(shop: Shop, order: ShopOrder) -> str:
    if order.standing is not Standing.OWED or not order.total:
        return f"not owed ({order.standing})"
    customer = customer_of(shop, order.buyer)
    due: Sequence[tuple[date, Decimal]] = order.due
    single = due[0][0] if len(due) == 1 else None
    invoice = issue_invoice(
        customer, number=f"{shop.prefix}{order.number}"[:100], order_number=order.number[:100], gross=order.total, currency=order.currency,
        issued_on=order.ordered_on, due_on=single, instalments=() if single else due, source=SOURCE, payment_method=order.method,
    )  # fmt: skip
    ShopReceivable.objects.create(shop=shop, order=order.id, invoice=invoice, modified_at=order.modified_at)
    return f"invoice {invoice.number}"


def _refunds(known: ShopReceivable, order: ShopOrder, *, on: date) -> list[str]:
    """Credit what was refunded since; a refund without money says nothing about what is owed."""
    done = []
    for refund in order.refunds:
        if refund.amount and refund.id not in known.refunded and known.invoice.state == InvoiceState.ISSUED:
            number = f"{known.invoice.number[:80]}-R{refund.id}"[:100]
            invoice = known.invoice
            issue_credit_note(invoice.customer, number=number, amount=refund.amount, issued_on=on, invoice=invoice, source=SOURCE)
            known.refunded.append(refund.id)
            done.append(f"credit note {number}")
    return done


def _standing(known: ShopReceivable, order: ShopOrder, *, on: date) -> list[str]:
    """Cancelled: withdrawn. Paid, or another amount: what is open is held, and a person looks; money is booked from the bank alone."""
    invoice = Invoice.objects.get(pk=known.invoice_id)
    is_open = Item.objects.open().filter(invoice=invoice).exists()
    if not is_open or invoice.state != InvoiceState.ISSUED:
        return []
    if order.standing is Standing.CANCELLED:
        cancel_invoice(invoice, on=on)
        return ["withdrawn"]
    if order.standing is Standing.PAID:
        return _held(known, SAYS_PAID, on=on)
    return _held(known, CHANGED, on=on) if order.total != invoice.gross else []


def _held(known: ShopReceivable, reason: str, *, on: date) -> list[str]:
    items = Item.objects.open().filter(invoice=known.invoice)
    free = [item for item in items if not Hold.objects.filter(item=item, reason=reason, released_on=None).exists()]
    for item in free:
        hold(item, on=on, reason=reason)
    open_task(known.invoice.customer, TaskKind.MATCH_PAYMENT, on=on, about=f"shop-order:{known.pk}")
    return ["held"] if free else []


def _wake() -> None:
    """A dead broker is no error: the next beat finds the rows."""
    try:
        current_app.send_task(TAKE, retry=False, expires=60)
    except OperationalError:
        log.warning("the broker does not answer; the next beat takes what shops told")
