"""What a shop's program does: adds, issues, is told what is open, records, holds, disputes, promises."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from dunning.actions import merge_customers
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.api.actions import add_endpoint
from receivables.api.models import EventType, WebhookEvent
from receivables.documents.models import Document
from tests.builders import make_creditor, make_customer, make_invoice
from tests.db.dunning.firm import DUE, make_firm
from tests.web.api.asking import NOW, TODAY, Program, problem, told

pytestmark = pytest.mark.django_db

LATER = (TODAY + timedelta(days=10)).isoformat()


@pytest.fixture(autouse=True)
def clock(settings: Settings) -> None:
    settings.CLOCK, settings.API_PER_MINUTE = NOW, 100_000


@pytest.fixture
def creditor() -> Creditor:
    return make_creditor("firma")


@pytest.fixture
def shop(creditor: Creditor) -> Program:
    return Program(creditor)


@pytest.fixture
def customer(creditor: Creditor) -> Customer:
    return make_customer(creditor, number="K-7")


def an_invoice(customer: Customer, /, **more: Any) -> dict[str, Any]:
    usual = {"customer": customer.pk, "number": "F/1", "gross": "123.00", "issued_on": TODAY.isoformat(), "due_on": LATER}
    return {**usual, **more}


def test_a_customer_is_added_found_and_moved(shop: Program) -> None:
    body = {
        "number": "K-9",
        "name": "Łąka sp. z o.o.",
        "kind": "business",
        "tax_id": "123-456-32-18",
        "email": "fk@laka.example",
        "city": "Łódź",
    }
    added = shop.post("/customers", body)
    assert (added["tax_id"], added["contacts"][0]["email"], added["country"]) == ("1234563218", "fk@laka.example", "PL")
    assert shop.get("/customers?number=K-9")["items"] == [added] == shop.get("/customers?tax_id=1234563218")["items"]
    moved = shop.ask("PATCH", f"/customers/{added['id']}", {"street": "Polna 1", "phone": "500 100 100"})
    assert told(moved) == {"id": added["id"], "number": "K-9"}  # writing does not include reading
    problem(shop.ask("PATCH", f"/customers/{added['id']}", {}), 422)
    for field in ("country", "language", "tax_id", "postcode", "city"):
        assert problem(shop.ask("POST", "/customers", {**body, field: "x" * 150}), 422)["errors"][0]["place"] == field
    now = shop.get(f"/customers/{added['id']}")
    assert (now["street"], now["city"], now["contacts"][0]["phone"]) == ("Polna 1", "Łódź", "+48500100100")
    assert problem(shop.ask("POST", "/customers", body), 409)["detail"].startswith("There is a customer K-9 already")


def test_numbers_in_registers_are_told_changed_and_refused_where_they_cannot_be_right(shop: Program) -> None:
    added = shop.post("/customers", {"number": "K-9", "name": "Łąka", "regon": "123-456-785"})
    assert (added["regon"], added["krs"], "pesel" in added) == ("123456785", "", False)
    path = f"/customers/{added['id']}"
    told(shop.ask("PATCH", path, {"krs": "0000 123456", "regon": None}))
    assert {name: shop.get(path)[name] for name in ("regon", "krs")} == {"regon": "", "krs": "0000123456"}
    assert "is no REGON number" in problem(shop.ask("PATCH", path, {"regon": "123456784", "street": "Polna 1"}), 409)["detail"]
    assert shop.get(path)["street"] == ""


def test_an_invoice_is_issued_paid_and_the_payment_taken_back(shop: Program, customer: Customer) -> None:
    invoice = shop.post("/invoices", an_invoice(customer))
    assert (invoice["open"], invoice["items"][0]["due_on"], invoice["state"]) == ("123.00", LATER, "issued")
    payment = shop.post(
        "/payments", {"customer": customer.pk, "amount": "130.00", "booked_on": TODAY.isoformat(), "invoices": [invoice["id"]]}
    )
    assert payment["left"] == "7.00" and shop.get(f"/invoices/{invoice['id']}")["open"] == "0.00"
    assert shop.get("/invoices?is_open=true")["items"] == [] and len(shop.get("/invoices?is_open=false")["items"]) == 1
    back = shop.post(f"/payments/{payment['id']}/reverse", {"on": TODAY.isoformat()})
    assert back["reverses"] == payment["id"] and shop.get(f"/payments/{payment['id']}")["left"] == "0.00"
    assert shop.get("/invoices?is_open=true")["items"][0]["open"] == "123.00"


def test_instalments_a_credit_note_and_a_withdrawal(shop: Program, customer: Customer) -> None:
    parts = [{"due_on": LATER, "amount": "100.00"}, {"due_on": LATER, "amount": "23.00"}]
    invoice = shop.post("/invoices", an_invoice(customer, due_on=None, instalments=parts))
    assert [item["label"] for item in invoice["items"]] == ["F/1#1", "F/1#2"]
    note = shop.post(f"/invoices/{invoice['id']}/credit-notes", {"number": "K/1", "amount": "110.00", "issued_on": TODAY.isoformat()})
    assert note["kind"] == "credit_note" and shop.get(f"/invoices/{invoice['id']}")["open"] == "13.00"
    gone = shop.post(f"/invoices/{invoice['id']}/cancel", status=200)
    assert (gone["state"], gone["open"]) == ("cancelled", "0.00")
    assert "withdrawn already" in problem(shop.ask("POST", f"/invoices/{invoice['id']}/cancel"), 409)["detail"]


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"gross": 123}, "gross"), ({"gross": "1,5"}, "gross"), ({"gross": "-1.00"}, "gross"), ({"gross": "1e5"}, "gross"), ({"gross": None}, "gross"),
        ({"issued_on": "23.11.2026"}, "issued_on"), ({"number": ""}, "number"), ({"number": "a\nb"}, "number"), ({"number": "a\u0000"}, "number"),
        ({"number": "\ud800"}, "number"), ({"currency": "zł"}, "currency"), ({"kind": "credit_note"}, "kind"), ({"colour": "red"}, "colour"),
        ({"customer": 2**63}, "customer"), ({"instalments": [{"due_on": "x", "amount": "1.00"}]}, "instalments.0.due_on"),
    ],
)  # fmt: skip
def test_what_is_not_valid_names_the_place(changed: dict[str, Any], place: str, shop: Program, customer: Customer) -> None:
    found = problem(shop.ask("POST", "/invoices", an_invoice(customer, **changed)), 422)
    assert [one["place"] for one in found["errors"]] == [place]
    assert not customer.invoices.exists()


@pytest.mark.parametrize(
    ("changed", "says"),
    [({"gross": "0.00"}, "above zero"), ({"currency": "ABC"}, "ABC"), ({"due_on": None}, "due"), ({"gross": "1.005"}, "decimals")],
)
def test_what_may_not_be_is_said_in_a_sentence(changed: dict[str, Any], says: str, shop: Program, customer: Customer) -> None:
    assert says in problem(shop.ask("POST", "/invoices", an_invoice(customer, **changed)), 409)["detail"]


def test_holds_disputes_and_promises(shop: Program, customer: Customer) -> None:
    invoice = make_invoice(customer, 100, due_on=TODAY, issued_on=TODAY)
    hold = shop.post("/holds", {"customer": customer.pk, "reason": "Zwrot w drodze"})
    assert shop.get(f"/holds?customer={customer.pk}")["items"] == [hold]
    assert shop.post("/holds/release", {"customer": customer.pk}, status=200) == {"count": 1}
    problem(shop.ask("POST", "/holds/release", {"customer": customer.pk}), 409)
    assert problem(shop.ask("POST", "/holds", {}), 422)["errors"][0]["place"] == "customer"
    dispute = shop.post("/disputes", {"invoice": invoice.pk, "amount": "40.00", "code": "quality"})[0]
    assert shop.get("/disputes?is_open=true")["items"] == [dispute]
    ended = shop.post("/disputes/decide", {"invoice": invoice.pk, "outcome": "upheld"}, status=200)[0]
    assert ended["outcome"] == "upheld" and shop.get(f"/invoices/{invoice.pk}")["open"] == "60.00"
    promise = shop.post("/promises", {"customer": customer.pk, "amount": "60.00", "by": LATER, "invoices": [invoice.pk]})
    assert promise["state"] == "standing" and shop.get("/promises")["items"] == [promise]
    shop.post("/payments", {"customer": customer.pk, "amount": "60.00", "booked_on": TODAY.isoformat()})
    assert shop.get("/promises")["items"][0]["state"] == "kept"


def test_a_case_and_its_run() -> None:
    firm = make_firm()
    shop = Program(firm.creditor)
    invoice = make_invoice(make_customer(firm.creditor), 100, due_on=DUE, issued_on=DUE)
    run = firm.run(40)
    told = shop.get("/cases")["items"][0]
    assert (told["invoice"], told["open"], told["state"], told["label"]) == (invoice.pk, "100.00", "running", invoice.number)
    assert told["step"] and shop.get(f"/cases/{told['id']}") == told
    assert shop.get("/cases?state=running")["items"] == [told] and shop.get("/cases?state=closed")["items"] == []
    assert shop.get("/runs")["items"][0] == shop.get(f"/runs/{run.pk}") and shop.get(f"/runs/{run.pk}")["is_finished"]


def test_a_paper_and_its_bytes(shop: Program, creditor: Creditor) -> None:
    paper = Document.objects.create(
        creditor=creditor, kind="demand", name="wezwanie ł.pdf", content=b"%PDF-1", sha256="0" * 64, created_at=NOW
    )
    assert shop.get("/documents?kind=demand")["items"] == [shop.get(f"/documents/{paper.pk}")]
    bytes_of = shop.ask("GET", f"/documents/{paper.pk}/content")
    assert (bytes_of.content, bytes_of["Content-Type"]) == (b"%PDF-1", "application/pdf") and "attachment" in bytes_of[
        "Content-Disposition"
    ]


def test_who_is_told_what_happens(shop: Program, customer: Customer, creditor: Creditor, settings: Settings) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True
    add_endpoint(creditor, name="all", url="http://127.0.0.1:9/all", types=list(EventType), now=NOW)
    add_endpoint(creditor, name="money", url="http://127.0.0.1:9/money", types=["payment.recorded"], now=NOW)
    invoice = shop.post("/invoices", an_invoice(customer))
    payment = shop.post("/payments", {"customer": customer.pk, "amount": "1.00", "booked_on": TODAY.isoformat()})
    told = [(row.endpoint.name, row.body) for row in WebhookEvent.objects.select_related("endpoint").order_by("pk")]
    assert '"type":"invoice.issued"' in told[0][1] and f'"subject":{{"kind":"invoice","id":{invoice["id"]}}}' in told[0][1]
    about_money = {name: body for name, body in told if '"payment.recorded"' in body}
    assert set(about_money) == {"all", "money"} and f'"id":{payment["id"]}}}' in about_money["money"]
    assert about_money["all"] == about_money["money"] and "1.00" not in about_money["all"]
    shop.ask("POST", "/payments", {"customer": customer.pk, "amount": "0.00", "booked_on": TODAY.isoformat()})
    assert WebhookEvent.objects.count() == len(told)


def test_who_was_merged_is_gone_and_says_where_to(shop: Program, customer: Customer) -> None:
    twice = make_customer(customer.creditor, number="K-8")
    merge_customers(twice, customer, reason="entered twice", on=TODAY, now=NOW)
    for method, path, body in (("GET", f"/customers/{twice.pk}", None), ("PATCH", f"/customers/{twice.pk}", {"city": "Łódź"})):
        assert problem(shop.ask(method, path, body), 410)["merged_into"] == customer.pk
    assert problem(shop.ask("POST", "/invoices", an_invoice(twice)), 410)["merged_into"] == customer.pk
    assert [one["merged_into"] for one in shop.get("/customers?number=K-8")["items"]] == [customer.pk]
