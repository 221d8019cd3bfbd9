"""W1: plan and release a day on which so many items are due. W3: the same day again, which must add nothing."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from benchmarks.measuring import measured
from dunning.actions import assign, publish
from dunning.actions.messages import PORTAL_PATH, firm_facts
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
# The least that any planner has to do: read the same due items, write a step and a message for each. The tables are plain copies
# with the same columns, indexes and keys, foreign keys too; the messages say the same. No notice, no triggers, no case moved, no
# judgement. A step's reference to its notice is left out, for the floor writes none.
FLOOR_TABLES = """
DROP TABLE IF EXISTS floor_step, floor_message;
CREATE TABLE floor_step (LIKE dunning_steptaken INCLUDING ALL);
CREATE TABLE floor_message (LIKE messaging_message INCLUDING ALL);
"""
FOREIGN_KEYS = """
SELECT format('ALTER TABLE %s ADD %s', CASE conrelid WHEN 'dunning_steptaken'::regclass THEN 'floor_step' ELSE 'floor_message' END,
    pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f' AND confrelid <> 'dunning_notice'::regclass
    AND conrelid IN ('dunning_steptaken'::regclass, 'messaging_message'::regclass)
"""
FLOOR = """
WITH due AS (
    SELECT c.id AS case_id, i.label, i.open_amount, k.email, u.creditor_id,
        encode(sha256(convert_to(c.id || '/1/overdue/1|email|main', 'UTF8')), 'hex') AS key,
        jsonb_build_object(
            'creditor', %(firm)s::jsonb, 'reference', u.number, 'step', 'overdue', 'on', %(on)s::date, 'deadline_on', NULL,
            'customer', jsonb_build_object('number', u.number, 'name', u.name, 'street', u.street, 'postcode', u.postcode,
                'city', u.city, 'country', u.country, 'tax_id', u.tax_id, 'kind', u.kind),
            'items', jsonb_build_array(jsonb_build_object('case', c.id, 'label', i.label, 'issued_on', v.issued_on, 'due_on', i.due_on,
                'days_late', %(on)s::date - i.due_on, 'amount', i.amount::numeric(18, 2)::text,
                'open', i.open_amount::numeric(18, 2)::text, 'disputed', '0.00')),
            'is_overdue', true, 'currency', i.currency, 'principal', i.open_amount::numeric(18, 2)::text, 'credit', '0.00',
            'interest', '0.00', 'compensation', '0.00', 'fees', '0.00', 'claims', jsonb_build_array(),
            'asks', i.open_amount::numeric(18, 2)::text, 'document', NULL, 'portal_url', %(portal)s::text
        ) AS facts
    FROM dunning_case c JOIN invoices_item i ON i.id = c.item_id JOIN invoices_invoice v ON v.id = i.invoice_id
    JOIN invoices_customer u ON u.id = c.customer_id JOIN invoices_contact k ON k.customer_id = u.id
    WHERE c.state = 'running' AND i.due_on <= %(due)s AND i.open_amount > 0
), steps AS (
    INSERT INTO floor_step (notice_id, case_id, episode, step, "position", round, principal, "on")
    SELECT case_id, case_id, 1, 'overdue', 2, 1, open_amount, %(on)s FROM due RETURNING id
), messages AS (
    INSERT INTO floor_message (creditor_id, key, purpose, channel, recipient, recipient_name, language, template, facts, facts_digest,
        state, reason, not_before, attempts, message_id, subject, text, html, captured, created_at)
    SELECT creditor_id, key, 'dunning', 'email', email, '', 'pl', 'overdue', facts,
        encode(sha256(convert_to(facts::text, 'UTF8')), 'hex'), 'planned', '', %(now)s, 0, '<' || key || '@bench.invalid>', '', '', '',
        false, %(now)s
    FROM due RETURNING id
)
SELECT (SELECT count(*) FROM steps), (SELECT count(*) FROM messages)
"""
SAYS_LESS = """
SELECT count(*) FROM messaging_message m LEFT JOIN floor_message f USING (key, message_id, recipient, facts) WHERE f.id IS NULL
"""


def measure(size: int, workloads: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Make the data, then the lines of these workloads. W3 needs W1 before it, asked for or not."""
    with scratch_database() as scratch:
        scratch.reset()
        creditor = make_books(size)
        bare = floor_of(creditor, size, with_foreign_keys=False)
        floor = floor_of(creditor, size)
        with measured() as cost:
            run = plan_day(creditor, on=ON, now=NOW)
        _check(size)
        if "W1" in workloads:
            line = cost.line("W1", n=size, items=run.judged, floor_items_s=floor)
            yield {**line, "ratio_without_foreign_keys": round(bare / size * cost.wall_s, 2)}
        if "W3" in workloads:
            yield _again(creditor, size, floor)


def _again(creditor: Creditor, size: int, floor: float) -> dict[str, Any]:
    before = StepTaken.objects.count(), Message.objects.count()
    with measured() as cost:
        plan_day(creditor, on=ON, now=NOW)
    added = StepTaken.objects.count() - before[0] + Message.objects.count() - before[1]
    return {**cost.line("W3", n=size, items=size, floor_items_s=floor), "rows_added": added}


def _check(size: int) -> None:
    """Both did their work: so many steps and messages, and the floor's messages say what those of the run say, word for word."""
    made = StepTaken.objects.count(), Message.objects.count()
    if made != (size, size):
        raise SystemExit(f"The run made {made[0]} steps and {made[1]} messages for {size} items.")
    with connection.cursor() as cursor:
        cursor.execute(SAYS_LESS)
        (others,) = cursor.fetchone()
    if others:
        raise SystemExit(f"The floor is not the same work: {others} messages of the run are not among those of the floor.")


def floor_of(creditor: Creditor, size: int, *, with_foreign_keys: bool = True) -> float:
    """Items a second of the floor: the best of three, on fresh tables each time."""
    firm = json.dumps(firm_facts(creditor))
    said = {"due": DUE, "on": ON, "now": NOW, "firm": firm, "portal": settings.BASE_URL.rstrip("/") + PORTAL_PATH}
    best = 0.0
    for _ in range(3):
        with connection.cursor() as cursor:
            _make_tables(cursor, with_foreign_keys=with_foreign_keys)
            with measured() as cost:
                cursor.execute(FLOOR, said)
                counts = cursor.fetchone()
        if counts != (size, size):
            raise SystemExit(f"The floor made {counts} rows for {size} items.")
        best = max(best, size / cost.wall_s)
    return best


def _make_tables(cursor: CursorWrapper, *, with_foreign_keys: bool) -> None:
    cursor.execute(FLOOR_TABLES)
    if with_foreign_keys:
        cursor.execute(FOREIGN_KEYS)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
    cursor.execute("ANALYZE")


def make_books(size: int, *, policy: str = POLICY, each: int = 1) -> Creditor:
    """So many customers with so many overdue items each, one as a rule."""
    creditor = Creditor.objects.create(
        slug="bench", name="Bench", country="PL", currency="PLN", language="pl", bank_account="PL61109010140000071219812874"
    )
    LadderRules.objects.create(
        creditor=creditor,
        calendar="none",
        four_eyes=False,
        first_run_waits=False,
        handover_needs_terms=False,
        handover_notice_days=None,
        handover_needs_call=False,
    )
    version = publish(creditor, policy, now=NOW)
    assign(creditor, version.policy)
    customers = copy_in([_customer(creditor, n) for n in range(size)])
    copy_in([Contact(customer=customer, email=f"c{n}@example.com") for n, customer in enumerate(customers)])
    invoices = copy_in([_invoice(creditor, customers[n // each], n) for n in range(size * each)])
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
