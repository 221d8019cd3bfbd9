"""Wake-ups. Each calls an action; running one twice is harmless, for the rows decide."""

from celery import shared_task

from receivables import clock
from receivables.shops import actions, polling


@shared_task(name=actions.TAKE, ignore_result=True)
def take() -> None:
    """Take what shops have told."""
    actions.take_calls(now=clock.now())


@shared_task(ignore_result=True)
def poll() -> None:
    """Ask the shops what has changed."""
    polling.poll_all(now=clock.now())
