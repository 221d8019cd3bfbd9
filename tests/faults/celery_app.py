"""Celery as in production, but for haste: beat ticks every two seconds, and what a killed worker had comes back after five."""

from datetime import timedelta

import django

from receivables.celery import app

django.setup()

from dunning import tasks  # noqa: E402 - needs the settings
from receivables.messaging.delivery import deliver  # noqa: E402
from receivables.messaging.protocols import CHANNELS  # noqa: E402
from tests.faults.workers import TIMING, impatient  # noqa: E402

__all__ = ["app"]

app.conf.beat_schedule = {"tick": {"task": "dunning.tasks.tick", "schedule": 2.0}}
app.conf.broker_transport_options = {**app.conf.broker_transport_options, "visibility_timeout": 5}
tasks.SHIFT = timedelta(seconds=7)  # longer than five: a tick is handed to a second process while the first is still at it
deliver.__kwdefaults__["timing"] = TIMING
for name, adapter in impatient().items():
    CHANNELS.register(name, adapter)
