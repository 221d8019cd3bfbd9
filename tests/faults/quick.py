"""The short setting, part of the suite: each point that exists kills once, a hundred races, ten flips, all in one arena."""

import argparse

from tests.faults import flips, races
from tests.faults.arena import Arena
from tests.faults.campaign import Campaign, Plan
from tests.faults.counting import Verdict

SIDE_BY_SIDE = 100_000
"""Files are numbered from here on, so that their customers are others than those of the campaign."""


def run(arena: Arena, options: argparse.Namespace) -> Verdict:
    plan = Plan(
        cases=150,
        kills=22,
        quota=1,
        restarts=1,
        flushes=1,
        pause=0.2,
        formal_every=8,
        most_waiting=25,
        a_file=25,
        longest=600,
        migrations_of="accounts",
    )
    verdict = Campaign(arena, plan, options.seed, options.schema).run()
    entrants = races.prepare(arena, options.races or 100, files_from=SIDE_BY_SIDE)
    races.race_all(entrants, arena, options.seed)
    races.judge(arena, verdict, len(entrants))
    (arena.data / "enough").unlink()
    flips.flip(arena, min(options.flips, 10), options.seed)
    return flips.judge(arena, verdict)
