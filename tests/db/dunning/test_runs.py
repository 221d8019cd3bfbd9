"""The day's run: once however often it is started, by however many, whatever one customer's case does to it."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from dunning.actions import approve, bank_seen, dry_run, hold, reject
from dunning.day import report_of, report_of_plan, resume_day
from dunning.models import Case, Notice, Policy, PolicyVersion, Run, StepTaken
from dunning.states import RunState
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.audit.actions import verify
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.messaging.models import Message
from receivables.messaging.outgoing import Failed, Later, Unknown
from tests.builders import make_user, pay
from tests.db.dunning.firm import APPROVED, Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db
CALL_UNTIL = """\
name: Calls
steps:
  - {key: call, after_due: 1, until: 3, channel: [call]}
  - {key: text, after_due: 4, channel: [sms, email]}
"""


def digests() -> dict[str, str]:
    """What every table holds, by table."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found[table] = hashlib.sha256("\n".join(sorted(row for (row,) in cursor.fetchall())).encode()).hexdigest()
    return found


# -- once


def test_a_day_run_twice_is_a_day_run_once(firm: Firm, recorder: Recorder) -> None:
    items = [firm.owes() for _ in range(3)]
    for number in (0, 1, 2, 5, 9, 10):
        firm.run(number)
        before = (firm.states(), firm.completed(), StepTaken.objects.count())
        firm.run(number)
        assert (firm.states(), firm.completed(), StepTaken.objects.count()) == before
    assert [firm.arrived(item) for item in items] == [["first", "second", "third"]] * 3
    assert len(recorder.taken) == len({outgoing.key for outgoing in recorder.taken}) == 9


def test_after_an_outage_only_the_next_step_goes(firm: Firm) -> None:
    item = firm.owes()
    firm.run(300)
    firm.run(300)
    assert firm.arrived(item) == ["first"]
    firm.run(301)
    assert firm.arrived(item) == ["first", "second"]


def test_an_earlier_day_than_that_of_the_last_run_is_refused_and_changes_nothing(firm: Firm) -> None:
    firm.owes()
    firm.run(5)
    before = digests()
    with pytest.raises(Refused, match="2026-05-06"):
        firm.run(4)
    with pytest.raises(Refused):
        dry_run(firm.creditor, on=day(4))
    assert digests() == before


def test_the_last_run_is_that_of_each_company(firm: Firm, recorder: Recorder) -> None:
    other = make_firm(recorder=recorder)
    item = other.owes()
    firm.run(9)
    other.run(1)
    assert other.arrived(item) == ["first"]


def test_a_company_sees_and_sends_nothing_of_another(firm: Firm, recorder: Recorder) -> None:
    other = make_firm(recorder=recorder)
    mine, theirs = firm.owes(), other.owes()
    firm.run(1)
    assert (firm.arrived(mine), other.arrived(theirs)) == (["first"], [])
    assert Notice.objects.filter(creditor=other.creditor).count() == 0


# -- dry


def test_a_dry_run_shows_what_the_run_does_and_writes_nothing(firm: Firm) -> None:
    customer = firm.customer()
    items = [firm.owes(customer), firm.owes(customer, "40.00", due=-4), firm.owes()]
    hold(items[2], on=day(0))
    firm.noon(1)
    before = digests()
    plan = dry_run(firm.creditor, on=day(1))
    assert digests() == before
    shown = [(pk, group.step.key, group.channel, group.principal) for pk, group in plan.groups]
    firm.run(1)
    assert shown == [(n.customer_id, n.step, n.channel, n.principal) for n in Notice.objects.order_by("pk")]
    assert plan.waiting == {"held": 1} == Run.objects.get().waiting


