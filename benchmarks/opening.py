"""opening: the first day of a firm, so many invoices of a quarter as many customers; first new, then the same file again.

Most have a step, some claims, holds, promises and plans. The floor is the bare reading of the file.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from benchmarks.measuring import measured
from dunning.actions.opening import import_opening
from dunning.actions.policies import begin
from invoices.intake.opening_table import read_opening
from invoices.intake.profile import builtin_profiles
from receivables.accounts.models import Creditor
from receivables.clock import now
from receivables.db.scratch import scratch_database

ON = date(2026, 6, 15)
_FIELDS = (
    *("number", "customer_number", "customer_name", "customer_kind", "email", "phone", "street", "postcode", "city", "issued_on", "due_on"),
    *("gross", "paid_amount", "paid_on", "step", "step_on", "proof", "deadline_on", "claimed_interest", "hold_until", "hold_reason"),
    *("promised_by", "plan", "plan_rates"),
)


def measure(size: int) -> Iterator[dict[str, Any]]:
    """The lines that are printed: the first load, and the second, which changes nothing."""
    profile = builtin_profiles()["opening"]
    data = _table(size, profile.columns)
    with scratch_database() as scratch:
        scratch.reset()
        creditor = Creditor.objects.create(slug="bench", name="Bench", currency="PLN")
        begin(creditor, now=now())
        with measured() as bare:
            read_opening(data, profile, on=ON)
        for name in ("opening", "opening again"):
            with measured() as cost:
                report = import_opening(creditor, name="bench.csv", data=data, profile=profile, on=ON)
            figures = {"new": report.new, "unchanged": report.unchanged, "refused": report.refused}
            yield {**cost.line(name, n=size, items=size, floor_items_s=size / bare.wall_s), **figures, "mb": round(len(data) / 1e6, 1)}


def _table(size: int, titles: Any) -> bytes:
    """One row for each invoice; drawn from a fixed seed."""
    draw = random.Random(7)
    lines = [";".join(titles[name] for name in _FIELDS).replace(";", ",")]
    lines += [",".join(_row(n, size, draw)) for n in range(size)]
    return "\n".join(lines).encode()


def _row(n: int, size: int, draw: random.Random) -> list[str]:
    who = n % max(size // 4, 1)
    due = ON - timedelta(days=draw.randint(-20, 90))
    late = (ON - due).days
    said: dict[str, Any] = {
        "number": f"F/{n}", "customer_number": f"K{who}", "customer_name": f"Klient {who}", "customer_kind": "business",
        "email": f"k{who}@example.com", "phone": f"+4850{who:07d}", "street": f"Polna {who}", "postcode": "00-001", "city": "Warszawa",
        "issued_on": due - timedelta(days=30), "due_on": due, "gross": f"{draw.randint(100, 90_000)}.00",
    }  # fmt: skip
    if draw.random() < 0.2:
        said |= {"paid_amount": "50.00", "paid_on": ON - timedelta(days=1)}
    if late > 3 and draw.random() < 0.8:
        day = due + timedelta(days=min(late, 3))
        said |= {
            "step": "overdue",
            "step_on": day,
            "proof": f"mail {n}",
            "deadline_on": day + timedelta(days=7),
            "claimed_interest": "1.25",
        }
    if n % 50 == 0:
        said |= {"hold_until": ON + timedelta(days=30), "hold_reason": "asked for time"}
    elif n % 50 == 1:
        said |= {"promised_by": ON + timedelta(days=10)}
    elif n % 50 == 2 and "paid_amount" not in said:
        said |= {"plan": f"U/{n}", "plan_rates": f"{ON + timedelta(days=20)} {said['gross']}"}
    return [str(said.get(name, "")) for name in _FIELDS]
