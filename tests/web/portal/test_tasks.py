"""The wake-ups: harmless when run twice, and no error when the broker is away."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from receivables.messaging.models import Message
from receivables.messaging.states import MessageState
from receivables.portal import codes, tasks
from receivables.portal.models import Ask
from receivables.schedule import ENTRIES
from tests.web.portal.conftest import CODE
from tests.web.portal.world import World

pytestmark = pytest.mark.django_db


def test_a_code_lands_once_in_the_mailbox_of_quarantine(world: World, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    codes.ask(world.email, source="192.0.2.1", now=datetime.now(UTC))
    tasks.answer()
    tasks.answer()
    (message,) = Message.objects.filter(purpose="portal")
    assert message.state == MessageState.ACCEPTED and message.captured
    assert CODE.search(message.text) and CODE.search(message.html)
    assert len(list((tmp_path / "mailbox").rglob("*.eml"))) == 1


def test_asking_wakes_a_worker_only_for_what_was_taken(
    world: World, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(tasks, "wake", lambda: woken.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(codes.LIMITS.per_source + 20):
            Client().post(reverse("portal:ask"), {"email": world.email})
    assert len(woken) == codes.LIMITS.per_source


def test_a_dead_broker_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.answer, "apply_async", refused)
    tasks.wake()


def test_tidying_twice_is_harmless(world: World) -> None:
    codes.ask(world.email, source="192.0.2.1", now=datetime.now(UTC) - timedelta(days=3))
    tasks.tidy()
    tasks.tidy()
    assert not Ask.objects.exists()


@pytest.mark.parametrize("task", [tasks.answer, tasks.tidy])
def test_beat_sends_each_and_lets_it_expire_before_the_next(task: Any) -> None:
    (entry,) = [entry for entry in ENTRIES.values() if entry["task"] == task.name]
    assert entry["options"]["expires"] < entry["schedule"]  # type: ignore[index, operator]