@pytest.mark.parametrize(("number", "waits"), [(4, 1), (8, 0)], ids=["for one of its items", "for all"])
def test_a_dry_run_foresees_that_a_call_is_no_longer_due(recorder: Recorder, number: int, waits: int) -> None:
    firm = make_firm(CALL_UNTIL, recorder)
    customer = firm.customer()
    items = [firm.owes(customer, due=due) for due in (0, 2)]
    firm.run(3)
    assert {firm.case(item).in_flight.notice.channel for item in items} == {"call"}
    before = digests()
    plan = dry_run(firm.creditor, on=day(number))
    assert digests() == before
    shown = [(group.step.key, group.channel, group.principal) for _, group in plan.groups]
    assert len(shown) == 1 and plan.waiting.total() == waits
    run = firm.plan(number)
    assert shown == [(n.step, n.channel, n.principal) for n in run.notices.all()] and plan.waiting == run.waiting


def test_a_dry_run_leaves_a_plan_that_waits_as_it_is(recorder: Recorder) -> None:
    firm = make_firm(APPROVED, recorder)
    firm.owes()
    firm.run(1)
    before = digests()
    assert [group.approval for _, group in dry_run(firm.creditor, on=day(2)).groups] == [True]
    assert digests() == before


# -- approvals and reruns


def test_a_plan_stands_once_however_often_it_is_made(recorder: Recorder) -> None:
    firm = make_firm(APPROVED, recorder)
    items = [firm.owes(), firm.owes()]
    for number in (1, 1, 2, 3):
        firm.run(number)
        assert len(firm.waiting()) == 2
        assert {notice.on for notice in firm.waiting()} == {day(number)}
    assert [run.state for run in Run.objects.order_by("pk")] == [RunState.DONE, RunState.DONE, RunState.DONE, RunState.PROPOSED]
    assert [firm.arrived(item) for item in items] == [[], []]


def test_what_was_paid_leaves_the_plan_with_the_next_run(recorder: Recorder) -> None:
    firm = make_firm(APPROVED, recorder)
    item = firm.owes()
    firm.run(1)
    (notice,) = firm.waiting()
    pay(item.customer, "100.00", item, booked_on=day(1))
    firm.run(1)
    assert firm.waiting() == []
    with pytest.raises(Refused):
        approve(notice, on=day(1), now=firm.noon(1))


def test_what_was_rejected_is_planned_again_the_next_day(recorder: Recorder) -> None:
    firm = make_firm(APPROVED, recorder)
    item = firm.owes()
    firm.run(1)
    reject(firm.waiting()[0], on=day(1))
    firm.run(1)
    assert firm.waiting() == []
    firm.run(2)
    assert firm.planned() == [("first", [item.label])]


def test_fresh_bank_data_let_a_further_run_of_the_day_go_on(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder, bank_freshness_days=1)
    item = firm.owes()
    firm.run(1)
    assert firm.arrived(item) == []
    bank_seen(firm.creditor, until=day(0), on=day(1))
    firm.run(1)
    assert firm.arrived(item) == ["first"]
    firm.run(5)
    assert firm.arrived(item) == ["first"]
    bank_seen(firm.creditor, until=day(5), on=day(6))
    firm.run(6)
    assert firm.arrived(item) == ["first", "second"]


# -- one that raises


def broken(firm: Firm, customer: Customer) -> None:
    """Put a customer under a policy whose text nobody can read."""
    item = firm.owes(customer)
    policy = Policy.objects.create(creditor=firm.creditor, name="Broken")
    version = PolicyVersion.objects.create(policy=policy, number=1, state="published", text="no policy at all", created_at=firm.noon(-50))
    Case.objects.filter(item=item).update(version=version)


def test_a_customer_whose_judgement_raises_is_set_aside_by_number_and_the_others_go_on(firm: Firm) -> None:
    before, bad, after = firm.owes(), firm.customer(), firm.owes()
    broken(firm, bad)
    run = firm.run(1)
    assert [(problem["customer"], bool(problem["error"])) for problem in run.problems] == [(bad.pk, True)]
    assert (firm.arrived(before), firm.arrived(after)) == (["first"], ["first"])
    assert (run.judged, run.expected, run.waiting) == (2, 2, {})
    (said,) = report_of(run).problems
    assert said.startswith(f"customer {bad.pk}: ")


