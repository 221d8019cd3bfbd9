"""A hand-over by hand: proposed with a reason, approved by a second person, sent once, answered by the agency."""

import io
import json
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from dunning.actions import (
    agree,
    approve_hand_over,
    book_commission,
    collect,
    end_agreement,
    hold,
    propose_hand_over,
    recall_placement,
    receive,
    refuse_hand_over,
    reject_placement,
    return_uncollected,
    take_back_commission,
    tell_agencies,
)
from dunning.models import Agency, CommissionRate, LadderRules, PlacedItem, Placement
from invoices import actions as books
from invoices.models import Customer, Item
from receivables.accounts.models import Creditor, User
from receivables.core.errors import Refused
from receivables.credit.models import RegisterAnswer
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Failed
from receivables.reporting.agencies import agency_lines
from tests.builders import dispute, make_customer, make_invoice, make_user, pay
from tests.db.dunning.firm import DUE, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db
FILE = {"contract_on": DUE, "cost_terms_on": DUE, "data_role": "processor", "data_role_on": DUE}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Refusals name points in the language of the page."""
    with override("en"):
        yield


@pytest.fixture
def firm(recorder: Recorder) -> Firm:
    """A firm of two people whose ladder ends long before a hand-over."""
    firm = make_firm(recorder=recorder, four_eyes=True)
    Agency.objects.create(creditor=firm.creditor, slug="fast", name="Fast", mapping="vindicat", **FILE)
    return firm


@pytest.fixture
def clerk() -> User:
    return make_user("clerk")


@pytest.fixture
def boss() -> User:
    return make_user("boss")


def proposed(firm: Firm, item: Item, clerk: User, **values: Any) -> Placement:
    fields = {"agency": Agency.objects.get(), "reason": "No answer for weeks", "on": day(30), "by": clerk, **values}
    return propose_hand_over(item.customer, [item], **fields)


def sent(firm: Firm, item: Item, clerk: User, boss: User) -> Placement:
    placement = approve_hand_over(proposed(firm, item, clerk), on=day(30), now=firm.noon(30), by=boss)
    firm.deliver(30)
    placement.refresh_from_db()
    return placement


@pytest.mark.parametrize("at", [pytest.param(30, id="running"), pytest.param(32, id="missed and not ended yet")])
def test_what_is_agreed_goes_to_no_agency_until_the_agreement_is_ended(firm: Firm, clerk: User, boss: User, at: int) -> None:
    item = firm.owes()
    placement = proposed(firm, item, clerk)
    agreement = agree(item.customer, label="A 1", items=[item], rates=[(day(31), Decimal(100))], on=day(30))
    with pytest.raises(Refused, match="an instalment agreement is running"):
        proposed(firm, item, clerk, on=day(at))
    with pytest.raises(Refused, match="an instalment agreement is running"):
        approve_hand_over(placement, on=day(at), now=firm.noon(at), by=boss)
    end_agreement(agreement, on=day(at))
    assert approve_hand_over(placement, on=day(at), now=firm.noon(at), by=boss).state == "approved"


def test_it_goes_once_when_a_second_person_approves(firm: Firm, clerk: User, boss: User) -> None:
    item = firm.owes()
    placement = proposed(firm, item, clerk)
    assert (placement.state, firm.case(item).state) == ("draft", "running")
    with pytest.raises(Refused, match="Somebody else"):
        approve_hand_over(placement, on=day(30), now=firm.noon(30), by=clerk)
    approve_hand_over(placement, on=day(30), now=firm.noon(30), by=boss)
    with pytest.raises(Refused, match="approved"):
        approve_hand_over(placement, on=day(30), now=firm.noon(30), by=boss)
    assert firm.case(item).state == "with_agency"
    firm.deliver(30)
    firm.deliver(30)
    placement.refresh_from_db()
    assert (placement.state, placement.sent_on, len(firm.recorder.taken if firm.recorder else [])) == ("sent", day(30), 1)
    files = zipfile.ZipFile(io.BytesIO(bytes(placement.package.content)))  # type: ignore[union-attr]
    case = json.loads(files.read("case.json"))
    assert (case["case_id"], case["action"], case["outstanding"]) == (placement.case_key, "new", "100.00")
    assert (case["note"], case["consent"]["approved_by"]) == ("No answer for weeks", "boss")
    assert "agency/vindicat.csv" in files.namelist()
    receive(placement, on=day(31), reference="A/7", key="r1")
    receive(placement, on=day(32), reference="A/7", key="r1")
    placement.refresh_from_db()
    assert (placement.state, placement.reference) == ("received", "A/7")
    assert [event.kind for event in placement.events.order_by("pk")] == ["proposed", "approved", "sent", "received"]


FIELDS = {  # FORMATS.md section 6, by our names; PESEL joins on the way out alone
    "": "case_id created_at action type currency principal interest_to_date interest_rate_rule compensation_eur costs paid_total outstanding "
    "last_payment_on is_disputed dispute note creditor debtor documents history consent version",
    "creditor": "name tax_id krs street postcode city bank_account contact_person email phone",
    "debtor": "legal_kind name tax_id regon krs street postcode city post_address emails phones country register_checked_on",
    "documents": "number ksef_number kind issued_on supplied_on due_on gross paid outstanding currency corrected_by files",
    "history": "on channel template recipient result file",
    "consent": "legal_basis approved_by approved_on",
}


def test_a_case_says_all_that_the_books_hold(firm: Firm, clerk: User, boss: User) -> None:
    item, other = firm.owes(), make_customer(firm.creditor, street="Poczta 1", city="Sopot")
    customer = item.customer
    Creditor.objects.filter(pk=firm.creditor.pk).update(krs="0000654321", contact_person="Anna Księgowa")
    Customer.objects.filter(pk=customer.pk).update(tax_id="5265877635", krs="", letters_to=other)
    RegisterAnswer.objects.create(
        creditor=firm.creditor, register="white_list", country="PL", number="5265877635", on=day(1), asked_at=firm.noon(1),
        valid_until=firm.noon(2), verdict="active", facts={"krs": "0000123456", "regon": "123456785"}, digest="0" * 64,
    )  # fmt: skip
    make_invoice(customer, kind="correction", corrects=item.invoice, number="KOR/1", gross="1.00")
    placement = sent(firm, item, clerk, boss)
    case = json.loads(zipfile.ZipFile(io.BytesIO(bytes(placement.package.content))).read("case.json"))  # type: ignore[union-attr]
    rows = {"": case, **{name: case[name] for name in ("creditor", "debtor", "consent")}, "documents": case["documents"][0]}
    missing = {place: set(FIELDS[place].split()) - set(row) for place, row in rows.items()}
    assert not any(missing.values()) and case["version"] == "2"
    debtor, [paper] = case["debtor"], case["documents"]
    assert (debtor["krs"], debtor["regon"], debtor["register_checked_on"]) == ("0000123456", "123456785", day(1).isoformat())
    assert (debtor["legal_kind"], debtor["post_address"]["city"], "pesel" in debtor) == ("company", "Sopot", False)
    assert (case["creditor"]["krs"], case["creditor"]["contact_person"]) == ("0000654321", "Anna Księgowa")
    assert (paper["corrected_by"], paper["paid"]) == (["KOR/1"], "0.00")
    assert paper["limitation_on"] > paper["due_on"] and case["interest_rate_rule"].startswith("commercial_delay (")


REFUSALS = {
    "paid": (lambda item: pay(item.customer, "100.00", item), "closed"),
    "held": (lambda item: hold(item, on=day(29)), "held"),
    "disputed": (lambda item: dispute(item, "1.00", on=day(29)), "disputed"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_stands_in_the_way_refuses_the_proposal(firm: Firm, clerk: User, name: str) -> None:
    item, (happens, said) = firm.owes(), REFUSALS[name]
    happens(item)
    item.refresh_from_db()
    with pytest.raises(Refused, match=said):
        proposed(firm, item, clerk)


def test_the_rules_of_the_company_are_asked_and_a_proof_answers(firm: Firm, clerk: User) -> None:
    LadderRules.objects.update(handover_needs_terms=True, handover_notice_days=7, handover_needs_call=True)
    Agency.objects.update(contract_until=day(1))
    item = firm.owes()
    with pytest.raises(Refused, match=r"contract.*announced.*phone"):
        proposed(firm, item, clerk)
    with pytest.raises(Refused, match="reason"):
        proposed(firm, item, clerk, reason=" ")
    LadderRules.objects.update(handover_needs_terms=False, handover_needs_call=False)
    with pytest.raises(Refused, match="proof"):
        proposed(firm, item, clerk, announced_on=day(20))
    assert proposed(firm, item, clerk, announced_on=day(20), announced_proof="R 123").state == "draft"
    with pytest.raises(Refused, match="already"):
        proposed(firm, item, clerk, announced_on=day(20), announced_proof="R 123")


def test_what_changes_on_the_way_keeps_it_here(firm: Firm, clerk: User, boss: User) -> None:
    item = firm.owes()
    placement = approve_hand_over(proposed(firm, item, clerk), on=day(30), now=firm.noon(30), by=boss)
    pay(item.customer, "30.00", item, booked_on=day(30))
    firm.deliver(30)
    placement.refresh_from_db()
    assert (placement.state, placement.end) == ("closed", "not_sent")
    assert placement.message and placement.message.reason.endswith("the amount has changed")
    assert firm.case(item).state == "running"
    assert not PlacedItem.objects.filter(is_standing=True).exists()


def test_a_refused_proposal_frees_its_items(firm: Firm, clerk: User, boss: User) -> None:
    item = firm.owes()
    refuse_hand_over(proposed(firm, item, clerk), on=day(30), why="First a letter", by=boss)
    assert Placement.objects.get().end == "refused"
    assert proposed(firm, item, clerk).state == "draft"


@pytest.mark.parametrize(("verb", "end"), [(return_uncollected, "uncollected"), (reject_placement, "rejected")])
def test_what_comes_back_runs_on(firm: Firm, clerk: User, boss: User, verb: Any, end: str) -> None:
    item = firm.owes()
    placement = sent(firm, item, clerk, boss)
    verb(placement, on=day(40), why="Insolvent", key="x1")
    verb(placement, on=day(40), why="Insolvent", key="x1")
    placement.refresh_from_db()
    assert (placement.state, placement.end, firm.case(item).state) == ("returned", end, "running")
    assert not Message.objects.exclude(pk=placement.message_id).filter(purpose="placement").exists()


def test_a_recall_is_told_after_the_hand_over(firm: Firm, clerk: User, boss: User) -> None:
    item = firm.owes()
    placement = sent(firm, item, clerk, boss)
    recall_placement(placement, on=day(35), now=firm.noon(35), why="We were wrong", by=boss)
    firm.deliver(35)
    told = Message.objects.get(purpose="placement", facts__action="withdraw")
    assert (told.state, told.facts["case_id"], firm.case(item).state) == ("accepted", placement.case_key, "running")
    case = json.loads(zipfile.ZipFile(io.BytesIO(bytes(told.document.content))).read("case.json"))  # type: ignore[union-attr]
    assert (case["case_id"], case["action"], case["note"]) == (placement.case_key, "withdraw", "We were wrong")


def test_money_at_the_agency_commission_and_net(firm: Firm, clerk: User, boss: User) -> None:
    CommissionRate.objects.create(agency=Agency.objects.get(), percent=Decimal(10))
    item = firm.owes()
    placement = sent(firm, item, clerk, boss)
    collect(placement, amount=Decimal(40), on=day(40), key="p1", by=clerk)
    collect(placement, amount=Decimal(40), on=day(40), key="p1", by=clerk)
    assert tell_agencies(firm.creditor, on=day(40), now=firm.noon(40)) == 0
    pay(item.customer, "10.00", item, booked_on=day(41))
    assert tell_agencies(firm.creditor, on=day(41), now=firm.noon(41)) == 1
    booked = book_commission(placement, amount=Decimal(4), on=day(42), reference="F/1")
    assert book_commission(placement, amount=Decimal(4), on=day(42), reference="F/1") == booked
    wrong = book_commission(placement, amount=Decimal(9), on=day(42))
    take_back_commission(wrong, on=day(43), why="another case")
    with pytest.raises(Refused):
        take_back_commission(wrong, on=day(43), why="again")
    line = agency_lines(firm.creditor)[0]
    assert (line.placed, line.recovered, line.commission, line.due, line.net) == (100, 50, 4, Decimal("5.00"), 46)
    item.refresh_from_db()
    assert item.open_amount == 50


def test_a_dispute_is_told_and_a_withdrawn_claim_ends_it(firm: Firm, clerk: User, boss: User) -> None:
    item = firm.owes()
    placement = sent(firm, item, clerk, boss)
    dispute(item, "20.00", on=day(35))
    assert tell_agencies(firm.creditor, on=day(35), now=firm.noon(35)) == 1
    said = Message.objects.get(purpose="placement", facts__action="update")
    assert (said.facts["about"], said.facts["asks"], said.facts["disputed_total"]) == ("dispute", "80.00", "20.00")
    books.cancel_invoice(item.invoice, on=day(36))
    assert tell_agencies(firm.creditor, on=day(36), now=firm.noon(36)) == 1
    placement.refresh_from_db()
    assert (placement.state, placement.end) == ("closed", "withdrawn")
    firm.deliver(36)
    assert set(Message.objects.filter(purpose="placement").values_list("state", flat=True)) == {"accepted"}


def lose(firm: Firm, on: int) -> None:
    """What an agency is told that day does not leave."""
    assert firm.recorder is not None
    before, firm.recorder.answer = firm.recorder.answer, lambda outgoing: Failed("no such case")
    firm.deliver(on)
    firm.recorder.answer = before


def test_a_word_that_did_not_leave_is_told_anew_until_a_person_has_to_see_to_it(firm: Firm, clerk: User, boss: User) -> None:
    item = firm.owes()
    sent(firm, item, clerk, boss)
    dispute(item, "20.00", on=day(35))
    for on in (35, 36, 37):
        assert tell_agencies(firm.creditor, on=day(on), now=firm.noon(on)) == 1
        assert firm.tasks() == []
        lose(firm, on)
    assert tell_agencies(firm.creditor, on=day(38), now=firm.noon(38)) == 0
    assert [kind for _number, kind in firm.tasks()] == ["wrong_demand"]
    pay(item.customer, "10.00", item, booked_on=day(39))
    assert tell_agencies(firm.creditor, on=day(39), now=firm.noon(39)) == 1
    firm.deliver(39)
    told = list(Message.objects.filter(purpose="placement", facts__has_key="about").order_by("pk"))
    assert [message.state for message in told] == ["failed"] * 3 + ["accepted"]
    assert {message.facts["disputed_total"] for message in told} == {"20.00"}


def test_two_words_lost_together_are_told_as_one(firm: Firm, clerk: User, boss: User) -> None:
    item = firm.owes()
    placement = sent(firm, item, clerk, boss)
    for on in (35, 36):
        pay(item.customer, "10.00", item, booked_on=day(on))
        tell_agencies(firm.creditor, on=day(on), now=firm.noon(on))
    lose(firm, 36)
    assert tell_agencies(firm.creditor, on=day(37), now=firm.noon(37)) == 1
    said = Message.objects.filter(purpose="placement").latest("pk").facts["items"][0]
    assert (said["was_open"], said["open"]) == ("100.00", "80.00")
    assert placement.items.get().told_open == 80 and firm.tasks() == []


@pytest.mark.parametrize("is_paid", [True, False])
def test_an_end_that_was_not_told_is_a_task(firm: Firm, clerk: User, boss: User, is_paid: bool) -> None:
    item = firm.owes()
    placement = sent(firm, item, clerk, boss)
    if is_paid:
        pay(item.customer, "100.00", item, booked_on=day(35))
        tell_agencies(firm.creditor, on=day(35), now=firm.noon(35))
    else:
        recall_placement(placement, on=day(35), now=firm.noon(35), why="We were wrong", by=boss)
    lose(firm, 35)
    assert [kind for _number, kind in firm.tasks()] == ["wrong_demand"]
    assert tell_agencies(firm.creditor, on=day(36), now=firm.noon(36)) == 0
