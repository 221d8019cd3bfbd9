"""Webhooks: who is told what, signed how, once or again, and who is never asked."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from invoices.models import Customer
from receivables.api import delivery, tasks
from receivables.api.actions import add_endpoint, end_endpoint, send_again
from receivables.api.delivery import BACK_OFF, LEASE, claim, deliver
from receivables.api.models import WebhookEndpoint, WebhookEvent
from receivables.core.errors import DomainError
from receivables.credit.actions import end_decision, override
from receivables.credit.models import CreditChange
from receivables.credit.states import CreditState
from receivables.messaging.models import Dispatch
from tests.builders import audited, make_creditor, make_customer, make_invoice, make_user
from tests.loopback import Asked, Stub, hangs_up, reply, serving, silent, truncated

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = NOW.date()
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
State = WebhookEvent.State


@pytest.fixture(autouse=True)
def trying_out(settings: Settings) -> None:
    settings.CLOCK, settings.WEBHOOKS_TO_LOOPBACK = NOW, True


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving(reply("", status=204)) as server:
        yield server


@pytest.fixture
def customer() -> Customer:
    return make_customer(make_creditor("firma"), number="K-7", tax_id="1234563218")


@pytest.fixture
def secret(customer: Customer, stub: Stub) -> str:
    return add_endpoint(customer.creditor, name="shop", url=f"{stub.url}/hook?a=b", now=NOW)[1]


def stop(customer: Customer) -> CreditChange:
    override(customer, state=CreditState.STOP, until=TODAY, reason="x", on=TODAY)
    return CreditChange.objects.latest("pk")


def ids(asked: list[Asked]) -> list[str]:
    return [one.headers["Receivables-Event"] for one in asked]


def states() -> list[tuple[str, int]]:
    return list(WebhookEvent.objects.order_by("pk").values_list("state", "attempts"))


def test_a_change_is_told_with_its_state_and_signed(customer: Customer, secret: str, stub: Stub) -> None:
    change = stop(customer)
    assert stub.asked == []  # not in the transaction of the change
    assert deliver(now=NOW) == 1
    (asked,) = stub.asked
    told = json.loads(asked.body)
    assert (told["id"], told["type"], told["sequence"]) == (str(change.event), "credit.changed", change.pk)
    assert told["customer"] == {"number": "K-7", "tax_id": "1234563218"}
    assert (told["credit"]["before"], told["credit"]["state"], told["credit"]["reason"]) == ("open", "stop", "set_by_person")
    assert asked.path == "/hook?a=b" and ids(stub.asked) == [str(change.event)]
    second, signature = asked.headers["Receivables-Signature"].removeprefix("t=").split(",v1=")
    assert int(second) == int(NOW.timestamp())
    assert signature == hmac.new(secret.encode(), second.encode() + b"." + asked.body, hashlib.sha256).hexdigest()


def test_delivering_twice_tells_once(customer: Customer, secret: str, stub: Stub) -> None:
    stop(customer)
    assert [deliver(now=NOW), deliver(now=NOW), deliver(now=NOW + DAY)] == [1, 0, 0]
    tasks.deliver()
    assert len(stub.asked) == 1 and states() == [("delivered", 1)]


def test_only_a_change_of_state_is_told(customer: Customer, secret: str, stub: Stub) -> None:
    stop(customer)
    override(customer, state=CreditState.STOP, until=TODAY + DAY, reason="y", on=TODAY)
    end_decision(customer, on=TODAY)
    deliver(now=NOW)
    assert [json.loads(asked.body)["credit"]["state"] for asked in stub.asked] == ["stop", "open"]


def test_nothing_is_told_of_a_change_that_was_taken_back(customer: Customer, secret: str) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        stop(customer)
        raise ZeroDivisionError
    assert not WebhookEvent.objects.exists()


def test_another_company_hears_nothing(customer: Customer, secret: str, stub: Stub) -> None:
    stop(make_customer())
    assert deliver(now=NOW) == 0 and stub.asked == []


def test_every_endpoint_of_the_company_is_told(customer: Customer, secret: str, stub: Stub) -> None:
    add_endpoint(customer.creditor, name="two", url=f"{stub.url}/two", now=NOW)
    stop(customer)
    deliver(now=NOW)
    assert sorted(asked.path for asked in stub.asked) == ["/hook?a=b", "/two"] and len(set(ids(stub.asked))) == 1


def test_one_that_is_switched_off_is_told_nothing_any_more(customer: Customer, secret: str, stub: Stub) -> None:
    stop(customer)
    end_endpoint(WebhookEndpoint.objects.get(), now=NOW)
    end_decision(customer, on=TODAY)
    assert deliver(now=NOW + DAY) == 0 and stub.asked == [] and states() == [("waiting", 0)]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(reply("", status=500), id="an error"),
        pytest.param(reply("", status=404), id="not there"),
        pytest.param(reply("", status=302, Location="http://127.0.0.1:1/"), id="a redirect is no receipt"),
        pytest.param(hangs_up, id="it hangs up"),
        pytest.param(truncated("x" * 100), id="it breaks off"),
        pytest.param(reply("x" * 65_000), id="it answers too much"),
    ],
)
def test_what_is_not_taken_is_told_again_with_the_same_id(bad: Any, customer: Customer, secret: str, stub: Stub) -> None:
    stop(customer)
    stub.answers(bad, reply(""))
    assert deliver(now=NOW) == 0 and states() == [("waiting", 1)]
    assert deliver(now=NOW + BACK_OFF[0] - SECOND) == 0
    assert deliver(now=NOW + BACK_OFF[0]) == 1
    first, second = stub.asked
    assert first.body == second.body and len(set(ids(stub.asked))) == 1
    assert first.headers["Receivables-Signature"] != second.headers["Receivables-Signature"]
    assert states() == [("delivered", 2)]


def test_a_receiver_that_says_nothing_costs_little_time(
    customer: Customer, secret: str, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "BOUNDS", delivery.Bounds(connect_seconds=1.0, total_seconds=0.2))
    stop(customer)
    stub.answers(silent)
    assert deliver(now=NOW) == 0 and states() == [("waiting", 1)]


def test_it_is_given_up_visibly_and_sent_again_by_a_person(customer: Customer, secret: str, stub: Stub) -> None:
    stop(customer)
    stub.answers(reply("", status=500))
    now = NOW
    for wait in (*BACK_OFF, DAY):
        deliver(now=now)
        now += wait
    assert states() == [("gave_up", len(BACK_OFF) + 1)]
    assert len(stub.asked) == len(BACK_OFF) + 1 and deliver(now=now + DAY) == 0
    row = WebhookEvent.objects.get()
    assert row.last_result == "It answered 500." and "webhook_event_given_up" in audited(customer.creditor)
    stub.answers(reply(""))
    assert send_again([row.pk], now=now) == 1
    assert deliver(now=now) == 1 and len(set(ids(stub.asked))) == 1
    assert "webhook_event_sent_again" in audited(customer.creditor)


def test_sending_again_leaves_alone_what_waits(customer: Customer, secret: str) -> None:
    stop(customer)
    assert send_again(list(WebhookEvent.objects.values_list("pk", flat=True)), now=NOW) == 0


def test_a_worker_that_dies_after_sending_leaves_it_to_the_next_with_the_same_id(
    customer: Customer, secret: str, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop(customer)
    with monkeypatch.context() as broken:
        broken.setattr(delivery, "settle", lambda *_args, **_more: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            deliver(now=NOW)
    assert deliver(now=NOW + LEASE) == 0  # the lease still stands
    assert deliver(now=NOW + LEASE + SECOND) == 1
    assert len(stub.asked) == 2 and len(set(ids(stub.asked))) == 1 and states() == [("delivered", 2)]


def test_a_late_writer_changes_nothing(customer: Customer, secret: str) -> None:
    stop(customer)
    (lost,) = claim(now=NOW)
    (mine,) = claim(now=NOW + LEASE + SECOND)
    delivery.settle(lost, result="late", is_taken=True, now=NOW)
    assert WebhookEvent.objects.get().state == State.WAITING
    delivery.settle(mine, result="It answered 200.", is_taken=True, now=NOW)
    assert WebhookEvent.objects.get().state == State.DELIVERED


class TestWhoMayNeverBeAsked:
    @pytest.mark.parametrize(
        "url",
        ["http://example.com/hook", "ftp://example.com", "https://user:pw@example.com", "file:///etc/passwd", "", "https://exa mple.com"],
    )
    def test_an_address_is_refused_when_it_is_registered(self, url: str, customer: Customer) -> None:
        with pytest.raises(DomainError):
            add_endpoint(customer.creditor, name="x", url=url, now=NOW)
        assert not WebhookEndpoint.objects.exists()

    def test_this_machine_only_to_try_things_out(self, customer: Customer, settings: Settings) -> None:
        settings.WEBHOOKS_TO_LOOPBACK = False
        with pytest.raises(DomainError, match="https"):
            add_endpoint(customer.creditor, name="x", url="http://127.0.0.1:9/x", now=NOW)

    @pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[fd00::1]", "localhost"])
    def test_a_private_network_is_refused_at_each_sending(self, host: str, customer: Customer, settings: Settings) -> None:
        add_endpoint(customer.creditor, name="x", url=f"https://{host}/x", now=NOW)
        settings.WEBHOOKS_TO_LOOPBACK = False
        WebhookEndpoint.objects.update(is_here=True)  # as if it were this machine, so that quarantine does not hide the guard
        stop(customer)
        assert deliver(now=NOW) == 0
        assert WebhookEvent.objects.get().last_result == "The address leads into a private network."

    def test_in_quarantine_nobody_outside_is_told(self, customer: Customer) -> None:
        add_endpoint(customer.creditor, name="x", url="https://shop.example.com/x", now=NOW)
        stop(customer)
        assert claim(now=NOW) == [] and states() == [("waiting", 0)]

    def test_while_sending_is_halted_nothing_is_told(self, customer: Customer, secret: str) -> None:
        stop(customer)
        Dispatch.objects.update_or_create(pk=1, defaults={"is_halted": True})
        assert claim(now=NOW) == []

    def test_the_same_address_is_told_once(self, customer: Customer, secret: str, stub: Stub) -> None:
        with pytest.raises(DomainError, match="is told already"):
            add_endpoint(customer.creditor, name="x", url=f"{stub.url}/hook?a=b", now=NOW)

    def test_the_secret_is_sealed(self, customer: Customer, secret: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT secret FROM api_webhookendpoint")
            stored = bytes(cursor.fetchone()[0])
        assert secret.encode() not in stored and WebhookEndpoint.objects.get().secret == secret

    def test_logs_hold_no_address_and_no_body(self, customer: Customer, secret: str, stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")
        stop(customer)
        deliver(now=NOW)
        assert "webhook event" in caplog.text
        assert "1234563218" not in caplog.text and stub.url not in caplog.text and secret not in caplog.text


PROMISES = {
    "event_once_per_webhook": lambda row: WebhookEvent.objects.create(
        creditor=row.creditor, endpoint=row.endpoint, event=row.event, body="", made_at=NOW, not_before=NOW
    ),
    "only_a_waiting_event_is_claimed": lambda row: WebhookEvent.objects.filter(pk=row.pk).update(state=State.DELIVERED),
    "webhook_is_by_https": lambda row: WebhookEndpoint.objects.filter(pk=row.endpoint_id).update(is_here=False),
    "webhook_address_once_per_company": lambda row: WebhookEndpoint.objects.create(
        creditor=row.creditor, name="x", url=row.endpoint.url, secret="x", is_here=True, made_at=NOW
    ),
}


@pytest.mark.parametrize("name", PROMISES)
def test_the_database_keeps_the_promise(name: str, customer: Customer, secret: str) -> None:
    stop(customer)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PROMISES[name](WebhookEvent.objects.select_related("endpoint", "creditor").get())


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same_event(customer: Customer, secret: str) -> None:
    for _ in range(8):
        one = make_customer(customer.creditor)
        make_invoice(one)
        stop(one)

    def work(_n: int) -> list[int]:
        try:
            return [event.pk for event in claim(now=NOW)]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(work, range(2))
    assert not set(first) & set(second) and len(first) + len(second) <= 8 and first + second


class TestAdmin:
    @pytest.fixture
    def boss(self, client: Client) -> Client:
        client.force_login(make_user("boss", is_staff=True, is_superuser=True))
        return client

    def test_a_webhook_is_added_and_its_secret_shown_once(self, boss: Client, customer: Customer, stub: Stub) -> None:
        said = {"creditor": customer.creditor_id, "name": "shop", "url": f"{stub.url}/x", "types": ["credit.changed"]}
        page = boss.post(reverse("admin:api_webhookendpoint_add"), said, follow=True)
        row = WebhookEndpoint.objects.get()
        assert str(row.secret) in " ".join(str(message) for message in page.context["messages"])
        assert str(row.secret) not in boss.get(reverse("admin:api_webhookendpoint_change", args=[row.pk])).content.decode()
        boss.post(reverse("admin:api_webhookendpoint_changelist"), {"action": "switch_off", "_selected_action": [row.pk]})
        assert WebhookEndpoint.objects.get().ended_at == NOW

    @pytest.mark.parametrize("url", ["http://example.com", "https://user:pw@example.com", "nonsense"])
    def test_an_address_that_may_not_be_is_refused_beside_the_field(self, url: str, boss: Client, customer: Customer) -> None:
        said = {"creditor": customer.creditor_id, "name": "shop", "url": url}
        page = boss.post(reverse("admin:api_webhookendpoint_add"), said)
        assert page.status_code == 200 and page.context["adminform"].form.errors["url"]

    def test_events_are_sent_again(self, boss: Client, customer: Customer, secret: str) -> None:
        stop(customer)
        deliver(now=NOW)
        row = WebhookEvent.objects.get()
        boss.post(reverse("admin:api_webhookevent_changelist"), {"action": "again", "_selected_action": [row.pk]})
        assert states() == [("waiting", 0)]
