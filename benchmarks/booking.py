"""booking: bank lines that wait, matched by the production path against as many open items; all are booked alone, or none.

Each case has a process of its own, for its memory, and customers who owe five items each. Where all are booked, the floor is one statement
that finds the items by number and amount and writes payments, entries and what they leave open into plain copies of the tables, with the
same columns, indexes and keys: no audit, no judgement, no triggers, no ladder that hears of it. Where none is, it is the pure judgement of
the same lines over the same books.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measuring import measured
from benchmarks.statements import mt940, peak_mb

ON = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
EACH = 5  # items of a customer
FLOOR_TABLES = """
DROP TABLE IF EXISTS floor_entry, floor_payment, floor_item, floor_line;
CREATE TABLE floor_payment (LIKE invoices_payment INCLUDING ALL);
CREATE TABLE floor_entry (LIKE invoices_allocationentry INCLUDING ALL);
CREATE TABLE floor_item (LIKE invoices_item INCLUDING ALL);
CREATE TABLE floor_line (LIKE invoices_bankline INCLUDING ALL);
INSERT INTO floor_item SELECT * FROM invoices_item;
INSERT INTO floor_line SELECT * FROM invoices_bankline;
"""
FOREIGN_KEYS = """
SELECT format('ALTER TABLE %s ADD %s', CASE conrelid WHEN 'invoices_payment'::regclass THEN 'floor_payment' ELSE 'floor_entry' END,
    replace(pg_get_constraintdef(oid), 'REFERENCES invoices_payment(', 'REFERENCES floor_payment('))
FROM pg_constraint WHERE contype = 'f' AND confrelid <> 'invoices_allocationentry'::regclass
    AND conrelid IN ('invoices_payment'::regclass, 'invoices_allocationentry'::regclass)
"""
FLOOR = """
WITH due AS (
    SELECT nextval(pg_get_serial_sequence('floor_payment', 'id')) AS payment_id, l.id AS line_id, l.creditor_id, l.amount, l.currency,
        l.booked_on, l.title, l.counterparty, l.payer_account, l.payer_account_hash, i.id AS item_id, i.customer_id
    FROM floor_line l JOIN floor_item i ON i.label = substring(l.title from 'F/[0-9]+') AND i.open_amount = l.amount
    WHERE l.state = 'waiting'
), payments AS (
    INSERT INTO floor_payment (id, creditor_id, customer_id, amount, currency, booked_on, reference, title, payer_name, payer_account,
        payer_account_hash, bank_line_id, recorded_at)
    SELECT payment_id, creditor_id, customer_id, amount, currency, booked_on, 'B/' || line_id, title, counterparty, payer_account,
        payer_account_hash, line_id, %(now)s FROM due RETURNING id
), entries AS (
    INSERT INTO floor_entry (item_id, source, payment_id, amount, currency, "on", is_reversal, recorded_at)
    SELECT item_id, 'payment', payment_id, amount, currency, booked_on, false, %(now)s FROM due RETURNING id
), items AS (
    UPDATE floor_item i SET open_amount = 0, closed_on = due.booked_on, closed_as = 'paid' FROM due WHERE i.id = due.item_id RETURNING i.id
), lines AS (
    UPDATE floor_line l SET state = 'booked', why = 'number', decided_at = %(now)s FROM due WHERE l.id = due.line_id RETURNING l.id
)
SELECT (SELECT count(*) FROM payments), (SELECT count(*) FROM entries), (SELECT count(*) FROM items), (SELECT count(*) FROM lines)
"""


def measure(size: int) -> Iterator[dict[str, Any]]:
    """The lines that are printed: all booked alone, and none."""
    from benchmarks.ladder import make_books  # noqa: PLC0415 - they need the settings
    from receivables.db.scratch import scratch_database  # noqa: PLC0415

    for case in TITLES:
        with scratch_database() as scratch, TemporaryDirectory() as folder:
            scratch.reset()
            make_books(size // EACH, each=EACH)
            file = Path(folder) / "lines.sta"
            file.write_bytes(mt940(_lines(case, size)))
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.booking", case, scratch.name, str(file)], stdout=subprocess.PIPE, text=True, check=True
            )
        yield from (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))


def measure_one(case: str, file: Path) -> dict[str, Any]:
    """The same for one case, in this process: the file is brought in, then its lines are matched, which is what is timed. `peak_rss_mb` is
    after both, as a worker has it.
    """
    from invoices.actions.bank import import_statement, match_lines  # noqa: PLC0415
    from receivables.accounts.models import Creditor  # noqa: PLC0415

    creditor = Creditor.objects.get()
    size = import_statement(creditor, name="x", data=file.read_bytes(), on=ON).new
    if case == "booked":
        floor = _floor_booked(size)
    with measured() as cost:
        found = match_lines(creditor)
    if (found.lines, found.alone) != (size, size if case == "booked" else 0):
        raise SystemExit(f"{found.alone} of {found.lines} lines were booked of {size}.")
    peak = peak_mb()
    if case == "nothing":
        floor = _floor_nothing(creditor, size)
    return cost.line(f"booking {case}", n=size, items=size, floor_items_s=floor) | {"peak_rss_mb": peak, "alone": found.alone}


def _floor_booked(size: int) -> float:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(FLOOR_TABLES)
        cursor.execute(FOREIGN_KEYS)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        cursor.execute("ANALYZE")
        with measured() as cost:
            cursor.execute(FLOOR, {"now": NOW})
            counts = cursor.fetchone()
    if counts != (size,) * 4:
        raise SystemExit(f"The floor made {counts} rows for {size} lines.")
    return size / cost.wall_s


def _floor_nothing(creditor: Any, size: int) -> float:
    """In portions, so that the lines are never all in memory."""
    from invoices.actions.bank.known import books_of  # noqa: PLC0415
    from invoices.actions.bank.matching import money_of  # noqa: PLC0415
    from invoices.matching import propose  # noqa: PLC0415
    from invoices.models import BankLine  # noqa: PLC0415

    lines = BankLine.objects.filter(creditor=creditor).order_by("pk")
    books = books_of(creditor, lines[:1])
    with measured() as cost:
        for line in lines.iterator(chunk_size=500):
            propose(money_of(line), books)
    return size / cost.wall_s


TITLES = {"booked": "ZAPLATA ZA F/{}", "nothing": "ZAPLATA ZA Q/{}"}


def _lines(case: str, size: int) -> Iterator[tuple[date, Decimal, str, str, str]]:
    odd = Decimal("0.37") if case == "nothing" else Decimal(0)
    for n in range(size):
        on, who = date(2026, 1, 1) + timedelta(days=n * 160 // size), n // EACH
        yield on, 100 + n % 900 + odd, TITLES[case].format(n), f"KLIENT {who}", f"PL27114020040000300201{who:06d}"


def main(arguments: list[str]) -> int:
    """One case in this process, in the database that was made for it: a line of JSON."""
    from django.db import connection  # noqa: PLC0415

    case, database, file = arguments
    connection.settings_dict["NAME"] = database
    print(json.dumps(measure_one(case, Path(file))), flush=True)
    return 0


if __name__ == "__main__":
    import django

    django.setup()
    sys.exit(main(sys.argv[1:]))
