"""What shops tell becomes receivables: a call is stored, then taken once; of an order its newest state counts."""

import json
import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from celery import current_app
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Sum
from kombu.exceptions import OperationalError as BrokerAway

from dunning.actions import hold
from dunning.actions.tasks import open_task
from dunning.states import TaskKind
from invoices.actions import cancel_invoice, issue_credit_note, issue_invoice
from invoices.actions.rows import refreshed
from invoices.models import Invoice, Item
from invoices.states import DocumentKind, InvoiceState
from receivables import clock
from receivables.core.errors import DomainError
from receivables.shops import shopify, woocommerce
from receivables.shops.buyers import customer_of
from receivables.shops.models import Kind, Shop, ShopCall, ShopReceivable
from receivables.shops.orders import Fields, ShopOrder, Standing, Unreadable

log = logging.getLogger(__name__)

READERS = {Kind.WOOCOMMERCE: woocommerce, Kind.SHOPIFY: shopify}
SOURCE = "shop"
TAKE = "receivables.shops.tasks.take"
SAYS_PAID, CHANGED, DELETED_THERE = "The shop says: paid.", "The shop has changed the amount.", "The shop has deleted the order."
DELETED = ("order.deleted", "orders/delete")


def store_call(shop: Shop, *, delivery: str, topic: str, body: bytes, now: datetime) -> None:
    """Keep what came, to be taken soon. The same delivery again changes nothing."""
    row = ShopCall(shop=shop, delivery=delivery[:100], topic=topic[:60], body=body, came_at=now)
    ShopCall.objects.bulk_create([row], ignore_conflicts=True)
    transaction.on_commit(_wake)


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
    call.state, call.result = taken(call.shop, bytes(call.body), topic=call.topic, now=now)
    call.save(update_fields=["state", "result"])
    return True


def taken(shop: Shop, body: bytes, *, topic: str = "", now: datetime) -> tuple[ShopCall.State, str]:
    """What became of a body, in words. Whatever is wrong with one order is its own affair: the next one is taken all the same."""
    try:
        with transaction.atomic():
            found = _said(body)
            return ShopCall.State.TAKEN, take_deleted(shop, found) if topic in DELETED else take_order(shop, found, now=now)
    except (Unreadable, DomainError) as refusal:
        return ShopCall.State.REFUSED, str(refusal)[:300]
    except (OperationalError, InterfaceError):
        raise  # the database is away: it stays waiting
    except Exception as error:  # a fault of ours, on one order
        log.exception("an order of shop %s could not be taken", shop.pk)
        return ShopCall.State.REFUSED, f"It could not be taken ({type(error).__name__})."


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
    known = _known(shop, order.id) or ShopReceivable(shop=shop, order=order.id, modified_at=order.modified_at)
    if order.modified_at < known.modified_at:
        return "older than what is known"
    known.modified_at = order.modified_at
    on = clock.today(shop.creditor.time_zone)
    done = _booked(known, order, on=on)
    if known.invoice:
        done += [*_refunds(known, order, on=on), *_standing(known, order, on=on)]
    known.save()
    return ", ".join(done) or ("nothing new" if known.invoice else f"not owed ({order.standing})")


@transaction.atomic
def take_deleted(shop: Shop, found: object) -> str:
    """An order is gone from the shop, which says no more than that: what is open of it is held, and a person looks."""
    known = _known(shop, Fields(found).id())
    if known is None or known.invoice is None:
        return "not owed (deleted)"
    done = _held(known, DELETED_THERE, on=clock.today(shop.creditor.time_zone))
    known.save()
    return ", ".join(done) or "nothing new"


def _known(shop: Shop, order: str) -> ShopReceivable | None:
    """What we know of an order, with the shop locked: one order of a shop after the other."""
    Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)
    return ShopReceivable.objects.filter(shop=shop, order=order).select_related("invoice__customer").first()


