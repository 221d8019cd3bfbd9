"""Papers made by hand on the screens: looked at without a trace, then made and kept, for one's own company alone."""

import pytest
from django.urls import reverse

from receivables.dashboard.views import by_hand
from receivables.documents import actions as documents
from receivables.documents.models import Document
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.world import TODAY, World

FORM = {
    "kind": "statement",
    "language": "de",
    "currency": "PLN",
    "from_on": "",
    "to_on": TODAY.isoformat(),
    "deadline_on": TODAY.isoformat(),
}


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The typesetting itself is tested elsewhere."""
    for room in (by_hand, documents):
        monkeypatch.setattr(room, "render_pdf", lambda html: b"%PDF " + html.encode())


def test_a_paper_is_looked_at_without_a_trace_and_then_made(world: World) -> None:
    client, customer = world.client("clerk"), world.ours.customer
    looked = post(client, "customer_papers", [customer.pk], look="1", **FORM)
    assert looked.status_code == 200 and b"Kontoauszug" in b"".join(looked.streaming_content)
    assert not Document.objects.filter(number="WK/2026/0001").exists()
    made = post(client, "customer_papers", [customer.pk], **FORM)
    assert made.status_code == 302 and "Made and kept as WK/" in said(made)
    paper = Document.objects.filter(kind="statement", creditor=customer.creditor).latest("pk")
    assert paper.number in client.get(reverse("dashboard:customer_papers", args=[customer.pk])).content.decode()
    got = client.get(reverse("dashboard:paper_document", args=[paper.pk]))
    assert b"".join(got.streaming_content) == bytes(paper.content)


def test_a_refusal_is_said_at_the_form_and_nothing_is_kept(world: World) -> None:
    before = Document.objects.count()
    answer = post(world.client("clerk"), "customer_papers", [world.ours.customer.pk], **{**FORM, "deadline_on": "2020-01-01"})
    assert answer.status_code == 422 and "has passed" in answer.content.decode()
    assert Document.objects.count() == before


def test_another_companys_papers_are_not_there(world: World) -> None:
    client = world.client("manager")
    assert client.get(reverse("dashboard:paper_document", args=[world.theirs.paper.pk])).status_code == 404
    assert post(client, "customer_papers", [world.theirs.customer.pk], **FORM).status_code == 404
