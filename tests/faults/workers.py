"""What the processes of the campaign do, over and over until they are killed or asked to end. Each is what a real worker does at a wake-up."""

import logging
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections

from dunning.actions import approve, hold
from dunning.day import plan_day, resume_day
from dunning.models import Notice
from dunning.states import NoticeState
from invoices.actions import dispute, record_payment
from invoices.models import Item
from receivables import clock
from receivables.accounts.models import Creditor, User
from receivables.core.errors import DomainError, Refused
from receivables.messaging import brakes
from receivables.messaging.actions import release_brake
from receivables.messaging.channels.smsapi import Smsapi, SmsapiConfig
from receivables.messaging.channels.smtp import Smtp, SmtpConfig
from receivables.messaging.claim import Timing
from receivables.messaging.delivery import deliver
from receivables.messaging.models import Brake, Message
from receivables.messaging.protocols import CHANNELS
from receivables.messaging.reaper import reap
from receivables.messaging.reported import Kind, Report
from receivables.messaging.returns import apply_waiting, take
from receivables.messaging.states import MessageState
from receivables.outside import Bounds
from tests.faults.arena import Arena
from tests.faults.books import A_FILE, take_in, taken_in
from tests.faults.journal import Journal

log = logging.getLogger("faults")
CALL_SECONDS = 5.0
TIMING = Timing(lease=timedelta(seconds=10), longest_call=timedelta(seconds=CALL_SECONDS))
SHIFT = timedelta(seconds=2)
PAYERS, DISPUTERS, HELD = range(8), range(8, 10), range(10, 12)
"""Customers by the last two digits of their number: who pays, disputes or is held while messages are on their way."""


@dataclass
class Work:
    """What a worker needs to know. `files` is how many files are to come at least; the feeder goes on while `more` says so."""

    arena: Arena
    seed: int
    files: int
    pause: float = 0.0
    formal_every: int = 0
    most_waiting: int = 300  # messages in the outbox, with which no further file is taken in
    a_file: int = A_FILE

    @property
    def firm(self) -> Creditor:
        return Creditor.objects.get(slug="faults")

    @property
    def more(self) -> bool:
        return not (self.arena.data / "enough").exists()


def plan(work: Work) -> float:
    """Finish what a dead planner left, then plan anew whatever has become due. Refused while the other planner is at it."""
    firm = work.firm
    on = clock.today(firm.time_zone)
    resume_day(firm, on=on, now=clock.now())
    plan_day(firm, on=on, now=clock.now())
    return 1.0


def carry(work: Work) -> float:
    return 0.0 if deliver(now=clock.now(), creditor=work.firm, for_at_most=SHIFT, timing=TIMING).total else 0.1


def reap_lost(_work: Work) -> float:
    reap(now=clock.now())
    return 0.5


def feed(work: Work) -> float:
    """The next file; a file whose reader died is taken in again from its beginning."""
    number = taken_in(work.firm)
    if (number >= work.files and not work.more) or Message.objects.filter(state=MessageState.PLANNED).count() > work.most_waiting:
        return 0.5
    take_in(work.firm, number, size=work.a_file, formal_every=work.formal_every)
    return work.pause


def settle_debts(work: Work) -> float:
    """One customer pays, disputes or is put on hold; most of them while their message is on its way. The commit is noted when it is done.

    In the drain nobody does: each would keep the customer's case, and so the drain, from coming to rest.
    """
    if not work.more:
        return 0.5
    firm, chance = work.firm, random.Random()
    last = chance.choice([*PAYERS, *DISPUTERS, *HELD])
    items = Item.objects.filter(creditor=firm, open_amount__gt=0, label__regex=rf"^F/\d*{last:02}$", disputes=None)
    on_its_way = items.filter(customer__notices__message__state__in=[MessageState.PLANNED, MessageState.CLAIMED, MessageState.HANDED])
    item = on_its_way.order_by("?").first() if chance.random() < 0.7 else items.order_by("?").first()
    if item is None:
        return 0.05
    on = clock.today(firm.time_zone)
    if last in PAYERS:
        record_payment(item.customer, amount=item.open_amount, booked_on=on, reference=f"P{item.pk}", invoices=[item])
        Journal(work.arena.payments).write(customer=item.customer_id, reference=f"P{item.pk}")
    elif last in DISPUTERS:
        dispute(item, on=on, reason="fault campaign")
    elif not item.customer.holds.exists():
        hold(item.customer, on=on, reason="fault campaign")
    return work.pause / 10


