"""Wake-ups."""

from celery import shared_task
from django.conf import settings

from receivables import clock
from receivables.rates.sources import SOURCES
from receivables.rates.updating import update_daily


@shared_task(name="receivables.rates.tasks.update", ignore_result=True)
def update() -> None:
    """Ask each source once a day, where RATES_UPDATE says so; one that does not answer is asked again with the next wake-up."""
    for source in SOURCES.values() if settings.RATES_UPDATE else ():
        update_daily(source, on=clock.today(source.zone), now=clock.now())
