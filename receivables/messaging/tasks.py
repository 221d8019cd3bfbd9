"""Wake-ups. Each calls an action; running one twice is harmless, for the rows decide."""

from celery import shared_task

from receivables import clock
from receivables.messaging.actions import end_trial_when_over
from receivables.messaging.inbound.fetching import fetch_mail
from receivables.messaging.inbound.taking import take_waiting
from receivables.messaging.post.submitting import follow_printers
from receivables.messaging.returns import apply_waiting


@shared_task(name="receivables.messaging.tasks.apply_returns", ignore_result=True)
def apply_returns() -> None:
    """Apply what providers have reported and nobody has applied yet."""
    apply_waiting(now=clock.now())


@shared_task(name="receivables.messaging.tasks.fetch_replies", ignore_result=True)
def fetch_replies() -> None:
    """Read the mailbox for replies, where there is one, and take what came in and nobody has taken yet."""
    fetch_mail(now=clock.now())
    take_waiting(now=clock.now())


@shared_task(name="receivables.messaging.tasks.end_trial", ignore_result=True)
def end_trial() -> None:
    """End the trial after going live, where its time is over."""
    end_trial_when_over(now=clock.now())


@shared_task(name="receivables.messaging.tasks.follow_print", ignore_result=True)
def follow_print() -> None:
    """Hand closed batches of letters over to their print provider, where there is one, and ask what became of them."""
    follow_printers(now=clock.now(), today=clock.today)
