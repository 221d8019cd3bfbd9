"""Replies on the screens: read as text, sorted, dealt with through the forms there are, and nobody sees what is not theirs."""

from typing import Any

import pytest
from django.urls import reverse

from dunning.models import LimitationEvent, Promise, Reply, Task
from invoices.models import Dispute, Invoice
from receivables.accounts.models import Creditor, Membership, Role
from receivables.messaging.inbound.imap import imap_config
from receivables.messaging.models import ReplyMailbox
from tests.builders import make_user
from tests.web.dashboard.test_deeds import post
from tests.web.dashboard.test_facts import page
from tests.web.dashboard.world import ATTACK, NOW, World, take_mail

pytestmark = pytest.mark.django_db


def fresh(reply: Reply) -> Reply:
    return Reply.objects.get(pk=reply.pk)


def ask(world: World, name: str, pk: int, reply: Reply, role: str = "clerk") -> str:
    response = world.client(role).get(f"{reverse(f'dashboard:{name}', args=[pk])}?reply={reply.pk}")
    assert response.status_code == 200
    return str(response.content.decode())


def send(world: World, name: str, pk: int, reply: Reply, **values: object) -> int:
    return int(world.client("clerk").post(f"{reverse(f'dashboard:{name}', args=[pk])}?reply={reply.pk}", values).status_code)


def test_a_reply_is_shown_as_text_with_the_words_that_decided(world: World) -> None:
    shown = page(world, "reply", world.ours.reply.pk)
    assert "<script>alert" not in shown and "&lt;script&gt;alert" in shown
    assert 'href="https://zla.example' not in shown and "https://zla.example" in shown
    assert "<q>Zapłacę</q>" in shown
    assert world.ours.reply.kind == "promise"


def test_the_list_shows_what_is_to_be_read_and_the_tray_what_strangers_wrote(world: World) -> None:
    ours, stranger = (reverse("dashboard:reply", args=[one.pk]) for one in (world.ours.reply, world.ours.stranger))
    shown, tray = page(world, "replies"), world.client("clerk").get(f"{reverse('dashboard:replies')}?state=tray").content.decode()
    assert (ours in shown, stranger in shown, ours in tray, stranger in tray) == (True, False, False, True)
    assert world.ours.reply.customer is not None and world.ours.reply.customer.name not in tray


URL = "imaps://odpowiedzi:tajne-haslo@poczta.example:993/INBOX"


@pytest.mark.parametrize("name", ["today", "replies"])
def test_a_mailbox_that_cannot_be_read_is_said(world: World, settings: Any, name: str) -> None:
    box = ReplyMailbox.objects.create(name=imap_config(URL).name, read_at=NOW, problem="The mailbox cannot be read (gaierror).")
    before, link = page(world, name), f'href="{reverse("dashboard:replies")}"'
    assert "Replies are not read" not in before
    settings.REPLY_IMAP_URL = URL
    shown = page(world, name)
    assert "Replies are not read" in shown and "tajne-haslo" not in shown and "poczta.example" not in shown
    assert ("gaierror" in shown) is (name == "replies")
    assert shown.count(link) - before.count(link) == (name == "today")
    ReplyMailbox.objects.filter(pk=box.pk).update(problem="")
    assert "Replies are not read" not in page(world, name)


def test_an_address_of_a_mailbox_that_is_none_is_said_and_not_shown(world: World, settings: Any) -> None:
    settings.REPLY_IMAP_URL = "imaps://tajne-haslo@:/"
    shown = page(world, "replies")
    assert "REPLY_IMAP_URL must look like" in shown and "tajne-haslo" not in shown


def test_a_strangers_reply_shows_no_customer(world: World) -> None:
    shown = page(world, "reply", world.ours.stranger.pk)
    assert not any(name in shown for name in world.ours.creditor.customer_set.values_list("name", flat=True))


