"""Wake-ups. Each calls an action; running one twice is harmless, for the rows decide."""

import logging
from datetime import UTC, datetime

from celery import shared_task
from kombu.exceptions import OperationalError

from receivables import clock
from receivables.messaging.delivery import deliver
from receivables.portal.codes import answer_asks, forget

log = logging.getLogger(__name__)


@shared_task(name="receivables.portal.tasks.answer", ignore_result=True)
def answer() -> None:
    """Mail codes to those who asked."""
    if messages := answer_asks(now=datetime.now(UTC), send_at=clock.now()):
        log.info("portal: %s codes planned", len(messages))
        deliver(now=clock.now(), only=messages)


@shared_task(name="receivables.portal.tasks.tidy", ignore_result=True)
def tidy() -> None:
    """Forget old asks, codes and sessions."""
    forget(now=datetime.now(UTC))


def wake() -> None:
    """Tell a worker that somebody asked. A dead broker is no error: the next beat finds the row."""
    try:
        answer.apply_async(retry=False, expires=60)
    except OperationalError:
        log.warning("the broker does not answer; the next beat sends the codes")
