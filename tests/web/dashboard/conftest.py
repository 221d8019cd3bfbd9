"""The world of the staff screens, its clock, and a worker that is not there."""

import copy
from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker, Settings

from receivables.dashboard.views import placements, runs, sending, unknown, writing
from tests.web.dashboard.world import NOW, World, make_world


@pytest.fixture(scope="package")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Made once, in a transaction around all tests here; each test takes back what it did."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture
def world(built: World, db: None, settings: Settings, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> World:
    settings.CLOCK = NOW
    settings.DATA_DIR = tmp_path
    settings.LANGUAGE_CODE = "en"
    for views in (placements, runs, sending, unknown, writing):
        monkeypatch.setattr(views, "wake_delivery", lambda: None)
    return copy.deepcopy(built)
