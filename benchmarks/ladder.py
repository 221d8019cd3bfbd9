"""W1: plan and release a day on which so many items are due. W3: the same day again, which must add nothing."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from benchmarks.measuring import measured
from dunning.actions import assign, publish
from dunning.day import plan_day
from dunning.models import Case, LadderRules, PolicyVersion, StepTaken
from invoices.models import Contact, Customer, Invoice, Item
from receivables.accounts.models import Creditor
from receivables.db.copying import copy_in
from receivables.db.scratch import scratch_database
from receivables.messaging.models import Message

ON = date(2026, 5, 20)
NOW = datetime(2026, 5, 20, 10, tzinfo=UTC)
DUE = ON - timedelta(days=10)
ISSUED = DUE - timedelta(days=14)
POLICY = """name: Bench
steps:
  - {key: reminder, after_due: -3, until: 0, channel: [email]}
  - {key: overdue, after_due: 4, channel: [email, sms]}
  - {key: second, after_due: 11, after_previous: 5, channel: [email]}
"""
# The least that any planner has to do: read the same due items, write a step and a message for each. Plain copies of the tables
# with the same columns, keys and indexes; no foreign keys, no triggers, no judgement.
FLOOR_TABLES = """
DROP TABLE IF EXISTS floor_step, floor_message;
CREATE TABLE floor_step (LIKE dunning_steptaken INCLUDING ALL);
CREATE TABLE floor_message (LIKE messaging_message INCLUDING ALL);
"""
FLOOR = """
WITH due AS (
    SELECT c.id AS case_id, i.open_amount, i.label, k.email, u.creditor_id
    FROM dunning_case c JOIN invoices_item i ON i.id = c.item_id JOIN invoices_customer u ON u.id = c.customer_id
    JOIN invoices_contact k ON k.customer_id = u.id WHERE c.state = 'running' AND i.due_on <= %(due)s AND i.open_amount > 0
), steps AS (
    INSERT INTO floor_step (notice_id, case_id, episode, step, "position", round, principal, "on")
    SELECT case_id, case_id, 1, 'overdue', 2, 1, open_amount, %(on)s FROM due RETURNING id
), messages AS (
    INSERT INTO floor_message (creditor_id, key, purpose, channel, recipient, recipient_name, language, template, facts, facts_digest,
        state, reason, not_before, attempts, message_id, subject, text, html, captured, created_at)
    SELECT creditor_id, encode(sha256(case_id::text::bytea), 'hex'), 'dunning', 'email', email, '', 'pl', 'overdue',
        jsonb_build_object('items', jsonb_build_array(jsonb_build_object('label', label, 'open', open_amount)), 'on', %(on)s::text),
        encode(sha256(label::bytea), 'hex'), 'planned', '', now(), 0, '<' || case_id || '@floor.invalid>', '', '', '', false, now()
    FROM due RETURNING id
)
SELECT (SELECT count(*) FROM steps), (SELECT count(*) FROM messages)
"""


def measure(size: int, workloads: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Make the data, then the lines of these workloads. W3 needs W1 before it, asked for or not."""
    with scratch_database() as scratch:
        scratch.reset()
        creditor = make_books(size)
        floor = floor_of(size)
        with measured() as cost:
            run = plan_day(creditor, on=ON, now=NOW)
        _check(size)
        if "W1" in workloads:
            yield cost.line("W1", n=size, items=run.judged, floor_items_s=floor)
        if "W3" in workloads:
            yield _again(creditor, size, floor)


def _again(creditor: Creditor, size: int, floor: float) -> dict[str, Any]:
    before = StepTaken.objects.count(), Message.objects.count()
    with measured() as cost:
        plan_day(creditor, on=ON, now=NOW)
    added = StepTaken.objects.count() - before[0] + Message.objects.count() - before[1]
    return {**cost.line("W3", n=size, items=size, floor_items_s=floor), "rows_added": added}


def _check(size: int) -> None:
    made = StepTaken.objects.count(), Message.objects.count()
    if made != (size, size):
        raise SystemExit(f"The run made {made[0]} steps and {made[1]} messages for {size} items.")


def floor_of(size: int) -> float:
    """Items a second of the floor: the best of three, on fresh tables each time."""
    best = 0.0
    for _ in range(3):
        with connection.cursor() as cursor:
            cursor.execute(FLOOR_TABLES)
            cursor.execute("ANALYZE")
            with measured() as cost:
                cursor.execute(FLOOR, {"due": DUE, "on": ON})
                counts = cursor.fetchone()
        if counts != (size, size):
            raise SystemExit(f"The floor made {counts} rows for {size} items.")
        best = max(best, size / cost.wall_s)
    return best


def make_books(size: int) -> Creditor:
    """So many customers with one overdue item each."""
    creditor = Creditor.objects.create(
        slug="bench", name="Bench", country="PL", currency="PLN", language="pl", bank_account="PL61109010140000071219812874"
    )
    LadderRules.objects.create(creditor=creditor, calendar="none", four_eyes=False, first_run_waits=False)
    version = publish(creditor, POLICY, now=NOW)
    assign(creditor, version.policy)
    customers = copy_in([_customer(creditor, n) for n in range(size)])
    copy_in([Contact(customer=customer, email=f"c{n}@example.com") for n, customer in enumerate(customers)])
    invoices = copy_in([_invoice(creditor, customer, n) for n, customer in enumerate(customers)])
    items = copy_in([_item(invoice) for invoice in invoices])
    copy_in([_case(item, version) for item in items])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return creditor


def _customer(creditor: Creditor, n: int) -> Customer:
    return Customer(creditor=creditor, number=f"C{n}", name=f"Klient {n}", kind="business", language="pl", city="Warszawa")


def _invoice(creditor: Creditor, customer: Customer, n: int) -> Invoice:
    return Invoice(creditor=creditor, customer=customer, number=f"F/{n}", currency="PLN", gross=Decimal(100 + n % 900), issued_on=ISSUED)


def _item(invoice: Invoice) -> Item:
    return Item(
        creditor_id=invoice.creditor_id, customer_id=invoice.customer_id, invoice=invoice, label=invoice.number, due_on=DUE, currency="PLN",
        amount=invoice.gross, open_amount=invoice.gross,
    )  # fmt: skip


def _case(item: Item, version: PolicyVersion) -> Case:
    return Case(
        creditor_id=item.creditor_id, customer_id=item.customer_id, item=item, version=version, entered_on=DUE, look_again_on=ON, position=1
    )
