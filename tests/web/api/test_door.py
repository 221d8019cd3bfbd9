"""The door of the interface: scopes, what each address takes, and a request that is sent twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from invoices.models import Invoice, Payment
from receivables.accounts.models import Creditor
from receivables.api import interface
from receivables.api.models import Repeat, Scope
from receivables.audit.models import Entry
from tests.builders import make_creditor, make_customer, make_invoice, pay
from tests.web.api.asking import NOW, TODAY, Program, problem, told

pytestmark = pytest.mark.django_db

OPERATIONS = [(method.upper(), path, one) for path, at in interface.description()["paths"].items() for method, one in at.items()]
IDS = [f"{method} {path}" for method, path, _ in OPERATIONS]


def address(path: str) -> str:
    return path.removeprefix("/api/v1").replace("{id}", "1").replace("{number}", "K-1")


@pytest.fixture(autouse=True)
def clock(settings: Settings) -> None:
    settings.CLOCK, settings.API_PER_MINUTE = NOW, 100_000


@pytest.fixture
def creditor() -> Creditor:
    return make_creditor("firma")


@pytest.fixture
def shop(creditor: Creditor) -> Program:
    return Program(creditor)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=IDS)
def test_each_operation_takes_its_scope_and_no_other(method: str, path: str, operation: dict[str, Any], creditor: Creditor) -> None:
    scope = operation["description"].split("`")[1]
    others = Program(creditor, *(one for one in Scope if one != scope))
    assert scope in problem(others.ask(method, address(path), {}), 403)["detail"]
    assert Program(creditor, scope).ask(method, address(path), {}).status_code not in (401, 403)


def test_reading_scopes_change_nothing() -> None:
    assert all(
        operation["description"].split("`")[1].endswith(":read" if method == "GET" else ":write") for method, _, operation in OPERATIONS
    )


def test_the_description_is_openapi_3_1(shop: Program) -> None:
    description = shop.get("/openapi.json")
    assert description["openapi"].startswith("3.1") and len(description["paths"]) == len(interface.description()["paths"])
    assert {"customers", "invoices", "payments", "cases", "credit", "documents"} <= {tag for *_, one in OPERATIONS for tag in one["tags"]}


@pytest.mark.parametrize(
    ("path", "takes"), [("/invoices", "GET, HEAD, POST"), ("/customers/1", "GET, HEAD, PATCH"), ("/holds/release", "POST")]
)
def test_what_an_address_does_not_take(path: str, takes: str, shop: Program) -> None:
    response = shop.ask("DELETE", path)
    problem(response, 405)
    assert response["Allow"] == takes


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"x"', b"null", b"1", b"NaN", b'{"customer": 1e999}', b"[" * 100_000])
def test_a_body_that_is_none(body: bytes, shop: Program) -> None:
    assert shop.ask("POST", "/payments", body).status_code in (400, 422)
    assert problem(shop.ask("POST", "/payments", body), shop.ask("POST", "/payments", body).status_code)["detail"]


def test_a_body_that_is_too_large(shop: Program, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    problem(shop.ask("POST", "/payments", b" " * 101), 413)


class TestSentTwice:
    """With a key a request is done once."""

    @pytest.fixture
    def payment(self, creditor: Creditor) -> dict[str, Any]:
        customer = make_customer(creditor)
        make_invoice(customer, 100)
        return {"customer": customer.pk, "amount": "30.00", "booked_on": TODAY.isoformat()}

    def test_the_same_key_is_answered_as_before(self, shop: Program, payment: dict[str, Any]) -> None:
        first = shop.ask("POST", "/payments", payment, idempotency_key="a")
        again = shop.ask("POST", "/payments", payment, idempotency_key="a")
        assert told(first, status=201) == told(again, status=201)
        assert again["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first
        assert Payment.objects.count() == 1

    def test_another_key_or_none_is_another_payment(self, shop: Program, payment: dict[str, Any]) -> None:
        for key in ("a", "b", "", ""):
            shop.post("/payments", payment, idempotency_key=key)
        assert Payment.objects.count() == 4 and Repeat.objects.count() == 2

    def test_a_key_is_for_one_request(self, shop: Program, payment: dict[str, Any]) -> None:
        shop.post("/payments", payment, idempotency_key="a")
        for changed in ({**payment, "amount": "31.00"}, {**payment, "title": "x"}):
            assert "another request" in problem(shop.ask("POST", "/payments", changed, idempotency_key="a"), 422)["detail"]
        problem(shop.ask("POST", "/promises", payment, idempotency_key="a"), 422)
        assert Payment.objects.count() == 1

    def test_what_was_refused_may_be_put_right_under_the_same_key(self, shop: Program, payment: dict[str, Any]) -> None:
        problem(shop.ask("POST", "/payments", {**payment, "amount": "0.00"}, idempotency_key="a"), 409)
        problem(shop.ask("POST", "/payments", {**payment, "amount": 30}, idempotency_key="a"), 422)
        assert not Repeat.objects.exists()
        shop.post("/payments", payment, idempotency_key="a")

    def test_a_key_outlives_its_token_but_its_answer_is_not_told_to_another(
        self, shop: Program, creditor: Creditor, payment: dict[str, Any]
    ) -> None:
        shop.post("/payments", payment, idempotency_key="a")
        assert "another token" in problem(Program(creditor).ask("POST", "/payments", payment, idempotency_key="a"), 422)["detail"]
        assert Payment.objects.count() == 1

    def test_keys_of_two_companies_do_not_meet(self, shop: Program, payment: dict[str, Any]) -> None:
        other = make_customer(make_creditor("inna"))
        shop.post("/payments", payment, idempotency_key="a")
        Program(other.creditor).post("/payments", {**payment, "customer": other.pk}, idempotency_key="a")
        assert Payment.objects.count() == 2

    @pytest.mark.parametrize("key", ["x" * 201, "a\x7fb"])
    def test_a_key_that_is_none(self, key: str, shop: Program, payment: dict[str, Any]) -> None:
        problem(shop.ask("POST", "/payments", payment, idempotency_key=key), 422)
        assert not Payment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_key_are_one(creditor: Creditor) -> None:
    shop, customer = Program(creditor), make_customer(creditor)
    body = {"customer": customer.pk, "amount": "30.00", "booked_on": TODAY.isoformat()}
    barrier = Barrier(4)

    def send(_n: int) -> bytes:
        barrier.wait(timeout=10)
        try:
            response = shop.ask("POST", "/payments", body, idempotency_key="a")
            assert response.status_code == 201
            return response.content
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(send, range(4)))
    assert len(answers) == 1 and Payment.objects.count() == 1


def test_the_audit_chain_says_through_which_token(shop: Program, creditor: Creditor) -> None:
    customer = make_customer(creditor)
    shop.post("/holds", {"customer": customer.pk})
    entry = Entry.objects.get(verb="held")
    assert entry.facts["through"] == f"token {shop.row.handle}" and entry.actor is None
    make_invoice(customer)
    assert "through" not in Entry.objects.filter(verb="issue_invoice").latest("pk").facts


def test_pages_follow_each_other_whatever_comes_meanwhile(shop: Program, creditor: Creditor) -> None:
    customer = make_customer(creditor)
    numbers = [make_invoice(customer).number for _ in range(5)]
    first = shop.get("/invoices?limit=2")
    make_invoice(customer)
    second = shop.get(f"/invoices?limit=2&after={first['next']}")
    third = shop.get(f"/invoices?limit=2&after={second['next']}")
    assert [one["number"] for page in (first, second, third) for one in page["items"]] == numbers[::-1]
    assert third["next"] is None


@pytest.mark.parametrize(
    "path", ["/customers", "/invoices", "/payments", "/cases", "/holds", "/disputes", "/promises", "/documents", "/runs"]
)
def test_a_list_costs_the_same_however_long(path: str, shop: Program, creditor: Creditor, django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        customer = make_customer(creditor, email="a@example.com")
        invoice = make_invoice(customer, 100)
        pay(customer, 20, invoice)
        shop.post("/holds", {"customer": customer.pk})
        shop.post("/promises", {"customer": customer.pk, "amount": "50.00", "by": (TODAY + timedelta(days=3)).isoformat()})
    with django_assert_max_num_queries(4):
        shop.get(path)


def test_nobody_sees_another_companys_rows(shop: Program, creditor: Creditor) -> None:
    other = make_customer(make_creditor("inna"))
    invoice = make_invoice(other, 100)
    payment = pay(other, 20, invoice)
    for path in ("customers", "invoices", "payments"):
        assert shop.get(f"/{path}")["items"] == []
    for path in (f"/customers/{other.pk}", f"/invoices/{invoice.pk}", f"/payments/{payment.pk}"):
        problem(shop.ask("GET", path), 404)
    for path in (f"/invoices/{invoice.pk}/cancel", f"/payments/{payment.pk}/reverse"):
        problem(shop.ask("POST", path, {"on": TODAY.isoformat()}), 404)
    for path, body in {
        "/invoices": {"customer": other.pk, "number": "X", "gross": "1.00", "issued_on": "2026-11-23", "due_on": "2026-11-30"},
        "/payments": {"customer": other.pk, "amount": "1.00", "booked_on": "2026-11-23"},
        "/holds": {"customer": other.pk},
        "/disputes": {"invoice": invoice.pk},
        "/promises": {"customer": other.pk, "amount": "1.00", "by": "2026-12-01"},
    }.items():
        assert problem(shop.ask("POST", path, body), 422)["errors"]
    assert Invoice.objects.count() == 1