def test_who_was_set_aside_is_tried_again_by_the_next_run(firm: Firm) -> None:
    bad = firm.customer()
    broken(firm, bad)
    assert len(firm.run(1).problems) == len(firm.run(1).problems) == 1
    Case.objects.update(version=PolicyVersion.objects.get(policy__name="Plain"))
    assert firm.run(1).problems == []
    assert firm.arrived(Case.objects.get(customer=bad).item) == ["first"]


def test_a_dry_run_names_whom_it_could_not_judge_and_shows_the_others(firm: Firm) -> None:
    firm.owes()
    broken(firm, bad := firm.customer())
    firm.noon(1)
    report = report_of_plan(dry_run(firm.creditor, on=day(1)), on=day(1))
    assert [(step.step, step.planned) for step in report.steps] == [("first", 1)]
    assert len(report.problems) == 1 and report.problems[0].startswith(f"customer {bad.pk}: ")


# -- what channels answer


def test_a_temporary_failure_is_tried_again_by_the_next_run_of_the_day(firm: Firm, recorder: Recorder) -> None:
    item, answer = firm.owes(), recorder.answer
    recorder.answer = lambda outgoing: Later("busy")
    firm.run(1)
    assert firm.states() == {"planned": 1} and firm.arrived(item) == []
    recorder.answer = answer
    firm.run(1)
    # what had not left is withdrawn and planned anew with what is true then; one message arrives
    assert firm.states() == {"withdrawn": 1, "accepted": 1} and firm.arrived(item) == ["first"]


def test_what_may_have_left_is_never_sent_again_and_a_person_is_asked(firm: Firm, recorder: Recorder) -> None:
    item, answer = firm.owes(), recorder.answer
    recorder.answer = lambda outgoing: Unknown("timeout")
    firm.run(1)
    recorder.answer = answer
    for number in (1, 2, 30):
        firm.run(number)
    assert firm.states() == {"unknown": 1} and firm.arrived(item) == [] and recorder.taken == []
    assert firm.tasks() == [(item.customer.number, "unknown_outcome")]
    assert firm.case(item).look_again_on is None


def test_a_dead_address_completes_nothing_and_a_contact_is_asked_for(firm: Firm, recorder: Recorder) -> None:
    item, answer = firm.owes(), recorder.answer
    recorder.answer = lambda outgoing: Failed("unknown user", bad_address=True)
    firm.run(1)
    recorder.answer = answer
    firm.run(2)
    assert firm.states() == {"failed": 1} and firm.arrived(item) == []
    assert firm.tasks() == [(item.customer.number, "bad_contact")]


# -- in batches


