"""Five hundred hand-overs to an agency, killed at each step on their way: one package, one acceptance, no case twice."""

import argparse

from tests.faults.arena import Arena
from tests.faults.campaign import Campaign, Plan
from tests.faults.counting import Verdict

HAND_OVERS = 500
ON_THE_WAY = ("F3", "F4", "F5", "F6", "F11", "F12", "F18", "F19", "F20")
"""From the claim to the settled answer, and the approval before it."""


def run(arena: Arena, options: argparse.Namespace) -> Verdict:
    """A third of the customers goes to the agency, and of those some pay or dispute before."""
    plan = Plan(
        cases=options.cases or 4 * HAND_OVERS,
        kills=options.kills or 90,
        quota=options.quota,
        restarts=1,
        flushes=1,
        longest=options.longest,
        pause=0.5,
        formal_every=3,
        points=ON_THE_WAY,
        migrations_whole=True,
    )
    verdict = Campaign(arena, plan, options.seed, options.schema).run()
    if not options.cases and verdict.figures["packages for the agency"] < HAND_OVERS:
        verdict.breaches.append(f"only {verdict.figures['packages for the agency']} of {HAND_OVERS} packages")
    return verdict
