"""Writing to a customer, sending again, undoing and deciding from the browser."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from dunning.models import LadderRules, Written
from receivables.audit.models import Entry
from receivables.messaging.models import Attempt, Message
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.world import NOW, World

ADDRESS = re.compile(r'name="looked_at" value="(\w+)"')


def first(world: World, **values: Any) -> dict[str, Any]:
    """What a person fills in."""
    email = world.ours.customer.contacts.get().email
    return {"to": f"email:{email}", "language": "pl", "subject": "Dzień dobry", "text": "Dziękujemy.", "form": str(uuid4()), **values}


def messages() -> QuerySet[Written]:
    """What people wrote, without the papers beside the ladder that the world has."""
    return Written.objects.exclude(kind="paper")


def looks(client: Client, world: World, values: Mapping[str, Any], query: str = "") -> Any:
    return client.post(reverse("dashboard:customer_write", args=[world.ours.customer.pk]) + query, values)


def seal(answer: Any) -> str:
    found = ADDRESS.search(answer.content.decode())
    assert found
    return found.group(1)


def test_what_is_written_is_looked_at_before_it_is_sent(world: World) -> None:
    client, values = world.client("clerk"), first(world)
    shown = looks(client, world, values)
    assert shown.status_code == 200 and "Dziękujemy." in shown.content.decode() and not messages().exists()
    sent = looks(client, world, {**values, "looked_at": seal(shown)})
    assert sent.status_code == 302 and "can be undone" in said(sent)
    row = messages().get()
    assert (row.author, row.message.state) == (world.people["clerk"], "planned")
    looks(client, world, {**values, "looked_at": seal(shown)})
    assert messages().count() == 1


def test_what_was_changed_after_the_look_is_looked_at_again(world: World) -> None:
    client, values = world.client("clerk"), first(world)
    shown = looks(client, world, values)
    again = looks(client, world, {**values, "text": "Coś innego", "looked_at": seal(shown)})
    assert again.status_code == 200 and not messages().exists() and seal(again) != seal(shown)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"text": ""}, "required"),
        ({"text": "Powiadomimy pracodawcę."}, "No message may say this: pracodawcę"),
        ({"to": "email:obcy@example.com"}, "not one of the available choices"),
        ({"subject": ""}, "Give the e-mail a subject"),
        ({"to": "sms:+48500100100", "states": "open"}, "by e-mail only"),
    ],
)
def test_what_cannot_be_sent_is_refused_beside_the_form(world: World, values: dict[str, Any], says: str) -> None:
    answer = looks(world.client("clerk"), world, first(world, **values))
    assert answer.status_code == 422 and says in answer.content.decode() and not messages().exists()


def test_words_with_a_condition_are_answered_for_with_a_name(world: World) -> None:
    client, values = world.client("clerk"), first(world, text="Sprawę prowadzi komornik.")
    shown = looks(client, world, values)
    assert "komornik" in shown.content.decode()
    refused = looks(client, world, {**values, "looked_at": seal(shown)})
    assert refused.status_code == 422
    assert looks(client, world, {**values, "looked_at": seal(shown), "knows_words": "on"}).status_code == 302


def test_the_subject_that_tells_is_warned_of(world: World) -> None:
    answer = looks(world.client("clerk"), world, first(world, subject="Zaległość 500,00 zł"))
    assert answer.status_code == 200 and "speaks of a debt" in answer.content.decode()


def test_an_sms_says_how_many_parts_it_has(world: World) -> None:
    answer = looks(world.client("clerk"), world, first(world, to="sms:+48500100100", text="a" * 200))
    assert "2 parts" in " ".join(answer.content.decode().split()) or "2\n" in answer.content.decode()


def test_from_an_invoice_the_payment_details_are_its_own(world: World) -> None:
    client, number = world.client("clerk"), world.ours.invoice.number
    query = f"?invoice={world.ours.invoice.pk}"
    page = client.get(reverse("dashboard:customer_write", args=[world.ours.customer.pk]) + query + "&start=friendly")
    assert number in page.content.decode() and "Szanowni" in page.content.decode()
    shown = looks(client, world, first(world, states="invoice"), query)
    text = shown.content.decode()
    assert "400,00" in text and "6110" in text.replace(" ", "")  # 500 less what is disputed; the account
    other = client.get(reverse("dashboard:customer_write", args=[world.ours.customer.pk]) + f"?invoice={world.theirs.invoice.pk}")
    assert world.theirs.invoice.number not in other.content.decode()


def write_one(client: Client, world: World) -> Written:
    values = first(world)
    looks(client, world, {**values, "looked_at": seal(looks(client, world, values))})
    return Written.objects.select_related("message").latest("pk")


def test_it_is_undone_from_the_page_of_the_customer_the_message_or_today(world: World) -> None:
    client = world.client("clerk")
    row = write_one(client, world)
    for name, parts in (("customer", [world.ours.customer.pk]), ("message", [row.message_id]), ("today", [])):
        page = client.get(reverse(f"dashboard:{name}", args=parts)).content.decode()
        assert reverse("dashboard:message_undo", args=[row.message_id]) in page, name
    answer = post(client, "message_undo", [row.message_id], reason="Pomyłka", back="customer")
    assert answer["Location"] == world.ours.customer.get_absolute_url() and "does not leave" in said(answer)
    assert "withdrawn already" in said(post(client, "message_undo", [row.message_id]))
    page = client.get(reverse("dashboard:message", args=[row.message_id])).content.decode()
    assert "Sending undone" in page and "Pomyłka" in page
    assert reverse("dashboard:message_undo", args=[row.message_id]) not in page


def test_what_has_left_says_that_it_is_too_late(world: World) -> None:
    client = world.client("clerk")
    row = write_one(client, world)
    Message.objects.filter(pk=row.message_id).update(state="claimed", token=uuid4(), lease_until=NOW)
    Message.objects.filter(pk=row.message_id).update(state="handed", handed_at=NOW)
    assert "Too late" in said(post(client, "message_undo", [row.message_id]))


def to_state(message: Message, state: str) -> Message:
    rows = Message.objects.filter(pk=message.pk)
    rows.update(state="claimed", token=uuid4(), lease_until=NOW)
    rows.update(state="handed", handed_at=NOW, attempts=1)
    rows.update(state=state, lease_until=None, settled_at=NOW, reason="Broke off" if state == "unknown" else "")
    Attempt.objects.create(message=message, number=1, at=NOW, outcome=state)
    return rows.get()


def test_a_copy_goes_out_and_both_pages_name_each_other(world: World) -> None:
    client = world.client("clerk")
    message = to_state(write_one(client, world).message, "accepted")
    to = f"email:{message.recipient}"
    page = client.get(reverse("dashboard:message", args=[message.pk])).content.decode()
    assert reverse("dashboard:message_again", args=[message.pk]) in page
    assert post(client, "message_again", [message.pk], to=to, form=str(uuid4())).status_code == 422
    form = str(uuid4())
    for _ in range(2):
        assert post(client, "message_again", [message.pk], to=to, reason="Nie dotarło", form=form).status_code == 302
    row = Written.objects.get(original=message)
    second = post(client, "message_again", [message.pk], to=to, reason="Nie dotarło", form=str(uuid4()))
    assert second.status_code == 422 and "24 hours" in second.content.decode()
    assert post(client, "message_again", [message.pk], to=to, reason="Znów", form=str(uuid4()), once_more="on").status_code == 302
    assert (
        reverse("dashboard:message", args=[row.message_id]) in client.get(reverse("dashboard:message", args=[message.pk])).content.decode()
    )
    assert (
        reverse("dashboard:message", args=[message.pk]) in client.get(reverse("dashboard:message", args=[row.message_id])).content.decode()
    )


def test_what_nobody_knows_is_listed_and_decided_with_a_reason(world: World) -> None:
    client = world.client("clerk")
    message = to_state(write_one(client, world).message, "unknown")
    page = client.get(reverse("dashboard:unknown")).content.decode()
    assert "Broke off" in page and message.message_id.strip("<>") in page
    asked = client.get(reverse("dashboard:unknown_decide") + f"?pk={message.pk}").content.decode()
    assert "Did it leave?" in asked and 'name="count"' not in asked
    assert post(client, "unknown_decide", pk=message.pk, decision="left").status_code == 422
    assert post(client, "unknown_decide", pk=message.pk, decision="left", reason="Dziennik").status_code == 302
    message.refresh_from_db()
    assert message.state == "accepted"
    entry = Entry.objects.get(verb="unknown_decided")
    assert (entry.actor, entry.facts["reason"]) == (world.people["clerk"], "Dziennik")
    assert "Dziennik" in client.get(reverse("dashboard:message", args=[message.pk])).content.decode()


def test_about_many_the_number_is_typed(world: World) -> None:
    client = world.client("clerk")
    message, other = (to_state(write_one(client, world).message, "unknown") for _ in range(2))
    both = {"pk": [message.pk, other.pk], "decision": "given_up", "reason": "Awaria"}
    assert client.get(reverse("dashboard:unknown_decide"), {"pk": both["pk"]}).content.decode().count("Broke off") == 2
    assert post(client, "unknown_decide", **both, count="1").status_code == 422
    assert post(client, "unknown_decide", **both, count="2").status_code == 302
    assert set(Message.objects.filter(pk__in=[message.pk, other.pk]).values_list("state", flat=True)) == {"abandoned"}


def test_another_companys_unknown_is_neither_listed_nor_decided(world: World) -> None:
    client = world.client("clerk")
    message = Message.objects.create(
        creditor=world.theirs.creditor, key="theirs", message_id="<theirs@example.com>", purpose="written", channel="email", facts={},
        not_before=NOW, created_at=NOW, state="unknown",
    )  # fmt: skip
    assert message.message_id.strip("<>") not in client.get(reverse("dashboard:unknown")).content.decode()
    assert post(client, "unknown_decide", pk=message.pk, decision="left", reason="x").status_code == 422
    message.refresh_from_db()
    assert message.state == "unknown"


def test_the_company_sets_its_time_to_undo_and_the_history_says_so(world: World) -> None:
    client = world.client("manager")
    values = {"calendar": "country", "run_at": "08:00", "cap_per_person": "on", "four_eyes": "on", "legal_waits": "on", "reason": "Wolniej"}
    look = post(client, "rules_change", **values, undo_minutes="30")
    found = ADDRESS.search(look.content.decode())
    assert found and "30 minutes" in look.content.decode()
    assert post(client, "rules_change", **values, undo_minutes="30", looked_at=found.group(1)).status_code == 302
    assert LadderRules.objects.get(creditor=world.ours.creditor).undo_minutes == 30
    assert "30 minutes" in client.get(reverse("dashboard:rules")).content.decode()
    assert post(client, "rules_change", **values, undo_minutes="61").status_code == 422
