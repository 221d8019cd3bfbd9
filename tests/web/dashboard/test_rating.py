"""The rating with its formula on the customer's page and in the list, and warning signs that people note and dismiss."""

from decimal import Decimal

from django.test import Client
from django.urls import reverse

from dunning.models import WarningSign
from dunning.states import SignKind
from tests.builders import make_customer, make_invoice, pay
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.world import DAY, TODAY, World


def page(client: Client, name: str, *parts: int) -> str:
    return " ".join(client.get(reverse(f"dashboard:{name}", args=parts), headers={"accept-language": "en"}).content.decode().split())


def test_the_rating_stands_with_its_formula_on_the_page(world: World) -> None:
    """100 ten days late, 300 on the day, 600 five days early: (1000 - 3000) / 1000 = -2 days; 90 % and two of three in time."""
    customer = make_customer(world.ours.creditor, name="Płatnik")
    for amount, late in (("100", 10), ("300", 0), ("600", -5)):
        invoice = make_invoice(customer, amount, issued_on=TODAY - 90 * DAY, due_on=TODAY - 20 * DAY)
        pay(customer, amount, invoice, booked_on=TODAY + (late - 20) * DAY)
    text = page(world.client("viewer"), "customer", customer.pk)
    assert "<strong>A</strong>" in text
    assert "−2 days" in text and "sum of amount × days of delay −2,000 ÷ sum of amounts" in text
    assert "90%" in text and "2 of 3 items in time (66.7%)" in text
    assert "Delay of at most 3 days, and at least 90% of the money in time." in text
    assert "Too little is known for a trend." in text
    row = page(world.client("viewer"), "customers").split("Płatnik")[1].split("</tr>")[0]
    assert 'data-label="Rating">A<' in row


def test_nothing_is_said_of_who_is_hardly_known(world: World) -> None:
    text = page(world.client("viewer"), "customer", make_customer(world.ours.creditor).pk)
    assert "Too little is known: a rating takes at least 3 items in twelve months." in text


def test_a_sign_is_noted_shown_with_its_source_and_dismissed(world: World) -> None:
    client, customer = world.client("clerk"), make_customer(world.ours.creditor)
    values = {"kind": "odd_discount", "on": "2026-11-20", "source": "E-mail z 20 listopada"}
    assert "noted" in said(post(client, "customer_sign", [customer.pk], **values))
    sign = WarningSign.objects.get(customer=customer)
    assert (sign.author, sign.on) == (world.people["clerk"], TODAY - 3 * DAY)
    text = page(client, "customer", customer.pk)
    assert "Odd request for a discount" in text and "E-mail z 20 listopada" in text and "Warning sign noted" in text
    assert post(client, "sign_dismiss", [sign.pk], reason="").status_code == 422
    assert post(client, "sign_dismiss", [sign.pk], reason="zawsze prosi").status_code == 302
    assert "E-mail z 20 listopada" not in page(client, "customer", customer.pk)
    assert post(client, "sign_dismiss", [sign.pk], reason="x").status_code == 422


def test_a_sign_of_tomorrow_or_without_a_source_is_refused(world: World) -> None:
    customer = make_customer(world.ours.creditor)
    for on, source in (("2026-11-24", "list"), ("2026-11-23", "")):
        values = {"kind": "silence", "on": on, "source": source}
        assert post(world.client("clerk"), "customer_sign", [customer.pk], **values).status_code == 422
    assert not WarningSign.objects.filter(customer=customer).exists()


def test_what_the_program_found_leads_to_where_it_was_found(world: World) -> None:
    customer, notice = world.ours.customer, world.ours.proposed
    base = {"creditor": world.ours.creditor, "customer": customer, "on": TODAY}
    WarningSign.objects.create(**base, kind=SignKind.SILENCE, about=f"notice:{notice.pk}", count=3)
    WarningSign.objects.create(**base, kind=SignKind.CONTACT_CHANGED, about="entry:1")
    text = page(world.client("viewer"), "customer", customer.pk)
    assert f'<a href="{reverse("dashboard:notice", args=[notice.pk])}">3 messages or calls without an answer</a>' in text
    assert "the contact was changed while something was overdue" in text
    assert reverse("dashboard:sign_dismiss", args=[WarningSign.objects.latest("pk").pk]) not in text  # a viewer only looks


def test_currencies_stand_beside_each_other(world: World) -> None:
    customer = make_customer(world.ours.creditor)
    make_invoice(customer, Decimal(10), currency="EUR", issued_on=TODAY - 90 * DAY, due_on=TODAY - 20 * DAY)
    for _ in range(2):
        make_invoice(customer, Decimal(10), issued_on=TODAY - 90 * DAY, due_on=TODAY - 30 * DAY)
    text = page(world.client("viewer"), "customer", customer.pk)
    assert "30 days" in text and "Beside it, in EUR" in text and "20 days, 0%" in text
