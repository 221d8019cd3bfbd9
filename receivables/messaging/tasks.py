"""Wake-ups. Each calls an action; running one twice is harmless, for the rows decide."""

from celery import shared_task

from receivables import clock
from receivables.messaging.returns import apply_waiting


@shared_task(name="receivables.messaging.tasks.apply_returns", ignore_result=True)
def apply_returns() -> None:
    """Apply what providers have reported and nobody has applied yet."""
    apply_waiting(now=clock.now())
