"""How long the judgement of a case takes: microseconds a case, the median of several runs, as one line of JSON.

Run it from the root of the repository: `.venv/bin/python -m benchmarks.decide`. Needs no server.
"""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from dunning.builtin import builtin_policies
from dunning.decide import CustomerFacts, ItemFacts, Rules, look_at
from dunning.grouping import judge
from dunning.policy import Channel
from dunning.policy_text import parse_policy
from receivables.core.calendar import EveryDay

ON = date(2026, 5, 1)
RUNS, CUSTOMERS = 9, 2000
RULES = Rules(EveryDay(), tolerance=Decimal("1.00"), cap_messages=3, cap_days=7)
POLICY = parse_policy(builtin_policies("PL")[""])


def a_customer(number: int) -> CustomerFacts:
    """One to four items somewhere on the built-in ladder; every fifth has something against it."""
    items = [an_item(4 * number + n, overdue=(number * 7 + n * 11) % 60 - 5) for n in range(number % 4 + 1)]
    if number % 5 == 0:
        items[0] = replace(items[0], held_until=(ON + timedelta(3),))
    return CustomerFacts(number, tuple(items), frozenset(Channel), contacts=(ON - timedelta(2),))


def an_item(case: int, *, overdue: int) -> ItemFacts:
    """Due so many days ago, at the step that it should have completed by then or one below."""
    position = max(0, sum(step.after_due < overdue for step in POLICY.steps) - case % 2)
    completed = ON - timedelta(case % 9 + 1) if position > 1 else None
    position = position if completed else 0
    return ItemFacts(case, f"F/{case}", case, ON - timedelta(overdue), "PLN", Decimal("123.45"), Decimal(0), 1, POLICY, position, completed)


def per_case(work: Callable[[], object], cases: int) -> float:
    """Microseconds a case, the median of several runs."""
    taken = []
    for _ in range(RUNS):
        begun = time.process_time()
        work()
        taken.append((time.process_time() - begun) / cases * 1e6)
    return round(statistics.median(taken), 2)


def main() -> None:
    """Print the figures."""
    customers = [a_customer(number) for number in range(CUSTOMERS)]
    cases = sum(len(known.items) for known in customers)
    looked = per_case(lambda: [look_at(item, known, RULES, on=ON) for known in customers for item in known.items], cases)
    judged = per_case(lambda: [judge(known, RULES, on=ON) for known in customers], cases)
    messages = sum(len(judge(known, RULES, on=ON).groups) for known in customers)
    print(json.dumps({"cases": cases, "messages": messages, "look_at_us": looked, "judge_us": judged, "runs": RUNS}))


if __name__ == "__main__":
    main()