def test_another_companys_replies_are_not_found(world: World) -> None:
    for reply in (world.theirs.reply, world.theirs.stranger):
        assert world.client("clerk").get(reverse("dashboard:reply", args=[reply.pk])).status_code == 404
        assert post(world.client("clerk"), "reply_done", [reply.pk], note="x").status_code == 404
    assert "obca.example" not in page(world, "replies")


def test_a_message_of_another_company_is_not_named(world: World) -> None:
    """As if a mail had been given to the wrong company: of what it answers nothing is told."""
    theirs = world.theirs.message
    Reply.objects.filter(pk=world.ours.reply.pk).update(message=world.ours.message)
    address = reverse("dashboard:message", args=[world.ours.message.pk])
    assert address in page(world, "reply", world.ours.reply.pk)
    Reply.objects.filter(pk=world.ours.reply.pk).update(message=theirs)
    shown = page(world, "reply", world.ours.reply.pk)
    assert reverse("dashboard:message", args=[theirs.pk]) not in shown and theirs.recipient not in shown


def test_what_may_be_about_any_company_is_seen_by_those_who_work_at_all(world: World) -> None:
    raw = b"From: kto@nieznany.example\nTo: x@nieznany.example\n\nHalo?\n"
    reply = Reply.objects.get(mail=take_mail(raw, source="file", now=NOW).mail)
    assert reply.creditor is None
    address = reverse("dashboard:reply", args=[reply.pk])
    assert world.client("manager").get(address).status_code == 404
    everywhere = make_user("everywhere", role=Role.CLERK, creditor=world.ours.creditor)
    for creditor in Creditor.objects.exclude(pk=world.ours.creditor.pk):
        Membership.objects.create(user=everywhere, creditor=creditor, role=Role.CLERK)
    world.people["everywhere"] = everywhere
    assert world.client("everywhere").get(address).status_code == 200
    assert post(world.client("everywhere"), "reply_assign", [reply.pk], customer=world.ours.customer.pk).status_code == 302
    assert (fresh(reply).creditor, fresh(reply).customer) == (world.ours.creditor, world.ours.customer)


def test_the_promise_is_filled_in_and_deals_with_the_reply(world: World) -> None:
    reply = world.ours.reply
    assert reply.customer is not None
    form = ask(world, "customer_promise", reply.customer.pk, reply)
    assert 'value="80"' in form and 'value="2026-11-24"' in form and reply.mail.sender in form
    assert send(world, "customer_promise", reply.customer.pk, reply, amount="x", by="2026-11-24") == 422
    assert fresh(reply).handled_at is None
    assert send(world, "customer_promise", reply.customer.pk, reply, amount="80", by="2026-11-24") == 302
    assert (fresh(reply).handled_how, Promise.objects.filter(customer=reply.customer).count()) == ("promise", 1)
    assert not Task.objects.filter(customer=reply.customer, kind="reply", closed_on=None).exists()


def test_a_refused_deed_deals_with_nothing(world: World) -> None:
    reply = world.ours.reply
    assert reply.customer is not None
    assert send(world, "customer_promise", reply.customer.pk, reply, amount="80", by="2020-01-01") == 422
    assert fresh(reply).handled_at is None


def test_a_form_about_somebody_else_does_not_deal_with_the_reply(world: World) -> None:
    reply = world.ours.reply
    assert send(world, "customer_promise", world.ours.customer.pk, reply, amount="80", by="2026-11-24") == 302
    assert fresh(reply).handled_at is None
    assert world.theirs.reply.customer is not None
    assert "obca.example" not in ask(world, "customer_promise", world.ours.customer.pk, world.theirs.reply)


def test_an_acknowledgement_is_offered_and_never_booked_alone(world: World) -> None:
    reply = world.ours.reply
    before = LimitationEvent.objects.count()
    invoice = Invoice.objects.get(customer=reply.customer)
    assert f"{reverse('dashboard:limitation_note', args=[invoice.pk])}?reply={reply.pk}" in page(world, "reply", reply.pk)
    assert "Odp: " not in ask(world, "limitation_note", invoice.pk, reply)
    assert LimitationEvent.objects.count() == before
    said = {"kind": "acknowledgement", "on": "2026-11-23", "proof": "email", "source": "E-mail"}
    assert send(world, "limitation_note", invoice.pk, reply, **said) == 302
    assert (fresh(reply).handled_how, LimitationEvent.objects.count()) == ("limitation", before + 1)


