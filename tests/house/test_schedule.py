"""What beat sends has a task, a queue, and an end before its next tick."""

import pytest
from celery.schedules import crontab
from django.conf import settings

from receivables.celery import app
from receivables.schedule import ENTRIES

QUEUES = {queue.name for queue in settings.CELERY_TASK_QUEUES}


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_has_a_task(name):
    app.loader.import_default_modules()
    assert ENTRIES[name]["task"] in app.tasks


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_expires_before_its_next_tick(name):
    entry = ENTRIES[name]
    between = 24 * 3600 if isinstance(entry["schedule"], crontab) else entry["schedule"]
    assert entry["options"]["expires"] < between


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_goes_to_a_queue_that_a_worker_reads(name):
    task = app.tasks.get(ENTRIES[name]["task"])
    assert getattr(task, "queue", None) or "default" in QUEUES


def test_every_task_of_ours_goes_to_a_queue_that_a_worker_reads():
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert {getattr(task, "queue", None) or "default" for task in ours} <= QUEUES
