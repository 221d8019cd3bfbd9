"""The first e-mail about an item brings its invoice, and what was accepted is a delivery."""

import pytest
from django.db import IntegrityError, transaction

from dunning.models import LadderRules
from invoices.models import Delivery, Invoice, Item
from invoices.states import Delivered
from receivables.documents.actions import store
from receivables.messaging.models import Enclosure, Message
from receivables.messaging.outgoing import Accepted, Failed, Outgoing
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db

MAILS = """\
name: Mails
steps:
  - {key: first, after_due: 1, channel: [email]}
  - {key: second, after_due: 5, channel: [email]}
"""
ALONG = "name: P\nsteps: [{key: ring, after_due: 1, channel: [sms], also: [email]}, {key: more, after_due: 5, channel: [email]}]"


def with_paper(firm: Firm, item: Item, *, size: int = 100) -> bytes:
    content = (f"%PDF-1.7 {item.label} ".encode() * 100)[:size].ljust(size, b".")
    paper = store(firm.creditor, kind="invoice", name=f"{item.label.replace('/', '-')}.pdf", content=content, facts={}, now=firm.noon(0))
    Invoice.objects.filter(pk=item.invoice_id).update(document=paper)
    return content


def mails(recorder: Recorder) -> list[Outgoing]:
    return [one for one in recorder.taken if one.channel == "email"]


def test_the_first_mail_brings_the_invoice_and_its_acceptance_is_a_delivery_once(recorder: Recorder) -> None:
    firm = make_firm(MAILS, recorder)
    item = firm.owes()
    content = with_paper(firm, item)
    firm.run(1)
    firm.run(5)
    first, second = mails(recorder)
    assert [paper.content for paper in first.papers] == [content] and not second.papers
    assert first.papers[0].name in first.text and first.papers[0].name in first.html and first.papers[0].name not in second.text
    assert Enclosure.objects.get().document.sha256 == item.invoice.__class__.objects.get(pk=item.invoice_id).document.sha256
    delivered = Delivery.objects.get()
    assert (delivered.how, delivered.on, delivered.message_id) == (Delivered.EMAIL, day(1), Message.objects.order_by("pk")[0].pk)


def test_what_came_to_nothing_was_not_the_first(recorder: Recorder) -> None:
    firm = make_firm(MAILS, recorder)
    item = firm.owes()
    with_paper(firm, item)
    recorder.answer = lambda outgoing: Failed("no")
    firm.run(1)
    assert not Delivery.objects.exists()
    recorder.answer = lambda outgoing: Accepted()
    firm.run(2)
    assert len(mails(recorder)[0].papers) == 1 and Delivery.objects.get().on == day(2)
    Message.objects.filter(pk=Delivery.objects.get().message_id).update(state="hard_bounced")
    assert not Delivery.objects.counting().exists()


def test_a_mail_that_goes_along_brings_it_and_a_text_message_never(recorder: Recorder) -> None:
    firm = make_firm(ALONG, recorder)
    with_paper(firm, firm.owes())
    firm.run(1)
    firm.run(5)
    assert [(one.channel, len(one.papers)) for one in recorder.taken] == [("sms", 0), ("email", 1), ("email", 0)]


def test_a_mail_has_room_for_so_many_and_names_the_portal_for_the_rest(recorder: Recorder, settings) -> None:
    settings.MAIL_ENCLOSED_BYTES = 1000
    firm = make_firm(MAILS, recorder)
    customer = firm.customer()
    items = [firm.owes(customer) for _ in range(4)]
    for item, size in zip(items, (900, 2000, 50, 50), strict=True):
        with_paper(firm, item, size=size)
    LadderRules.objects.update(most_enclosed=3)
    firm.run(1)
    (mail,) = mails(recorder)
    assert [len(paper.content) for paper in mail.papers] == [900, 50] and "portal" in mail.text.rpartition("\n\n")[2]
    assert Delivery.objects.count() == 2


def test_the_switch_and_quarantine(recorder: Recorder) -> None:
    firm = make_firm(MAILS, recorder)
    item = firm.owes()
    with_paper(firm, item)
    LadderRules.objects.update(most_enclosed=0)
    firm.run(1)
    assert not mails(recorder)[0].papers
    assert "enclosed" not in Message.objects.get().facts


def test_the_database_encloses_a_paper_once_and_never_changes_that(recorder: Recorder) -> None:
    firm = make_firm(MAILS, recorder)
    with_paper(firm, firm.owes())
    firm.run(1)
    row = Enclosure.objects.get()
    with pytest.raises(IntegrityError, match="paper_enclosed_once"), transaction.atomic():
        Enclosure.objects.create(message=row.message, document=row.document, position=2)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Enclosure.objects.update(position=3)
    with pytest.raises(IntegrityError, match="twenty_invoices_enclosed_at_most"), transaction.atomic():
        LadderRules.objects.update(most_enclosed=21)
