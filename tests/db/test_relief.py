"""VAT relief on bad debts: stated, taken, given back, taken back."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from invoices.actions import give_back_relief, reverse_payment, state_vat, stated_vat, take_back_relief, take_relief, write_off
from invoices.actions.relief import due_back
from invoices.models import Item, Relief, ReliefLine, VatLine, VatStatement
from invoices.states import Kind
from invoices.vat import Taxed
from receivables.core.errors import Refused
from receivables.countries.law import PACKS
from receivables.countries.taxes import TaxRelief
from receivables.countries.words import Debtor
from tests.builders import audited, credit, make_customer, make_invoice, make_item, make_user, pay

pytestmark = pytest.mark.django_db

DUE = date(2026, 3, 15)  # day 90: 13 June
JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)
TODAY = date(2026, 7, 10)
VAT = [Taxed(Decimal(23), Decimal("1000.00"), Decimal("230.00"))]


def days_of(item: Item) -> TaxRelief:
    debtor = Debtor.CONSUMER if Kind(item.customer.kind).is_protected else Debtor(item.customer.kind)
    found = PACKS["PL"].tax_relief(debtor, due_on=item.due_on, issued_on=item.invoice.issued_on)
    assert found is not None
    return found


def stated(gross: str = "1230.00", kind: Kind = Kind.BUSINESS, lines: list[Taxed] | None = None, **fields: Any) -> Item:
    item = make_item(make_customer(kind=kind), gross, due_on=DUE, **fields)
    state_vat(item.invoice, lines or VAT)
    return item


def take(item: Item, **values: Any) -> Relief:
    return take_relief(item, **{"days": days_of(item), "period": JUNE, "today": TODAY, **values})


def lines(relief: Relief) -> list[tuple[Decimal, Decimal, Decimal]]:
    return [(line.rate_percent, line.net, line.vat) for line in relief.lines.order_by("pk")]


def test_relief_is_taken_of_what_is_open_with_its_share_of_net_and_vat() -> None:
    item = stated()
    pay(item.customer, "615.00", item)
    row = take(Item.objects.get(pk=item.pk), by=make_user())
    assert (row.kind, row.period, row.part, row.currency) == ("taken", JUNE, Decimal("615.00"), "PLN")
    assert lines(row) == [(Decimal(23), Decimal("500.00"), Decimal("115.00"))]
    assert {"vat_stated", "relief_taken"} <= set(audited(item.creditor))


def test_an_instalment_bears_its_own_share() -> None:
    invoice = make_invoice(make_customer(), "1230.00", instalments=[(DUE, Decimal("410.00")), (date(2026, 9, 1), Decimal("820.00"))])
    state_vat(invoice, VAT)
    first, later = invoice.items.order_by("position")
    assert lines(take(first)) == [(Decimal(23), Decimal("333.33"), Decimal("76.67"))]
    with pytest.raises(Refused, match="Day 90"):
        take(later)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"today": date(2026, 6, 12)}, "Day 90 after the due date is 2026-06-13"),
        ({"period": date(2026, 5, 1)}, "from 2026-06"),
        ({"period": date(2030, 1, 1)}, "through 2029-12"),
    ],
)
def test_relief_has_its_days(values: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        take(stated(), **values)
    assert Relief.objects.count() == 0


def test_relief_in_the_last_month_of_the_window_is_taken() -> None:
    assert take(stated(), period=date(2029, 12, 1), today=date(2029, 12, 31)).period == date(2029, 12, 1)


def test_a_consumer_needs_a_proof() -> None:
    item = stated(kind=Kind.CONSUMER)
    with pytest.raises(Refused, match="proof"):
        take(item, proof=" ")
    assert take(item, proof="Wyrok I C 1/26").proof == "Wyrok I C 1/26"


def test_without_net_and_vat_nothing_is_guessed() -> None:
    with pytest.raises(Refused, match="State them first"):
        take(make_item(make_customer(), "1230.00", due_on=DUE))


def test_what_bears_no_vat_is_not_relieved() -> None:
    with pytest.raises(Refused, match="bears no VAT"):
        take(stated("100.00", lines=[Taxed(Decimal(0), Decimal("100.00"), Decimal(0))]))


def test_relief_is_taken_once_unless_it_was_taken_back() -> None:
    item = stated()
    row = take(item)
    with pytest.raises(Refused, match="taken already"):
        take(item)
    contra = take_back_relief(row, reason="Zły miesiąc")
    assert (contra.reverses, contra.reason) == (row, "Zły miesiąc")
    assert list(Relief.objects.standing()) == []
    take(item, period=JULY)
    for gone in (row, contra):
        with pytest.raises(Refused):
            take_back_relief(gone, reason="x")


def test_what_is_paid_is_given_back_in_its_month_in_proportion_to_the_gross() -> None:
    item = stated()
    row = take(item)
    pay(item.customer, "410.00", item, booked_on=date(2026, 7, 31))
    pay(item.customer, "820.00", item, booked_on=date(2026, 8, 1))
    assert due_back(row) == {JULY: Decimal("410.00"), AUGUST: Decimal("820.00")}
    first, rest = give_back_relief(row, period=JULY), give_back_relief(row, period=AUGUST)
    assert lines(first) == [(Decimal(23), Decimal("333.33"), Decimal("76.67"))]
    assert lines(rest) == [(Decimal(23), Decimal("666.67"), Decimal("153.33"))]
    assert (first.paid_on, rest.paid_on) == (date(2026, 7, 31), date(2026, 8, 1))
    assert due_back(row) == {}
    with pytest.raises(Refused, match="Nothing was paid in 2026-08"):
        give_back_relief(row, period=AUGUST)
    with pytest.raises(Refused, match="Take that back first"):
        take_back_relief(row, reason="x")


def test_a_credit_note_gives_back_a_write_off_does_not() -> None:
    credited, written = stated(), stated()
    rows = take(credited), take(written)
    credit(credited.customer, "1230.00", credited, issued_on=date(2026, 7, 5))
    write_off(written, on=date(2026, 7, 5), reason="Nieściągalne")
    assert (due_back(rows[0]), due_back(rows[1])) == ({JULY: Decimal("1230.00")}, {})


def test_money_that_went_back_is_not_given_back() -> None:
    item = stated()
    row = take(item)
    payment = pay(item.customer, "410.00", item, booked_on=date(2026, 7, 3))
    reverse_payment(payment, on=date(2026, 7, 9))
    assert due_back(row) == {}


def test_the_newest_statement_counts_and_what_was_taken_keeps_its_figures() -> None:
    item = stated()
    row = take(item)
    state_vat(item.invoice, [Taxed(Decimal(8), Decimal("1138.89"), Decimal("91.11"))])
    assert stated_vat([item.invoice_id])[item.invoice_id][0].rate == 8
    assert lines(row)[0][0] == 23


def test_a_credit_note_has_no_vat_to_relieve() -> None:
    with pytest.raises(Refused, match="no claim"):
        state_vat(credit(make_customer()), VAT)


# -- what the database refuses


def copied(row: Relief, **values: Any) -> None:
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.fields if field.attname != "id"}
    with transaction.atomic():
        Relief.objects.create(**{**fields, **values})
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "more than the item"),
        ({"part": Decimal(0)}, "relief_part_positive"),
        ({"part": Decimal("0.001")}, "relief_part_fits_currency"),
        ({"period": date(2026, 6, 2)}, "relief_period_is_a_month"),
        ({"kind": "given_back"}, "relief_given_back_names_what_was_taken"),
        ({"reverses_id": "row"}, "relief_contra_row_has_a_reason"),
        ({"reverses_id": "row", "reason": "x", "part": Decimal(1)}, "does not fit"),
        ({"kind": "given_back", "of_id": "row", "paid_on": TODAY, "part": Decimal("1230.01")}, "more relief is given back"),
        ({"kind": "given_back", "of_id": "other", "paid_on": TODAY}, "does not fit"),
        ({"currency": "EUR"}, "crosses"),
    ],
)
def test_the_database_refuses_relief_that_cannot_be(values: dict[str, Any], words: str) -> None:
    rows = {"row": take(stated()).pk, "other": take(stated()).pk}
    row = Relief.objects.get(pk=rows["row"])
    with pytest.raises(IntegrityError, match=words):
        copied(row, **{name: rows.get(value, value) if isinstance(value, str) else value for name, value in values.items()})


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"rate_percent": 23}, "once"),
        ({"rate_percent": 100}, "vat_rate_is_a_rate"),
        ({"net": 0}, "vat_amounts_not_negative"),
        ({"net": Decimal("0.001")}, "vat_amounts_fit_currency"),
    ],
)
def test_the_database_refuses_lines_that_cannot_be(values: dict[str, Any], name: str) -> None:
    statement = VatStatement.objects.get(invoice=stated().invoice)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        VatLine.objects.create(**{"statement": statement, "rate_percent": 8, "net": 1, "vat": 0, "currency": "PLN", **values})


@pytest.mark.parametrize(
    ("values", "name"),
    [({"rate_percent": 23}, "relief_rate_once"), ({"vat": -1}, "relief_amounts_not"), ({"vat": Decimal("0.001")}, "relief_amounts_fit")],
)
def test_the_database_refuses_lines_of_relief_that_cannot_be(values: dict[str, Any], name: str) -> None:
    row = take(stated())
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ReliefLine.objects.create(**{"relief": row, "rate_percent": 8, "net": 1, "vat": 0, "currency": "PLN", **values})


def test_a_row_does_not_take_itself_back() -> None:
    row = take(stated())
    with pytest.raises(IntegrityError, match="itself"), transaction.atomic():
        Relief.objects.create(
            pk=row.pk + 1000, creditor=row.creditor, customer=row.customer, item=row.item, kind="taken", period=JUNE, part=1, currency="PLN",
            reverses_id=row.pk + 1000, reason="x", recorded_at=timezone.now(),
        )  # fmt: skip


@pytest.mark.parametrize("model", [Relief, ReliefLine, VatStatement, VatLine])
def test_nothing_of_it_is_ever_edited(model: Any) -> None:
    take(stated())
    for deed in (lambda: model.objects.update(id=1), model.objects.all().delete):
        with pytest.raises(DatabaseError, match=r"append-only|protected"), transaction.atomic():
            deed()
