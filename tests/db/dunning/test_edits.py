"""A person changes a plan before it goes: left out, held, put back, raised, skipped for good; each with a reason, once, audited."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection

from dunning.actions import Edit, approve, assign, block, drop_item, lower, outcome, publish, raise_by_one, reject, skip_for_good
from dunning.actions.outcomes import Result
from dunning.models import Case, Hold, Notice, PlanEdit, PlannedLine, StepTaken
from dunning.states import NoticeState
from invoices.models import Item
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.messaging.models import Message
from tests.builders import make_user, pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm
from tests.db.dunning.test_runs import together

pytestmark = pytest.mark.django_db
LADDER = """\
name: Edited
steps:
  - {key: early, after_due: -3, until: 0, channel: [email]}
  - {key: first, after_due: 1, channel: [email], approval: true}
  - {key: second, after_due: 5, channel: [email], approval: true}
  - {key: demand, after_due: 9, channel: [letter], document: demand, approval: true}
  - {key: last, after_due: 11, channel: [email], approval: true}
  - {key: agency, after_due: 20, channel: [agency], approval: true}
"""
Verb = Callable[[Notice, Case], Any]


@pytest.fixture
def firm(db: None, recorder: Recorder) -> Firm:
    return make_firm(LADDER, recorder)


def why(on: int, reason: str = "Rozmowa z klientem", **others: Any) -> Edit:
    return Edit(day(on), reason, **others)


def two(firm: Firm) -> tuple[Item, Item, Notice]:
    """Two items in one plan of day 1."""
    customer = firm.customer()
    items = firm.owes(customer), firm.owes(customer, "60.00")
    firm.run(1)
    return (*items, firm.waiting()[0])


def walked(firm: Firm, item: Item, *, to: int) -> Notice:
    """Released day by day until the step of that day waits."""
    for number in (1, 5, 9, 11):
        firm.run(number)
        if number == to:
            break
        approve(firm.waiting()[0], on=day(number), now=firm.noon(number))
        firm.deliver(number)
    return firm.waiting()[0]


VERBS: dict[str, Callable[[Edit], Verb]] = {
    "drop": lambda edit: lambda notice, case: drop_item(notice, case, edit=edit),
    "block": lambda edit: lambda notice, case: block(notice, case, edit=edit),
    "raise": lambda edit: lambda notice, case: raise_by_one(notice, case, edit=edit),
    "skip": lambda edit: lambda notice, case: skip_for_good(case, "first", edit=edit),
}


@pytest.mark.parametrize("verb", VERBS)
def test_r01_an_edit_takes_the_item_out_restates_the_plan_and_is_told_by_whom_and_why(firm: Firm, verb: str) -> None:
    one, other, notice = two(firm)
    clerk = make_user("clerk")
    VERBS[verb](why(1, by=clerk))(notice, firm.case(one))
    notice.refresh_from_db()
    assert (notice.state, str(notice.principal)) == (NoticeState.PROPOSED, "60.0000")
    edit = PlanEdit.objects.get()
    assert (edit.case.item, edit.kind, edit.reason, edit.author, edit.on) == (one, verb, "Rozmowa z klientem", clerk, day(1))
    entry = Entry.objects.get(creditor=firm.creditor, verb="plan_edited")
    assert (entry.actor, entry.facts["kind"], entry.facts["reason"]) == (clerk, verb, "Rozmowa z klientem")
    approve(notice, on=day(1), now=firm.noon(1))
    firm.deliver(1)
    assert (firm.arrived(one), firm.arrived(other)) == ([], ["first"])
    assert Message.objects.get().facts["principal"] == "60.00"


@pytest.mark.parametrize("verb", VERBS)
def test_no_edit_without_a_reason_and_none_of_what_was_answered(firm: Firm, verb: str) -> None:
    one, _, notice = two(firm)
    with pytest.raises(Refused, match="reason"):
        VERBS[verb](why(1, " "))(notice, firm.case(one))
    assert not PlanEdit.objects.exists() and not Hold.objects.exists()
    if verb != "skip":  # it concerns the case, in a plan or not
        reject(notice, on=day(1))
        with pytest.raises(Refused, match="no longer waits"):
            VERBS[verb](why(1))(notice, firm.case(one))


def test_the_same_edit_twice_is_refused_and_skipping_twice_changes_nothing(firm: Firm) -> None:
    one, other, notice = two(firm)
    drop_item(notice, firm.case(one), edit=why(1))
    with pytest.raises(Refused, match="no longer in this message"):
        drop_item(notice, firm.case(one), edit=why(1))
    skip_for_good(firm.case(other), "second", edit=why(1))
    skip_for_good(firm.case(other), "second", edit=why(1))
    assert firm.case(other).skipped_for_good == ["second"]
    assert Entry.objects.filter(creditor=firm.creditor, verb="step_skipped").count() == 1


def test_what_is_left_out_stays_out_for_the_day_and_comes_again_the_next(firm: Firm) -> None:
    one, other, notice = two(firm)
    drop_item(notice, firm.case(one), edit=why(1))
    drop_item(notice, firm.case(other), edit=why(1))
    notice.refresh_from_db()
    assert notice.state == NoticeState.DROPPED
    firm.run(1)
    assert firm.waiting() == []
    firm.run(2)
    assert firm.planned() == [("first", sorted([one.label, other.label]))]


def test_dropping_from_the_first_run_holds_for_the_day_although_the_rest_proves_the_version(recorder: Recorder) -> None:
    firm = make_firm("name: P\nsteps: [{key: a, after_due: 1, channel: [email]}]", recorder, first_run_waits=True)
    customer = firm.customer()
    one, other = firm.owes(customer), firm.owes(firm.customer())
    firm.run(1)
    by_item = {notice.lines.get().case.item_id: notice for notice in firm.waiting()}
    drop_item(by_item[one.pk], firm.case(one), edit=why(1))
    approve(by_item[other.pk], on=day(1), now=firm.noon(1))
    firm.run(1)
    assert (firm.arrived(one), firm.arrived(other)) == ([], ["a"])
    firm.run(2)
    assert firm.arrived(one) == ["a"]


def test_a_block_is_a_hold_with_its_reason_and_end(firm: Firm) -> None:
    one, other, notice = two(firm)
    block(notice, firm.case(one), edit=why(1), until=day(3))
    hold = Hold.objects.get()
    assert (hold.item, hold.until, hold.reason) == (one, day(3), "Rozmowa z klientem")
    firm.run(3)
    assert firm.planned() == [("first", [other.label])]
    firm.run(4)
    assert firm.planned() == [("first", sorted([one.label, other.label]))]


def test_a_block_of_the_customer_empties_the_plan(firm: Firm) -> None:
    one, _, notice = two(firm)
    block(notice, firm.case(one), edit=why(1), whole_customer=True)
    assert (Hold.objects.get().item, firm.waiting(), PlanEdit.objects.count()) == (None, [], 2)
    firm.run(2)
    assert firm.waiting() == []


def test_a_block_that_ends_in_the_past_is_refused_and_nothing_is_left_of_it(firm: Firm) -> None:
    one, _, notice = two(firm)
    with pytest.raises(Refused, match="past"):
        block(notice, firm.case(one), edit=why(1), until=day(0))
    assert firm.planned()[0][1] and not PlanEdit.objects.exists()


def test_r05_lowered_the_item_takes_the_earlier_step_again_and_climbs_on_from_there(firm: Firm) -> None:
    item = firm.owes()
    notice = walked(firm, item, to=9)
    lower(notice, firm.case(item), step="first", edit=why(9))
    assert firm.waiting() == []
    for number in (9, 10, 11):
        firm.run(number)
        approve(firm.waiting()[0], on=day(number), now=firm.noon(number))
        firm.deliver(number)
    assert firm.arrived(item) == ["first", "second", "first", "second", "demand"]


def test_a_bounce_after_lowering_does_not_bring_the_old_level_back(firm: Firm) -> None:
    item = firm.owes()
    lower(walked(firm, item, to=9), firm.case(item), step="first", edit=why(9))
    firm.run(9)
    approve(firm.waiting()[0], on=day(9), now=firm.noon(9))
    firm.deliver(9)
    outcome(Notice.objects.exclude(message=None).order_by("-pk")[0], Result.FAILED, now=firm.noon(9))
    firm.run(10)
    assert firm.arrived(item) == ["first", "second", "first"], "tried again, released as it was"


@pytest.mark.parametrize(
    ("step", "said"), [("demand", "earlier"), ("last", "earlier"), ("nowhere", "earlier"), ("early", "time of early is over")]
)
def test_lowering_leads_down_to_a_step_that_can_still_go(firm: Firm, step: str, said: str) -> None:
    item = firm.owes()
    notice = walked(firm, item, to=9)
    with pytest.raises(Refused, match=said):
        lower(notice, firm.case(item), step=step, edit=why(9))
    assert firm.case(item).position == 3


def test_r05_raised_the_item_goes_on_one_step_above_when_that_opens(firm: Firm) -> None:
    item = firm.owes()
    raise_by_one(walked(firm, item, to=1), firm.case(item), edit=why(1))
    firm.run(4)
    assert firm.waiting() == []
    firm.run(5)
    assert firm.planned() == [("second", [item.label])]
    assert firm.case(item).skipped == ["early", "first"]


def test_raising_passes_over_one_step_only(firm: Firm) -> None:
    item = firm.owes()
    raise_by_one(walked(firm, item, to=1), firm.case(item), edit=why(1))
    firm.run(5)
    with pytest.raises(Refused, match="raised already"):
        raise_by_one(firm.waiting()[0], firm.case(item), edit=why(5))


def test_nothing_is_raised_over_a_step_that_must_precede_or_beyond_the_last(firm: Firm) -> None:
    item = firm.owes()
    with pytest.raises(Refused, match="before agency"):
        raise_by_one(walked(firm, item, to=9), firm.case(item), edit=why(9))
    short = make_firm("name: P\nsteps: [{key: a, after_due: 1, channel: [email], approval: true}]", firm.recorder)
    only = short.owes()
    short.run(1)
    with pytest.raises(Refused, match="last step"):
        raise_by_one(short.waiting()[0], short.case(only), edit=why(1))


def test_a_step_skipped_for_good_never_comes(firm: Firm) -> None:
    item = firm.owes()
    firm.run(-40)
    skip_for_good(firm.case(item), "second", edit=why(-40))
    notice = walked(firm, item, to=1)
    approve(notice, on=day(1), now=firm.noon(1))
    firm.deliver(1)
    firm.run(5)
    assert firm.waiting() == []
    firm.run(9)
    assert firm.planned() == [("demand", [item.label])]
    assert firm.case(item).skipped == ["early", "second"]


@pytest.mark.parametrize(("step", "said"), [("demand", "before agency"), ("nowhere", "no step"), ("early", "behind")])
def test_what_must_precede_a_later_step_is_not_skipped(firm: Firm, step: str, said: str) -> None:
    one, _, _ = two(firm)
    with pytest.raises(Refused, match=said):
        skip_for_good(firm.case(one), step, edit=why(1))
    assert firm.case(one).skipped_for_good == []


def test_a_policy_in_which_the_step_must_precede_forgets_the_skip(firm: Firm) -> None:
    free = publish(firm.creditor, LADDER.replace("Edited", "Free").replace("channel: [agency]", "channel: [call]"), now=firm.noon(0))
    item = firm.owes()
    assign(firm.creditor, free.policy, customer=item.customer, on=day(0))
    skip_for_good(firm.case(item), "demand", edit=why(0))
    again = publish(firm.creditor, LADDER.replace("Edited", "Again"), now=firm.noon(0))
    assign(firm.creditor, again.policy, customer=item.customer, on=day(0))
    assert firm.case(item).skipped_for_good == []


def test_a_step_under_way_is_not_skipped(firm: Firm) -> None:
    one, _, notice = two(firm)
    approve(notice, on=day(1), now=firm.noon(1))
    with pytest.raises(Refused, match="under way"):
        skip_for_good(firm.case(one), "first", edit=why(1))


def test_an_item_stands_in_one_proposal(firm: Firm) -> None:
    one, _, notice = two(firm)
    other = Notice.objects.get(pk=notice.pk)
    other.pk, other._state.adding = None, True
    other.save()
    with pytest.raises(IntegrityError, match="one proposal at a time"):
        PlannedLine.objects.create(notice=other, case=firm.case(one), step="first", position=2, principal=one.open_amount)


@pytest.mark.parametrize("table", ["dunning_planedit"])
def test_an_edit_is_never_changed(firm: Firm, table: str) -> None:
    one, _, notice = two(firm)
    drop_item(notice, firm.case(one), edit=why(1))
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET reason = 'x'")


# -- several people at once


def tried(verb: Callable[[], Any]) -> Callable[[], str]:
    def run() -> str:
        try:
            verb()
        except Refused:
            return "refused"
        return "done"

    return run


@pytest.mark.django_db(transaction=True)
def test_an_edit_meets_an_approval_a_payment_and_a_run(recorder: Recorder) -> None:
    firm = make_firm(LADDER, recorder)
    for _ in range(4):
        one, other, notice = two(firm)
        case = firm.case(one)
        together(
            tried(lambda n=notice, c=case: drop_item(n, c, edit=why(1))),
            tried(lambda n=notice: approve(n, on=day(1), now=firm.noon(1))),
            tried(lambda o=other: pay(o.customer, "60.00", o, booked_on=day(1))),
            lambda: firm.tries_to_plan(1),
        )
        firm.deliver(1)
        edited = PlanEdit.objects.filter(case=case).exists()
        assert not (edited and StepTaken.objects.filter(case=case).exists()), "left out, and sent all the same"
        standing = PlannedLine.objects.filter(case=case, notice__state=NoticeState.PROPOSED)
        assert standing.count() <= 1
        for waiting in firm.waiting():
            reject(waiting, on=day(1))


@pytest.mark.django_db(transaction=True)
def test_two_runs_and_two_people_leave_each_item_in_one_place(recorder: Recorder) -> None:
    firm = make_firm(LADDER, recorder)
    items = [firm.owes() for _ in range(6)]
    firm.run(1)
    standing = firm.waiting()

    def answer() -> None:
        for notice in standing:
            tried(lambda n=notice: approve(n, on=day(1), now=firm.noon(1)))()

    together(lambda: firm.tries_to_plan(1), lambda: firm.tries_to_plan(1), answer, answer)
    firm.deliver(1)
    sent = list(StepTaken.objects.values_list("case__item", flat=True))
    planned = list(PlannedLine.objects.filter(notice__state=NoticeState.PROPOSED).values_list("case__item", flat=True))
    assert sorted(sent + planned) == sorted(item.pk for item in items)
    assert len(recorder.taken) == len(sent)


@pytest.mark.parametrize(("reason", "name"), [("x", "planned_item_edited_once"), ("", "plan_edit_has_its_reason")])
def test_the_database_wants_one_edit_of_an_item_and_its_reason(firm: Firm, reason: str, name: str) -> None:
    one, other, notice = two(firm)
    drop_item(notice, firm.case(one), edit=why(1))
    case = firm.case(one if reason else other)
    with pytest.raises(IntegrityError, match=name):
        PlanEdit.objects.create(notice=notice, case=case, kind="drop", reason=reason, on=day(1))
