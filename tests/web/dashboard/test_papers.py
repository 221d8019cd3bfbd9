"""What people do with structured invoices: take a file in, answer what it left open, say how it was delivered, attach papers."""

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from invoices.models import Invoice, InvoiceQuestion, Item, NotTaken
from receivables.accounts.models import Creditor
from receivables.documents.actions import store
from tests.unit.intake.files import SELLER_NIP, ksef, transfer, zipped
from tests.web.dashboard.world import NOW, TODAY, World


def post(client: Client, name: str, parts: list[int] | None = None, **values: Any) -> Any:
    return client.post(reverse(f"dashboard:{name}", args=parts or []), values, headers={"accept-language": "en"})


def test_a_file_is_checked_and_taken_and_its_questions_answered(world: World) -> None:
    Creditor.objects.filter(pk=world.ours.creditor.pk).update(tax_id=SELLER_NIP)
    client = world.client("clerk")
    dated, cash = ksef("S/1", payment=transfer("2026-03-15", "2026-04-15")), ksef("S/2", payment=transfer(method="1"))
    checked = post(client, "papers_import", file=SimpleUploadedFile("luty.zip", zipped({"1.xml": dated, "2.xml": cash})))
    assert checked.status_code == 200 and not Invoice.objects.filter(number="S/1").exists()
    taken = post(client, "papers_import", token=checked.context["upload"].token)
    assert taken["Location"] == reverse("dashboard:invoices")
    draft, other = Invoice.objects.get(number="S/1"), Invoice.objects.get(number="S/2")
    page = client.get(draft.get_absolute_url()).content.decode()
    assert reverse("dashboard:invoice_due_dates", args=[draft.pk]) in page
    wrong = {"due_1": "2026-03-15", "amount_1": "1000"}
    assert post(client, "invoice_due_dates", [draft.pk], **wrong, due_2="2026-04-15", amount_2="100").status_code == 422
    assert post(client, "invoice_due_dates", [draft.pk], **wrong, due_2="2026-04-15").status_code == 422
    assert post(client, "invoice_due_dates", [draft.pk], **wrong, due_2="2026-03-15", amount_2="230").status_code == 422
    assert post(client, "invoice_due_dates", [draft.pk], **wrong, due_2="2026-04-15", amount_2="230").status_code == 302
    assert Item.objects.filter(invoice=draft).count() == 2
    question = InvoiceQuestion.objects.open().get(invoice=other)
    assert post(client, "invoice_question", [question.pk], answer="").status_code == 422
    assert post(client, "invoice_question", [question.pk], answer="by transfer after all").status_code == 302
    assert not InvoiceQuestion.objects.open().filter(invoice__in=[draft, other]).exists()


def test_one_day_is_due_for_all_of_it(world: World) -> None:
    Creditor.objects.filter(pk=world.ours.creditor.pk).update(tax_id=SELLER_NIP)
    client = world.client("clerk")
    checked = post(client, "papers_import", file=SimpleUploadedFile("x.xml", ksef("S/1", payment=transfer("2026-03-15", "2026-04-15"))))
    post(client, "papers_import", token=checked.context["upload"].token)
    draft = Invoice.objects.get(number="S/1")
    assert post(client, "invoice_due_dates", [draft.pk], due_1="2026-03-15").status_code == 302
    assert str(draft.items.get().amount) == "1230.0000"


def test_a_file_that_is_refused_names_the_places(world: World) -> None:
    client = world.client("clerk")
    refused = post(client, "papers_import", file=SimpleUploadedFile("x.xml", ksef(total="1.234")))
    assert refused.status_code == 422 and b"Faktura/Fa/P_15" in refused.content
    assert post(client, "papers_import", file=SimpleUploadedFile("x.csv", b"a;b\n1;2\n")).status_code == 422
    assert post(client, "papers_import").status_code == 422


def test_a_delivery_and_a_paper(world: World) -> None:
    client, invoice = world.client("clerk"), world.ours.invoice
    before = invoice.deliveries.count()
    assert post(client, "invoice_delivery", [invoice.pk], how="by_hand").status_code == 422
    assert (
        post(client, "invoice_delivery", [invoice.pk], how="by_hand", delivered_on=TODAY - timedelta(days=9), note="Nowak").status_code
        == 302
    )
    assert invoice.deliveries.count() == before + 1
    wz = SimpleUploadedFile("../../WZ <1>.pdf", b"%PDF-1.7 x")
    assert post(client, "invoice_paper", [invoice.pk], kind="proof", document=wz).status_code == 302
    attached = invoice.papers.order_by("-pk").first()
    got = client.get(reverse("dashboard:invoice_paper_document", args=[attached.pk]))
    assert got["Content-Type"] == "application/pdf" and b"".join(got.streaming_content) == b"%PDF-1.7 x"  # type: ignore[attr-defined]
    assert post(client, "invoice_paper", [invoice.pk], kind="proof", document=SimpleUploadedFile("x.pdf", b"MZ")).status_code == 422


def test_what_a_pull_could_not_take(world: World) -> None:
    client, ours = world.client("clerk"), world.ours.creditor
    document = store(ours, kind="not_taken", name="x.xml", content=ksef("S/9"), media_type="application/xml", facts={}, now=NOW)
    row = NotTaken.objects.create(creditor=ours, service="ksef", key="K-9", reasons=["a purchase"], document=document, since=NOW)
    assert b"a purchase" in client.get(reverse("dashboard:papers_import")).content
    Creditor.objects.filter(pk=ours.pk).update(tax_id="9999999999")
    post(client, "not_taken_again", [row.pk])
    assert not Invoice.objects.filter(number="S/9").exists()
    Creditor.objects.filter(pk=ours.pk).update(tax_id=SELLER_NIP)
    post(client, "not_taken_again", [row.pk])
    assert Invoice.objects.filter(number="S/9").exists()
    assert post(client, "not_taken_again", [row.pk]).status_code == 404
