"""What people do on the screens: each deed goes through its action, is refused in words, and leaves an audit entry."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dunning.models import Agreement, Case, Hold, LadderRules, LimitationEvent, Notice, Promise, Run, Task
from dunning.states import NoticeState, TaskKind
from invoices.models import Contact, Customer, Dispute, Invoice, Payment, WriteOff
from receivables.dashboard.export import safe
from tests.builders import audited, make_customer, make_invoice, table
from tests.web.dashboard.world import DAY, TODAY, World, more_rows

CONFIRMED = {"confirmed": "yes"}


def post(client: Client, name: str, parts: list[int] | None = None, **values: Any) -> Any:
    return client.post(reverse(f"dashboard:{name}", args=parts or []), values, headers={"accept-language": "en"})


def said(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_a_hold_keeps_the_customer_out_and_its_release_lets_them_in(world: World) -> None:
    client, customer = world.client("clerk"), world.ours.customer
    answer = post(client, "customer_hold", [customer.pk], until="2026-11-30", reason="Rozmowy")
    assert answer.status_code == 302 and "30.11.2026" in said(answer)
    hold = Hold.objects.get(customer=customer)
    assert (hold.until, hold.reason, hold.author) == (TODAY + 7 * DAY, "Rozmowy", world.people["clerk"])
    assert post(client, "hold_release", [hold.pk]).status_code == 302
    hold.refresh_from_db()
    assert hold.released_on == TODAY
    assert audited(world.ours.creditor)[-2:] == ["held", "hold_released"]


@pytest.mark.parametrize(
    ("until", "reason"), [("2026-11-01", "in the past"), ("soon", "no date"), ("2026-11-30", "")], ids=["past", "no date", "no reason"]
)
def test_a_hold_that_cannot_be_is_refused_beside_the_form(world: World, until: str, reason: str) -> None:
    answer = post(world.client("clerk"), "customer_hold", [world.ours.customer.pk], until=until, reason=reason)
    assert answer.status_code == 422 and b"Please correct this" in answer.content
    assert not Hold.objects.filter(customer=world.ours.customer).exists()


def test_an_item_of_another_customer_cannot_be_held(world: World) -> None:
    other = world.theirs.invoice.items.get()
    answer = post(world.client("clerk"), "customer_hold", [world.ours.customer.pk], item=other.pk, reason="x")
    assert answer.status_code == 422
    assert not Hold.objects.filter(item=other).exists()


def test_a_payment_is_booked_with_a_decimal_comma_and_settles_what_was_chosen(world: World) -> None:
    item = world.ours.invoice.items.get()
    answer = post(
        world.client("clerk"), "customer_payment", [world.ours.customer.pk],
        amount="1 00,50".replace(" ", ""), currency="PLN", booked_on="2026-11-23", items=[item.pk], title="za F/1",
    )  # fmt: skip
    assert answer.status_code == 302
    item.refresh_from_db()
    assert item.open_amount == Decimal("399.50")
    assert Payment.objects.get(customer=world.ours.customer).recorded_by == world.people["clerk"]


@pytest.mark.parametrize("amount", ["", "0", "-5", "abc", "1.234", "NaN", "1e400", "1e2", "1E+2"])
def test_an_amount_that_cannot_be_booked_is_refused(world: World, amount: str) -> None:
    values = {"amount": amount, "currency": "PLN", "booked_on": "2026-11-23"}
    assert post(world.client("clerk"), "customer_payment", [world.ours.customer.pk], **values).status_code == 422
    assert not Payment.objects.filter(customer=world.ours.customer).exists()


def test_the_same_reference_is_refused_in_words(world: World) -> None:
    values = {"amount": "10", "currency": "PLN", "booked_on": "2026-11-23", "reference": "BANK-1"}
    client = world.client("clerk")
    assert post(client, "customer_payment", [world.ours.customer.pk], **values).status_code == 302
    again = post(client, "customer_payment", [world.ours.customer.pk], **values)
    assert again.status_code == 422 and b"booked already" in again.content


def test_money_left_is_allocated_and_a_payment_is_taken_back(world: World) -> None:
    payment = world.ours.payment
    invoice = make_invoice(payment.customer, "50.00", issued_on=TODAY - DAY, due_on=TODAY)
    client, item = world.client("clerk"), invoice.items.get()
    assert post(client, "payment_allocate", [payment.pk], items=[item.pk], on="2026-11-23").status_code == 302
    item.refresh_from_db()
    assert item.open_amount == 0
    assert post(client, "payment_reverse", [payment.pk], on="2026-11-23").status_code == 302
    item.refresh_from_db()
    assert item.open_amount == Decimal("50.00")
    again = post(client, "payment_reverse", [payment.pk], on="2026-11-23")
    assert again.status_code == 422 and b"taken back already" in again.content


def test_a_dispute_is_resolved_and_opened(world: World) -> None:
    client, invoice = world.client("clerk"), world.ours.invoice
    assert post(client, "invoice_dispute", [invoice.pk], reason="znowu").status_code == 422  # one is open
    assert post(client, "dispute_resolve", [invoice.pk], outcome="upheld").status_code == 302
    assert invoice.items.get().open_amount == Decimal("400.00")
    assert post(client, "invoice_dispute", [invoice.pk], amount="50", reason="znowu").status_code == 302
    assert Dispute.objects.get(item__invoice=invoice, resolved_on=None).amount == Decimal("50")


def test_a_write_off_takes_an_approver_and_a_reason(world: World) -> None:
    invoice = world.ours.invoice
    assert post(world.client("clerk"), "invoice_write_off", [invoice.pk], why="small", reason="x").status_code == 403
    assert post(world.client("approver"), "invoice_write_off", [invoice.pk]).status_code == 422
    assert post(world.client("approver"), "invoice_write_off", [invoice.pk], reason="upadłość").status_code == 422
    values = {"why": "insolvent", "reason": "upadłość"}
    assert post(world.client("approver"), "invoice_write_off", [invoice.pk], **values).status_code == 302
    made = WriteOff.objects.get(item__invoice=invoice)
    assert (made.by, made.why) == (world.people["approver"], "insolvent")


def test_numbers_are_noted_and_a_pesel_is_read_by_few_with_a_reason(world: World) -> None:
    customer, pesel = world.ours.customer, "44051401359"
    wrong = post(world.client("clerk"), "customer_numbers", [customer.pk], regon="123456784", krs="12", pesel="44051401358")
    assert wrong.status_code == 422 and pesel[:10] not in wrong.content.decode()
    assert post(world.client("clerk"), "customer_numbers", [customer.pk], regon="123456785", krs="", pesel=pesel).status_code == 302
    page = world.client("approver").get(reverse("dashboard:customer", args=[customer.pk])).content.decode()
    assert "123456785" in page and pesel not in page and reverse("dashboard:customer_pesel", args=[customer.pk]) in page
    assert post(world.client("clerk"), "customer_pesel", [customer.pk], reason="EPU").status_code == 403
    boss = world.client("approver")
    assert pesel not in boss.get(reverse("dashboard:customer_pesel", args=[customer.pk])).content.decode()
    assert post(boss, "customer_pesel", [customer.pk]).status_code == 422
    shown = post(boss, "customer_pesel", [customer.pk], reason="EPU")
    assert pesel in shown.content.decode() and shown["Cache-Control"] == "no-store"
    assert audited(world.ours.creditor)[-3:] == ["set_registered", "set_pesel", "read_pesel"]
    assert post(world.client("clerk"), "customer_numbers", [customer.pk], krs="", regon="", forget_pesel="on").status_code == 302
    customer.refresh_from_db()
    assert (customer.regon, customer.pesel, customer.pesel_hash) == ("", None, None)


def test_a_contact_is_changed_and_what_stays_stays(world: World) -> None:
    customer = world.ours.customer
    values = {"email": "nowy@example.com", "phone": "+48500100100", "street": "Prosta 1", "postcode": "00-001", "city": "Warszawa"}
    assert post(world.client("clerk"), "customer_contact", [customer.pk], **values).status_code == 302
    assert Contact.objects.get(customer=customer).email == "nowy@example.com"
    customer.refresh_from_db()
    assert (customer.street, customer.country) == ("Prosta 1", "PL")
    wrong = post(world.client("clerk"), "customer_contact", [customer.pk], **{**values, "phone": "12"})
    assert wrong.status_code == 422 and b"no phone number" in wrong.content


def test_a_task_is_closed_once(world: World) -> None:
    client, task = world.client("clerk"), world.ours.task
    assert post(client, "task_close", [task.pk], note="załatwione")["Location"] == reverse("dashboard:tasks")
    task.refresh_from_db()
    assert (task.closed_on, task.closed_by, task.result) == (TODAY, world.people["clerk"], "załatwione")
    assert "closed already" in said(post(client, "task_close", [task.pk], note="x", **{"from": "customer"}))


def test_a_call_says_whether_somebody_was_reached(world: World) -> None:
    task = Task.objects.create(
        creditor=world.ours.creditor, customer=world.ours.customer, kind=TaskKind.CALL, opened_on=TODAY, notice=world.ours.released
    )
    assert "Select a valid choice" in said(post(world.client("clerk"), "task_close", [task.pk], outcome="maybe"))
    post(world.client("clerk"), "task_close", [task.pk], outcome="reached")
    task.refresh_from_db()
    assert task.result == "reached"


def test_the_day_is_run_by_a_clerk_and_adds_nothing_twice(world: World) -> None:
    client = world.client("clerk")
    for _ in range(2):
        answer = post(client, "run_start")
        assert answer.status_code == 302
    runs = Run.objects.filter(creditor=world.ours.creditor, author=world.people["clerk"])
    assert runs.count() == 2
    assert Notice.objects.filter(creditor=world.ours.creditor, state=NoticeState.PROPOSED).count() == 1


def test_a_run_that_would_go_back_in_time_is_refused(world: World) -> None:
    LadderRules.objects.filter(creditor=world.ours.creditor).update(last_run_on=TODAY + DAY)
    answer = post(world.client("clerk"), "run_start")
    assert answer.status_code == 422 and b"go back in time" in answer.content


def test_approving_asks_first_and_then_sends(world: World) -> None:
    client, run, notice = world.client("approver"), world.ours.run, world.ours.proposed
    question = post(client, "run_answer", [run.pk], answer="approve", notice=[notice.pk])
    assert question.status_code == 200
    assert b"Approve 1 message?" in question.content and b"400.00" in question.content
    notice.refresh_from_db()
    assert notice.state == NoticeState.PROPOSED
    answer = post(client, "run_answer", [run.pk], answer="approve", notice=[notice.pk], **CONFIRMED)
    assert answer["Location"] == reverse("dashboard:run", args=[run.pk])
    notice.refresh_from_db()
    assert (notice.state, notice.answered_by) == (NoticeState.RELEASED, world.people["approver"])
    assert notice.message is not None
    again = post(client, "run_answer", [run.pk], answer="approve", notice=[notice.pk], **CONFIRMED)
    assert "Nothing is chosen" in said(again)


def test_who_planned_it_cannot_approve_it(world: World) -> None:
    Run.objects.filter(pk=world.ours.run.pk).update(author=world.people["approver"])
    client, notice = world.client("approver"), world.ours.proposed
    answer = post(client, "run_answer", [world.ours.run.pk], answer="approve", notice=[notice.pk], **CONFIRMED)
    assert "Somebody else has to approve" in said(answer)
    notice.refresh_from_db()
    assert notice.state == NoticeState.PROPOSED


def test_rejecting_keeps_the_reason(world: World) -> None:
    client, notice = world.client("approver"), world.ours.proposed
    post(client, "run_answer", [world.ours.run.pk], answer="reject", notice=[notice.pk], reason="Jest w rozmowie", **CONFIRMED)
    notice.refresh_from_db()
    assert (notice.state, notice.reason) == (NoticeState.REJECTED, "Jest w rozmowie")
    assert Case.objects.get(item__invoice=world.ours.invoice).look_again_on == TODAY + DAY


def test_all_of_a_step_needs_their_number_typed(world: World) -> None:
    more_rows(world.ours, 3)
    run = Run.objects.filter(creditor=world.ours.creditor).latest("pk")
    waiting = run.notices.filter(state=NoticeState.PROPOSED)
    step, channel = waiting.values_list("step", "channel").first() or ("", "")
    count = waiting.filter(step=step, channel=channel).count()
    values = {"answer": "approve", "step": step, "channel": channel}
    client = world.client("approver")
    assert f"Type {count} to confirm" in post(client, "run_answer", [run.pk], **values).content.decode()
    assert post(client, "run_answer", [run.pk], count=count - 1, **values, **CONFIRMED).status_code == 422
    assert waiting.filter(step=step, channel=channel).count() == count
    assert post(client, "run_answer", [run.pk], count=count, **values, **CONFIRMED).status_code == 302
    assert not waiting.filter(step=step, channel=channel).exists()


def test_messages_of_another_run_or_company_are_not_answered_along(world: World) -> None:
    ids = [world.theirs.proposed.pk, world.theirs.released.pk]
    answer = post(world.client("approver"), "run_answer", [world.ours.run.pk], answer="approve", notice=ids, **CONFIRMED)
    assert "Nothing is chosen" in said(answer)
    world.theirs.proposed.refresh_from_db()
    assert world.theirs.proposed.state == NoticeState.PROPOSED


def test_what_was_paid_meanwhile_is_not_sent(world: World) -> None:
    client = world.client("approver")
    post(client, "invoice_write_off", [world.ours.invoice.pk], why="small", reason="x")
    post(client, "run_answer", [world.ours.run.pk], answer="approve", notice=[world.ours.proposed.pk], **CONFIRMED)
    world.ours.proposed.refresh_from_db()
    assert world.ours.proposed.state == NoticeState.DROPPED
    page = client.get(reverse("dashboard:run", args=[world.ours.run.pk]), {"state": "dropped"}, headers={"accept-language": "en"})
    assert b"nothing left to say: settled" in page.content


def upload(client: Client, data: bytes, name: str = "tabela.csv") -> Any:
    values = {"file": SimpleUploadedFile(name, data), "profile": "generic"}
    return client.post(reverse("dashboard:intake"), values, headers={"accept-language": "en"})


def token_of(response: Any) -> str:
    return str(response.context["upload"].token)


def test_a_table_is_checked_first_and_then_taken_in(world: World, tmp_path: Path) -> None:
    client = world.client("clerk")
    checked = upload(client, table({"number": "N/1"}, {"number": "N/2"}))
    assert checked.status_code == 200 and b"Take the file into the books?" in checked.content
    assert not Invoice.objects.filter(number="N/1").exists()
    answer = post(client, "intake", token=token_of(checked))
    assert answer["Location"] == reverse("dashboard:invoices")
    assert Invoice.objects.filter(creditor=world.ours.creditor, number__in=["N/1", "N/2"]).count() == 2
    assert list((tmp_path / "uploads").iterdir()) == []
    assert "not kept any more" in said(post(client, "intake", token=token_of(checked)))


def test_a_table_with_a_broken_row_names_it_and_stores_nothing(world: World, tmp_path: Path) -> None:
    answer = upload(world.client("clerk"), table({"number": "N/1"}, {"number": "N/2", "gross": "-5"}))
    assert answer.status_code == 422 and b"The file is refused" in answer.content
    assert not Invoice.objects.filter(number="N/1").exists()
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_file_is_only_taken_in_by_who_loaded_it_and_for_the_same_company(world: World) -> None:
    both = world.client("both")
    checked = upload(both, table({"number": "N/1"}))
    assert "not kept any more" in said(post(world.client("clerk"), "intake", token=token_of(checked)))
    assert "not kept any more" in said(post(both, "intake", token="0" * 32))


def test_customers_are_checked_first_and_then_taken_in(world: World) -> None:
    client, address = world.client("clerk"), reverse("dashboard:customers_import")
    file = SimpleUploadedFile("k.csv", b"Customer number,Customer\nN1,Nowak\n")
    checked = client.post(address, {"file": file, "profile": "customers"}, headers={"accept-language": "en"})
    assert checked.status_code == 200 and not Customer.objects.filter(number="N1").exists()
    assert "reads a table of customers" in said(post(client, "intake", token=token_of(checked)))
    answer = post(client, "customers_import", token=token_of(checked))
    assert answer["Location"] == reverse("dashboard:first_contact")
    assert Customer.objects.get(creditor=world.ours.creditor, number="N1").waits_for_release


def test_no_file_and_an_unknown_profile_are_refused(world: World) -> None:
    client = world.client("clerk")
    assert client.post(reverse("dashboard:intake"), {"profile": "generic"}).status_code == 422
    file = SimpleUploadedFile("a.csv", b"x")
    assert client.post(reverse("dashboard:intake"), {"file": file, "profile": "other"}).status_code == 422


@pytest.mark.parametrize("cell", ["=1+1", "+48", "-5", "@SUM", "\tx", "\rx", "=cmd|' /C calc'!A0"])
def test_no_cell_of_an_export_is_read_as_a_formula(world: World, cell: str) -> None:
    make_customer(world.ours.creditor, name=cell.strip() or cell, number=f"={cell.strip()}")
    text = b"".join(world.client("viewer").get(reverse("dashboard:customers_export")).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert f"'={cell.strip()}" in text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Decimal("-5.00"), "-5.00"), (Decimal("2E+1"), "20"), (-5, "-5"), (None, ""), ("-5", "'-5"),
        (Decimal("45000.0000"), "45000.00"), (Decimal("4.3128"), "4.3128"), (Decimal("1.2300"), "1.23"), (Decimal("0.0000"), "0.00"),
    ],
)  # fmt: skip
def test_a_number_of_an_export_stays_one(cell: object, text: str) -> None:
    assert safe(cell) == text


def test_an_export_has_every_row_of_its_list_and_no_other(world: World) -> None:
    more_rows(world.ours, 3)
    client, ours = world.client("viewer"), world.ours.creditor
    for name, number in (
        ("customers_export", ours.customer_set.filter(merged_into=None).count()),
        ("invoices_export", ours.invoice_set.count()),
        ("payments_export", ours.payment_set.count()),
    ):
        response = client.get(reverse(f"dashboard:{name}"))
        lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
        assert len(lines) == number + 1
        assert "obca" not in "".join(lines)
        assert response["Cache-Control"] == "no-store"


def test_a_promise_is_noted_and_shown(world: World) -> None:
    client, customer = world.client("clerk"), world.ours.customer
    answer = post(client, "customer_promise", [customer.pk], amount="100,50", by="2026-11-30", reason="telefon")
    assert answer.status_code == 302 and "30.11.2026" in said(answer)
    made = Promise.objects.get(customer=customer)
    assert (made.amount, made.by, made.reason, made.author) == (Decimal("100.50"), TODAY + 7 * DAY, "telefon", world.people["clerk"])
    page = client.get(reverse("dashboard:customer", args=[customer.pk]))
    assert "100.50" in page.content.decode() and audited(world.ours.creditor)[-1] == "promised"


@pytest.mark.parametrize(("amount", "by"), [("0", "2026-11-30"), ("10", "2026-11-22"), ("10", ""), ("1.234", "2026-11-30")])
def test_a_promise_that_cannot_be_is_refused_beside_the_form(world: World, amount: str, by: str) -> None:
    assert post(world.client("clerk"), "customer_promise", [world.ours.customer.pk], amount=amount, by=by).status_code == 422
    assert not Promise.objects.exists()


def test_instalments_are_made_from_their_number_and_first_day(world: World) -> None:
    client, item = world.client("clerk"), world.ours.invoice.items.get()
    values = {"label": "U/2026/9", "items": [item.pk], "count": "3", "first": "2026-12-31"}
    assert post(client, "customer_agreement", [world.ours.customer.pk], **values).status_code == 302
    rates = list(Agreement.objects.get(label="U/2026/9").rates.values_list("due_on", "amount"))
    assert [str(day) for day, _ in rates] == ["2026-12-31", "2027-01-31", "2027-02-28"]
    assert sum(amount for _, amount in rates) == item.open_amount
    assert Case.objects.filter(rate__agreement__label="U/2026/9").count() == 3


@pytest.mark.parametrize(
    "rates", ["2026-12-31 1,00", "31.12.2026 500", "2026-11-22 500,00", "2026-12-31 abc", "2026-12-31 NaN", "2026-12-31 -5\n2027-01-01 505"]
)
def test_rates_that_do_not_fit_are_refused(world: World, rates: str) -> None:
    item = world.ours.invoice.items.get()
    values = {"label": "U/2026/9", "items": [item.pk], "rates": rates}
    assert post(world.client("clerk"), "customer_agreement", [world.ours.customer.pk], **values).status_code == 422
    assert not Agreement.objects.filter(label="U/2026/9").exists()


def test_an_agreement_is_ended_by_hand_with_its_reason(world: World) -> None:
    agreement = world.ours.agreement
    assert post(world.client("clerk"), "agreement_end", [agreement.pk], reason="").status_code == 422
    assert post(world.client("clerk"), "agreement_end", [agreement.pk], reason="na prośbę").status_code == 302
    agreement.refresh_from_db()
    assert agreement.ended_on == TODAY and set(agreement.rates.values_list("closed_as", "open_amount")) == {("plan_ended", Decimal(0))}


def test_nothing_is_said_of_a_message_that_never_left(world: World) -> None:
    client, message = world.client("clerk"), world.ours.message
    answer = post(client, "message_outcome", [message.pk], result="delivered", detail="telefon")
    assert answer.status_code == 422 and b"has not left" in answer.content
    assert not message.events.exists()


@pytest.mark.parametrize(("interest", "waived"), [("runs", False), ("waived", True)])
def test_payment_is_deferred_to_one_day_and_shown(world: World, interest: str, waived: bool) -> None:
    client, customer = world.client("clerk"), world.ours.customer
    item = world.ours.invoice.items.get()
    answer = post(client, "customer_deferral", [customer.pk], items=[item.pk], until="2026-12-15", interest=interest, reason="sezon")
    assert answer.status_code == 302 and "15.12.2026" in said(answer)
    made = Agreement.objects.get(customer=customer)
    assert (made.waives_interest, made.reason, made.author) == (waived, "sezon", world.people["clerk"])
    page = client.get(reverse("dashboard:customer", args=[customer.pk]), headers={"accept-language": "en"}).content.decode()
    assert made.label in page and ("No interest" in page) == waived


@pytest.mark.parametrize("until", ["2026-11-01", "", "kiedyś"])
def test_a_deferral_that_cannot_be_is_refused_beside_the_form(world: World, until: str) -> None:
    item = world.ours.invoice.items.get()
    values = {"items": [item.pk], "until": until, "interest": "runs"}
    assert post(world.client("clerk"), "customer_deferral", [world.ours.customer.pk], **values).status_code == 422
    assert not Agreement.objects.filter(customer=world.ours.customer).exists()


def test_a_signed_agreement_is_noted_with_its_paper_for_each_invoice(world: World) -> None:
    agreement, client = world.ours.agreement, world.client("clerk")
    assert post(client, "agreement_signed", [agreement.pk], on=TODAY.isoformat()).status_code == 422  # without the paper nothing is proved
    paper = SimpleUploadedFile("ugoda.pdf", b"%PDF-1.7 signed", "application/pdf")
    assert post(client, "agreement_signed", [agreement.pk], on=TODAY.isoformat(), document=paper).status_code == 302
    rows = LimitationEvent.objects.filter(invoice__items__agreements__agreement=agreement, on=TODAY).select_related("document")
    assert [(row.kind, row.proof, row.document and row.document.name) for row in rows] == [("acknowledgement", "letter", "ugoda.pdf")]