def _booked(known: ShopReceivable, order: ShopOrder, *, on: date) -> list[str]:
    """The invoice of an order that is owed and has none; or a further one where the shop had cancelled the order and takes it up again."""
    again = known.withdrawn and known.invoice is not None
    if (known.invoice and not again) or order.standing is not Standing.OWED or not order.total:
        return []
    if again:
        known.times, known.withdrawn, known.held_for = known.times + 1, False, ""
    shop, due = known.shop, _due(order, taken_up=on if again else order.ordered_on)
    single, mark = due[0][0] if len(due) == 1 else None, f"-{known.times}" if again else ""
    known.invoice = issue_invoice(
        customer_of(shop, order.buyer), number=f"{shop.prefix}{order.number}"[: 100 - len(mark)] + mark, order_number=order.number[:100],
        gross=order.total, currency=order.currency, issued_on=on if again else order.ordered_on, due_on=single,
        instalments=() if single else due, source=SOURCE, payment_method=order.method,
    )  # fmt: skip
    return [f"invoice {known.invoice.number}"]


def _due(order: ShopOrder, *, taken_up: date) -> Sequence[tuple[date, Decimal]]:
    """Its instalments: an order that is taken up again has the same terms from that day on."""
    later = max(taken_up - order.ordered_on, timedelta(0))
    return [(day + later, amount) for day, amount in order.due]


def _refunds(known: ShopReceivable, order: ShopOrder, *, on: date) -> list[str]:
    """Credit what was refunded since; a refund without money says nothing about what is owed. One that the books refuse is looked at."""
    done: list[str] = []
    for refund in order.refunds:
        if not refund.amount or refund.id in known.refunded or not known.invoice or known.invoice.state != InvoiceState.ISSUED:
            continue
        number, invoice = f"{known.invoice.number[:50]}-R{refund.id}", known.invoice
        try:
            issue_credit_note(invoice.customer, number=number, amount=refund.amount, issued_on=on, invoice=invoice, source=SOURCE)
        except DomainError as refusal:
            done += [f"refund {refund.id} is not credited: {refusal}", *_held(known, CHANGED, on=on)]
            continue
        known.refunded.append(refund.id)
        done.append(f"credit note {number}")
    return done


def _standing(known: ShopReceivable, order: ShopOrder, *, on: date) -> list[str]:
    """Cancelled: withdrawn. Paid, or another amount: what is open is held, and a person looks; money is booked from the bank alone."""
    invoice = refreshed(known.invoice) if known.invoice else None
    is_open = Item.objects.open().filter(invoice=invoice).exists()
    if not is_open or invoice is None or invoice.state != InvoiceState.ISSUED:
        return []
    if order.standing is Standing.CANCELLED:
        cancel_invoice(invoice, on=on)
        known.withdrawn = True
        return ["withdrawn"]
    if order.standing is Standing.PAID:
        return _held(known, SAYS_PAID, on=on)
    return _held(known, CHANGED, on=on) if _is_changed(order, invoice) else []


def _is_changed(order: ShopOrder, invoice: Invoice) -> bool:
    """Whether the shop wants another amount than the books do, credit notes taken off."""
    credited = invoice.corrections.filter(kind=DocumentKind.CREDIT_NOTE, state=InvoiceState.ISSUED).aggregate(sum=Sum("gross"))["sum"] or 0
    return order.total != invoice.gross or (order.left is not None and order.left != invoice.gross - credited)


def _held(known: ShopReceivable, reason: str, *, on: date) -> list[str]:
    """Hold what is open, once for each reason: what a person has released since stays released."""
    if known.held_for == reason or not known.invoice:
        return []
    items = list(Item.objects.open().filter(invoice=known.invoice))
    for item in items:
        hold(item, on=on, reason=reason)
    known.held_for = reason if items else known.held_for
    if items:
        known.save()
        open_task(known.invoice.customer, TaskKind.MATCH_PAYMENT, on=on, about=f"shop-order:{known.pk}")
    return ["held"] if items else []


def _wake() -> None:
    """A dead broker is no error: the next beat finds the rows."""
    try:
        current_app.send_task(TAKE, retry=False, expires=60)
    except BrokerAway:
        log.warning("the broker does not answer; the next beat takes what shops told")
