"""Payments committed around the very moment of the hand-over, thousands of times: nothing is handed over after its payment was committed."""

import argparse
import os
import random
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db import connections

from dunning.day import plan_day
from dunning.models import Notice
from invoices.actions import record_payment
from invoices.models import Item
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.embedded.identity import die_with_parent
from receivables.messaging.delivery import deliver
from receivables.messaging.outgoing import Accepted, Outcome, Outgoing
from receivables.messaging.protocols import CHANNELS
from receivables.messaging.states import MessageState
from tests.faults.arena import Arena
from tests.faults.books import make_firm, take_in
from tests.faults.counting import Verdict, too_late
from tests.faults.workers import TIMING

LANES = 4
SPREAD, STEP = 0.050, 0.005
BEFORE = 0.07  # seconds between both being ready and the start: the payer may be told to begin earlier
AROUND = """
    SELECT extract(epoch FROM pg_xact_commit_timestamp(p.xmin) - pg_xact_commit_timestamp(h.xmin))
    FROM invoices_payment p JOIN dunning_notice n ON n.customer_id = p.customer_id JOIN evidence.handed h ON h.message = n.message_id
    WHERE p.reference LIKE 'R%'
"""


@dataclass(frozen=True, slots=True)
class Race:
    """A planned message and what its customer owes."""

    message: int
    item: int


class AtOnce:
    """A channel that answers at once: what is raced for is the hand-over, not the call."""

    takes_key = False
    batch = 1

    def __init__(self) -> None:
        self.calls = 0

    def send(self, outgoing: Outgoing) -> Outcome:
        self.calls += 1
        return Accepted()


def prepare(arena: Arena, number: int, *, files_from: int = 0) -> list[Race]:
    """So many customers with a message planned for each."""
    firm = Creditor.objects.filter(slug="faults").first() or make_firm()
    size = min(number, 1000)
    for file in range(-(-number // size)):
        take_in(firm, files_from + file, size=size)
    plan_day(firm, on=clock.today(firm.time_zone), now=clock.now())
    planned = Notice.objects.filter(creditor=firm, channel="email", message__state=MessageState.PLANNED, main=None)
    found = [Race(*row) for row in planned.order_by("pk").values_list("message", "taken__case__item")[:number]]
    connections.close_all()
    return found


def race_all(races: Sequence[Race], seed: int) -> None:
    """In lanes side by side, each with a process that hands over and one that pays; returns when all are run."""
    pids = []
    for lane in range(LANES):
        ends = socket.socketpair()
        for role, end in zip((hand_over, pay), ends, strict=True):
            tie = die_with_parent(signal.SIGKILL)
            pid = os.fork()
            if pid == 0:
                tie()
                _run(role, races[lane::LANES], end, seed + lane)
            pids.append(pid)
    for pid in pids:
        _, status = os.waitpid(pid, 0)
        if status:
            raise SystemExit(f"A process of the races ended with {status}.")


def _run(role: Any, races: Sequence[Race], end: socket.socket, seed: int) -> None:
    code = 1
    try:
        role(races, end, random.Random(seed))
        code = 0
    finally:
        os._exit(code)


def hand_over(races: Sequence[Race], end: socket.socket, _chance: random.Random) -> None:
    """Tells the payer whether it was let, so that the payer can aim."""
    channel = AtOnce()
    with CHANNELS.using({"email": channel, "sms": channel}):
        for race in races:
            channel.calls = 0
            time.sleep(max(0.0, _meet(end) - time.time()))
            deliver(now=clock.now(), only=[race.message], timing=TIMING)
            end.sendall(b"%12d" % channel.calls)


def pay(races: Sequence[Race], end: socket.socket, chance: random.Random) -> None:
    """Pays up to 50 ms before or after the moment at which both are as likely to be first; that moment is felt for."""
    aim, step = 0.05, 0.2
    for race in races:
        item = Item.objects.get(pk=race.item)
        start = _meet(end)
        time.sleep(max(0.0, start + aim + chance.uniform(-SPREAD, SPREAD) - time.time()))
        record_payment(item.customer, amount=item.open_amount, booked_on=clock.today("Etc/UTC"), reference=f"R{item.pk}", invoices=[item])
        aim += -step if int(end.recv(12)) else step
        step = max(STEP, step * 0.85)


def _meet(end: socket.socket) -> float:
    """Both are ready; returns when they start, in seconds of the clock."""
    end.sendall(b"%12d" % 0)
    end.recv(12)
    return time.time() + BEFORE


def judge(arena: Arena, verdict: Verdict, races: int) -> Verdict:
    with arena.superuser() as server:
        verdict.expect_none("handed after the payment was committed", list(too_late(server)))
        gaps = [float(gap) for (gap,) in server.execute(AROUND).fetchall()]
        paid = server.execute("SELECT count(*) FROM invoices_payment WHERE reference LIKE 'R%'").fetchone()[0]
    verdict.figures |= {
        "races": races,
        "payments committed": paid,
        "handed over, the payment came later": len(gaps),
        "median of how much later, in ms": round(1000 * median(gaps)) if gaps else 0,
        "withdrawn, for the payment was first": races - len(gaps),
    }
    if paid != races:
        verdict.breaches.append(f"only {paid} of {races} payments were committed")
    return verdict


def run(arena: Arena, options: argparse.Namespace) -> Verdict:
    number = options.races or (20_000 if options.nightly else 1_000)
    arena.make_schema(options.schema)
    make_firm()
    arena.keep_evidence()
    races = prepare(arena, number)
    race_all(races, options.seed)
    return judge(arena, Verdict(), len(races))
