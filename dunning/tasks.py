"""Wake-ups. Each parses its arguments and calls an action; running one twice is harmless, for the rows decide."""

import logging
from datetime import timedelta

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from kombu.exceptions import OperationalError

from dunning.actions import agency_calls, follow_clocks, tell_agencies
from dunning.actions.campaigns import send_campaigns
from dunning.actions.mailing import within
from dunning.actions.rehearsals import play_asked, rehearsals_wait
from dunning.actions.statements import send_statements
from dunning.agencies.fetching import fetch_reports
from dunning.day import deliver_all, plan_day, resume_day
from dunning.models import LadderRules
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.core.errors import DomainError

log = logging.getLogger(__name__)
SHIFT = timedelta(seconds=50)
"""How long one task delivers; the next tick goes on. Below the soft time limit of tasks."""


@shared_task(name="dunning.tasks.tick", ignore_result=True)
def tick() -> None:
    """Start the day's run of each creditor when its hour has come, then deliver what is planned; clocks of facts go on without a
    run, and agencies are told of what has changed.
    """
    if rehearsals_wait():
        wake_rehearsal()
    for creditor in Creditor.objects.all():
        follow_clocks(creditor, on=clock.today(creditor.time_zone))
        run_if_due(creditor)
        tell_agencies(creditor, on=clock.today(creditor.time_zone), now=clock.now())
        deliver_all(creditor, now=clock.now(), for_at_most=SHIFT)


@shared_task(name="dunning.tasks.deliver_now", ignore_result=True)
def deliver_now() -> None:
    """Deliver what is planned, for all creditors."""
    for creditor in Creditor.objects.all():
        deliver_all(creditor, now=clock.now(), for_at_most=SHIFT)


@shared_task(name="dunning.tasks.rehearse", ignore_result=True)
def rehearse() -> None:
    """Play the scenarios that somebody has asked for."""
    play_asked(now=clock.now())


@shared_task(name="dunning.tasks.send_papers", ignore_result=True)
def send_papers() -> None:
    """Put statements that are due and the papers of balance campaigns into the outbox. What there is no time for goes with the next."""
    goes_on = within(SHIFT)
    for creditor in Creditor.objects.all():
        for send in (send_statements, send_campaigns):
            try:
                send(creditor, on=clock.today(creditor.time_zone), now=clock.now(), goes_on=goes_on)
            except SoftTimeLimitExceeded:
                raise
            except Exception as error:  # a fault about one company stops no other
                log.error("creditor %s: papers: %s", creditor.pk, type(error).__name__)


def wake_papers() -> None:
    """Tell a worker that papers wait to be sent. A dead broker is no error: the next beat finds them."""
    try:
        send_papers.apply_async(retry=False, expires=60)
    except OperationalError:
        log.warning("the broker does not answer; the next beat sends the papers")


def wake_rehearsal() -> None:
    """Tell a worker that scenarios wait to be played. A dead broker is no error: the next tick finds them."""
    try:
        rehearse.apply_async(retry=False, expires=60)
    except OperationalError:
        log.warning("the broker does not answer; the next tick plays the scenarios")


def wake_delivery() -> None:
    """Tell a worker that there is something to deliver. A dead broker is no error: the next tick finds the rows."""
    try:
        deliver_now.apply_async(retry=False, expires=60)
    except OperationalError:
        log.warning("the broker does not answer; the next tick delivers")


def run_if_due(creditor: Creditor) -> None:
    """Plan the creditor's day, once its hour has come and unless it was planned already."""
    rules = LadderRules.objects.filter(creditor=creditor).first()
    on = clock.today(creditor.time_zone)
    if rules is None or not rules.is_hour(clock.now()):
        return
    if rules.last_run_on and rules.last_run_on >= on:
        resume_day(creditor, on=on, now=clock.now())
        return
    try:
        plan_day(creditor, on=on, now=clock.now())
    except DomainError as refusal:
        log.warning("creditor %s: no run: %s", creditor.pk, refusal)


@shared_task(ignore_result=True)
def fetch_agency_reports() -> None:
    """Fetch what agencies have laid down for us."""
    fetch_reports(now=clock.now())


@shared_task(ignore_result=True)
def take_agency_calls() -> None:
    """Take what agencies have told by calls of their own."""
    agency_calls.take_agency_calls(now=clock.now())
