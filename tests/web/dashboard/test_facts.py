"""What people record about customers on the screens, and what the screens then say."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dunning.actions import propose_stop_end, set_courtesy
from dunning.models import AwaitedCredit, CallMade, Complaint, Courtesy, CourtesySwitches, StopFact, Task
from dunning.states import CourtesyKind, StopKind, TaskKind
from invoices.models import Dispute
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.world import DAY, TODAY, World

STOP = {"kind": "bankruptcy", "since": "2026-11-20", "source": "KRZ 12/2026"}


def page(world: World, name: str, *parts: int, role: str = "clerk") -> str:
    response = world.client(role).get(reverse(f"dashboard:{name}", args=parts), headers={"accept-language": "en"})
    assert response.status_code == 200
    return str(response.content.decode())


# -- stop facts


def test_a_stop_fact_is_recorded_with_its_document_and_shown(world: World) -> None:
    customer = world.ours.customer
    paper = SimpleUploadedFile("../obwieszczenie.pdf", b"%PDF-1.7 x", content_type="text/html")
    answer = post(world.client("clerk"), "customer_stop", [customer.pk], **STOP, document=paper)
    assert answer.status_code == 302 and "nothing goes out" in said(answer)
    fact = StopFact.objects.get(customer=customer)
    assert (fact.kind, fact.author, fact.since) == (StopKind.BANKRUPTCY, world.people["clerk"], TODAY - 3 * DAY)
    task = Task.objects.get(customer=customer, kind=TaskKind.FILE_CLAIM)
    assert task.due_on == TODAY + 27 * DAY
    shown = page(world, "customer", customer.pk)
    for words in ("Bankruptcy", "KRZ 12/2026", "20 Dec 2026"):
        assert words in shown
    download = world.client("viewer").get(reverse("dashboard:stop_document", args=[fact.pk]))
    assert (download["Content-Type"], download["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert "attachment" in download["Content-Disposition"] and ".." not in download["Content-Disposition"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"since": "2026-12-01"}, "future"),
        ({"source": ""}, "required"),
        ({"kind": "ill"}, "valid choice"),
        ({"kind": "represented"}, "Name the representative"),
        ({"kind": "represented", "representative": "K", "phone": "12"}, "no phone number"),
        ({"document": "html"}, "PDF, PNG or JPEG"),
    ],
)
def test_a_stop_fact_that_cannot_be_is_refused(world: World, values: dict[str, Any], words: str) -> None:
    if "document" in values:
        values = {"document": SimpleUploadedFile("x.pdf", b"<html>", content_type="application/pdf")}
    answer = post(world.client("clerk"), "customer_stop", [world.ours.customer.pk], **{**STOP, **values})
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not StopFact.objects.filter(customer=world.ours.customer).exists()


def test_a_stop_fact_ends_by_two_people_in_the_browser(world: World) -> None:
    fact = world.ours.stop
    assert post(world.client("approver"), "stop_end", [fact.pk], reason="Pomyłka").status_code == 302
    assert "Confirm or refuse" in page(world, "customer", fact.customer_id, role="approver")
    assert "Confirm or refuse" not in page(world, "customer", fact.customer_id, role="clerk")
    own = post(world.client("approver"), "stop_answer", [fact.pk], answer="confirm")
    assert own.status_code == 422 and b"Somebody else has to approve" in own.content
    assert post(world.client("clerk"), "stop_answer", [fact.pk], answer="confirm").status_code == 403
    assert post(world.client("manager"), "stop_answer", [fact.pk], answer="confirm").status_code == 302
    fact.refresh_from_db()
    assert (fact.ended_on, fact.ended_by, fact.end_proposed_by) == (TODAY, world.people["manager"], world.people["approver"])
    assert fact.source not in page(world, "customer", fact.customer_id)


def test_a_refused_end_leaves_the_fact(world: World) -> None:
    fact = world.ours.stop
    propose_stop_end(fact, reason="x", on=TODAY, by=world.people["clerk"])
    assert post(world.client("manager"), "stop_answer", [fact.pk], answer="refuse").status_code == 302
    fact.refresh_from_db()
    assert fact.ended_on is None and not fact.end_is_proposed


def test_the_list_of_held_customers_has_those_whom_a_fact_holds(world: World) -> None:
    shown = world.client("clerk").get(reverse("dashboard:customers"), {"held": "on"}).content.decode()
    held = {name: reverse("dashboard:customer", args=[pk]) in shown for name, pk in (
        ("stopped", world.ours.stop.customer_id), ("complained", world.ours.complaint.customer_id), ("free", world.ours.customer.pk)
    )}  # fmt: skip
    assert held == {"stopped": True, "complained": True, "free": False}


# -- complaints, and credit on its way


def test_a_complaint_is_recorded_shown_and_answered(world: World) -> None:
    client, invoice = world.client("clerk"), world.ours.invoice
    values = {"about": "goods", "invoice": invoice.pk, "received_on": "2026-11-20", "text": "Pęknięte", "owner": world.people["clerk"].pk}
    assert post(client, "customer_complaint", [invoice.customer_id], **values).status_code == 302
    made = Complaint.objects.get(invoice=invoice)
    assert (made.owner, made.answer_by) == (world.people["clerk"], TODAY + 27 * DAY)
    for name, pk in (("customer", invoice.customer_id), ("invoice", invoice.pk), ("complaint", made.pk)):
        shown = page(world, name, pk)
        assert "answer by" in shown and "20 Dec 2026" in shown
    assert "Pęknięte" in page(world, "complaint", made.pk)
    assert post(client, "complaint_answer", [made.pk], outcome="rejected", answer="").status_code == 422
    assert post(client, "complaint_answer", [made.pk], outcome="rejected", answer="Sprawdziliśmy").status_code == 302
    assert "Sprawdziliśmy" in page(world, "complaint", made.pk)
    again = post(client, "complaint_answer", [made.pk], outcome="rejected", answer="x")
    assert again.status_code == 422 and b"answered already" in again.content


def test_a_complaint_names_invoices_and_owners_of_the_own_company_only(world: World) -> None:
    other = world.theirs
    for wrong in ({"invoice": other.invoice.pk}, {"owner": world.people["nobody"].pk}, {"received_on": "2026-12-01"}, {"text": ""}):
        values = {"about": "goods", "received_on": "2026-11-20", "text": "x", **wrong}
        assert post(world.client("clerk"), "customer_complaint", [world.ours.customer.pk], **values).status_code == 422
    assert not Complaint.objects.filter(customer=world.ours.customer).exists()


def test_today_shows_what_has_a_last_day_of_the_own_company(world: World) -> None:
    shown = page(world, "today")
    assert "With a last day" in shown
    assert "Complaint: goods or service" in shown and "See to a stop fact" in shown
    assert reverse("dashboard:complaint", args=[world.theirs.complaint.pk]) not in shown


def test_the_words_of_a_complaint_are_no_html(world: World) -> None:
    assert "<script>alert" not in page(world, "complaint", world.ours.complaint.pk)


def test_credit_is_awaited_and_called_off(world: World) -> None:
    client, invoice = world.client("clerk"), world.ours.invoice
    values = {"kind": "return", "amount": "50,00", "until": "2026-11-30", "reason": "Zwrot"}
    assert post(client, "invoice_awaited", [invoice.pk], **values).status_code == 302
    awaited = AwaitedCredit.objects.get(item__invoice=invoice)
    assert "Return announced" in page(world, "invoice", invoice.pk)
    assert post(client, "awaited_call_off", [awaited.pk]).status_code == 302
    assert "ended already" in said(post(client, "awaited_call_off", [awaited.pk]))
    too_much = post(client, "invoice_awaited", [invoice.pk], **{**values, "amount": "400.01"})
    assert too_much.status_code == 422 and "Only PLN\xa0400.00" in too_much.content.decode()


# -- disputes


def test_a_dispute_has_a_kind_an_owner_and_a_day_and_stands_on_the_first_screen(world: World) -> None:
    client, invoice = world.client("clerk"), world.ours.invoice
    post(client, "dispute_resolve", [invoice.pk], outcome="rejected")
    first = page(world, "invoice_dispute", invoice.pk)
    assert 'value="2026-12-07"' in first  # in two weeks
    values = {"amount": "50", "reason": "Za drogo", "code": "price", "owner": world.people["clerk"].pk, "due_on": "2026-11-22"}
    refused = post(client, "invoice_dispute", [invoice.pk], **values)
    assert refused.status_code == 422 and b"would be before" in refused.content
    assert post(client, "invoice_dispute", [invoice.pk], **{**values, "due_on": "2026-11-25"}).status_code == 302
    dispute = Dispute.objects.get(item__invoice=invoice, resolved_on=None)
    assert (dispute.code, dispute.owner, dispute.due_on) == ("price", world.people["clerk"], TODAY + 2 * DAY)
    assert "Wrong price" in page(world, "invoice", invoice.pk)
    assert f"Dispute: {dispute.item.label}" in page(world, "today")
    post(client, "dispute_resolve", [invoice.pk], outcome="rejected")
    assert f"Dispute: {dispute.item.label}" not in page(world, "today")


def test_an_owner_is_of_the_own_company(world: World) -> None:
    invoice = world.ours.complaint.invoice
    assert invoice is not None
    values = {"reason": "x", "owner": world.people["nobody"].pk}
    assert post(world.client("clerk"), "invoice_dispute", [invoice.pk], **values).status_code == 422


# -- reasons for not paying


def test_a_reason_is_noted_and_reported(world: World) -> None:
    client, invoice = world.client("clerk"), world.ours.invoice
    before = page(world, "reasons")
    assert "nobody has noted a reason" in before.lower() and "Cash flow" not in before
    assert post(client, "customer_reason", [invoice.customer_id], why="cash_flow", invoice=invoice.pk, note="Zator").status_code == 302
    assert "Zator" in page(world, "customer", invoice.customer_id)
    after = page(world, "reasons")
    assert "Cash flow" in after and "500.00" in after


@pytest.mark.parametrize("values", [{"why": "because"}, {"why": ""}, {"why": "forgot", "invoice": "other"}])
def test_a_reason_that_is_none_is_refused(world: World, values: dict[str, Any]) -> None:
    if "invoice" in values:
        values = {**values, "invoice": world.theirs.invoice.pk}
    assert post(world.client("clerk"), "customer_reason", [world.ours.customer.pk], **values).status_code == 422


# -- calls


def test_the_page_of_a_call_has_number_script_and_history(world: World) -> None:
    call = world.ours.call
    shown = page(world, "task_call", call.pk)
    assert 'href="tel:+48500100100"' in shown and "Dzień dobry, dzwonię z firmy Nasza" in shown
    assert "90,00" in shown and "No call yet" in shown
    assert reverse("dashboard:task_call", args=[call.pk]) in page(world, "tasks")


def test_a_call_is_recorded_and_then_gone(world: World) -> None:
    client, call = world.client("clerk"), world.ours.call
    assert post(client, "task_call", [call.pk], outcome="no_answer", note="Zajęte").status_code == 302
    made = CallMade.objects.get(task=call)
    assert (made.outcome, made.author, made.note) == ("no_answer", world.people["clerk"], "Zajęte")
    assert client.get(reverse("dashboard:task_call", args=[call.pk])).status_code == 404


@pytest.mark.parametrize(
    "values", [{"outcome": ""}, {"outcome": "promise"}, {"outcome": "promise", "amount": "5"}, {"outcome": "dispute", "reason": "x"}]
)
def test_a_call_that_lacks_something_is_refused(world: World, values: dict[str, Any]) -> None:
    assert post(world.client("clerk"), "task_call", [world.ours.call.pk], **values).status_code == 422
    assert not CallMade.objects.exists()


def test_a_dispute_said_in_a_call_is_opened(world: World) -> None:
    call = world.ours.call
    item = call.customer.items.get()
    values = {"outcome": "dispute", "item": item.pk, "amount": "30", "code": "price", "reason": "Za drogo"}
    assert post(world.client("clerk"), "task_call", [call.pk], **values).status_code == 302
    assert Dispute.objects.get(item=item).code == "price"
    other = world.theirs.invoice.items.get()
    assert post(world.client("clerk"), "task_call", [world.ours.call.pk], outcome="dispute", item=other.pk, reason="x").status_code == 404


def test_a_call_is_noted_by_hand(world: World) -> None:
    client, customer = world.client("clerk"), world.ours.call.customer
    values = {"on": TODAY.isoformat(), "spoken_to": "Anna Nowak", "outcome": "reached", "note": "Oddzwoni"}
    refused = post(client, "customer_call", [customer.pk], **values)
    assert refused.status_code == 422 and "A call of the ladder waits" in refused.content.decode()
    Task.objects.filter(kind=TaskKind.CALL, customer=customer).update(closed_on=TODAY)
    assert post(client, "customer_call", [customer.pk], **values).status_code == 302
    made = CallMade.objects.get(customer=customer)
    assert (made.note, made.on, made.author) == ("Anna Nowak – Oddzwoni", TODAY, world.people["clerk"])
    assert reverse("dashboard:customer_call", args=[customer.pk]) in page(world, "customer", customer.pk)


def test_a_wrong_number_opens_a_task(world: World) -> None:
    call = world.ours.call
    post(world.client("clerk"), "task_call", [call.pk], outcome="wrong_number")
    assert Task.objects.filter(customer=call.customer, kind=TaskKind.BAD_CONTACT, closed_on=None).exists()
    assert "does not work: call" in page(world, "customer", call.customer_id)


# -- courtesy messages


def test_a_manager_switches_courtesy_messages(world: World) -> None:
    client = world.client("manager")
    assert post(world.client("approver"), "courtesy", kinds=["thanks"]).status_code == 403
    assert post(client, "courtesy", kinds=["thanks", "dispute_received"]).status_code == 302
    switches = CourtesySwitches.objects.get(creditor=world.ours.creditor)
    assert (switches.thanks, switches.dispute_received, switches.complaint_received) == (True, True, False)
    assert page(world, "courtesy", role="manager").count("checked") == 2
    assert post(client, "courtesy", kinds=["everything"]).status_code == 422
    assert not CourtesySwitches.objects.filter(creditor=world.theirs.creditor).exists()


def test_a_dispute_opened_on_the_screen_is_answered(world: World) -> None:
    set_courtesy(world.ours.creditor, [CourtesyKind.DISPUTE_DECIDED])
    post(world.client("clerk"), "dispute_resolve", [world.ours.invoice.pk], outcome="upheld")
    answer = Courtesy.objects.get(customer=world.ours.customer)
    assert answer.kind == CourtesyKind.DISPUTE_DECIDED
    assert "Courtesy" in page(world, "customer", world.ours.customer.pk)
    assert "Courtesy" in page(world, "mailbox")
    assert world.client("clerk").get(reverse("dashboard:message", args=[answer.message_id])).status_code == 200
