"""The list of addresses that are not used any more, and what the pages of messages and customers say of it."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from invoices.models import Contact
from receivables.audit.models import Entry
from receivables.messaging.models import BounceCount, DeliveryEvent, Suppression
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.test_facts import page
from tests.web.dashboard.world import NOW, World


def listed(world: World) -> list[tuple[str, str, str]]:
    rows = Suppression.objects.filter(creditor=world.ours.creditor).exclude(pk=world.ours.dead.pk)
    return sorted(rows.values_list("channel", "address", "reason"))


def test_an_address_is_stopped_by_hand_with_a_reason_in_its_plain_form(world: World) -> None:
    client = world.client("clerk")
    answer = post(client, "address_stop", channel="email", address=" Jan@ŻÓŁW.pl ", reason="prosi o listy")
    assert answer.status_code == 302 and "not used any more" in said(answer)
    assert listed(world) == [("email", "jan@xn--w-uga1v8h.pl", "prosi o listy")]
    entry = Entry.objects.get(verb="address_stopped")
    assert (entry.actor, entry.facts["reason"]) == (world.people["clerk"], "prosi o listy")
    assert "jan@" not in str(entry.facts)
    assert post(client, "address_stop", channel="email", address="JAN@żółw.PL", reason="x").status_code == 422  # it is there


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "email", "address": "no address", "reason": "x"},
        {"channel": "sms", "address": "500 100 100", "reason": "x"},
        {"channel": "letter", "address": "ul. Polna 1", "reason": "x"},
        {"channel": "email", "address": "a@example.com", "reason": " "},
        {"channel": "email", "address": "", "reason": "x"},
    ],
)
def test_what_is_no_address_or_has_no_reason_is_refused(world: World, wrong: dict[str, str]) -> None:
    assert post(world.client("clerk"), "address_stop", **wrong).status_code == 422
    assert listed(world) == []


def test_an_address_is_used_again_with_a_reason_and_its_bounces_are_forgotten(world: World) -> None:
    dead, client = world.ours.dead, world.client("clerk")
    BounceCount.objects.create(creditor=dead.creditor, channel="email", address=dead.address, on=NOW.date(), count="0.5")
    assert post(client, "address_again", [dead.pk], reason=" ").status_code == 422
    answer = post(client, "address_again", [dead.pk], reason="poprawiony serwer")
    assert answer.status_code == 302 and "used again" in said(answer)
    assert not Suppression.objects.filter(pk=dead.pk).exists() and not BounceCount.objects.exists()
    assert Entry.objects.get(verb="address_used_again").facts["was"] == "it bounced"
    assert Suppression.objects.filter(pk=world.theirs.dead.pk).exists()


def test_the_list_is_searched_by_address_reason_and_channel(world: World) -> None:
    for channel, address, reason in (("email", "a@example.com", "it bounced"), ("sms", "+48500100100", "prosi o listy")):
        Suppression.objects.create(creditor=world.ours.creditor, channel=channel, address=address, reason=reason, since=NOW)
    client = world.client("viewer")

    def found(**asked: str) -> set[str]:
        text = client.get(reverse("dashboard:addresses"), asked, headers={"accept-language": "en"}).content.decode()
        return {address for address in ("a@example.com", "+48500100100", "dead@example.com") if address in text}

    assert found() == {"a@example.com", "+48500100100", "dead@example.com"}
    assert found(q="A@EX") == {"a@example.com"}
    assert found(q="listy") == found(channel="sms") == {"+48500100100"}
    assert found(q="nothing") == set()


def test_a_viewer_sees_the_list_and_changes_nothing(world: World) -> None:
    text = page(world, "addresses", role="viewer")
    assert "dead@example.com" in text and reverse("dashboard:address_again", args=[world.ours.dead.pk]) not in text
    assert post(world.client("viewer"), "address_stop", channel="email", address="a@example.com", reason="x").status_code == 403


def test_the_customers_page_marks_a_dead_address_whatever_its_case(world: World) -> None:
    customer = world.ours.customer
    Contact.objects.create(customer=customer, email="Dead@Example.com")
    assert "does not work" in page(world, "customer", customer.pk)


def test_the_page_of_a_message_tells_what_was_reported_and_by_whom(world: World) -> None:
    message = world.ours.message
    for kind, source in (("complained", "anymail:postmark"), ("hard_bounced", "dsn"), ("delivered", "smsapi"), ("undelivered", "staff")):
        DeliveryEvent.objects.create(message=message, kind=kind, source=source, at=NOW, detail="550 5.1.1 unknown")
    text = page(world, "message", message.pk)
    for words in (
        "The recipient complained",
        "Postmark",
        "Bounced for good",
        "a mail that came back",
        "SMSAPI",
        "a person here",
        "550 5.1.1",
    ):
        assert words in text


def test_the_database_lists_mail_in_small_letters_only(world: World) -> None:
    with pytest.raises(IntegrityError, match="suppressed_mail_is_in_small_letters"), transaction.atomic():
        Suppression.objects.create(creditor=world.ours.creditor, channel="email", address="A@example.com", reason="x", since=NOW)


@pytest.mark.parametrize(
    ("name", "values"),
    [("bounces_counted_once_a_day", {}), ("bounce_counts_one_at_most", {"address": "b", "count": "1.5"})],
)
def test_a_day_counts_once_and_one_at_most(world: World, name: str, values: dict[str, str]) -> None:
    row = {"creditor": world.ours.creditor, "channel": "email", "address": "a", "on": NOW.date(), "count": "0.5"}
    BounceCount.objects.create(**row)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        BounceCount.objects.create(**{**row, **values})
