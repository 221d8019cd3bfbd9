"""CSV tables of the first day, for the profile `opening`."""

from invoices.intake.profile import builtin_profiles

BASE = {"number": "F/1", "customer_number": "K1", "issued_on": "2026-03-01", "due_on": "2026-03-15", "gross": "100.00"}


def opening(*rows: dict[str, str]) -> bytes:
    """Rows by our field names: F/1 over 100.00 for customer K1 unless they say otherwise."""
    titles = builtin_profiles()["opening"].columns
    names = [name for name in titles if any(name in {**BASE, **row} for row in rows)]
    lines = [[titles[name] for name in names], *([f'"{ {**BASE, **row}.get(name, "") }"' for name in names] for row in rows)]
    return "".join(",".join(line) + "\n" for line in lines).encode()
