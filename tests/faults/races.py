"""Payments committed around the very moment of the hand-over, thousands of times: nothing is handed over after its payment was committed."""

import argparse
import os
import random
import signal
import socket
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db import connections

from dunning.day import plan_day
from dunning.models import Notice
from invoices.actions import record_payment
from invoices.models import Item
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.embedded.identity import die_with_parent
from receivables.messaging import delivery
from receivables.messaging.delivery import deliver
from receivables.messaging.outgoing import Accepted, Outcome, Outgoing
from receivables.messaging.protocols import CHANNELS
from receivables.messaging.states import MessageState
from tests.faults.arena import Arena
from tests.faults.books import make_firm, take_in
from tests.faults.counting import Verdict, too_late
from tests.faults.workers import TIMING, Work, release

LANES = 2  # as many as cores: with more, both sides wait for the processor and miss each other
SPREAD = 0.050  # seconds: the payment is to be committed up to so long before or after the hand-over
CORRECTION = 0.1  # of the last miss
FURTHEST = 1.0
SOON = 0.002  # seconds between both being ready and the start
AROUND = """
    SELECT extract(epoch FROM pg_xact_commit_timestamp(p.xmin) - pg_xact_commit_timestamp(h.xmin))::float
    FROM invoices_payment p JOIN dunning_notice n ON n.customer_id = p.customer_id JOIN evidence.handed h ON h.message = n.message_id
    WHERE p.reference LIKE 'R%' UNION ALL
    SELECT extract(epoch FROM pg_xact_commit_timestamp(p.xmin) - pg_xact_commit_timestamp(m.xmin))::float
    FROM invoices_payment p JOIN dunning_notice n ON n.customer_id = p.customer_id JOIN messaging_message m ON m.id = n.message_id
    WHERE p.reference LIKE 'R%' AND m.state = 'withdrawn'
"""
"""How long after the hand-over the payment was committed, in seconds; before it, where that was withdrawn."""
EDGES = (-1000, -100, -50, -25, -10, 0, 10, 25, 50, 100, 1000)


@dataclass(frozen=True, slots=True)
class Race:
    """A planned message and what its customer owes."""

    message: int
    item: int


class AtOnce:
    """A channel that answers at once: what is raced for is the hand-over, not the call."""

    takes_key = False
    batch = 1

    def send(self, outgoing: Outgoing) -> Outcome:
        return Accepted()


def prepare(arena: Arena, number: int, *, files_from: int = 0) -> list[Race]:
    """So many customers with a message planned for each."""
    firm = Creditor.objects.filter(slug="faults").first() or make_firm()
    size = min(number, 1000)
    for file in range(-(-number // size)):
        take_in(firm, files_from + file, size=size)
    plan_day(firm, on=clock.today(firm.time_zone), now=clock.now())
    release(Work(arena, 0, 0))
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
    """Tells the payer when the hand-over was committed, or refused, so that the payer can aim."""
    channel, done = AtOnce(), [0.0]
    delivery._hand = _noting_when(delivery._hand, done)
    with CHANNELS.using({"email": channel, "sms": channel}):
        for race in races:
            _start(end)
            deliver(now=clock.now(), only=[race.message], timing=TIMING)
            end.sendall(_said(done[0]))


def pay(races: Sequence[Race], end: socket.socket, chance: random.Random) -> None:
    """Pays up to 50 ms before or after the hand-over: how long both take is learned from race to race."""
    aim = 0.0
    for race in races:
        item = Item.objects.select_related("customer").get(pk=race.item)
        wanted = chance.uniform(-SPREAD, SPREAD)
        _start(end, aim + wanted)
        record_payment(item.customer, amount=item.open_amount, booked_on=clock.today("Etc/UTC"), reference=f"R{item.pk}", invoices=[item])
        missed = time.time() - _heard(end) - wanted
        aim = min(max(aim - CORRECTION * missed, -FURTHEST), FURTHEST)


def _noting_when(hand: Callable[..., Any], done: list[float]) -> Callable[..., Any]:
    """The step of delivery that passes the point of no return, keeping when it was committed."""

    def noting(*arguments: Any, **named: Any) -> Any:
        try:
            return hand(*arguments, **named)
        finally:
            done[0] = time.time()

    return noting


def _start(end: socket.socket, delay: float = 0.0) -> None:
    """Wait until both are ready, and so many seconds longer; where it is negative, the other side waits instead."""
    mine = time.time()
    end.sendall(_said(mine) + _said(delay))
    theirs, delay_there = _heard(end), _heard(end)
    moment = max(mine, theirs) + SOON + max(0.0, delay) + max(0.0, -delay_there)
    time.sleep(max(0.0, moment - time.time()))


def _said(moment: float) -> bytes:
    return b"%20.6f" % moment


def _heard(end: socket.socket) -> float:
    return float(end.recv(20, socket.MSG_WAITALL))


def judge(arena: Arena, verdict: Verdict, races: int) -> Verdict:
    with arena.superuser() as server:
        verdict.expect_none("handed after the payment was committed", list(too_late(server)))
        around = [1000 * gap for (gap,) in server.execute(AROUND).fetchall()]
        paid = server.execute("SELECT count(*) FROM invoices_payment WHERE reference LIKE 'R%'").fetchone()[0]
    handed = sum(gap > 0 for gap in around)
    verdict.figures |= {
        "races": races,
        "payments committed": paid,
        "handed over, the payment came later": handed,
        "withdrawn, for the payment was first": len(around) - handed,
        "committed within 50 ms of each other": sum(-50 <= gap <= 50 for gap in around),
    }
    print("  payment committed so many ms after the hand-over, how often: " + _spread_of(around), flush=True)
    if paid != races or len(around) != races:
        verdict.breaches.append(f"of {races} races {paid} payments were committed and {len(around)} hand-overs judged")
    return verdict


def _spread_of(gaps: Sequence[float]) -> str:
    """Counts by edges; the first and last are open."""
    counts = Counter(bisect_right(EDGES, gap) for gap in gaps)
    names = [f"below {EDGES[0]}", *(f"{low} to {high}" for low, high in pairwise(EDGES)), f"above {EDGES[-1]}"]
    return ", ".join(f"{name}: {counts[n]}" for n, name in enumerate(names) if counts[n])


def run(arena: Arena, options: argparse.Namespace) -> Verdict:
    number = options.races or (20_000 if options.nightly else 1_000)
    arena.make_schema(options.schema)
    make_firm()
    arena.keep_evidence()
    began = time.monotonic()
    races = prepare(arena, number)
    print(f"  prepared in {time.monotonic() - began:.0f} s", flush=True)
    race_all(races, options.seed)
    return judge(arena, Verdict(), len(races))
