"""Payments around the very moment of the hand-over, thousands of times: nothing is handed over after its payment was committed.

Both sides meet right before the critical moment, which is the request for the customer's lock, and then ask for it up to 50 ms apart.
Whoever comes second waits for the first one's commit and then has its own work to do: so the commits lie further apart than the requests,
and both distances are told.
"""

import argparse
import random
import socket
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from django.db import connection, connections

from dunning.day import plan_day
from dunning.models import Notice
from invoices.actions import record_payment
from invoices.models import Item
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.messaging.delivery import deliver
from receivables.messaging.outgoing import Accepted, Outcome, Outgoing
from receivables.messaging.protocols import CHANNELS
from receivables.messaging.states import MessageState
from tests.faults.arena import Arena
from tests.faults.books import make_firm, take_in
from tests.faults.counting import Verdict, too_late
from tests.faults.forks import exit_code, fork
from tests.faults.journal import Journal, lines
from tests.faults.workers import TIMING, Work, release

LANES = 2  # as many as cores: with more, both sides wait for the processor and miss each other
SPREAD = 0.050  # seconds: the payment asks for the lock up to so long before or after the hand-over
TIGHT = 50  # milliseconds between the two requests, at most, in a race that counts as tight
ASKED = "asked for the lock within 50 ms of each other"
SOON = 0.002  # seconds between both being ready and the first request
MEETING = 30.0  # seconds that one side waits for the other
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


def race_all(races: Sequence[Race], arena: Arena, seed: int) -> None:
    """In lanes side by side, each with a process that hands over and one that pays; returns when all are run."""
    pids = []
    for lane in range(LANES):
        ends = socket.socketpair()
        for role, end in zip((hand_over, pay), ends, strict=True):
            pids.append(fork(partial(_run, role, races[lane::LANES], Gate(end), arena, seed + lane)))
        for end in ends:
            end.close()
    if any(codes := [exit_code(pid) for pid in pids]):
        raise SystemExit(f"The processes of the races ended with {codes}.")


def _run(role: Any, races: Sequence[Race], gate: "Gate", arena: Arena, seed: int) -> None:
    gate.end.settimeout(MEETING)
    with connection.execute_wrapper(gate.meet_at_lock):
        role(races, gate, arena, random.Random(seed))


@dataclass(slots=True)
class Gate:
    """Where a side waits for the other one, once in each race: right before it asks for the customer's lock."""

    end: socket.socket
    delay: float = 0.0  # so many seconds after the meeting it asks; where it is negative, the other side waits instead
    asked: float = 0.0  # when it did; 0 as long as it has not
    is_passed: bool = False

    def meet_at_lock(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """Around each statement: before the first of a race that locks a customer, meet, and note when it is sent."""
        if not self.is_passed and "invoices_customer" in sql and "FOR NO KEY UPDATE" in sql:
            self._meet()
            self.asked = time.time()
        return execute(sql, *rest)

    def _meet(self) -> None:
        """Wait until both are ready, and the delay longer."""
        self.is_passed = True
        mine = time.time()
        self.end.sendall(_said(mine) + _said(self.delay))
        theirs, delay_there = _heard(self.end), _heard(self.end)
        moment = max(mine, theirs) + SOON + max(0.0, self.delay) + max(0.0, -delay_there)
        time.sleep(max(0.0, moment - time.time()))

    @contextmanager
    def race(self, delay: float = 0.0) -> Iterator[None]:
        """One race. A side that never comes to ask for the lock lets the other one go on, and tells so by the moment 0."""
        self.delay, self.asked, self.is_passed = delay, 0.0, False
        yield
        if not self.is_passed:
            self._meet()


def hand_over(races: Sequence[Race], gate: Gate, _arena: Arena, _chance: random.Random) -> None:
    """Delivers one message in each race, and tells the payer when it asked for the lock."""
    channel = AtOnce()
    with CHANNELS.using({"email": channel, "sms": channel}):
        for race in races:
            with gate.race():
                deliver(now=clock.now(), only=[race.message], timing=TIMING)
            gate.end.sendall(_said(gate.asked))


def pay(races: Sequence[Race], gate: Gate, arena: Arena, chance: random.Random) -> None:
    """Pays, asking for the lock up to 50 ms before or after the hand-over does; writes down when both did."""
    journal = Journal(arena.races)
    for race in races:
        item = Item.objects.select_related("customer").get(pk=race.item)
        today = clock.today("Etc/UTC")
        with gate.race(chance.uniform(-SPREAD, SPREAD)):
            record_payment(item.customer, amount=item.open_amount, booked_on=today, reference=f"R{item.pk}", invoices=[item])
        journal.write(item=item.pk, paying=gate.asked, handing=_heard(gate.end), wanted=gate.delay, sync=False)


def _said(moment: float) -> bytes:
    return b"%20.6f" % moment


def _heard(end: socket.socket) -> float:
    return float(end.recv(20, socket.MSG_WAITALL))


def judge(arena: Arena, verdict: Verdict, races: int) -> Verdict:
    """What came first, by the database; and whether these were races at all, by when both sides asked for the lock."""
    with arena.superuser() as server:
        verdict.expect_none("handed after the payment was committed", list(too_late(server)))
        around = [1000 * gap for (gap,) in server.execute(AROUND).fetchall()]
        paid = server.execute("SELECT count(*) FROM invoices_payment WHERE reference LIKE 'R%'").fetchone()[0]
    met = [line for line in lines(arena.races) if line["paying"] and line["handing"]]
    apart = [1000 * (line["paying"] - line["handing"]) for line in met]
    handed = sum(gap > 0 for gap in around)
    verdict.figures |= {
        "races": races,
        ASKED: sum(abs(gap) <= TIGHT for gap in apart),
        "of these the payment first": sum(-TIGHT <= gap < 0 for gap in apart),
        "payments committed": paid,
        "handed over, the payment came later": handed,
        "withdrawn, for the payment was first": len(around) - handed,
        "committed within 50 ms of each other": sum(abs(gap) <= TIGHT for gap in around),
    }
    print("  payment asked for the lock so many ms after the hand-over did, how often: " + _spread_of(apart), flush=True)
    print("  payment committed so many ms after the hand-over, how often: " + _spread_of(around), flush=True)
    if paid != races or len(around) != races or len(met) != races:
        verdict.breaches.append(f"of {races} races {len(met)} met, {paid} payments were committed and {len(around)} hand-overs judged")
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
    race_all(races, arena, options.seed)
    verdict = judge(arena, Verdict(), len(races))
    if 2 * verdict.figures[ASKED] < len(races):
        verdict.breaches.append("most of the races were not tight: they prove little")
    return verdict