def test_a_dispute_is_opened_from_the_reply(world: World) -> None:
    reply = world.ours.reply
    invoice = Invoice.objects.get(customer=reply.customer)
    assert send(world, "invoice_dispute", invoice.pk, reply, reason="Za drogo") == 302
    assert fresh(reply).handled_how == "dispute" and Dispute.objects.filter(item__invoice=invoice).exists()


def test_answered_goes_on_with_a_note(world: World) -> None:
    reply = world.ours.reply
    assert post(world.client("clerk"), "reply_done", [reply.pk], note="").status_code == 422
    assert post(world.client("viewer"), "reply_done", [reply.pk], note="x").status_code == 403
    assert post(world.client("clerk"), "reply_done", [reply.pk], note="Zadzwoniłem").status_code == 302
    assert fresh(reply).note == "Zadzwoniłem" and "Zadzwoniłem" in page(world, "reply", reply.pk)


def test_the_kind_is_corrected(world: World) -> None:
    reply = world.ours.reply
    assert post(world.client("clerk"), "reply_kind", [reply.pk], kind="nonsense").status_code == 302
    assert fresh(reply).corrected_by is None
    assert post(world.client("clerk"), "reply_kind", [reply.pk], kind="paid").status_code == 302
    assert (fresh(reply).kind, fresh(reply).sorted_as, fresh(reply).corrected_by) == ("paid", "promise", world.people["clerk"])


def test_a_stranger_is_assigned_after_a_search(world: World) -> None:
    client, stranger = world.client("clerk"), world.ours.stranger
    found = client.get(f"{reverse('dashboard:reply_assign', args=[stranger.pk])}?q={world.ours.customer.number}").content.decode()
    assert world.ours.customer.name in found
    assert post(client, "reply_assign", [stranger.pk], customer=world.theirs.customer.pk).status_code == 404
    assert post(client, "reply_assign", [stranger.pk], customer=world.ours.customer.pk).status_code == 302
    assert fresh(stranger).customer == world.ours.customer


def test_today_says_how_many_wait_and_the_customers_page_shows_them(world: World) -> None:
    assert f"{reverse('dashboard:replies')}?state=tray" in page(world, "today")
    assert world.ours.reply.customer is not None
    assert reverse("dashboard:reply", args=[world.ours.reply.pk]) in page(world, "customer", world.ours.reply.customer.pk)


def test_a_file_that_came_with_it_can_only_be_saved(world: World) -> None:
    address = reverse("dashboard:reply_document", args=[world.ours.reply.pk])
    assert f'href="{address}?file=0"' in page(world, "reply", world.ours.reply.pk)
    answer = world.client("viewer").get(f"{address}?file=0")
    assert (answer.status_code, answer["Content-Type"], answer["X-Content-Type-Options"]) == (200, "application/octet-stream", "nosniff")
    assert answer["Content-Disposition"].startswith("attachment;") and "<" not in answer["Content-Disposition"]
    assert "sandbox" in answer["Content-Security-Policy"]
    assert ATTACK.encode() in b"".join(answer.streaming_content)


@pytest.mark.parametrize("number", ["1", "-1", "x", "²", "9" * 30, ""])
def test_a_file_that_is_not_there_is_not_found(world: World, number: str) -> None:
    address = reverse("dashboard:reply_document", args=[world.ours.reply.pk])
    assert world.client("viewer").get(f"{address}?file={number}").status_code == 404


def test_files_of_another_company_and_of_strangers_are_seen_by_nobody_else(world: World) -> None:
    for reply in (world.theirs.reply, world.theirs.stranger):
        assert world.client("manager").get(reverse("dashboard:reply_document", args=[reply.pk])).status_code == 404
