"""The kill switch under load: from its commit on nothing is handed over, and within two seconds nothing is called any more."""

import argparse
import random
import time
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from django.db import connections

from receivables.messaging.actions import halt, resume
from tests.faults.arena import Arena
from tests.faults.books import make_firm
from tests.faults.counting import Verdict
from tests.faults.crew import Crew
from tests.faults.journal import lines
from tests.faults.workers import Work

ROLES = ("planner", "deliverer", "deliverer", "deliverer", "deliverer", "reaper", "feeder", "warden")
LONG = 3.0
"""Every tenth halt lasts so many seconds, for the two seconds to be seen."""
SWITCHED = "SELECT is_halted, extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM evidence.switched ORDER BY 2"
HANDED = "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM evidence.handed ORDER BY 1"


def flip(arena: Arena, number: int, seed: int) -> None:
    """Halt and resume so many times while four deliverers send as fast as they can."""
    chance = random.Random(seed)
    crew = Crew(Work(arena, seed, files=1), ROLES, 0, chance)
    crew.is_dangerous = False
    crew.muster()
    try:
        time.sleep(3)
        for n in range(number):
            halt(reason="fault campaign")
            time.sleep(LONG if n % 10 == 9 else chance.uniform(0.02, 0.2))
            resume(reason="fault campaign")
            time.sleep(chance.uniform(0.05, 0.3))
    finally:
        connections.close_all()
        (arena.data / "enough").touch()
        crew.dismiss()


def judge(arena: Arena, verdict: Verdict) -> Verdict:
    with arena.superuser() as server:
        switched = [(bool(is_halted), float(at)) for is_halted, at in server.execute(SWITCHED).fetchall()]
        handed = [float(at) for (at,) in server.execute(HANDED).fetchall()]
    halts = [(at, end) for (is_halted, at), (_, end) in pairwise(switched) if is_halted]
    calls = sorted(line["at"] for line in lines(arena.mails) if line["event"] == "connected")
    late = [after for at, end in halts for after in _within(calls, at, end)]
    verdict.figures |= {"flips": len(halts), "hand-overs": len(handed), "calls": len(calls)}
    verdict.figures["last call after a halt, in ms"] = round(1000 * max(late, default=0.0))
    verdict.expect_none("handed over while halted", [after for at, end in halts for after in _within(handed, at, end)])
    verdict.expect_none("called later than 2 s after a halt", [after for after in late if after > 2])
    if len(handed) < len(halts):
        verdict.breaches.append(f"there was hardly any load: {len(handed)} hand-overs in {len(halts)} flips")
    return verdict


def _within(moments: Sequence[float], begin: float, end: float) -> list[float]:
    """How long after the beginning each of these moments was that lie in between; in order."""
    return [at - begin for at in moments[bisect_right(moments, begin) : bisect_right(moments, end)]]


def run(arena: Arena, options: argparse.Namespace) -> Verdict:
    arena.make_schema(options.schema)
    make_firm()
    connections.close_all()
    arena.keep_evidence()
    flip(arena, options.flips, options.seed)
    return judge(arena, Verdict())
