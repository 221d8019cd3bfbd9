"""Merge, split and undo on screen: found, looked at, confirmed with a reason, put back; and what the interface says of who was merged."""

import pytest
from django.urls import reverse

from invoices.actions import add_contact
from invoices.models import Customer, CustomerMove, Invoice
from tests.builders import make_customer
from tests.web.dashboard.world import TODAY, World

pytestmark = pytest.mark.django_db


def address(name: str, pk: int | None = None) -> str:
    return reverse(f"dashboard:{name}", args=[] if pk is None else [pk])


def test_found_looked_at_merged_and_put_back(world: World) -> None:
    ours, client = world.ours, world.client("manager")
    double = make_customer(ours.creditor, name="Zażółć Gęślą Jaźń", tax_id="7251801126", email="inny@example.com")
    page = address("customer_merge", ours.customer.pk)
    assert f"?with={double.pk}" in client.get(page, {"q": "Zażółć"}).content.decode()
    look = client.get(page, {"with": double.pk}).content.decode()
    assert "What goes along" in look and "I have made sure" in look
    assert client.post(page, {"with": double.pk, "reason": "to samo"}).status_code == 422
    assert not CustomerMove.objects.filter(source=double).exists()
    answer = client.post(page, {"with": double.pk, "reason": "to samo", "is_vouched": "on"})
    assert answer["Location"] == address("customer", ours.customer.pk)
    old = client.get(address("customer", double.pk)).content.decode()
    assert "was merged" in old and address("customer", ours.customer.pk) in old
    assert double.name not in client.get(address("customers"), {"sort": "name"}).content.decode().replace(ours.customer.name, "")
    move = CustomerMove.objects.get(source=double)
    client.post(address("move_undo", move.pk), {"reason": "jednak dwie"})
    assert Customer.objects.get(pk=double.pk).merged_into_id is None


def test_another_companys_customer_is_not_found(world: World) -> None:
    client = world.client("manager")
    page = address("customer_merge", world.ours.customer.pk)
    assert client.get(page, {"with": world.theirs.customer.pk}).status_code == 404
    answer = client.post(address("customer_split", world.ours.customer.pk), {"number": world.theirs.customer.number, "reason": "x"})
    assert answer.status_code == 422


def test_what_may_not_be_says_why(world: World) -> None:
    other = make_customer(world.ours.creditor, kind="consumer")
    look = world.client("manager").get(address("customer_merge", world.ours.customer.pk), {"with": other.pk}).content.decode()
    assert "different kinds in law" in look and "Merge them" not in look


def test_invoices_are_given_to_another(world: World) -> None:
    other = make_customer(world.ours.creditor)
    going = Invoice.objects.filter(customer=world.ours.payment.customer).first() or world.ours.invoice
    page = address("customer_split", going.customer_id)
    answer = world.client("manager").post(page, {"invoices": [going.pk], "number": other.number, "reason": "oddział"})
    assert answer.status_code in (302, 422), answer.content
    if answer.status_code == 302:
        assert Invoice.objects.get(pk=going.pk).customer_id == other.pk


def test_doubles_are_listed_with_what_speaks_for_them(world: World) -> None:
    creditor = world.ours.creditor
    one, two = make_customer(creditor, tax_id="5260001246"), make_customer(creditor, tax_id="PL5260001246")
    add_contact(two, on=TODAY, email=one.contacts.get().email)
    make_customer(creditor, kind="consumer", email=one.contacts.get().email)
    page = world.client("viewer").get(address("doubles")).content.decode()
    row = page[page.index(one.number) :]
    assert two.number in row[:900] and "the same tax number, the same e-mail address" in row[:1200]
    assert "90" in row[:1200]
