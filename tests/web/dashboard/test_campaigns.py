"""Balances to confirm and statements by schedule, on the screens."""

from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.urls import reverse

from dunning import tasks
from dunning.models import BalanceCampaign, BalanceRequest, LadderRules, PaperTerms, StatementSchedule, Task
from dunning.states import TaskKind
from tests.web.dashboard import world as w
from tests.web.dashboard.world import World

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def at_noon(settings: Any) -> None:
    settings.CLOCK = w.NOW


@pytest.fixture(autouse=True)
def bank_is_read(world: World) -> None:
    LadderRules.objects.filter(creditor=world.ours.creditor).update(bank_seen_until="2026-11-22")


def get(world: World, name: str, *parts: int, role: str = "manager", **query: str) -> Any:
    return world.client(role).get(reverse(f"dashboard:{name}", args=parts), query, headers=ENGLISH)


def post(world: World, name: str, *parts: int, role: str = "manager", **said: Any) -> Any:
    return world.client(role).post(reverse(f"dashboard:{name}", args=parts), said, headers=ENGLISH)


def test_whom_it_would_ask_and_why_not_others_then_it_is_opened(world: World) -> None:
    days = {"as_of_on": "2026-11-20", "year_ends_on": "2026-12-31", "deadline_on": "2026-12-07"}
    assert "2026-10-31" in get(world, "campaign_new").text  # proposed: the last month's end
    page = get(world, "campaign_new", **days)
    assert page.status_code == 200 and "Who is left out" in page.text and w.ATTACK not in page.text
    assert not BalanceCampaign.objects.filter(creditor=world.ours.creditor, as_of_on="2026-11-20").exists()
    with patch.object(tasks, "wake_papers") as woken:
        opened = post(world, "campaign_new", **days)
    made = BalanceCampaign.objects.get(creditor=world.ours.creditor, as_of_on="2026-11-20")
    assert opened.headers["Location"] == reverse("dashboard:campaign", args=[made.pk]) and woken.called
    assert made.opened_by == world.people["manager"] and made.requests.filter(left_out="").exists()
    again = post(world, "campaign_new", **days)
    assert again.status_code == 422 and "were asked already" in again.text


@pytest.mark.parametrize(
    ("changes", "says"), [({"as_of_on": "2026-09-30"}, "has to be of a day"), ({"deadline_on": "2027-01-16"}, "Answers have")]
)
def test_days_that_may_not_be_are_refused_where_they_are_entered(world: World, changes: dict[str, str], says: str) -> None:
    days = {"as_of_on": "2026-11-20", "year_ends_on": "2026-12-31", "deadline_on": "2026-12-07", **changes}
    assert says in get(world, "campaign_new", **days).text
    assert post(world, "campaign_new", **days).status_code == 422


def test_a_campaign_shows_what_came_back_and_gives_it_as_a_table(world: World) -> None:
    row = world.ours.balance
    page = get(world, "campaign", row.campaign_id, role="viewer")
    assert "differs" in page.text and w.ATTACK not in page.text
    assert "Nothing fits" in get(world, "campaign", row.campaign_id, state="agrees").text
    BalanceRequest.objects.filter(pk=row.pk).update(explanation="=cmd|' /C calc'!A0")
    table = b"".join(get(world, "campaign_export", row.campaign_id, role="viewer").streaming_content).decode()
    assert ",500.00," in table and ",400.00,100.00," in table and "'=cmd" in table


def test_a_clerk_notes_an_answer_and_a_difference_becomes_a_task(world: World) -> None:
    row = world.ours.balance
    BalanceRequest.objects.filter(pk=row.pk).update(
        answer="", answered_on=None, came_by="", part_b=None, explanation="", their_balance=None
    )
    said = {"answer": "differs", "came_by": "email", "on": "2026-11-23", "theirs": "1 200,50", "side": "theirs", "explanation": "Brak"}
    assert post(world, "balance_answer", row.pk, role="clerk", **{**said, "explanation": ""}).status_code == 422
    assert post(world, "balance_answer", row.pk, role="clerk", **said).status_code == 302
    row.refresh_from_db()
    assert (row.answer, row.their_balance, row.their_is_ours) == ("differs", Decimal("1200.50"), False)
    task = Task.objects.get(creditor=world.ours.creditor, kind=TaskKind.BALANCE_DIFFERS)
    assert reverse("dashboard:balance_answer", args=[row.pk]) in get(world, "tasks", kind=task.kind).text
    assert post(world, "balance_answer", row.pk, role="clerk", **{**said, "on": "2026-11-24"}).status_code == 422


def test_closing_takes_no_more_answers_and_needs_an_approver(world: World) -> None:
    row = world.ours.balance
    assert post(world, "campaign_close", row.campaign_id, role="clerk").status_code == 403
    assert post(world, "campaign_remind", row.campaign_id).status_code == 422  # nobody is silent
    assert post(world, "campaign_close", row.campaign_id).status_code == 302
    row.campaign.refresh_from_db()
    assert row.campaign.closed_by == world.people["manager"]
    refused = post(world, "balance_answer", row.pk, answer="agrees", came_by="paper", on="2026-11-23")
    assert refused.status_code == 422 and "takes no more answers" in refused.text


def test_the_schedule_and_the_terms_of_a_customer_are_set(world: World) -> None:
    said = {"is_on": "on", "every": "quarter", "day": "7", "kinds": ["business"], "starts_on": "2026-11-23"}
    assert post(world, "statement_schedule", **{**said, "day": "29"}).status_code == 422
    assert post(world, "statement_schedule", **said).status_code == 302
    row = StatementSchedule.objects.get(creditor=world.ours.creditor)
    assert (row.is_on, row.every, row.day, row.kinds) == (True, "quarter", 7, ["business"])
    assert "7 January 2027" in get(world, "statement_schedule").text
    terms = {"statements": "never", "email_agreed_on": "2026-01-02", "email_agreement": "umowa 7"}
    assert post(world, "customer_paper_terms", world.ours.customer.pk, **{**terms, "email_agreement": ""}).status_code == 422
    assert post(world, "customer_paper_terms", world.ours.customer.pk, **terms).status_code == 302
    assert PaperTerms.objects.get(customer=world.ours.customer).statements == "never"
