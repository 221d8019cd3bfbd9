"""unclaimed: the page "claimable, not claimed" over so many late items, due over three years; the floor is the bare calculation."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from benchmarks.ladder import ON, make_books
from benchmarks.measuring import measured
from dunning.facts import rules_of
from dunning.unclaimed import unclaimed
from receivables.db.scratch import scratch_database
from receivables.reporting.unclaimed import by_customer, unclaimed_list

SPREAD = """UPDATE invoices_item SET due_on = due_on - (id %% 1000)::int; ANALYZE"""


def measure(size: int) -> Iterator[dict[str, Any]]:
    """The line that is printed."""
    with scratch_database() as scratch:
        scratch.reset()
        creditor = make_books(size)
        with connection.cursor() as cursor:
            cursor.execute(SPREAD, [])
        rules = rules_of(creditor)
        with measured() as cost:
            found = unclaimed_list(creditor, on=ON)
            rows = by_customer(found.lines)
        late = [line.late for line in found.lines]
        with measured() as bare:
            list(unclaimed(late, country=rules.country, rates=rules.rates, on=ON))
        line = cost.line("unclaimed", n=size, items=len(found.lines), floor_items_s=len(late) / bare.wall_s if late else 0.0)
        yield {**line, "rows": len(rows), "problems": len(found.problems)}
