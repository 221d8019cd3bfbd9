"""The first day: the ladder goes on after what another system did, and nobody is contacted before a person says so."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dunning.actions import release_first_contact
from dunning.actions.opening import import_opening
from dunning.actions.results import start_episode
from dunning.explain import Explanation, explain_customer
from dunning.facts import facts_for
from dunning.models import (
    Agency,
    Agreement,
    Case,
    Hold,
    LadderRules,
    LimitationEvent,
    Notice,
    NoticeClaim,
    OpeningItem,
    Placement,
    Promise,
    StepResult,
    StepTaken,
)
from dunning.states import CaseState
from invoices.actions import FileReport, import_file
from invoices.intake.profile import builtin_profiles
from invoices.models import Customer, ImportedFile, Invoice, Item, Payment
from receivables.audit.models import Entry
from receivables.messaging.models import Message
from tests.builders import table
from tests.db.dunning.firm import Firm, day
from tests.db.test_commands import run
from tests.opening_rows import opening

pytestmark = pytest.mark.django_db

# The firm's ladder: first (e-mail, a day after the due date), second (SMS, five days), third (e-mail, nine days). Due on 1 May.
OWED = {"issued_on": "2026-04-01", "due_on": "2026-05-01", "email": "a@nowak.example", "phone": "+48500100100"}
FIRST = {**OWED, "step": "first", "step_on": "2026-05-02"}


def load(firm: Firm, *rows: dict[str, str], on: int = 3, **options: Any) -> FileReport:
    firm.noon(on)
    given = {"name": "first.csv", "profile": builtin_profiles()["opening"], "on": day(on), **options}
    return import_opening(firm.creditor, data=opening(*rows), **given)


def taken(firm: Firm, *rows: dict[str, str], on: int = 3) -> tuple[int, int, int]:
    report = load(firm, *rows, on=on)
    assert not report.problems
    return report.new, report.changed, report.unchanged


def told(number: str = "F/1", on: int = 3) -> Explanation:
    item = Item.objects.select_related("customer__creditor").get(label=number)
    return explain_customer(item.customer, on=day(on))[item.pk]


def released(firm: Firm, on: int = 3) -> None:
    release_first_contact(firm.creditor, Customer.objects.values_list("pk", flat=True), on=day(on))


def test_the_item_goes_on_after_its_last_step(firm: Firm) -> None:
    assert taken(firm, {**FIRST, "proof": "mail 77", "deadline_on": "2026-05-08"}) == (1, 0, 0)
    case = Case.objects.get()
    assert (case.position, case.step, case.completed_on, case.deadline_on) == (1, "first", date(2026, 5, 2), date(2026, 5, 8))
    step = StepTaken.objects.get()
    result = StepResult.objects.get(taken=step)
    assert (result.kind, result.on, result.captured, result.detail) == ("completed", date(2026, 5, 2), False, "mail 77")
    assert (step.notice.channel, step.notice.run, step.notice.message) == ("email", None, None)
    opened = OpeningItem.objects.get()
    assert (opened.taken, opened.proof, opened.file.kind) == (step, "mail 77", "opening")
    explained = told()
    assert (explained.step, explained.next_step, explained.waits) == ("first", "second", "first_contact")
    assert [gate.passed for gate in explained.gates if gate.gate == "first_contact"] == [False]
    assert Entry.objects.filter(verb="import_opening").count() == 1


def test_nobody_is_contacted_before_the_list_is_released(firm: Firm) -> None:
    taken(firm, FIRST)
    firm.run(6)
    assert not Message.objects.exists()
    released(firm, 6)
    firm.run(6)
    assert firm.arrived(Item.objects.get()) == ["second"]


def test_the_deadline_that_was_named_gates_the_next_step(firm: Firm) -> None:
    taken(firm, {**FIRST, "deadline_on": "2026-05-20"})
    released(firm)
    assert told(on=7).next == date(2026, 5, 21)


def test_age_alone_sets_no_step(firm: Firm) -> None:
    taken(firm, {**OWED, "issued_on": "2024-04-01", "due_on": "2024-05-01"})
    released(firm)
    assert (Case.objects.get().position, told().step, told().next_step) == (0, None, "first")


def test_going_live_keeps_what_was_said_and_who_is_at_the_agency(firm: Firm) -> None:
    Agency.objects.create(creditor=firm.creditor, slug="fast", name="Fast")
    taken(firm, FIRST, {**FIRST, "number": "F/2", "customer_number": "K2", "agency_reference": "A/7"})
    start_episode(now=firm.noon(4))
    cases = Case.objects.order_by("item__label").values_list("position", "state")
    assert list(cases) == [(1, CaseState.RUNNING), (1, CaseState.WITH_AGENCY)]
    assert told().step == "first"


def test_one_message_of_several_items_is_one_notice_that_counts_for_the_cap(firm: Firm) -> None:
    taken(firm, {**FIRST, "claimed_fee": "5.00"}, {**FIRST, "number": "F/2"}, {**FIRST, "number": "F/3", "step_on": "2026-05-03"})
    assert sorted(Notice.objects.values_list("on", "principal", "fees")) == [
        (date(2026, 5, 2), Decimal("200.0000"), Decimal("5.0000")),
        (date(2026, 5, 3), Decimal("100.0000"), Decimal("0.0000")),
    ]
    customer = Customer.objects.get()
    LadderRules.objects.filter(creditor=firm.creditor).update(cap_messages=2, cap_days=7)
    known = facts_for(firm.creditor, [customer.pk], on=day(3)).customers[customer.pk]
    assert sorted(known.contacts) == [day(1), day(2)]
    assert NoticeClaim.objects.values_list("kind", "amount", "invoice__number").get() == ("fee", Decimal("5.0000"), "F/1")


def test_payments_hold_promise_and_court(firm: Firm) -> None:
    taken(
        firm,
        {**OWED, "paid_amount": "40.00", "paid_on": "2026-05-02", "hold_until": "2026-05-10", "hold_reason": "is away"},
        {**OWED, "number": "F/2", "promised_by": "2026-05-09", "promised_on": "2026-05-01"},
        {**OWED, "number": "F/3", "court_reference": "I C 5/26", "court_on": "2026-05-02"},
    )
    assert Payment.objects.get().amount == 40
    held, at_court = Hold.objects.order_by("item__label")
    assert (held.item.label, held.until, held.reason) == ("F/1", date(2026, 5, 10), "is away")  # type: ignore[union-attr]
    assert (at_court.until, at_court.reason) == (None, "At court: I C 5/26")
    assert LimitationEvent.objects.values_list("kind", "on", "source").get() == ("suit", date(2026, 5, 2), "I C 5/26")
    promise = Promise.objects.get()
    assert (promise.amount, promise.by, promise.made_on, promise.state) == (100, date(2026, 5, 9), date(2026, 5, 1), "standing")
    assert [told(f"F/{n}").waits for n in (1, 2, 3)] == ["held", "promised", "held"]


def test_a_plan_covers_its_rows_and_its_rates_climb(firm: Firm) -> None:
    rates = "2026-05-20 120.00 | 2026-06-20 80.00"
    taken(firm, {**OWED, "plan": "U/1", "plan_rates": rates}, {**OWED, "number": "F/2", "plan": "U/1"})
    agreement = Agreement.objects.get()
    assert [line.item.label for line in agreement.lines.all()] == ["F/1", "F/2"]
    assert [(rate.label, rate.due_on, rate.amount) for rate in agreement.rates.all()] == [
        ("U/1#1", date(2026, 5, 20), 120),
        ("U/1#2", date(2026, 6, 20), 80),
    ]
    assert Case.objects.filter(rate__isnull=False).count() == 2
    assert told().waits == "on_plan"


def test_a_hand_over_stands_with_the_agency(firm: Firm) -> None:
    agency = Agency.objects.create(creditor=firm.creditor, slug="fast", name="Fast")
    taken(firm, {**FIRST, "agency_reference": "A/7", "agency_on": "2026-05-03"})
    placement = Placement.objects.get()
    assert (placement.agency, placement.state, placement.sent_on) == (agency, "received", date(2026, 5, 3))
    assert (told().state, told().waits) == ("with_agency", "with_agency")
    assert OpeningItem.objects.get().agency_reference == "A/7"


def test_a_second_time_changes_nothing_and_who_was_released_stays_released(firm: Firm) -> None:
    rows = [FIRST, {**OWED, "number": "F/2", "plan": "U/1", "plan_rates": "2026-05-20 100.00"}]
    assert taken(firm, *rows) == (2, 0, 0)
    released(firm)
    before = [list(model.objects.order_by("pk").values_list()) for model in (Case, Notice, StepTaken, Agreement, Customer, Entry)]  # type: ignore[attr-defined]
    assert taken(firm, *rows, on=4) == (0, 0, 2)
    assert [list(model.objects.order_by("pk").values_list()) for model in (Case, Notice, StepTaken, Agreement, Customer, Entry)] == before  # type: ignore[attr-defined]


def test_what_was_paid_since_comes_with_the_same_file(firm: Firm) -> None:
    taken(firm, FIRST)
    released(firm)
    assert taken(firm, {**FIRST, "paid_amount": "30.00", "paid_on": "2026-05-03"}, on=4) == (0, 1, 0)
    assert Item.objects.get().open_amount == 70
    assert not Customer.objects.get().waits_for_release


def test_an_invoice_that_the_books_know_takes_its_state(firm: Firm) -> None:
    firm.noon(3)
    row = table({"issued": "2026-04-01", "due": "2026-05-01"})
    import_file(firm.creditor, name="f.csv", data=row, profile=builtin_profiles()["generic"], on=day(3))
    assert taken(firm, {**FIRST, "customer_number": "K1"}) == (1, 0, 0)
    assert (Invoice.objects.count(), Case.objects.get().step, Customer.objects.get().waits_for_release) == (1, "first", True)


def test_a_settled_item_is_taken_without_what_was_done(firm: Firm) -> None:
    report = load(firm, {**FIRST, "paid_amount": "100.00", "paid_on": "2026-05-03"})
    assert [warning.reason for warning in report.warnings] == ["is settled: what was done about it is left out."]
    assert (report.new, StepTaken.objects.count(), OpeningItem.objects.count()) == (1, 0, 1)


BROKEN = [
    pytest.param([{**FIRST, "step": "fisrt"}], "Last step", "'fisrt' is no step of the policy Plain; did you mean first?", id="no such step"),
    pytest.param(
        [{**OWED, "plan": "U/1", "plan_rates": "2026-05-20 99.00"}],
        "Plan rates", "The rates of U/1 come to 99.00 PLN, open is 100.00 PLN.", id="a plan that does not sum",
    ),
    pytest.param([{**OWED, "plan": "U/1"}], "Plan", "names no rates", id="a plan without rates"),
    pytest.param(
        [{**OWED, "plan": "U/1", "plan_rates": "2026-05-20 200.00"}, {**OWED, "number": "F/2", "customer_number": "K2", "plan": "U/1"}],
        "Plan", "several customers", id="a plan of two customers",
    ),
    pytest.param([{**OWED, "plan": "F/1", "plan_rates": "2026-05-20 100.00"}], "Plan", "is the number of", id="a plan named as an invoice"),
    pytest.param([{**OWED, "promised_by": "2026-05-09", "promised_amount": "101"}], "Promised", "more than the", id="too much promised"),
    pytest.param([{**FIRST, "agency_reference": "A/1"}], "Agency", "is no agency of the company", id="no such agency"),
    pytest.param([{**FIRST, "gross": "0"}], "Gross amount", "is zero", id="a broken invoice"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "column", "says"), BROKEN)
@pytest.mark.parametrize("dry_run", [False, True])
def test_what_cannot_be_keeps_the_whole_file_out(firm: Firm, rows: list[dict[str, str]], column: str, says: str, dry_run: bool) -> None:
    entries = Entry.objects.count()
    report = load(firm, {**OWED, "number": "F/9"}, *rows, dry_run=dry_run)
    assert [(problem.line, problem.column) for problem in report.problems if says in problem.reason] == [(3, column)]
    for model in (Invoice, Customer, Case, OpeningItem, ImportedFile):
        assert not model.objects.exists()  # type: ignore[attr-defined]
    assert Entry.objects.count() == entries


def test_what_was_brought_in_is_never_edited_by_a_file(firm: Firm) -> None:
    taken(firm, FIRST)
    report = load(firm, {**FIRST, "step": "second"})
    assert [(problem.line, problem.column) for problem in report.problems if "never edited" in problem.reason] == [(2, "Invoice number")]
    assert Case.objects.get().position == 1


def test_steps_of_our_own_are_not_put_under_those_of_another_system(firm: Firm) -> None:
    firm.noon(1)
    row = table({"issued": "2026-04-01", "due": "2026-05-01", "email": "a@nowak.example"})
    import_file(firm.creditor, name="f.csv", data=row, profile=builtin_profiles()["generic"], on=day(1))
    firm.run(2)
    report = load(firm, FIRST)
    assert [(problem.line, problem.column) for problem in report.problems if "has taken steps here" in problem.reason] == [(2, "Last step")]


def test_the_command_says_it_as_json_and_a_dry_run_stores_nothing(firm: Firm, tmp_path: Path) -> None:
    file = tmp_path / "o.csv"
    file.write_bytes(opening(FIRST))
    firm.noon(3)
    code, said = run("import_opening", file, "--profile", "opening", "--dry-run", "--json")
    expected = {"file": "o.csv", "format": "csv", "new": 1, "changed": 0, "unchanged": 0, "refused": 0, "problems": []}
    assert (code, json.loads(said)) == (0, {"files": [expected]})
    assert not Invoice.objects.exists()
    assert run("import_opening", file, "--profile", "opening") == (0, "o.csv: 1 new, 0 changed, 0 unchanged.\n")
    assert Case.objects.get().step == "first"


def test_earlier_steps_are_completed_too_and_said_together_where_they_were(firm: Firm) -> None:
    row = {**OWED, "step": "third", "step_on": "2026-05-12", "earlier_steps": "first 2026-05-02 | second 2026-05-06 letter"}
    other = {**row, "number": "F/2"}
    assert taken(firm, row, other, on=14) == (2, 0, 0) and taken(firm, row, on=15) == (0, 0, 1)
    lines = StepTaken.objects.filter(case__item__label="F/1").order_by("pk")
    assert [(line.step, line.notice.channel, line.on) for line in lines] == [
        ("first", "email", date(2026, 5, 2)), ("second", "letter", date(2026, 5, 6)), ("third", "email", date(2026, 5, 12)),
    ]  # fmt: skip
    assert (Notice.objects.count(), StepResult.objects.count()) == (3, 6)
    assert set(Case.objects.values_list("position", "step", "completed_on")) == {(3, "third", date(2026, 5, 12))}


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("second 2026-05-02", "in the order of the policy"),
        ("frist 2026-05-01", "no step of the policy"),
        ("first", "is no step; write steps like"),
        ("first 2026-05-03 pigeon", "is no step; write steps like"),
        ("first 2026-05-09", "days must be in their order"),
    ],
)
def test_earlier_steps_that_cannot_be_keep_the_file_out(firm: Firm, said: str, says: str) -> None:
    report = load(firm, {**OWED, "step": "second", "step_on": "2026-05-06", "earlier_steps": said}, on=8)
    assert report.refused and says in report.problems[0].reason and report.problems[0].column == "Earlier steps"


def test_whom_an_intake_had_made_without_a_number_is_found_by_tax_number(firm: Firm) -> None:
    known = firm.customer(number="5252248481", tax_id="5252248481")
    taken(firm, {**OWED, "tax_id": "525-224-84-81", "customer_number": "K77"})
    assert Invoice.objects.get().customer == known and Customer.objects.count() == 1
