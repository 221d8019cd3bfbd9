"""A demand in one click: the ladder's gates, numbers and archive; it is the ladder's step where that is next, else it binds beside it."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from dunning import actions
from dunning.actions import Deliver, DemandWish, demand, look_at_demand
from dunning.actions.demands import seal_of
from dunning.models import Case, Hold, LadderRules, Notice, NoticeClaim, RegisterWarning, StepResult, Withdrawal
from invoices.models import Customer, Item
from invoices.states import Kind
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.documents import actions as documents
from receivables.documents.models import Document
from receivables.messaging import fences, mode
from receivables.messaging.models import Message
from tests.builders import pay
from tests.db.dunning.firm import DUE, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db
LADDER = """\
name: Demands
steps:
  - {key: first, after_due: 1, channel: [email]}
  - {key: second, after_due: 6, channel: [email]}
  - {key: demand, after_due: 10, channel: [letter, email], document: demand, deadline_days: 7, interest: true, compensation: true}
  - {key: last, after_due: 30, channel: [letter], document: final_demand, deadline_days: 7, interest: true}
"""


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(documents, "render_pdf", lambda html: (found.append(html), b"%PDF")[1])
    return found


@pytest.fixture
def firm(recorder: Recorder, pages: list[str]) -> Firm:
    return make_firm(LADDER, recorder)


def wish(**values: Any) -> DemandWish:
    return DemandWish(**{"deliver": Deliver.EMAIL, "currency": "PLN", **values})


def asked(firm: Firm, customer: Customer, on: int, **values: Any) -> Any:
    return demand(customer, wish(**values), on=day(on), now=firm.noon(on), may_approve=True)


def refusal(customer: Customer, on: int, **values: Any) -> str:
    with pytest.raises(Refused) as refused, translation.override("en"):
        look_at_demand(customer, wish(**values), on=day(on))
    return str(refused.value)


def address(item: Item) -> Customer:
    """Somewhere to post a letter to."""
    Customer.objects.filter(pk=item.customer_id).update(street="Prosta 1", postcode="00-001", city="Warszawa")
    return Customer.objects.select_related("creditor").get(pk=item.customer_id)


def test_what_it_would_say_is_what_it_says(firm: Firm, pages: list[str]) -> None:
    item = firm.owes(amount="1000.00")
    look = look_at_demand(item.customer, wish(language="pl"), on=day(5))
    assert (look.left_out, look.completes, look.group.deadline_on) == ({}, [], day(12))  # moved to a working day, were it a day off
    notice = asked(firm, item.customer, 5, language="pl")
    assert notice.message.facts == look.facts and notice.message.language == "pl"
    assert notice.interest > 0 and notice.compensation > 0 and notice.asks == notice.principal + notice.interest + notice.compensation
    assert NoticeClaim.objects.filter(notice=notice).count() == 2
    firm.deliver(5)
    assert firm.states() == {"accepted": 1}
    assert Document.objects.get(kind="demand").number == f"W/{DUE.year}/0001"
    assert Entry.objects.filter(verb="demand_made").count() == 1


def test_beside_the_ladder_it_moves_nothing_but_its_deadline_binds(firm: Firm) -> None:
    item = firm.owes()
    firm.run(1)
    notice = asked(firm, item.customer, 4, deadline_on=day(24))
    firm.deliver(4)
    case = firm.case(item)
    assert (case.position, case.deadline_on, case.completed_on) == (1, day(24), day(4))
    for on in range(5, 25):
        firm.run(on)
    assert firm.arrived(item) == ["first", notice.step]
    firm.run(25)
    assert firm.arrived(item)[-1] == "second"


def test_it_completes_the_step_of_the_ladder_that_is_next(firm: Firm) -> None:
    item = firm.owes()
    firm.run(1)
    firm.run(6)
    customer = address(item)
    look = look_at_demand(customer, wish(deliver=Deliver.POST), on=day(7))
    assert look.completes == [item.label]
    asked(firm, customer, 7, deliver=Deliver.POST)
    firm.deliver(7)
    assert (firm.case(item).position, firm.case(item).step, firm.case(item).deadline_on) == (3, "demand", day(14))
    for on in range(8, 29):
        firm.run(on)
    assert firm.arrived(item) == ["first", "second", "demand"]


def test_pressed_twice_it_goes_once(firm: Firm) -> None:
    item = firm.owes()
    asked(firm, item.customer, 5)
    assert "not confirmed yet" in refusal(item.customer, 5)
    firm.deliver(5)
    assert "enough has been sent" in refusal(item.customer, 5)
    assert Message.objects.count() == 1


def test_who_delivers_it_themselves_has_the_paper_at_once_and_may_withdraw_it(firm: Firm) -> None:
    item = firm.owes()
    customer = address(item)
    notice = asked(firm, customer, 5, deliver=Deliver.SELF)
    message = Message.objects.get(pk=notice.message_id)
    assert (message.state, message.left_on, message.document and message.document.kind) == ("accepted", day(5), "demand")
    assert firm.case(item).deadline_on == day(12)
    actions.withdraw_letter(message, reason="Zapłacono.", on=day(6), now=firm.noon(6))
    assert Withdrawal.objects.count() == 1 and firm.case(item).deadline_on is None and firm.case(item).position == 0


def test_the_run_leaves_it_alone_while_it_waits_for_the_post(firm: Firm, settings: Any) -> None:
    item = firm.owes()
    firm.run(1)
    customer = address(item)
    notice = asked(firm, customer, 5, deliver=Deliver.POST)
    firm.plan(6)
    notice.message.refresh_from_db()
    assert notice.message.state == "planned" and firm.case(item).in_flight is not None


def test_paid_before_it_leaves_it_does_not_leave(firm: Firm) -> None:
    item = firm.owes()
    asked(firm, item.customer, 5)
    pay(item.customer, "100.00", booked_on=day(5))
    firm.deliver(5)
    assert firm.states()["withdrawn"] == 1 and not firm.arrived(item)


@pytest.mark.parametrize(
    ("stands", "says"),
    [
        ("paid", "paid or settled"),
        ("early", "not overdue yet"),
        ("held", "it is held"),
        ("disputed", "all of it is disputed"),
        ("promised", "has promised to pay"),
        ("agency", "with the agency"),
        ("barred", "time-barred"),
        ("first", "nobody has released"),
        ("no way", "no way to reach"),
        ("soon", "Give at least 3 days"),
    ],
)
def test_it_is_refused_with_the_reason(firm: Firm, stands: str, says: str) -> None:
    on = 1500 if stands == "barred" else 5
    item = firm.owes(due=10 if stands == "early" else 0)
    customer, more = item.customer, dict[str, Any]()
    match stands:
        case "paid":
            pay(customer, "100.00", booked_on=day(5))
        case "held":
            Hold.objects.create(creditor=firm.creditor, customer=customer, since=day(0), reason="x")
        case "disputed":
            actions.open_dispute(item, on=day(4), amount=item.amount, reason="x")
        case "promised":
            actions.promise(customer, items=[item], by=day(9), amount=item.amount, on=day(4))
        case "agency":
            Case.objects.filter(item=item).update(state="with_agency", look_again_on=None)
        case "barred":
            Customer.objects.filter(pk=customer.pk).update(kind=Kind.CONSUMER)
        case "first":
            Customer.objects.filter(pk=customer.pk).update(waits_for_release=True)
        case "no way":
            more = {"deliver": Deliver.POST}
            Customer.objects.filter(pk=customer.pk).update(street="", postcode="", city="")
        case "soon":
            more = {"deadline_on": day(6)}
    customer.refresh_from_db()
    assert says in refusal(customer, on, **more)


def test_a_clerk_needs_an_approver_where_the_company_says_so(firm: Firm) -> None:
    LadderRules.objects.filter(creditor=firm.creditor).update(legal_waits=True)
    item = firm.owes()
    with pytest.raises(Refused, match="approver"):
        demand(item.customer, wish(), on=day(5), now=firm.noon(5), may_approve=False)
    asked(firm, item.customer, 5)


@pytest.mark.parametrize("stands", ["first run", "rejected", "proposed", "limited", "no step"])
def test_a_clerk_alone_does_not_pass_by_who_keeps_it_back(firm: Firm, stands: str) -> None:
    kind = "demand"
    item = firm.owes()
    match stands:
        case "first run":
            LadderRules.objects.filter(creditor=firm.creditor).update(first_run_waits=True)
        case "rejected" | "proposed":
            LadderRules.objects.filter(creditor=firm.creditor).update(first_run_waits=True)
            firm.plan(5)
            LadderRules.objects.filter(creditor=firm.creditor).update(first_run_waits=False)
            (notice,) = firm.waiting()
            if stands == "rejected":
                actions.reject(notice, on=day(5), reason="nie teraz")
        case "limited":
            Case.objects.filter(item=item).update(max_step="second")
        case "no step":
            kind = "final_demand"
            text = LADDER.replace("document: demand,", "document: demand, approval: true,").split("  - {key: last")[0]
            firm = make_firm(text, firm.recorder)
            item = firm.owes()
    with pytest.raises(Refused, match="approver"):
        demand(item.customer, wish(kind=kind), on=day(5), now=firm.noon(5), may_approve=False)
    assert Message.objects.count() == 0
    asked(firm, item.customer, 5, kind=kind)


def test_where_nothing_waits_a_clerk_demands_alone(firm: Firm) -> None:
    item = firm.owes()
    assert demand(item.customer, wish(), on=day(5), now=firm.noon(5), may_approve=False).step == "#demand-1"


def test_it_has_a_number_of_its_own_even_if_it_came_from_another_customer(firm: Firm) -> None:
    item = firm.owes()
    asked(firm, item.customer, 5)
    firm.deliver(5)
    Notice.objects.update(customer=firm.customer())  # as after a move of the item
    assert asked(firm, item.customer, 20).step == "#demand-2"


def test_what_has_changed_since_it_was_looked_at_does_not_go(firm: Firm) -> None:
    item = firm.owes()
    seal = seal_of(wish(), look_at_demand(item.customer, wish(), on=day(5)))
    firm.owes(item.customer)
    with pytest.raises(Refused, match="has changed"):
        demand(item.customer, wish(), on=day(5), now=firm.noon(5), may_approve=True, seal=seal)


def test_what_trial_and_fence_hold_back_is_not_delivered_by_a_person_either(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = address(firm.owes())
    monkeypatch.setattr(mode, "is_stood_in", lambda: False)
    on_trial = mode.Standing(is_live=True, is_locked=False, is_halted=False, trial_since=firm.noon(1))
    monkeypatch.setattr(mode, "standing", lambda: on_trial)
    with pytest.raises(Refused, match="only guests"):
        asked(firm, customer, 5, deliver=Deliver.SELF)
    monkeypatch.setattr(mode, "standing", lambda: replace(on_trial, trial_since=None, is_fenced=True))
    monkeypatch.setattr(fences, "fenced", lambda messages, marks, now: {message.pk: fences.BY_JOURNAL for message in messages})
    with pytest.raises(Refused, match="before the database was restored"):
        asked(firm, customer, 5, deliver=Deliver.SELF)
    assert Message.objects.count() == 0


def test_only_what_a_person_has_let_go_is_a_notice_of_no_run(firm: Firm) -> None:
    twin = asked(firm, firm.owes().customer, 5)
    twin.pk, twin._state.adding, twin.state, twin.message = None, True, "proposed", None
    with pytest.raises(IntegrityError, match="notice_of_no_run_is_released"), transaction.atomic():
        twin.save()


def test_the_last_call_names_those_before_it(firm: Firm, pages: list[str]) -> None:
    item = firm.owes()
    asked(firm, item.customer, 5)
    firm.deliver(5)
    asked(firm, item.customer, 20, kind="final_demand")
    firm.deliver(20)
    assert f"W/{DUE.year}/0001" in pages[-1] and f"W/{DUE.year}/0002" in pages[-1]


def test_a_registers_warning_keeps_the_conditions_and_is_noted_where_entries_are_judged(firm: Firm, pages: list[str]) -> None:
    small, item = firm.owes(amount="100.00"), firm.owes(amount="900.00")
    assert "bureau" in refusal(item.customer, 40, kind="register_warning")
    LadderRules.objects.filter(creditor=firm.creditor).update(register="Biuro Przykładowe S.A., Gdańsk")
    assert "less is owed" in refusal(small.customer, 40, kind="register_warning")
    customer = address(item)
    asked(firm, customer, 40, kind="register_warning", deliver=Deliver.SELF)
    warning = RegisterWarning.objects.get()
    assert (warning.way, warning.sent_on, warning.document and warning.document.kind) == ("by_hand", day(40), "register_warning")
    assert [line.item_id for line in warning.items.all()] == [item.pk] and "Biuro Przykładowe" in pages[-1]
    Customer.objects.filter(pk=customer.pk).update(kind=Kind.CONSUMER)
    customer.refresh_from_db()
    assert "never by e-mail" in refusal(customer, 41, kind="register_warning")
    actions.withdraw_letter(Message.objects.get(), reason="x", on=day(41), now=firm.noon(41))
    assert not RegisterWarning.objects.standing().exists() and StepResult.objects.latest("pk").kind == "void"