def answer(work: Work) -> float:
    """Approve what waits for a person."""
    waiting = Notice.objects.filter(creditor=work.firm, state=NoticeState.PROPOSED).order_by("?").first()
    if waiting is None:
        return 0.2
    approve(waiting, on=clock.today(work.firm.time_zone), now=clock.now(), by=User.objects.get(username="admin"))
    return 0.05


def report(work: Work) -> float:
    """The mail provider says that a mail has arrived, often twice; and what a dead process stored is applied. In the drain only that."""
    chance = random.Random()
    apply_waiting(now=clock.now())
    if not work.more:
        return 0.3
    arrived = Message.objects.filter(channel="email", state=MessageState.ACCEPTED).order_by("?").first()
    if arrived is not None and chance.random() < 0.5:
        said = Report(source="anymail:sink", event_id=f"e{arrived.pk}", message_id=arrived.message_id, kind=Kind.DELIVERED, at=clock.now())
        for _ in range(chance.randint(1, 2)):
            take([said], raw=b"{}", now=clock.now())
    return 0.3


def release(work: Work) -> float:
    """A person looks at what has stopped, and lets it go on: here far more goes wrong than a brake lets pass. A run under way is not theirs."""
    boss = User.objects.get(username="admin")
    for brake in brakes.standing():
        if brake.kind != Brake.Kind.JOURNAL and brake.facts:
            release_brake(brake, by=boss, reason="fault campaign", now=clock.now())
    return 0.3


ROLES: dict[str, Callable[[Work], float]] = {
    "planner": plan,
    "deliverer": carry,
    "reaper": reap_lost,
    "feeder": feed,
    "debtor": settle_debts,
    "approver": answer,
    "reporter": report,
    "warden": release,
}


def toil(role: str, work: Work) -> None:
    """Go on until SIGTERM. A lost database is no news: whoever is woken next connects anew. Any other error is written to the log."""
    ending = _told_to_end()
    with quick_mail():
        while not ending:
            time.sleep(_once(ROLES[role], work))
    connections.close_all()


def _told_to_end() -> list[int]:
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return told


def _once(task: Callable[[Work], float], work: Work) -> float:
    try:
        return task(work)
    except Refused:
        return 0.2
    except DomainError as refusal:
        log.warning("refused: %s", type(refusal).__name__)
    except (OperationalError, InterfaceError) as error:
        if "deadlock" in str(error):
            log.exception("UNEXPECTED deadlock")
    except Exception:
        log.exception("UNEXPECTED error of a worker")
    connections.close_all()
    return 0.2


@contextmanager
def quick_mail() -> Iterator[None]:
    """The real adapters, with a shorter patience."""
    others: dict[str, Any] = {name: CHANNELS.get(name) for name in CHANNELS.names()}
    with CHANNELS.using(others | impatient()):
        yield


def impatient() -> dict[str, Any]:
    """Those that call somebody: a mail server and SMSAPI."""
    mail = SmtpConfig(host=settings.EMAIL_HOST, port=int(settings.EMAIL_PORT), own_name="faults", total_seconds=CALL_SECONDS)
    bounds = Bounds(connect_seconds=2.0, total_seconds=CALL_SECONDS, most_bytes=200_000)
    sms = SmsapiConfig(token="token", sender="Faults", url=os.environ["FAULTS_SMS_URL"], bounds=bounds)
    return {"email": Smtp(mail), "sms": Smsapi(sms)}
