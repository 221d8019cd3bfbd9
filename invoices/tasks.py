"""Wake-ups. Each calls an action; running one twice is harmless, for the rows decide."""

import logging

from celery import shared_task
from django.conf import settings

from invoices.actions.bank.arriving import take_folders
from invoices.actions.bank.mailed import take_mailboxes
from invoices.actions.day_rates import take_needed
from invoices.actions.pulling import pull_all
from invoices.actions.watched import take_papers
from receivables import clock

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def pull() -> None:
    """Ask every source that has keys for what was sold since."""
    for company, source, report in pull_all(now=clock.now()):
        logger.info("company %s: pulled from %s: %s new, %s not taken", company.pk, source, report.new, report.not_taken)


@shared_task(ignore_result=True)
def watch() -> None:
    """Attach the papers that lie in watched folders."""
    for company, report in take_papers(now=clock.now()).items():
        if report.attached or report.refused:
            logger.info("watched folder of %s: %s attached, %s refused", company, report.attached, report.refused)


@shared_task(ignore_result=True)
def watch_statements() -> None:
    """Bring in the bank statements that lie in watched folders."""
    for company, report in take_folders(now=clock.now()).items():
        if not report.is_empty:
            logger.info(
                "statements in the folder of %s: %s taken, %s known, %s refused", company, report.taken, report.known, report.refused
            )


@shared_task(ignore_result=True)
def fetch_statements() -> None:
    """Bring in the bank statements that came by mail."""
    for company, report in take_mailboxes(now=clock.now()).items():
        if not report.is_empty:
            logger.info("statements by mail of %s: %s", company, report)


@shared_task(ignore_result=True)
def take_exchange_rates() -> None:
    """Ask for the daily mid rates that bookings need and nobody has yet, where EXCHANGE_RATES says so."""
    if not settings.EXCHANGE_RATES:
        return
    report = take_needed(now=clock.now())
    logger.info("exchange rates: %s taken, %s days lacking", len(report.taken), len(report.lacking))
    if report.trouble:
        logger.warning("exchange rates: %s", report.trouble)
