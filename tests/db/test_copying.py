"""Rows stored and changed many at a time."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from dunning.models import Task
from invoices.models import Invoice, Item
from receivables.db.copying import FEW, copy_rows, draw_ids, set_in, store_missing
from receivables.messaging.models import Message
from receivables.messaging.outbox import facts_digest, plan
from tests.builders import make_creditor, make_customer, make_invoice, make_item
from tests.db.messaging.conftest import NOW, new_message

pytestmark = pytest.mark.django_db


def test_rows_get_what_they_name_what_all_share_and_else_the_defaults_of_their_fields() -> None:
    customer = make_customer()
    rows = [{"id": pk, "step": f"s{pk}", "customer_id": customer.pk} for pk in draw_ids(Task, 3)]
    copy_rows(Task, rows, creditor_id=customer.creditor_id, kind="call", opened_on=date(2026, 5, 1))
    stored = Task.objects.order_by("pk")
    assert [(task.pk, task.step) for task in stored] == [(row["id"], row["step"]) for row in rows]
    assert {(task.kind, task.about, task.due_on, task.result) for task in stored} == {("call", "", None, "")}
    assert Task.objects.create(creditor=customer.creditor, customer=customer, kind="review", opened_on=date(2026, 5, 1)).pk > rows[-1]["id"]


def test_constraints_judge_copied_rows_as_ever() -> None:
    customer = make_customer()
    rows = [{"id": pk, "customer_id": customer.pk} for pk in draw_ids(Task, 2)]
    with pytest.raises(IntegrityError, match="one_open_task_per_kind"), transaction.atomic():
        copy_rows(Task, rows, creditor_id=customer.creditor_id, kind="call", opened_on=date(2026, 5, 1))
    copy_rows(Task, [], kind="call")
    assert draw_ids(Task, 0) == [] and not Task.objects.exists()


@pytest.mark.parametrize("count", [3, FEW + 3])
def test_rows_that_are_there_already_are_passed_over_however_many_there_are(count: int) -> None:
    customer = make_customer()

    def row(kind: str) -> Task:
        return Task(creditor=customer.creditor, customer=customer, kind=kind, opened_on=date(2026, 5, 1))

    store_missing([row("1")])
    store_missing([row(str(n)) for n in range(count)])
    assert set(Task.objects.values_list("kind", flat=True)) == {str(n) for n in range(count)}
    store_missing([row(str(n)) for n in range(count, 2 * count)])
    assert Task.objects.count() == 2 * count
    store_missing([])


def test_no_query_is_compiled_before_it_runs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


def test_a_row_that_is_no_longer_what_it_was_is_passed_over() -> None:
    mine, other = (make_item() for _ in range(2))
    was = {item.pk: item.label for item in (mine, other)}
    set_in(Item, ["label"], [(mine.pk, "new"), (other.pk, "new")], still={"invoice_id": mine.invoice_id, "position": mine.position})
    assert dict(Item.objects.values_list("pk", "label")) == {mine.pk: "new", other.pk: was[other.pk]}


def test_one_statement_sets_a_value_for_each_row_and_one_for_all() -> None:
    items = [make_item() for _ in range(2)]
    set_in(Item, ["due_on", "label"], [(item.pk, date(2026, 6, n), f"L{n}") for n, item in enumerate(items, 1)], position=7)
    assert list(Item.objects.order_by("pk").values_list("due_on", "label", "position")) == [
        (date(2026, 6, 1), "L1", 7),
        (date(2026, 6, 2), "L2", 7),
    ]


def test_any_of_takes_numbers_and_words_and_of_none_finds_nothing() -> None:
    invoices = [make_invoice() for _ in range(3)]
    ids, numbers = [invoice.pk for invoice in invoices], [invoice.number for invoice in invoices]
    assert Invoice.objects.filter(pk__any=ids[:2]).count() == Invoice.objects.filter(number__any=set(numbers[:2])).count() == 2
    assert Invoice.objects.filter(items__invoice__any=ids).count() == 3
    assert not Invoice.objects.filter(pk__any=[]).exists() and not Invoice.objects.filter(number__any=[]).exists()


def test_many_messages_are_stored_as_one_would_be() -> None:
    creditor, facts = make_creditor(), {"b": ["ż", None, 1], "a": {"name": 'quoted "x" \\ and\ttab\nline'}}
    plan([new_message(creditor, key="alone", facts=facts, recipient="a@b.example", recipient_name="A\nB")], now=NOW)
    plan([new_message(creditor, key=f"many-{n}", facts=facts, recipient="a@b.example", recipient_name="A\nB") for n in range(60)], now=NOW)
    own = {"id", "key", "message_id"}
    rows = [{name: value for name, value in row.items() if name not in own} for row in Message.objects.values()]
    assert len(rows) == 61 and all(row == rows[0] for row in rows)
    assert rows[0]["facts"] == facts and rows[0]["facts_digest"] == facts_digest(facts)
