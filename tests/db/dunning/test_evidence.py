"""The evidence pack of real rows: what was sent, said and paid is in it, it verifies offline, and asked twice it is made once."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.test.utils import CaptureQueriesContext

from dunning import actions
from dunning.evidence import verify_pack
from dunning.models import Notice
from invoices.models import Customer, InvoicePaper, Item
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.documents import actions as documents
from receivables.documents.actions import store
from receivables.documents.models import Document
from receivables.messaging.models import Message
from tests.builders import dispute, make_customer, make_item, pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm
from tests.db.messaging.test_restored import past_triggers

pytestmark = pytest.mark.django_db
D = Decimal
DEMAND = """\
name: Demands
steps:
  - {key: demand, after_due: 1, channel: [email], document: demand, deadline_days: 7}
"""


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were set; the typesetting itself is tested elsewhere."""
    found: list[str] = []
    monkeypatch.setattr(documents, "render_pdf", lambda html: (found.append(html), f"%PDF {len(found)}".encode())[1])
    return found


@pytest.fixture
def lived(recorder: Recorder, pages: list[str]) -> tuple[Firm, Item]:
    """A demand that left on day 2, a contract on file, a part paid on day 4, a part disputed."""
    firm = make_firm(DEMAND, recorder)
    item = firm.owes(amount="1000.00")
    contract = store(firm.creditor, kind="attached", name="umowa.pdf", content=b"%PDF contract", facts={}, now=firm.noon(0))
    InvoicePaper.objects.create(invoice=item.invoice, kind="contract", document=contract, attached_at=firm.noon(0))
    firm.run(2)
    for notice in Notice.objects.filter(creditor=firm.creditor, state="proposed"):
        actions.approve(notice, on=day(2), now=firm.noon(2))
        firm.deliver(2)
    pay(item.customer, "400.00", item, booked_on=day(4), title="=cmd")
    dispute(item, "50.00")
    return firm, item


def packed(firm: Firm, item: Item, number: int = 30) -> Document:
    return actions.make_evidence(item.customer, [item.invoice_id], language="pl", on=day(number), now=firm.noon(number))


def files_of(made: Document) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bytes(made.content))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_pack_holds_what_was_agreed_sent_and_paid_and_verifies(lived: tuple[Firm, Item], pages: list[str], tmp_path: Path) -> None:
    firm, item = lived
    made = packed(firm, item)
    found = files_of(made)
    assert b"%PDF contract" in found.values()
    demand = Document.objects.get(creditor=firm.creditor, kind="demand")
    assert bytes(demand.content) in found.values() and demand.number in pages[-1]
    delivery = json.loads(next(content for name, content in found.items() if name.endswith("delivery.json")))
    assert delivery["state"] == "accepted" and delivery["attempts"][0]["outcome"] == "accepted"
    (tmp_path / "pack.zip").write_bytes(bytes(made.content))
    faults, said = verify_pack.verify(tmp_path / "pack.zip")
    assert faults == [] and said["contents_sha256"] in pages[-1]
    entry = Entry.objects.get(verb="evidence_packed")
    assert entry.facts["contents"] == said["contents_sha256"] and entry.facts["sha256"] == made.sha256


def test_the_sums_are_those_of_the_books_with_interest_to_the_day(lived: tuple[Firm, Item]) -> None:
    firm, item = lived
    case = json.loads(files_of(packed(firm, item))["case.json"])
    periods = [period for claim in case["claims"] for period in claim["periods"]]
    assert (case["principal"], case["disputed"]) == ("600.00", "50.00")
    assert sum(period["days"] for period in periods) == 30
    assert sum(D(period["amount"]) for period in periods) == D(case["interest"]) > 0
    assert D(case["asks"]) == D("600.00") + D(case["interest"]) + D(case["compensation"])
    table = list(csv.DictReader(io.StringIO(files_of(packed(firm, item))["payments.csv"].decode("utf-8-sig")), delimiter=";"))
    assert [(row["amount"], row["title"]) for row in table] == [("400.00", "'=cmd")]


def test_asked_again_with_nothing_changed_the_first_pack_is_returned(lived: tuple[Firm, Item]) -> None:
    firm, item = lived
    first = packed(firm, item)
    assert packed(firm, item) == first and Document.objects.filter(kind=actions.PACK).count() == 1
    assert Entry.objects.filter(verb="evidence_packed", subject=f"documents.Document:{first.pk}").count() == 1
    pay(item.customer, "1.00", item, booked_on=day(30))
    assert packed(firm, item) != first
    assert actions.packs_of(item.customer).earliest("pk") == first


def test_the_timeline_is_in_order_and_says_what_is_missing(lived: tuple[Firm, Item]) -> None:
    _firm, item = lived
    facts = actions.evidence_of(item.customer, [item.invoice_id], on=day(30)).facts
    assert [event["on"] for event in facts["events"]] == sorted(event["on"] for event in facts["events"])
    assert {"issued", "due", "sent_email", "payment", "dispute"} <= {event["what"] for event in facts["events"]}
    assert {line["what"] for line in facts["missing"]} == {"lacks_invoice", "lacks_delivery", "lacks_proof", "lacks_acknowledgement"}


@pytest.mark.parametrize(
    ("change", "events"),
    [({"captured": True}, set()), ({"state": "failed"}, {"report_failed"}), ({"state": "unknown"}, set())],
)
def test_what_never_left_is_no_demand(lived: tuple[Firm, Item], change: dict[str, object], events: set[str]) -> None:
    _firm, item = lived
    with past_triggers("messaging_message"):
        Message.objects.filter(notice__customer=item.customer_id).update(**change)
    found = actions.evidence_of(item.customer, [item.invoice_id], on=day(30))
    assert "lacks_demand" in {line["what"] for line in found.facts["missing"]}
    told = {event["what"] for event in found.facts["events"]}
    assert {what for what in told if what.startswith(("sent_", "report_"))} == events


def test_what_came_after_the_day_is_not_told(lived: tuple[Firm, Item]) -> None:
    _firm, item = lived
    facts = actions.evidence_of(item.customer, [item.invoice_id], on=day(3)).facts
    assert facts["principal"] == "1000.00" and "payment" not in {event["what"] for event in facts["events"]}


@pytest.mark.parametrize(
    ("choose", "says"),
    [
        (lambda mine, theirs: [], "Choose invoices"),
        (lambda mine, theirs: [theirs.invoice_id], "Choose invoices"),
        (lambda mine, theirs: [mine.invoice_id, theirs.invoice_id], "Choose invoices"),
        (lambda mine, theirs: [mine.invoice_id, make_item(mine.customer, "5.00", currency="EUR").invoice_id], "one currency"),
    ],
)
def test_what_cannot_be_one_pack_is_refused(choose: Callable[[Item, Item], list[int]], says: str) -> None:
    mine, theirs = make_item(make_customer(), "10.00"), make_item(make_customer(), "10.00")
    with pytest.raises(Refused, match=says):
        actions.evidence_of(mine.customer, choose(mine, theirs), on=day(3))


def test_more_invoices_cost_no_more_queries(django_assert_max_num_queries: Callable[[int], CaptureQueriesContext]) -> None:
    customer: Customer = make_customer()
    invoices = [make_item(customer, "10.00").invoice_id for _ in range(25)]
    with django_assert_max_num_queries(60):
        actions.evidence_of(customer, invoices, on=day(40))
