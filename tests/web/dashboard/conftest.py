"""The world of the staff screens, its clock, and a worker that is not there."""

import pytest
from pytest_django import Settings

from receivables.dashboard.views import runs
from tests.web.dashboard.world import NOW, World, make_world


@pytest.fixture
def world(db: None, settings: Settings, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> World:
    settings.CLOCK = NOW
    settings.DATA_DIR = tmp_path
    settings.LANGUAGE_CODE = "en"
    monkeypatch.setattr(runs, "wake_delivery", lambda: None)
    return make_world()
