"""Wake-ups. Each calls an action; running one twice is harmless, for the rows decide."""

from celery import shared_task

from receivables import clock
from receivables.accounts.models import Creditor
from receivables.credit.actions import follow_due


@shared_task(name="receivables.credit.tasks.follow", ignore_result=True)
def follow() -> None:
    """Judge whom the passing of days has changed: debts that grew older, limits and decisions that ended."""
    for creditor in Creditor.objects.all():
        follow_due(creditor, on=clock.today(creditor.time_zone))