@pytest.mark.parametrize("approval", [False, True])
def test_the_number_of_queries_does_not_depend_on_the_number_of_customers(recorder: Recorder, approval: bool) -> None:
    counts = []
    for number in (70, 150):  # few rows are stored by INSERT, more by COPY
        firm = make_firm(
            APPROVED if approval else 'name: P\nsteps: [{key: first, after_due: 1, channel: [email], minimum: "10.00"}]', recorder
        )
        for n in range(number):
            firm.owes(amount="100.00" if n % 5 else "5.00")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            run = firm.plan(1)
        assert run.notices.count() == (number if approval else number * 4 // 5)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_run_takes_batch_after_batch(firm: Firm, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dunning.actions.runs.BATCH", 3)
    items = [firm.owes() for _ in range(10)]
    run = firm.run(1)
    assert [firm.arrived(item) for item in items] == [["first"]] * 10
    assert (run.judged, run.expected) == (10, 10)


def test_only_customers_whose_day_has_come_are_judged(firm: Firm) -> None:
    firm.owes()
    firm.owes(due=20)
    firm.run(0)  # from now on both wait for their own days
    assert firm.run(1).judged == 1
    assert firm.run(2).judged == 1  # the day after its step: when is the next one?
    assert firm.run(4).judged == 0
    assert firm.run(5).judged == 1


# -- the trail


def test_every_event_is_on_the_audit_chain(recorder: Recorder) -> None:
    firm = make_firm(APPROVED, recorder)
    clerk = make_user()
    item, other = firm.owes(), firm.owes()
    firm.run(1, by=clerk)
    approve(firm.waiting()[0], on=day(1), now=firm.noon(1), by=clerk)
    firm.deliver(1)
    reject(firm.waiting()[0], on=day(1), by=clerk, reason="not today")
    hold(other, on=day(1), by=clerk, until=day(3), reason="asked for time")
    pay(item.customer, "100.00", item, booked_on=day(2))
    firm.run(2)
    happened = set(Entry.objects.filter(creditor=firm.creditor).values_list("verb", flat=True))
    for verb in ("policy_published", "policy_assigned", "run_started", "batch_released", "notice_approved", "notice_rejected", "held"):
        assert verb in happened
    assert verify(firm.creditor) == [] and verify(None) == []


# -- several at once


def together(*deeds: object) -> list[object]:
    """Let the deeds begin at the same moment, each in a session of its own; an exception in one is raised."""
    barrier = Barrier(len(deeds))

    def run(deed: object) -> object:
        try:
            barrier.wait(timeout=20)
            return deed()  # type: ignore[operator]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_send_everything_once(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder)
    items = [firm.owes() for _ in range(12)]
    together(lambda: firm.tries_to_plan(1), lambda: firm.tries_to_plan(1))
    firm.deliver(1)
    assert [firm.arrived(item) for item in items] == [["first"]] * 12
    assert len(recorder.taken) == 12


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("policy", [pytest.param("", id="released"), pytest.param(APPROVED, id="for approval")])
def test_two_runs_that_judge_the_same_customers_at_once_plan_everything_once(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    """Even past the lock that keeps planners apart: the rows decide."""
    monkeypatch.setattr("dunning.actions.runs.BATCH", 3)
    firm = make_firm(*([policy] if policy else []), recorder=recorder)
    items = [firm.owes() for _ in range(12)]
    runs = [firm.start(1), firm.start(1)]
    together(*[lambda run=run: firm.go_on(run, 1) for run in runs])
    firm.deliver(1)
    if policy:
        assert len(firm.waiting()) == 12
    else:
        assert [firm.arrived(item) for item in items] == [["first"]] * 12
        assert Message.objects.count() == len(recorder.taken) == 12
    assert [problem for run in Run.objects.all() for problem in run.problems] == []


@pytest.mark.django_db(transaction=True)
def test_a_second_planner_is_refused_while_one_is_at_it(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder)
    firm.owes()
    held, done = Event(), Event()

    def hold_on() -> None:
        with transaction.atomic():
            Customer.objects.select_for_update(no_key=True).get()
            held.set()
            assert done.wait(20)
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        holder = pool.submit(hold_on)
        held.wait(20)
        planner = pool.submit(lambda: (firm.plan(1), connection.close())[0])
        while not Run.objects.exists():
            pass
        with pytest.raises(Refused, match="under way"):
            firm.plan(1)
        assert resume_day(firm.creditor, on=day(1), now=firm.noon(1)) is None
        done.set()
        holder.result()
        run = planner.result()
    assert (run.judged, run.expected) == (1, 1), "the customer somebody held was waited for"


@pytest.mark.django_db(transaction=True)
def test_a_run_that_died_half_way_is_finished(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dunning.actions.runs.BATCH", 2)
    firm = make_firm(recorder=recorder)
    items = [firm.owes() for _ in range(4)]
    run = firm.start(1)  # and the process is gone
    assert resume_day(Creditor.objects.get(pk=firm.creditor.pk), on=day(1), now=firm.noon(1)) == run
    firm.deliver(1)
    assert [firm.arrived(item) for item in items] == [["first"]] * 4
    assert resume_day(firm.creditor, on=day(1), now=firm.noon(1)) is None
