"""Stopping and resuming from the browser: who may, what is shown first, what every page says meanwhile."""

from datetime import timedelta

import pytest
from django.urls import reverse

from receivables.accounts.models import Creditor, Membership, Role
from receivables.audit.models import Entry
from receivables.messaging import mode, switches
from receivables.messaging.actions import halt
from receivables.messaging.models import Message
from receivables.messaging.outbox import NewMessage, plan
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.test_facts import page
from tests.web.dashboard.world import NOW, World


def everywhere(world: World, person: str) -> None:
    """Let this person be manager at every company."""
    for creditor in Creditor.objects.all():
        Membership.objects.update_or_create(user=world.people[person], creditor=creditor, defaults={"role": Role.MANAGER})


def test_a_manager_stops_sending_with_a_reason_and_every_page_says_so(world: World) -> None:
    assert post(world.client("approver"), "sending_halt", reason="x").status_code == 403
    assert post(world.client("manager"), "sending_halt", reason=" ").status_code == 422
    assert not mode.standing().is_halted
    answer = post(world.client("manager"), "sending_halt", reason="Zły szablon")
    assert answer.status_code == 302 and "stopped" in said(answer)
    entry = Entry.objects.get(verb="sending_halted")
    assert (entry.creditor, entry.actor, entry.facts["reason"]) == (None, world.people["manager"], "Zły szablon")
    for name in ("today", "customers", "sending"):
        shown = page(world, name, role="viewer")
        assert "Zły szablon" in shown and "manager," in shown and reverse("dashboard:sending") in shown
    assert reverse("dashboard:sending_resume") not in page(world, "sending", role="viewer")
    assert reverse("dashboard:sending_resume") in page(world, "sending", role="manager")


def waits_alone(world: World, *, since: int, until: int) -> None:
    """One e-mail of ours, with hours from now; nothing else waits."""
    Message.objects.filter(state="planned").update(state="withdrawn")
    hour = timedelta(hours=1)
    message = NewMessage(
        creditor=world.ours.creditor,
        key="k" * 64,
        purpose="dunning",
        channel="email",
        recipient="a@example.com",
        language="pl",
        template="reminder",
        facts={},
        not_before=NOW + since * hour,
        not_after=NOW + until * hour,
    )
    plan([message], now=NOW)


def test_resuming_shows_what_goes_out_and_needs_a_reason(world: World) -> None:
    halt(reason="stop")
    everywhere(world, "manager")
    waits_alone(world, since=-1, until=24)
    assert "1 message goes out at once" in page(world, "sending_resume", role="manager")
    client = world.client("manager")
    assert post(client, "sending_resume", reason="").status_code == 422
    assert mode.standing().is_halted
    answer = post(client, "sending_resume", reason="Poprawiony")
    assert answer.status_code == 302 and not mode.standing().is_halted
    assert Entry.objects.get(verb="sending_resumed").facts["reason"] == "Poprawiony"
    assert "Poprawiony" in page(world, "sending")


def test_who_is_no_manager_everywhere_cannot_resume(world: World) -> None:
    halt(reason="stop")
    assert "An administrator has to resume it" in page(world, "sending_resume", role="manager")
    answer = post(world.client("manager"), "sending_resume", reason="Poprawiony")
    assert answer.status_code == 422 and mode.standing().is_halted
    world.people["manager"].is_superuser = True
    world.people["manager"].save(update_fields=["is_superuser"])
    assert post(world.client("manager"), "sending_resume", reason="Poprawiony").status_code == 302


def test_resuming_what_goes_on_already_is_refused(world: World) -> None:
    everywhere(world, "manager")
    answer = post(world.client("manager"), "sending_resume", reason="x")
    assert answer.status_code == 422 and b"not halted" in answer.content


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(-1, 24, (1, 0, 0), id="due"),
        pytest.param(2, 24, (0, 1, 0), id="later"),
        pytest.param(-48, -24, (0, 0, 1), id="too late"),
    ],
)
def test_what_waits_is_counted_by_its_hours(world: World, before: int, after: int, expected: tuple[int, int, int]) -> None:
    waits_alone(world, since=before, until=after)
    [line] = switches.waiting(now=NOW)
    assert (line.creditor, line.channel) == (world.ours.creditor, "email")
    assert (line.now, line.later, line.expired) == expected
