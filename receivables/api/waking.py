"""Tell a worker that events wait."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
DELIVER = "receivables.api.tasks.deliver"


def wake() -> None:
    """A dead broker is no error: the next beat finds the rows."""
    try:
        current_app.send_task(DELIVER, retry=False, expires=30)
    except OperationalError:
        log.warning("the broker does not answer; the next beat tells the webhooks")
