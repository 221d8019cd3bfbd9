"""Orders on deferred payment become receivables once, whatever the shop tells, in whatever order, however often."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from dunning.actions import release_hold
from dunning.models import Hold, Task
from invoices.actions import cancel_invoice
from invoices.models import Customer, Invoice
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.messaging.mode import Standing
from receivables.outside import Reach, Unreachable
from receivables.shops.actions import take_calls, take_order, taken
from receivables.shops.models import Kind, Shop, ShopCall, ShopReceivable
from receivables.shops.polling import may_ask, poll
from tests.builders import make_creditor, make_customer, make_user
from tests.loopback import Stub, reply, serving
from tests.unit.shops import orders

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECRET = "hush"


@pytest.fixture(autouse=True)
def clock(settings: Settings) -> None:
    settings.CLOCK = NOW
    cache.clear()


@pytest.fixture
def creditor() -> Creditor:
    return make_creditor("firma")


@pytest.fixture
def shop(creditor: Creditor) -> Shop:
    return Shop.objects.create(creditor=creditor, kind=Kind.WOOCOMMERCE, name="Sklep", prefix="S-", secret=SECRET)


def later(minutes: int) -> str:
    return (datetime(2026, 11, 21, 12) + timedelta(minutes=minutes)).isoformat()


def call(shop: Shop, order: Any, *, delivery: str = "d1", secret: str = SECRET, change: bytes = b"") -> HttpResponse:
    body = json.dumps(order).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"x-wc-webhook-signature": signature, "x-wc-webhook-delivery-id": delivery, "x-wc-webhook-topic": "order.updated"}
    address = reverse("shops:called", args=[shop.key])
    return Client(enforce_csrf_checks=True).post(address, body + change, "application/json", headers=headers)  # type: ignore[return-value]


def test_a_signed_call_becomes_an_invoice_once(shop: Shop) -> None:
    assert call(shop, orders.woo()).status_code == call(shop, orders.woo()).status_code == 200
    assert call(shop, orders.woo(), delivery="d2").status_code == 200
    assert take_calls(now=NOW) == 2 and take_calls(now=NOW) == 0
    invoice = Invoice.objects.get()
    assert (invoice.number, invoice.gross, invoice.customer.tax_id, invoice.customer.kind) == (
        "S-727",
        Decimal("120.50"),
        "1234563218",
        "business",
    )
    assert invoice.items.get().due_on.isoformat() == "2026-12-05" and invoice.customer.contacts.get().email == "jan@laka.example"
    assert list(ShopCall.objects.order_by("pk").values_list("state", "result")) == [("taken", "invoice S-727"), ("taken", "nothing new")]


@pytest.mark.parametrize("wrong", [{"secret": "other"}, {"change": b" "}])
def test_a_forged_call_changes_nothing(wrong: dict[str, Any], shop: Shop) -> None:
    assert call(shop, orders.woo(), **wrong).status_code == 403
    assert not ShopCall.objects.exists()


def test_an_unknown_shop_one_that_is_off_and_the_first_ping(shop: Shop) -> None:
    assert Client().post(reverse("shops:called", args=["nobody"]), b"{}", "application/json").status_code == 404
    ping = {"content_type": "application/x-www-form-urlencoded"}
    assert Client().post(reverse("shops:called", args=[shop.key]), b"webhook_id=7", **ping).status_code == 200  # type: ignore[arg-type]
    Shop.objects.update(is_on=False)
    assert call(shop, orders.woo()).status_code == 404
    assert not ShopCall.objects.exists()


def test_what_cannot_be_read_is_kept_with_its_reason_and_stops_nothing(shop: Shop) -> None:
    call(shop, orders.woo(total="x"), delivery="bad")
    call(shop, orders.woo(), delivery="good")
    take_calls(now=NOW)
    assert dict(ShopCall.objects.values_list("delivery", "state")) == {"bad": "refused", "good": "taken"}
    assert ShopCall.objects.get(delivery="bad").result == "order.total cannot be read."


def take(shop: Shop, order: dict[str, Any]) -> str:
    return take_order(shop, order, now=NOW)


def test_a_cancelled_order_is_withdrawn_and_an_older_call_does_not_bring_it_back(shop: Shop) -> None:
    take(shop, orders.woo())
    assert take(shop, orders.woo(status="cancelled", date_modified_gmt=later(2))) == "withdrawn"
    assert take(shop, orders.woo(date_modified_gmt=later(1))) == "older than what is known"
    assert Invoice.objects.get().state == "cancelled"


def test_an_order_that_is_taken_up_again_is_owed_anew_and_what_a_person_withdrew_stays_so(shop: Shop) -> None:
    take(shop, orders.woo())
    take(shop, orders.woo(status="cancelled", date_modified_gmt=later(2)))
    first = Invoice.objects.get()
    again = orders.woo(date_modified_gmt=later(3))
    assert take(shop, again) == f"invoice {first.number}-2" and take(shop, again) == "nothing new"
    second = Invoice.objects.get(state="issued")
    days = first.items.order_by("position").first() or second.items.get()
    assert (second.gross, second.customer) == (first.gross, first.customer) and second.issued_on == NOW.date()
    assert second.items.get().due_on - second.issued_on == days.due_on - first.issued_on
    cancel_invoice(second, on=second.issued_on)
    assert take(shop, orders.woo(date_modified_gmt=later(4))) == "nothing new" and Invoice.objects.count() == 2


def test_an_order_that_came_cancelled_or_paid_is_no_receivable(shop: Shop) -> None:
    assert take(shop, orders.woo(status="cancelled")) == "not owed (cancelled)"
    assert take(shop, orders.woo(id=1, status="processing", date_paid_gmt=later(0))) == "not owed (paid)"
    assert not Customer.objects.exists()


def test_a_refund_is_credited_once(shop: Shop) -> None:
    take(shop, orders.woo())
    refunded = orders.woo(refunds=[{"id": 9, "total": "-20.50"}], date_modified_gmt=later(1))
    assert take(shop, refunded) == "credit note S-727-R9" and take(shop, refunded) == "nothing new"
    assert Invoice.objects.get(number="S-727").items.get().open_amount == 100


def test_what_the_shop_calls_paid_is_held_and_a_person_looks(shop: Shop) -> None:
    take(shop, orders.woo())
    paid = orders.woo(status="processing", date_paid_gmt=later(1), date_modified_gmt=later(1))
    assert take(shop, paid) == "held" and take(shop, paid) == "nothing new"
    invoice = Invoice.objects.get()
    assert invoice.items.get().open_amount == Decimal("120.50")  # money is booked from the bank alone
    assert Hold.objects.get().item == invoice.items.get() and Task.objects.get().kind == "match_payment"
    release_hold(invoice.items.get(), on=NOW.date())
    assert take(shop, {**paid, "date_modified_gmt": later(2)}) == "nothing new"  # a person has decided


def test_an_older_state_that_comes_late_makes_no_receivable(shop: Shop) -> None:
    take(shop, orders.woo(status="cancelled", date_modified_gmt=later(2)))
    assert take(shop, orders.woo(date_modified_gmt=later(1))) == "older than what is known"
    assert not Invoice.objects.exists()


def test_refunds_that_are_there_at_first_sight_are_credited(shop: Shop) -> None:
    assert take(shop, orders.woo(refunds=[{"id": 9, "total": "-20.50"}])) == "invoice S-727, credit note S-727-R9"


def test_a_refund_that_the_books_refuse_is_held_and_the_rest_goes_on(shop: Shop) -> None:
    take(shop, orders.woo())
    told = take(shop, orders.woo(refunds=[{"id": 9, "total": "-0.005"}], date_modified_gmt=later(1)))
    assert "refund 9 is not credited" in told and told.endswith("held")


def test_an_order_that_is_deleted_there_is_held(shop: Shop) -> None:
    take(shop, orders.woo())
    body = json.dumps({"id": 727}).encode()
    assert taken(shop, body, topic="order.deleted", now=NOW) == ("taken", "held")
    assert taken(shop, json.dumps({"id": 1}).encode(), topic="order.deleted", now=NOW) == ("taken", "not owed (deleted)")


def test_a_fault_of_ours_stops_no_other_order(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    call(shop, orders.woo(), delivery="bad")
    monkeypatch.setattr("receivables.shops.actions.customer_of", lambda *_: 1 / 0)
    assert take_calls(now=NOW) == 1
    assert ShopCall.objects.get().result == "It could not be taken (ZeroDivisionError)." and not ShopReceivable.objects.exists()


def test_what_shopify_has_left_of_an_order_is_compared(creditor: Creditor) -> None:
    shop = Shop.objects.create(creditor=creditor, kind=Kind.SHOPIFY, name="S", prefix="SH", secret=SECRET)
    take(shop, orders.shopify(current_total_price="200.00"))
    assert take(shop, orders.shopify(current_total_price="150.00", updated_at="2026-11-22T10:00:00Z")) == "held"


def test_another_amount_is_held_as_well(shop: Shop) -> None:
    take(shop, orders.woo())
    assert take(shop, orders.woo(total="130.00", date_modified_gmt=later(1))) == "held"


def test_schedules_become_instalments(creditor: Creditor) -> None:
    shop = Shop.objects.create(creditor=creditor, kind=Kind.SHOPIFY, name="S", prefix="SH", secret=SECRET)
    take(shop, orders.shopify())
    assert [(item.label, item.amount) for item in Invoice.objects.get().items.order_by("position")] == [
        ("SH#1001#1", 50),
        ("SH#1001#2", 150),
    ]


class TestBuyers:
    """Who is one customer."""

    def test_by_tax_number_an_old_customer_is_found(self, shop: Shop, creditor: Creditor) -> None:
        old = make_customer(creditor, tax_id="PL1234563218")
        take(shop, orders.woo())
        assert Invoice.objects.get().customer == old

    def test_guests_are_one_only_where_everything_agrees(self, shop: Shop) -> None:
        take(shop, orders.guest(id=1, number="1"))
        take(shop, orders.guest(id=2, number="2", billing={"first_name": " JAN"}))
        take(shop, orders.guest(id=3, number="3", billing={"address_1": "Leśna 2"}))
        assert [one.invoices.count() for one in Customer.objects.order_by("pk")] == [2, 1]
        assert {one.kind for one in Customer.objects.all()} == {"consumer"}

    def test_a_verified_address_is_enough(self, creditor: Creditor) -> None:
        shop = Shop.objects.create(creditor=creditor, kind=Kind.SHOPIFY, name="S", prefix="SH", secret=SECRET)
        take(shop, orders.shopify())
        take(shop, orders.shopify(id=2, name="#2", email="ANN@example.com ", billing_address={"name": "Ann L.", "city": "Bonn"}))
        assert Customer.objects.get().invoices.count() == 2

    def test_a_phone_nobody_could_dial_keeps_no_order_out(self, shop: Shop) -> None:
        take(shop, orders.guest(billing={"phone": "call me"}))
        assert Customer.objects.get().contacts.get().email == "jan@laka.example"

    @pytest.mark.parametrize("said", ["-", "brak", "n/a", "123-456-32-19", "x" * 30])
    def test_what_is_no_tax_number_joins_nobody(self, said: str, shop: Shop) -> None:
        nips = [{"id": 1, "key": "_billing_nip", "value": said}]
        take(shop, orders.woo(meta_data=nips, billing={"country": "US", "email": "a@x.pl", "company": "A"}))
        take(
            shop, orders.woo(id=2, number="2", customer_id=26, meta_data=nips, billing={"country": "PL", "email": "b@x.pl", "company": "B"})
        )
        assert Customer.objects.count() == 2

    def test_another_companys_customer_is_not_found(self, shop: Shop) -> None:
        make_customer(make_creditor("inna"), tax_id="1234563218")
        take(shop, orders.woo())
        assert Invoice.objects.get().customer.creditor == shop.creditor


def test_a_number_that_is_taken_is_refused_and_nothing_is_half_stored(shop: Shop) -> None:
    take(shop, orders.woo())
    with pytest.raises(Refused, match="S-727"):
        take(shop, orders.woo(id=728, customer_id=99, meta_data=[], billing={}))
    assert Customer.objects.count() == 1


class TestPolling:
    """A shop is asked for what has changed since."""

    @pytest.fixture
    def stub(self) -> Iterator[Stub]:
        with serving(reply("[]")) as server:
            yield server

    @pytest.fixture
    def asked_shop(self, shop: Shop, stub: Stub) -> Shop:
        Shop.objects.filter(pk=shop.pk).update(address=stub.url, access=b"")
        shop.address, shop.access = stub.url, "ck:cs"
        shop.save()
        return Shop.objects.select_related("creditor").get(pk=shop.pk)

    def test_what_changed_is_taken_and_the_watermark_moves(self, asked_shop: Shop, stub: Stub) -> None:
        stub.answers(reply(json.dumps([orders.woo(), orders.woo(id=2, number="2", total="x")])))
        assert poll(asked_shop, now=NOW, reach=Reach.LOOPBACK_TOO) == ["order.total cannot be read."]
        assert ShopCall.objects.get().state == "refused"  # kept, whatever the next look finds
        assert Invoice.objects.get().number == "S-727" and Shop.objects.get().heard_until == NOW
        assert "modified_after=2026-09-24T08%3A55%3A00" in stub.asked[0].path and stub.asked[0].headers["Authorization"] == "Basic Y2s6Y3M="
        poll(Shop.objects.select_related("creditor").get(), now=NOW, reach=Reach.LOOPBACK_TOO)
        assert "modified_after=2026-11-23T08%3A55%3A00" in stub.asked[1].path and Invoice.objects.count() == 1

    def test_full_pages_are_followed(self, asked_shop: Shop, stub: Stub) -> None:
        many = [orders.woo(id=n, status="cancelled") for n in range(1, 101)]
        stub.answers(reply(json.dumps(many)), reply(json.dumps([orders.woo()])))
        poll(asked_shop, now=NOW, reach=Reach.LOOPBACK_TOO)
        assert [one.path.rpartition("&page=")[2] for one in stub.asked] == ["1", "2"] and Invoice.objects.exists()

    @pytest.mark.parametrize(("mode", "asks"), [({"is_halted": True}, False), ({"is_locked": True}, False), ({}, True)])
    def test_neither_halted_nor_from_a_copy(self, mode: dict[str, bool], asks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        stands = Standing(**{"is_live": False, "is_locked": False, "is_halted": False, **mode})
        monkeypatch.setattr("receivables.messaging.mode.standing", lambda: stands)
        assert may_ask() is asks

    @pytest.mark.parametrize("answer", [reply("no", status=401), reply("<html>"), reply('{"a": 1}')])
    def test_a_shop_that_answers_badly_leaves_the_watermark(self, answer: Any, asked_shop: Shop, stub: Stub) -> None:
        stub.answers(answer)
        with pytest.raises(Unreachable):
            poll(asked_shop, now=NOW, reach=Reach.LOOPBACK_TOO)
        assert Shop.objects.get().heard_until is None


def test_an_admin_sets_a_shop_up_and_the_secrets_are_not_shown(client: Client, creditor: Creditor) -> None:
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    said = {
        "creditor": creditor.pk, "kind": "woocommerce", "name": "Sklep", "prefix": "S-", "address": "https://shop.example", "statuses": "on-hold",
        "methods": "bacs", "days": 14, "tax_id_keys": "nip", "is_on": "on", "new_secret": "geheim123", "new_access": "ck:cs",
    }  # fmt: skip
    for missing in ("new_secret", "new_access"):
        assert client.post(reverse("admin:shops_shop_add"), {**said, missing: ""}).status_code == 200
    assert client.post(reverse("admin:shops_shop_add"), {**said, "address": "http://127.0.0.1"}).status_code == 200
    assert client.post(reverse("admin:shops_shop_add"), said).status_code == 302
    shop = Shop.objects.get()
    assert (shop.secret, shop.access) == ("geheim123", "ck:cs")
    address = reverse("admin:shops_shop_change", args=[shop.pk])
    page = client.get(address).content.decode()
    assert "geheim123" not in page and "ck:cs" not in page and reverse("shops:called", args=[shop.key]) in page
    assert (
        client.post(address, {**said, "new_access": "", "address": "https://other.example"}).status_code == 200
    )  # the key stays where it was given for
    client.post(address, {**said, "new_secret": "", "new_access": "", "days": 30})
    assert (Shop.objects.get().secret, Shop.objects.get().days) == ("geheim123", 30)
