"""Changing a plan on the screens, and what the pages of a run say of its difference and its account."""

from typing import Any

import pytest
from django.urls import reverse

from dunning.actions import publish
from dunning.models import Case, Hold, Notice, PlanEdit, Run
from dunning.states import NoticeState
from receivables.messaging.models import Message
from receivables.messaging.states import MessageState
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.world import DAY, TODAY, World


def case_of(notice: Notice) -> Case:
    return notice.lines.get().case


def edit(world: World, role: str = "approver", **values: Any) -> Any:
    notice = world.ours.proposed
    return post(world.client(role), "notice_edit", [notice.pk], **{"case": case_of(notice).pk, "reason": "Rozmowa", **values})


def page(world: World, name: str, *parts: int) -> str:
    return world.client("approver").get(reverse(f"dashboard:{name}", args=parts), headers={"accept-language": "en"}).content.decode()


def test_an_item_is_left_out_with_a_reason_and_the_page_says_who_did_it(world: World) -> None:
    answer = edit(world, kind="drop")
    assert answer.status_code == 302 and "left out for today" in said(answer)
    row = PlanEdit.objects.get()
    assert (row.kind, row.reason, row.author) == ("drop", "Rozmowa", world.people["approver"])
    world.ours.proposed.refresh_from_db()
    assert world.ours.proposed.state == NoticeState.DROPPED
    shown = page(world, "notice", world.ours.proposed.pk)
    assert "Rozmowa" in shown and "taken out by a person" in shown


def test_an_item_and_a_customer_are_held_from_the_plan(world: World) -> None:
    edit(world, kind="block_all", until="2026-12-01")
    hold = Hold.objects.get(customer=world.ours.customer)
    assert (hold.item, hold.until, hold.reason) == (None, TODAY + 8 * DAY, "Rozmowa")


def test_an_item_goes_back_to_an_earlier_step(world: World) -> None:
    policy = case_of(world.ours.proposed).version
    assert "second" in policy.text
    answer = edit(world, kind="lower", step="second")
    assert answer.status_code == 302
    assert case_of(world.ours.proposed).position == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "drop", "reason": ""}, "required"),
        ({"kind": "lower"}, "Choose the step"),
        ({"kind": "lower", "step": "demand"}, "earlier step"),
        ({"kind": "raise"}, "before"),
        ({"kind": "skip", "step": "demand"}, "cannot be skipped"),
        ({"kind": "block", "until": "2026-01-01"}, "in the past"),
        ({"kind": "explode"}, "valid choice"),
        ({"kind": "drop", "case": "999999"}, "valid choice"),
    ],
)
def test_what_may_not_be_is_refused_in_words_and_changes_nothing(world: World, values: dict[str, str], words: str) -> None:
    answer = edit(world, **values)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not PlanEdit.objects.exists()
    world.ours.proposed.refresh_from_db()
    assert world.ours.proposed.state == NoticeState.PROPOSED


def test_a_clerk_sees_no_way_to_change_a_plan_and_has_none(world: World) -> None:
    address = reverse("dashboard:notice_edit", args=[world.ours.proposed.pk])
    assert edit(world, "clerk", kind="drop").status_code == 403
    assert address not in world.client("clerk").get(reverse("dashboard:notice", args=[world.ours.proposed.pk])).content.decode()
    assert address in page(world, "notice", world.ours.proposed.pk)


def test_what_was_answered_cannot_be_changed(world: World) -> None:
    case = case_of(world.ours.proposed)
    Notice.objects.filter(pk=world.ours.proposed.pk).update(state=NoticeState.REJECTED)
    answer = edit(world, kind="drop", case=case.pk)
    assert answer.status_code == 422 and "no longer waits" in answer.content.decode()


def test_the_page_of_a_run_says_how_it_differs_from_the_day_before(world: World) -> None:
    shown = page(world, "run", world.ours.run.pk)
    assert "Against the plan of" in shown and world.ours.invoice.number in shown


def test_a_run_whose_numbers_do_not_add_up_is_an_alarm_there_and_today(world: World) -> None:
    messages = Message.objects.filter(notice__run=world.ours.run)
    messages.update(state=MessageState.WITHDRAWN)
    Run.objects.filter(pk=world.ours.run.pk).update(expected=7)
    for shown in (page(world, "run", world.ours.run.pk), page(world, "today")):
        assert "do not add up" in shown and "Expected 7, sent 0" in shown
    Run.objects.filter(pk=world.ours.run.pk).update(expected=messages.count())
    assert "do not add up" not in page(world, "run", world.ours.run.pk)


def test_a_policy_published_anew_does_not_break_the_form(world: World) -> None:
    version = case_of(world.ours.proposed).version
    publish(world.ours.creditor, version.text + "\n# new\n", now=version.created_at)
    assert "Change the plan" in page(world, "notice_edit", world.ours.proposed.pk)
