"""Orders of Shopify, REST. FORMATS.md section 3; a webhook's body is the order itself, a list wraps each as it is."""

from datetime import UTC, date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from receivables.shops.orders import Buyer, Fields, Refund, ShopOrder, Standing, Terms

SIGNATURE, DELIVERY, TOPIC = "X-Shopify-Hmac-Sha256", "X-Shopify-Webhook-Id", "X-Shopify-Topic"
GONE = frozenset({"refunded", "voided"})
PAID = frozenset({"paid", "partially_paid", "partially_refunded"})


def read(found: object, terms: Terms, *, zone: ZoneInfo) -> ShopOrder:
    """An order, with its days in the company's zone. Raises `Unreadable` with the place."""
    order = Fields(found["order"] if isinstance(found, dict) and set(found) == {"order"} else found)
    made, changed = order.moment("created_at"), order.moment("updated_at")
    if made is None or changed is None:
        raise order.wrong("created_at" if made is None else "updated_at")
    total, on = order.amount("total_price"), made.astimezone(zone).date()
    return ShopOrder(
        id=order.id(),
        number=order.needed("name"),
        modified_at=changed.astimezone(UTC),
        standing=_standing(order, terms),
        total=total,
        currency=order.needed("currency"),
        ordered_on=on,
        due=_schedule(order, total, zone) or ((on + timedelta(days=terms.days), total),),
        method=order.text("gateway", longest=40),
        buyer=_buyer(order, terms),
        refunds=tuple(_refund(row) for row in order.rows("refunds")),
        left=order.amount("current_total_price") if order.text("current_total_price") else None,
    )


def _standing(order: Fields, terms: Terms) -> Standing:
    status = order.text("financial_status")
    if order.moment("cancelled_at") or status in GONE:
        return Standing.CANCELLED
    schedules = order.inner("payment_terms").rows("payment_schedules")
    if status in PAID or any(row.text("completed_at") for row in schedules):
        return Standing.PAID
    has_terms = bool(order.found.get("payment_terms")) or order.text("gateway") in terms.methods
    return Standing.OWED if status in terms.statuses and has_terms else Standing.NOT_YET


def _schedule(order: Fields, total: Decimal, zone: ZoneInfo) -> tuple[tuple[date, Decimal], ...]:
    """The days of the payment terms. Amounts that do not sum to the order's are not guessed at: all of it on the last day."""
    rows = [(row.moment("due_at"), row) for row in order.inner("payment_terms").rows("payment_schedules")]
    days = [(due.astimezone(zone).date(), row) for due, row in rows if due]
    if len(days) < 2:
        return tuple((day, total) for day, _row in days)
    parts = tuple((day, row.amount("amount")) for day, row in sorted(days, key=lambda pair: pair[0]))
    return parts if sum(amount for _day, amount in parts) == total else ((parts[-1][0], total),)


def _refund(row: Fields) -> Refund:
    """The money that really went back."""
    given = [one.amount("amount") for one in row.rows("transactions") if (one.text("kind"), one.text("status")) == ("refund", "success")]
    return Refund(row.id(), sum(given, Decimal(0)))


def _buyer(order: Fields, terms: Terms) -> Buyer:
    customer, billing = order.inner("customer"), order.inner("billing_address")
    notes = {row.text("name"): row.text("value", longest=40) for row in order.rows("note_attributes")}
    street = " ".join(filter(None, (billing.text("address1"), billing.text("address2"))))
    return Buyer(
        account=customer.text("id"),
        name=billing.text("name") or " ".join(filter(None, (customer.text("first_name"), customer.text("last_name")))),
        company=billing.text("company"),
        tax_id=next((notes[key] for key in terms.tax_id_keys if notes.get(key)), ""),
        email=order.text("email") or customer.text("email"),
        is_email_verified=customer.found.get("verified_email") is True,
        phone=(order.text("phone", longest=40) or billing.text("phone", longest=40)),
        street=street[:200],
        postcode=billing.text("zip", longest=20),
        city=billing.text("city", longest=100),
        country=billing.text("country_code", longest=2),
    )
