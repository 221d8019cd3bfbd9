"""Stopping and resuming from the browser: who may, what is shown first, what every page says meanwhile."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django import Settings

from dunning.models import LadderRules
from receivables.accounts.models import Creditor, Membership, Role, User
from receivables.audit.models import Entry
from receivables.messaging import actions, brakes, mode, switches
from receivables.messaging.actions import halt
from receivables.messaging.models import Dispatch, Message, TrialAddress
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


def live(settings: Settings, world: World, *, trial: bool = False) -> None:
    """Messages reach people from here."""
    settings.LIVE_HOST, settings.HTTPS, settings.CLOCK = mode.hostname(), True, None
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://pay.example.com", "pay@example.com"
    boss = User.objects.create(username="boss", is_superuser=True)
    actions.go_live(by=boss, trial=trial)
    settings.CLOCK = NOW
    Dispatch.objects.update(live_since=NOW, **({"trial_since": NOW} if trial else {}))


def test_a_brake_says_why_on_the_first_screen_and_is_released_with_a_reason(world: World) -> None:
    brake = brakes.close("bounces", creditor=world.ours.creditor.pk, channel="email", now=NOW, bad=12, of=200)
    assert brake
    released = reverse("dashboard:brake_release", args=[brake.pk])
    for name in ("today", "sending"):
        shown = page(world, name, role="manager")
        assert "12 of the last 200 messages came back" in shown and released in shown
        assert released not in page(world, name, role="viewer")
    client = world.client("manager")
    assert client.post(released, {"reason": " "}).status_code == 422
    assert client.post(released, {"reason": "Poprawione"}).status_code == 302
    assert brakes.standing() == []
    assert "Poprawione" in page(world, "sending")
    assert client.post(released, {"reason": "Jeszcze raz"}).status_code == 422


def test_a_brake_of_another_company_is_not_shown(world: World) -> None:
    brake = brakes.close("bounces", creditor=world.theirs.creditor.pk, channel="email", now=NOW, bad=12, of=200)
    assert brake
    assert "came back" not in page(world, "today", role="manager")
    assert world.client("manager").get(reverse("dashboard:brake_release", args=[brake.pk])).status_code == 404


@pytest.mark.parametrize(
    ("kind", "facts", "says"),
    [
        pytest.param("complaints", {"bad": 4, "of": 1000}, "4 of the last 1000 messages were reported as spam", id="complaints"),
        pytest.param("unknown", {"bad": 6, "of": 500}, "nobody knows whether they left", id="unknown"),
        pytest.param("volume", {}, "A run is being planned", id="a run under way"),
        pytest.param("volume", {"run": 7, "messages": 90, "median": 12.0}, "more than three times the usual 12", id="a large run"),
        pytest.param("volume", {"run": 7, "messages": 90, "cap": 50}, "A run may have 50 at most", id="over the cap"),
        pytest.param("volume", {"run": 7, "messages": 90, "earlier": 1}, "The first three runs", id="one of the first"),
    ],
)
def test_each_brake_has_its_sentence(world: World, kind: str, facts: dict[str, float], says: str) -> None:
    brakes.close(kind, creditor=world.ours.creditor.pk, channel="", now=NOW, **facts)
    assert says in page(world, "today", role="manager")


def test_a_journal_that_cannot_be_written_has_no_button(world: World) -> None:
    brakes.close("journal", creditor=None, channel="", now=NOW, said="No space left on device")
    shown = page(world, "today", role="manager")
    assert "The send journal cannot be written (No space left on device)" in shown and "Release it" not in shown


def test_one_channel_of_the_company_is_stopped(world: World) -> None:
    client = world.client("manager")
    assert post(client, "sending_part", channel="sms", reason="").status_code == 422
    assert post(client, "sending_part", channel="sms", reason="Nowa bramka").status_code == 302
    [brake] = brakes.standing()
    assert (brake.creditor, brake.channel, brake.reason) == (world.ours.creditor, "sms", "Nowa bramka")
    assert post(client, "sending_part", channel="sms", reason="Nowa bramka").status_code == 422
    assert "Nowa bramka" in page(world, "today", role="viewer")


def test_a_locked_database_is_confirmed_by_who_is_manager_everywhere(world: World, settings: Settings) -> None:
    live(settings, world)
    Dispatch.objects.update(database_identity="1/other/2/3/00000001")
    assert reverse("dashboard:sending_confirm") in page(world, "today", role="manager")
    client = world.client("manager")
    assert post(client, "sending_confirm", reason="Odtworzona").status_code == 422
    everywhere(world, "manager")
    assert post(client, "sending_confirm", reason=" ").status_code == 422
    assert post(client, "sending_confirm", reason="Odtworzona").status_code == 302
    assert mode.is_live()
    assert post(client, "sending_confirm", reason="Odtworzona").status_code == 422
    assert "Odtworzona" in page(world, "sending")


def test_the_trial_its_guests_and_its_end(world: World, settings: Settings) -> None:
    live(settings, world, trial=True)
    waits_alone(world, since=-1, until=24)
    Message.objects.filter(state="planned").update(reason="trial_no_guest")
    assert "Only guests are written to, 50 messages a day at most; 1 message waits." in page(world, "today", role="manager")
    client = world.client("manager")
    assert said(client.post(reverse("dashboard:trial_guest"), {"guest-address": " "})) and TrialAddress.objects.count() == 2
    client.post(reverse("dashboard:trial_guest"), {"guest-address": "Ewa@Example.com"})
    guest = TrialAddress.objects.get(address="ewa@example.com")
    assert "ewa@example.com" in page(world, "sending", role="viewer")
    client.post(reverse("dashboard:trial_guest_dismiss", args=[guest.pk]))
    assert not TrialAddress.objects.filter(pk=guest.pk).exists()
    assert post(client, "trial_end", count="1", reason="Dobrze").status_code == 422
    everywhere(world, "manager")
    assert post(client, "trial_end", count="2", reason="Dobrze").status_code == 422
    assert post(client, "trial_end", count="1", reason="").status_code == 422
    assert post(client, "trial_end", count="1", reason="Dobrze").status_code == 302
    assert mode.standing().trial_since is None


def test_a_trial_says_when_it_ends_and_afterwards_what_had_waited(world: World, settings: Settings) -> None:
    live(settings, world, trial=True)
    Dispatch.objects.update(trial_since=NOW - timedelta(days=15))
    assert "It ends by itself on" in page(world, "today", role="viewer")
    waits_alone(world, since=-1, until=40)
    Message.objects.filter(state="planned").update(reason="trial_no_guest")
    assert actions.end_trial_when_over(now=NOW)
    assert "The trial is over: 1 messages wait" in page(world, "today", role="viewer")
    assert "They had waited while only guests were written to" in page(world, "sending", role="viewer")


def test_old_bank_data_are_said(world: World) -> None:
    LadderRules.objects.filter(creditor=world.ours.creditor).update(bank_freshness_days=1, bank_seen_until=NOW.date() - timedelta(days=2))
    assert "Bank data are old" in page(world, "today", role="viewer")
