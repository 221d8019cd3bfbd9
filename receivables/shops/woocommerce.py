"""Orders of WooCommerce, REST version 3. FORMATS.md section 3; a webhook's body is the order itself."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from receivables.shops.orders import Buyer, Fields, Refund, ShopOrder, Standing, Terms

SIGNATURE, DELIVERY, TOPIC = "X-WC-Webhook-Signature", "X-WC-Webhook-Delivery-ID", "X-WC-Webhook-Topic"
GONE = frozenset({"cancelled", "failed", "trash", "refunded"})


def read(found: object, terms: Terms, *, zone: ZoneInfo) -> ShopOrder:
    """An order, with its days in the company's zone. Raises `Unreadable` with the place."""
    order = Fields(found)
    made, changed = order.moment("date_created_gmt"), order.moment("date_modified_gmt")
    if made is None or changed is None:
        raise order.wrong("date_created_gmt" if made is None else "date_modified_gmt")
    total, on = order.amount("total"), made.astimezone(zone).date()
    return ShopOrder(
        id=order.id(),
        number=order.text("number") or order.needed("id"),
        modified_at=changed.astimezone(UTC),
        standing=_standing(order, terms),
        total=total,
        currency=order.needed("currency"),
        ordered_on=on,
        due=((on + timedelta(days=terms.days), total),),
        method=order.text("payment_method", longest=40),
        buyer=_buyer(order, terms),
        refunds=tuple(Refund(row.id(), row.amount("total")) for row in order.rows("refunds")),
    )


def _standing(order: Fields, terms: Terms) -> Standing:
    """WooCommerce dates a payment whenever an order is to be packed, paid or not: where such a status counts as owed, it proves nothing."""
    status = order.needed("status")
    if status in GONE:
        return Standing.CANCELLED
    is_owed = status in terms.statuses and order.text("payment_method") in terms.methods
    if order.text("transaction_id") or ((order.moment("date_paid_gmt") or order.moment("date_paid")) and not is_owed):
        return Standing.PAID
    return Standing.OWED if is_owed else Standing.NOT_YET


def _buyer(order: Fields, terms: Terms) -> Buyer:
    billing, account = order.inner("billing"), order.text("customer_id")
    street = " ".join(filter(None, (billing.text("address_1"), billing.text("address_2"))))
    return Buyer(
        account="" if account == "0" else account,
        name=" ".join(filter(None, (billing.text("first_name"), billing.text("last_name")))),
        company=billing.text("company"),
        tax_id=_tax_id(order, billing, terms),
        email=billing.text("email"),
        is_email_verified=False,  # WooCommerce does not say
        phone=billing.text("phone", longest=40),
        street=street[:200],
        postcode=billing.text("postcode", longest=20),
        city=billing.text("city", longest=100),
        country=billing.text("country", longest=2),
    )


def _tax_id(order: Fields, billing: Fields, terms: Terms) -> str:
    """Plug-ins keep it under keys of their own: the first of the terms' that says something."""
    said = {row.text("key"): row for row in order.rows("meta_data") if row.text("key") in terms.tax_id_keys}
    for key in terms.tax_id_keys:
        if value := (said[key].text("value", longest=40) if key in said else billing.text(key, longest=40)):
            return value
    return ""
