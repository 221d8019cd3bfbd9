"""What a shop says of an order, as we read it; and whose signature a call bears."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables.shops import shopify, woocommerce
from receivables.shops.orders import ShopOrder, Standing, Terms, Unreadable, is_signed
from tests.shared_files import SHARED, needs_shared
from tests.unit.shops import orders

ZONE = ZoneInfo("Europe/Warsaw")
TERMS = Terms(frozenset({"on-hold", "pending"}), frozenset({"bacs"}), 14, ("_billing_nip", "nip"))


def woo(**changes: Any) -> ShopOrder:
    return woocommerce.read(orders.woo(**changes), TERMS, zone=ZONE)


def shop(**changes: Any) -> ShopOrder:
    return shopify.read(orders.shopify(**changes), TERMS, zone=ZONE)


def test_an_order_of_woocommerce() -> None:
    order = woo()
    assert (order.id, order.number, order.total, order.currency, order.standing) == ("727", "727", Decimal("120.50"), "PLN", Standing.OWED)
    assert (order.ordered_on, order.due) == (date(2026, 11, 21), ((date(2026, 12, 5), Decimal("120.50")),))  # the day in Warsaw
    assert order.modified_at == datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert (order.buyer.account, order.buyer.tax_id, order.buyer.company, order.buyer.name) == (
        "25",
        "123-456-32-18",
        "Łąka sp. z o.o.",
        "Jan Nowak",
    )


def test_an_order_of_shopify() -> None:
    order = shop()
    assert (order.number, order.total, order.standing, order.ordered_on) == ("#1001", Decimal(200), Standing.OWED, date(2026, 11, 20))
    assert order.due == ((date(2026, 12, 10), Decimal(50)), (date(2026, 12, 20), Decimal(150)))
    assert order.buyer.is_email_verified and order.buyer.account == "" and order.buyer.country == "DE"


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({"date_paid_gmt": "2026-11-21T10:00:00", "status": "processing"}, Standing.PAID), ({"status": "cancelled"}, Standing.CANCELLED), ({"status": "refunded"}, Standing.CANCELLED),
        ({"status": "checkout-draft"}, Standing.NOT_YET), ({"payment_method": "stripe"}, Standing.NOT_YET), ({"status": "processing"}, Standing.NOT_YET),
        ({"transaction_id": "t1"}, Standing.PAID),
    ],
)  # fmt: skip
def test_what_an_order_of_woocommerce_is(changes: dict[str, Any], standing: Standing) -> None:
    assert woo(**changes).standing is standing


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({"financial_status": "paid"}, Standing.PAID), ({"cancelled_at": "2026-11-21T10:00:00Z"}, Standing.CANCELLED), ({"financial_status": "voided"}, Standing.CANCELLED),
        ({"financial_status": "authorized"}, Standing.NOT_YET), ({"payment_terms": None}, Standing.NOT_YET), ({"payment_terms": None, "gateway": "bacs"}, Standing.OWED),
        ({"financial_status": "partially_refunded"}, Standing.PAID), ({"financial_status": "partially_paid"}, Standing.PAID),
        ({"payment_terms": {"payment_schedules": [{"due_at": "2026-12-20T12:00:00Z", "completed_at": "2026-11-21T10:00:00Z"}]}}, Standing.PAID),
    ],
)  # fmt: skip
def test_what_an_order_of_shopify_is(changes: dict[str, Any], standing: Standing) -> None:
    assert shop(**changes).standing is standing


def test_where_packing_counts_as_owed_its_date_is_no_proof_of_payment() -> None:
    on_account = Terms(frozenset({"processing"}), frozenset({"bacs"}), 14, ())
    order = orders.woo(status="processing", date_paid_gmt="2026-11-21T10:00:00")
    assert woocommerce.read(order, on_account, zone=ZONE).standing is Standing.OWED
    assert woocommerce.read({**order, "transaction_id": "t1"}, on_account, zone=ZONE).standing is Standing.PAID


def test_schedules_that_do_not_sum_are_due_on_the_last_day() -> None:
    assert shop(total_price="201.00").due == ((date(2026, 12, 20), Decimal(201)),)
    assert shop(payment_terms={"payment_schedules": []}).due == ((date(2026, 12, 4), Decimal(200)),)


def test_refunds() -> None:
    assert [(one.id, one.amount) for one in woo(refunds=[{"id": 9, "reason": "", "total": "-10.00"}]).refunds] == [("9", Decimal(10))]
    moves = [
        {"kind": "refund", "status": "success", "amount": "7.00"}, {"kind": "capture", "status": "success", "amount": "1.00"},
        {"kind": "refund", "status": "failure", "amount": "5.00"}, {"kind": "void", "status": "success", "amount": "3.00"},
    ]  # fmt: skip
    given_back = [{"id": 8, "transactions": moves}, {"id": 7}]
    assert [(one.id, one.amount) for one in shop(refunds=given_back).refunds] == [("8", Decimal(7)), ("7", Decimal(0))]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"total": "12,50"}, "order.total"), ({"total": "NaN"}, "order.total"), ({"total": "1e99"}, "order.total"), ({"total": None}, "order.total"),
        ({"id": None}, "order.id"), ({"id": True}, "order.id"), ({"billing": [1]}, "order.billing"), ({"refunds": {"a": 1}}, "order.refunds"),
        ({"refunds": [1]}, "order.refunds.0"), ({"date_created_gmt": "yesterday"}, "order.date_created_gmt"), ({"number": "a\u0000"}, "order.number"),
        ({"date_modified_gmt": ""}, "order.date_modified_gmt"), ({"date_created_gmt": "0001-01-01T00:00:00+14:00"}, "order.date_created_gmt"),
        ({"id": "9" * 41}, "order.id"), ({"refunds": [{"id": "9" * 41, "total": "1"}]}, "order.refunds.0.id"), ({"status": "\ud800"}, "order.status"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_names_the_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(Unreadable, match=rf"^{place} "):
        woo(**changes)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(sorted({*orders.woo(), *orders.shopify()})), JSON, max_size=4))
def test_whatever_stands_in_a_field_it_is_read_or_refused(changes: dict[str, Any]) -> None:
    for read, made in ((woocommerce.read, orders.woo), (shopify.read, orders.shopify)):
        try:
            said = str(read(made(**changes), TERMS, zone=ZONE).total)
        except Unreadable as refusal:
            said = str(refusal)
        assert said.startswith("order") or Decimal(said) >= 0


@needs_shared
@pytest.mark.parametrize("folder", ["woocommerce", "shopify"])
def test_every_signature_of_the_samples_verifies_and_a_changed_byte_fails(folder: str) -> None:
    rows = [row for row in json.loads((SHARED / "samples" / "expected.json").read_text()) if row["format"] == folder]
    assert rows
    for row in rows:
        body, signature = (SHARED / "samples" / folder / row["file"]).read_bytes(), row["expected"]["hmac_sha256_base64_secret_hush"]
        assert is_signed(body, signature=signature, secret="hush")
        changed = bytes([body[0] ^ 1]) + body[1:]
        assert not is_signed(changed, signature=signature, secret="hush") and not is_signed(body, signature=signature, secret="hus")
        assert not is_signed(body, signature="ż", secret="hush")


@needs_shared
def test_the_shared_orders_are_read() -> None:
    samples = SHARED / "samples"
    order = woocommerce.read(json.loads((samples / "woocommerce/order_727_processing_bacs.json").read_text()), TERMS, zone=ZONE)
    assert (order.number, order.total, order.currency, order.standing, order.ordered_on) == (
        "727",
        Decimal("29.35"),
        "USD",
        Standing.PAID,
        date(2017, 3, 22),
    )
    other = shopify.read(json.loads((samples / "shopify/order.json").read_text()), TERMS, zone=ZONE)
    assert (other.number, other.total, other.currency, other.standing) == ("#1001", Decimal("409.94"), "USD", Standing.NOT_YET)
