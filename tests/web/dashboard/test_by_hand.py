"""Papers made by hand on the screens: looked at without a trace, then made and kept, for one's own company alone."""

import pytest
from django.urls import reverse

from dunning.actions import withdrawals
from receivables.dashboard import downloads
from receivables.documents import actions as documents
from receivables.documents.models import Document
from receivables.messaging.models import Message
from tests.unit.papers import facts
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.world import NOW, TODAY, World

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
    for room in (downloads, documents):
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


def test_a_sent_letter_is_withdrawn_by_an_approver_and_its_page_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    message = Message.objects.filter(notice__creditor=world.ours.creditor, notice__main=None).earliest("pk")
    monkeypatch.setattr(withdrawals, "LEFT", frozenset({message.state}))  # as if it had left
    letter = documents.store(message.creditor, kind="demand", name="W.pdf", content=b"x", number="W/2026/0777", facts=facts(), now=NOW)
    Message.objects.filter(pk=message.pk).update(document=letter)
    assert post(world.client("clerk"), "message_withdraw", [message.pk], reason="x").status_code == 403
    answer = post(world.client("approver"), "message_withdraw", [message.pk], reason="Zapłacono <b>wcześniej</b>")
    assert answer.status_code == 302 and "Withdrawn by WP/" in said(answer)
    shown = world.client("clerk").get(reverse("dashboard:message", args=[message.pk]), headers={"accept-language": "en"}).content.decode()
    assert "This letter was withdrawn" in shown and "Zapłacono &lt;b&gt;wcześniej&lt;/b&gt;" in shown and "Send the apology" in shown
    again = post(world.client("approver"), "message_withdraw", [message.pk], reason="x")
    assert again.status_code == 422 and "withdrawn already" in again.content.decode()
