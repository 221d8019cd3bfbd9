"""The campaign with the private servers among the killed: kill -9 of PostgreSQL's first process and of Valkey. Their supervisor starts them."""

import argparse

from tests.faults.arena import Arena
from tests.faults.campaign import Campaign, Plan
from tests.faults.counting import Verdict


def run(arena: Arena, options: argparse.Namespace) -> Verdict:
    cases, kills = options.cases or 1000, options.kills or 60
    plan = Plan(
        cases=cases, kills=kills, quota=1, restarts=12, flushes=2, kill_servers=True, migrations_whole=True, longest=options.longest
    )
    print(f"  seed {options.seed}, {plan}", flush=True)
    return Campaign(arena, plan, options.seed, options.schema).run()
