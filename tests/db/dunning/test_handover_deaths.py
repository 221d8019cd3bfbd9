"""A worker that dies anywhere in a hand-over: one package, one hand-over, no case twice. Real kills are in `dev.py faults --only handover`."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now

from dunning.agencies.channel import AgencyChannel
from dunning.models import PlacedItem, Placement, PlacementEvent
from receivables import faults
from receivables.messaging.mode import standing_in
from receivables.messaging.models import Message
from receivables.messaging.reaper import reap
from tests.db.dunning.firm import make_firm

pytestmark = pytest.mark.django_db
LADDER = "name: Formal\nsteps:\n  - {key: handoff, after_due: 4, channel: [agency]}\n"
STEPS = ("F3", "F4", "F5", "F6", "F11", "F12", "F18", "F19")
CASES = 3


class Death(BaseException):
    """Nobody catches it, as nobody catches a power cut: what is not committed is gone."""


def test_wherever_the_worker_dies_each_case_is_handed_over_once(
    settings: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    firm = make_firm(LADDER)
    deadly: list[str] = []

    def at(name: str) -> None:
        if deadly and deadly[0] == name:
            deadly.pop()
            raise Death(name)

    monkeypatch.setattr(faults, "at", at)
    with standing_in({"agency": AgencyChannel()}):
        for number, step in enumerate(STEPS, start=1):
            for _ in range(CASES):
                firm.owes()
            firm.plan(4)
            for _ in range(CASES):
                deadly[:] = [step]
                with pytest.raises(Death):
                    firm.deliver(4)
                Message.objects.exclude(lease_until=None).update(lease_until=Now() - timedelta(seconds=1))
                reap(now=firm.noon(4))
            firm.deliver(4)
            assert firm.states() == {"accepted": number * CASES}, step
    packages = [file.stem for file in tmp_path.rglob("*.zip")]
    keys = list(Placement.objects.values_list("case_key", flat=True))
    assert sorted(packages) == sorted(keys) and len(keys) == len(STEPS) * CASES
    assert PlacementEvent.objects.filter(kind="sent").count() == PlacedItem.objects.count() == len(keys)
