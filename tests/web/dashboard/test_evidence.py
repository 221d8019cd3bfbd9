"""Evidence packs on the screen: looked at without a trace, then made and kept, for one's own company alone."""

import pytest
from django.urls import reverse

from dunning import actions
from invoices.models import Invoice
from receivables.documents import actions as documents
from receivables.documents.models import Document
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.world import World


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The typesetting itself is tested elsewhere."""
    monkeypatch.setattr(documents, "render_pdf", lambda html: b"%PDF " + html.encode())


def test_a_pack_is_looked_at_without_a_trace_and_then_made(world: World) -> None:
    client, customer = world.client("clerk"), world.ours.customer
    invoice = Invoice.objects.filter(customer=customer, kind="invoice").exclude(state="draft").earliest("pk")
    before = Document.objects.count()
    looked = post(client, "customer_packs", [customer.pk], look="1", invoices=[invoice.pk], language="de").content.decode()
    assert "What would be in it" in looked and Document.objects.count() == before
    made = post(client, "customer_packs", [customer.pk], invoices=[invoice.pk], language="de")
    assert made.status_code == 302 and "ZD-" in said(made)
    kept = Document.objects.filter(kind=actions.PACK).latest("pk")
    assert kept.name in client.get(reverse("dashboard:customer_packs", args=[customer.pk])).content.decode()
    got = client.get(reverse("dashboard:pack_document", args=[kept.pk]))
    assert b"".join(got.streaming_content) == bytes(kept.content) and got["Content-Type"] == "application/zip"  # type: ignore[attr-defined]


def test_nothing_chosen_and_anothers_invoice_are_refused_at_the_form(world: World) -> None:
    client, customer = world.client("clerk"), world.ours.customer
    theirs = Invoice.objects.filter(customer=world.theirs.customer).earliest("pk")
    assert "Choose at least one" in post(client, "customer_packs", [customer.pk], language="pl").content.decode()
    assert post(client, "customer_packs", [customer.pk], invoices=[theirs.pk], language="pl").status_code == 422


def test_another_companys_packs_are_not_there(world: World) -> None:
    client = world.client("manager")
    assert client.get(reverse("dashboard:pack_document", args=[world.theirs.pack.pk])).status_code == 404
    assert client.get(reverse("dashboard:customer_packs", args=[world.theirs.customer.pk])).status_code == 404
    assert client.get(reverse("dashboard:pack_document", args=[world.ours.paper.pk])).status_code == 404  # a paper is no pack
