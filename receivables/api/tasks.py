"""Wake-ups. Each calls an action; running one twice is harmless, for the rows decide."""

from celery import shared_task

from receivables import clock
from receivables.api.delivery import deliver as deliver_events
from receivables.api.waking import DELIVER


@shared_task(name=DELIVER, ignore_result=True)
def deliver() -> None:
    """Tell the webhooks what waits for them."""
    deliver_events(now=clock.now())
