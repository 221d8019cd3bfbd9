"""Warning letters, entries in registers, and the duty to update them after a payment."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from dunning.actions import close_task, follow_clocks, record_entry, record_update, record_warning, take_back_warning
from dunning.models import EnteredItem, RegisterEntry, RegisterUpdate, RegisterWarning, Task, WarnedItem
from dunning.registers import Missing
from dunning.states import WarningWay
from invoices.models import Item
from invoices.states import Kind
from receivables.core.errors import Refused
from receivables.reporting.registers import RegisterLine, register_lines
from tests.builders import audited, dispute, pay
from tests.db.dunning.firm import Firm, day

pytestmark = pytest.mark.django_db
ON = day(60)
LETTER = WarningWay.REGISTERED_LETTER


def lines(firm: Firm, on: date = ON) -> list[RegisterLine]:
    return register_lines(firm.creditor, on=on)


def warned(item: Item, **values: Any) -> RegisterWarning:
    said = {"register": "BIG InfoMonitor, Warszawa", "sent_on": day(10), "way": LETTER, "proof": "R 1", "today": ON, **values}
    return record_warning(item.customer, values.pop("items", [item]), **{key: said[key] for key in said if key != "items"})


def entered(item: Item, amount: str = "600.00", **values: Any) -> RegisterEntry:
    said = {"register": "KRD, Wrocław", "entered_on": day(50), "today": ON, **values}
    return record_entry(item.customer, [item], amount=Decimal(amount), **said)


def test_a_customer_may_be_entered_a_month_after_the_letter(firm: Firm) -> None:
    item = firm.owes(amount="600.00")
    (line,) = lines(firm)
    assert (line.standing.eligible_from, line.standing.missing) == (None, (Missing.WARNING,))
    warning = warned(item)
    (line,) = lines(firm)
    assert (line.standing.eligible_from, line.warned_on, line.is_eligible) == (date(2026, 6, 12), day(10), True)
    take_back_warning(warning, reason="Inny klient", today=ON)
    assert lines(firm)[0].warned_on is None
    assert {"register_warning_recorded", "register_warning_taken_back"} <= set(audited(firm.creditor))


def test_what_is_disputed_does_not_count(firm: Firm) -> None:
    item = firm.owes(amount="600.00")
    warned(item)
    dispute(item, "200.00", on=day(20))
    assert lines(firm)[0].standing.missing == (Missing.SUM,)


def test_after_a_payment_an_entry_is_updated_or_deleted_within_fourteen_days(firm: Firm) -> None:
    item = firm.owes(amount="600.00")
    warned(item)
    firm.noon(50)
    entry = entered(item)
    assert lines(firm)[0].duties == ()
    firm.noon(52)
    pay(item.customer, "100.00", item, booked_on=day(51))
    (line,) = lines(firm)
    assert (line.due_by, line.duties[0].open) == (day(65), Decimal(500))
    firm.noon(53)
    record_update(entry, on=day(53), amount=Decimal(500), today=ON)
    assert lines(firm)[0].duties == ()
    firm.noon(54)
    pay(item.customer, "500.00", item, booked_on=day(54))
    assert lines(firm)[0].due_by == day(68)
    firm.noon(55)
    record_update(entry, on=day(55), amount=None, today=ON)
    assert lines(firm) == []


def test_a_consumer_is_never_warned_by_e_mail(firm: Firm) -> None:
    with pytest.raises(Refused, match="never by e-mail"):
        warned(firm.owes(firm.customer(kind=Kind.CONSUMER)), way=WarningWay.EMAIL)
    assert warned(firm.owes(), way=WarningWay.EMAIL).way == "email"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"sent_on": ON + timedelta(days=1)}, "future"),
        ({"proof": " "}, "left empty"),
        ({"register": ""}, "left empty"),
        ({"items": []}, "at least one"),
    ],
)
def test_a_letter_that_cannot_be_is_refused(firm: Firm, values: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        warned(firm.owes(), **values)


def test_items_of_another_customer_are_refused(firm: Firm) -> None:
    with pytest.raises(Refused, match="this customer only"):
        warned(firm.owes(), items=[firm.owes()])


def test_an_entry_and_its_updates_have_their_days_and_amounts(firm: Firm) -> None:
    item = firm.owes()
    for values, words in (
        ({"entered_on": ON + timedelta(days=1)}, "future"),
        ({"amount": "0"}, "above zero"),
        ({"register": " "}, "empty"),
    ):
        with pytest.raises(Refused, match=words):
            entered(item, **values)
    entry = entered(item)
    with pytest.raises(Refused, match="from the day of the entry"):
        record_update(entry, on=day(49), amount=None, today=ON)
    with pytest.raises(Refused, match="above zero"):
        record_update(entry, on=day(51), amount=Decimal("0.001"), today=ON)
    record_update(entry, on=day(51), amount=None, today=ON)
    with pytest.raises(Refused, match="deleted already"):
        record_update(entry, on=day(52), amount=None, today=ON)


def test_a_warning_is_taken_back_once(firm: Firm) -> None:
    warning = warned(firm.owes())
    contra = take_back_warning(warning, reason="x", today=ON)
    for row in (warning, contra):
        with pytest.raises(Refused, match="taken back already"):
            take_back_warning(row, reason="x", today=ON)


def test_the_number_of_queries_does_not_grow(firm: Firm) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            lines(firm)
        return len(seen)

    warned(item := firm.owes()), entered(item)
    before = queries()
    for _ in range(3):
        warned(item := firm.owes()), entered(item)
    assert queries() == before


@pytest.mark.parametrize(
    ("model", "values", "name"),
    [
        (RegisterWarning, {"proof": ""}, "register_warning_has_a_proof"),
        (RegisterWarning, {"register": ""}, "register_warning_names_the_register"),
        (RegisterWarning, {"sent_on": ON + timedelta(days=1)}, "register_warning_was_sent"),
        (WarnedItem, {}, "item_once_per_register_warning"),
        (EnteredItem, {}, "item_once_per_register_entry"),
        (RegisterEntry, {"amount": 0}, "register_entry_amount_positive"),
        (RegisterEntry, {"amount": Decimal("0.001")}, "register_entry_amount_fits_currency"),
        (RegisterEntry, {"register": ""}, "register_entry_names_the_register"),
        (RegisterUpdate, {}, "register_entry_deleted_once"),
        (RegisterUpdate, {"amount": 1}, "register_update_has_its_amount"),
        (RegisterUpdate, {"kind": "updated", "amount": Decimal("0.001")}, "register_update_amount_fits_currency"),
    ],
)
def test_the_database_refuses_what_cannot_be(firm: Firm, model: Any, values: dict[str, Any], name: str) -> None:
    item = firm.owes()
    warned(item), record_update(entered(item), on=day(51), amount=None, today=ON)
    row = model.objects.get()
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.fields if field.attname != "id"}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model.objects.create(**{**fields, **values})


@pytest.mark.parametrize("model", [RegisterWarning, WarnedItem, RegisterEntry, EnteredItem, RegisterUpdate])
def test_nothing_of_it_is_ever_edited(firm: Firm, model: Any) -> None:
    item = firm.owes()
    warned(item), record_update(entered(item), on=day(51), amount=None, today=ON)
    for deed in (lambda: model.objects.update(id=1), model.objects.all().delete):
        with pytest.raises(DatabaseError, match=r"append-only|protected"), transaction.atomic():
            deed()


def test_a_payment_opens_a_task_that_ends_when_the_register_was_told(firm: Firm) -> None:
    item = firm.owes(amount="600.00")
    warned(item)
    firm.noon(50)
    entry = entered(item)
    assert follow_clocks(firm.creditor, on=day(50)) == 0
    firm.noon(52)
    pay(item.customer, "600.00", item, booked_on=day(51))
    for _tick in range(2):
        follow_clocks(firm.creditor, on=day(52))
    task = Task.objects.get(kind="tell_register")
    assert (task.due_on, task.closed_on) == (day(65), None)
    with pytest.raises(Refused, match="what the register was told"):
        close_task(task, on=day(53))
    firm.noon(53)
    record_update(entry, on=day(53), amount=None, today=ON)
    task.refresh_from_db()
    assert (task.closed_on, task.result, follow_clocks(firm.creditor, on=day(54))) == (ON, "deleted", 0)
