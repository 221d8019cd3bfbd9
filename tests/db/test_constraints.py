"""Every promise that the database itself makes about the books is tripped here, past the actions."""

from collections.abc import Callable
from copy import copy
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from invoices import actions
from invoices.models import (
    AllocationEntry,
    Claim,
    ClaimEntry,
    ClaimRules,
    Contact,
    ContractRate,
    Customer,
    Invoice,
    Item,
    Objection,
    Payment,
    Profile,
    SparedCustomer,
    WriteOff,
)
from tests.builders import DUE, PAID, credit, dispute, make_creditor, make_customer, make_invoice, make_item, parts, pay
from tests.db import bank_rows, moving_rows, paper_rows, relief_rows, settlement_rows, settling_rows, sister_rows

pytestmark = pytest.mark.django_db

Row = TypeVar("Row", bound=models.Model)
Source = AllocationEntry.Source


def again(row: Row, **values: Any) -> Row:
    """Store a copy of a row with these values."""
    twin = copy(row)
    twin._state = copy(row._state)
    twin.pk, twin._state.adding = None, True
    for name, value in values.items():
        setattr(twin, name, value)
    twin.save()
    return twin


def changed(row: Row, **values: Any) -> None:
    """Change a row past all actions."""
    type(row)._default_manager.filter(pk=row.pk).update(**values)


def entry(item: Item, amount: str = "10.00", **values: Any) -> AllocationEntry:
    """An entry on an item that nobody checked."""
    values = {"source": Source.WITHDRAWAL, "currency": item.currency, **values}
    return AllocationEntry.objects.create(item=item, amount=Decimal(amount), on=PAID, recorded_at=timezone.now(), **values)


def judge_at_the_end() -> None:
    """What is judged when the transaction ends is judged now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def contact() -> Contact:
    return make_customer().contacts.get()


def payment() -> Payment:
    return pay(make_customer())


def write_off(item: Item, amount: str, currency: str = "PLN") -> WriteOff:
    return WriteOff.objects.create(item=item, amount=Decimal(amount), currency=currency, on=PAID, reason="small")


def twice(make: Callable[[], Row], **values: Any) -> Callable[[], object]:
    return lambda: again(make(), **values)


def self_parent() -> None:
    customer = make_customer()
    changed(customer, parent=customer)


def objection(channel: str) -> Objection:
    return Objection.objects.create(contact=contact(), channel=channel, since=PAID)


def profile() -> Profile:
    return Profile.objects.create(creditor=make_creditor(), name="ours", text="")


def claim_rules(minimum: str) -> ClaimRules:
    creditor = make_creditor()
    return ClaimRules.objects.create(
        creditor=creditor, since=PAID, minimum_amount=Decimal(minimum), currency="PLN", recorded_at=timezone.now()
    )


def agreed_rate(percent: str, contract: str = "7/2026") -> ContractRate:
    customer = make_customer()
    return ContractRate.objects.create(
        creditor=customer.creditor, customer=customer, percent=Decimal(percent), since=PAID, contract=contract, recorded_at=timezone.now()
    )


def spared() -> SparedCustomer:
    return actions.spare_customer(make_customer(), reason="a friend", on=PAID)


def claim(kind: str = "compensation", **values: Any) -> Claim:
    invoice = make_invoice()
    if kind != "compensation":
        values["item"] = invoice.items.get()
    return Claim.objects.create(creditor=invoice.creditor, customer=invoice.customer, invoice=invoice, kind=kind, currency="PLN", **values)


def claim_entry(on: Claim | None = None, amount: str = "10.00", **values: Any) -> ClaimEntry:
    values = {"type": "posted", "currency": "PLN", **values}
    return ClaimEntry.objects.create(claim=on or claim(), amount=Decimal(amount), on=PAID, recorded_at=timezone.now(), **values)


def two_that_share_a_day() -> None:
    first = claim("interest", first_on=PAID, last_on=PAID)
    again(first, first_on=date(2026, 1, 1))


# Constraint → something that breaks it and no other.
BREAKS: dict[str, Callable[[], object]] = {
    "customer_number_once_per_company": twice(make_customer),
    "customer_is_not_its_own_parent": self_parent,
    "medical_entity_is_a_public_body": lambda: make_customer(kind="business", is_medical_entity=True),
    "regon_has_its_check_digit": lambda: changed(make_customer(), regon="12345678512346"),
    "krs_has_ten_digits": lambda: changed(make_customer(), krs="12345"),
    "contact_reaches_somebody": twice(contact, email="", phone=""),
    "contact_phone_is_e164": twice(contact, phone="500 100 100"),
    "one_objection_per_channel": twice(lambda: objection("sms")),
    "letters_cannot_be_objected_to": lambda: objection("letter"),
    "invoice_number_once_per_company": twice(make_invoice),
    "invoice_gross_positive": twice(make_invoice, number="X", gross=Decimal("-1")),
    "invoice_gross_fits_currency": twice(make_invoice, number="X", gross=Decimal("1.001")),
    "item_position_once_per_invoice": twice(make_item, label="X"),
    "item_label_once_per_company": twice(make_item, position=2),
    "item_amount_positive": twice(make_item, label="X", position=2, amount=Decimal(0), open_amount=Decimal(0)),
    "item_open_within_amount": twice(make_item, label="X", position=2, open_amount=Decimal("100.01")),
    "item_open_is_not_closed": twice(make_item, label="X", position=2, closed_as="paid", closed_on=PAID),
    "item_amounts_fit_currency": twice(make_item, label="X", position=2, amount=Decimal("100.001")),
    "payment_amount_positive": twice(payment, reference="X", amount=Decimal(0)),
    "payment_amount_fits_currency": twice(payment, reference="X", currency="JPY", amount=Decimal("1.5")),
    "payment_booked_once": twice(payment),
    "write_off_amount_positive": lambda: write_off(make_item(), "0"),
    "write_off_amount_fits_currency": lambda: write_off(make_item(), "0.001"),
    "allocation_amount_positive": lambda: entry(make_item(), "-1.00"),
    "allocation_amount_fits_currency": lambda: entry(make_item(), "1.001"),
    "allocation_reversal_names_its_entry": lambda: entry(make_item(), is_reversal=True),
    "allocation_has_one_source": lambda: entry(make_item(), source=Source.PAYMENT),
    "one_open_dispute_per_item": twice(lambda: dispute(make_item())[0]),
    "dispute_end_has_an_outcome": twice(lambda: dispute(make_item())[0], resolved_on=PAID, outcome=""),
    "dispute_amount_positive": twice(lambda: dispute(make_item())[0], resolved_on=PAID, outcome="upheld", amount=Decimal(0)),
    "dispute_amount_fits_currency": twice(lambda: dispute(make_item())[0], resolved_on=PAID, outcome="upheld", amount=Decimal("0.001")),
    "dispute_decided_after_it_came": lambda: changed(dispute(make_item())[0], due_on=date(2026, 1, 1)),
    "profile_name_once_per_company": twice(profile),
    "compensation_posted_once_per_invoice": twice(claim),
    "fee_posted_once_per_item_and_step": twice(lambda: claim("fee", step="demand")),
    "a_day_bears_interest_once": two_that_share_a_day,
    "claim_says_what_its_kind_needs": lambda: claim("fee"),
    "claim_entry_positive": lambda: claim_entry(amount="0"),
    "claim_entry_fits_currency": lambda: claim_entry(amount="1.001"),
    "claim_contra_names_its_entry": lambda: claim_entry(is_reversal=True, reason="x"),
    "claim_is_paid_by_a_payment": lambda: claim_entry(type="paid"),
    "waiving_and_reversing_say_why": lambda: claim_entry(type="waived"),
    "smallest_invoice_not_negative": lambda: claim_rules("-1"),
    "smallest_invoice_fits_currency": lambda: claim_rules("1.001"),
    "contract_rate_is_a_rate": lambda: agreed_rate("100.01"),
    "contract_rate_names_its_contract": lambda: agreed_rate("10", ""),
    "customer_spared_once": twice(spared),
    "sparing_has_its_reason": lambda: changed(spared(), reason=""),
    "sparing_ends_after_it_begins": lambda: changed(spared(), ended_on=date(2026, 1, 1)),
    **relief_rows.BREAKS,
    **bank_rows.BREAKS,
    **settling_rows.BREAKS,
    **paper_rows.BREAKS,
    **moving_rows.BREAKS,
    **settlement_rows.BREAKS,
    **sister_rows.BREAKS,
}


@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses_what_breaks(name: str) -> None:
    with pytest.raises(IntegrityError) as refused:
        BREAKS[name]()
    assert refused.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


def test_every_constraint_of_the_books_is_broken_once() -> None:
    names = {constraint.name for model in apps.get_app_config("invoices").get_models() for constraint in model._meta.constraints}
    assert names == set(BREAKS)


def test_a_dispute_does_not_end_before_it_began() -> None:
    with pytest.raises(IntegrityError, match="dispute_end_has_an_outcome"):
        changed(dispute(make_item())[0], resolved_on=date(2026, 1, 1), outcome="rejected")


# -- triggers: what one row alone cannot tell


def too_much_of_a_payment() -> None:
    customer = make_customer()
    item, money = make_item(customer, "500.00"), pay(customer, "100.00", unmatched=True)
    entry(item, "60.00", source=Source.PAYMENT, payment=money)
    entry(item, "40.01", source=Source.PAYMENT, payment=money)


def too_much_of_a_credit_note() -> None:
    customer = make_customer()
    entry(make_item(customer, "500.00"), "100.01", source=Source.CREDIT, credit_note=credit(customer))


def too_much_on_an_item() -> None:
    item = make_item()
    entry(item, "60.00")
    entry(item, "40.01")


def another_currency() -> None:
    customer = make_customer()
    entry(make_item(customer), source=Source.PAYMENT, payment=pay(customer, currency="EUR"))


def a_currency_of_its_own() -> None:
    entry(make_item(), currency="EUR")


def another_company() -> None:
    entry(make_item(), source=Source.PAYMENT, payment=payment())


def a_reversal_as_money() -> None:
    customer = make_customer()
    reversal = actions.reverse_payment(pay(customer), on=PAID)
    entry(make_item(customer), source=Source.PAYMENT, payment=reversal)


def an_invoice_as_credit() -> None:
    customer = make_customer()
    entry(make_item(customer), source=Source.CREDIT, credit_note=make_invoice(customer))


def a_write_off_of_another_item() -> None:
    customer = make_customer()
    entry(make_item(customer), source=Source.WRITE_OFF, write_off=write_off(make_item(customer), "10.00"))


def a_contra_entry_over_less() -> None:
    item = make_item()
    entry(item, "9.99", is_reversal=True, reverses=entry(item, "10.00"))


def a_contra_entry_on_another_item() -> None:
    customer = make_customer()
    first, second = make_item(customer), make_item(customer)
    entry(second, "50.00")
    entry(second, "10.00", is_reversal=True, reverses=entry(first, "10.00"))


def a_contra_entry_of_a_contra_entry() -> None:
    item = make_item()
    undone = entry(item, is_reversal=True, reverses=entry(item))
    entry(item, is_reversal=True, reverses=undone)


def an_entry_taken_back_twice() -> None:
    item = make_item()
    original = entry(item)
    entry(item)
    entry(item, is_reversal=True, reverses=original)
    entry(item, is_reversal=True, reverses=original)


def items_that_are_too_little() -> None:
    changed(make_invoice(instalments=parts(60, 40)).items.get(position=1), amount=Decimal(59), open_amount=Decimal(59))


def items_in_another_currency() -> None:
    changed(make_item(), currency="EUR")


def items_of_another_customer() -> None:
    item = make_item()
    changed(item, customer=make_customer(item.creditor))


def items_on_a_credit_note() -> None:
    customer = make_customer()
    again(make_item(customer), invoice=credit(customer), label="X")


def a_reversal_over_less() -> None:
    money = payment()
    again(money, reference="X", amount=Decimal("99.99"), reverses=money)


def a_reversal_in_another_currency() -> None:
    money = payment()
    again(money, reference="X", currency="EUR", reverses=money)


def a_reversal_that_leaves_entries() -> None:
    customer = make_customer()
    money = pay(customer, "100.00", make_invoice(customer))
    again(money, reference="X", reverses=money)


def a_reversal_of_a_reversal() -> None:
    reversal = actions.reverse_payment(payment(), on=PAID)
    again(reversal, reference="X", reverses=reversal)


def an_open_amount_without_entries() -> None:
    changed(make_item(), open_amount=Decimal(99))


def an_entry_that_the_item_ignores() -> None:
    item = make_item()
    entry(item)
    changed(item, open_amount=item.open_amount)


def another_amount() -> None:
    changed(make_invoice(), gross=Decimal(1))


def another_number() -> None:
    changed(make_invoice(), number="X")


def another_customer() -> None:
    invoice = make_invoice()
    changed(invoice, customer=make_customer(invoice.creditor))


def a_draft_again() -> None:
    changed(make_invoice(), state="draft")


def no_longer_a_draft_but_edited() -> None:
    invoice = make_invoice(draft=True)
    changed(invoice, gross=Decimal(1))
    changed(invoice, state="issued")
    changed(invoice, gross=Decimal(2))


def a_claim_posted_twice() -> None:
    row = claim()
    claim_entry(row), claim_entry(row)


def more_waived_than_posted() -> None:
    row = claim()
    claim_entry(row), claim_entry(row, "10.01", type="waived", reason="x")


def a_claim_in_another_currency() -> None:
    claim_entry(currency="EUR")


def money_of_another_customer() -> None:
    row = claim()
    claim_entry(row), claim_entry(row, type="paid", payment=pay(make_customer(row.creditor)))


def a_contra_entry_of_another_claim() -> None:
    claim_entry(claim(), is_reversal=True, reverses=claim_entry(), reason="x")


def more_than_the_payment() -> None:
    row = claim()
    item = row.invoice.items.get()
    money = pay(row.customer, "100.00", item)
    claim_entry(row), claim_entry(row, "0.01", type="paid", payment=money)


def more_than_the_payment_on_an_item() -> None:
    row = claim()
    money = pay(row.customer, "100.00", unmatched=True)
    claim_entry(row), claim_entry(row, type="paid", payment=money)
    entry(row.invoice.items.get(), "90.01", source=Source.PAYMENT, payment=money)


def a_reversal_that_leaves_a_claim_paid() -> None:
    row = claim()
    money = pay(row.customer, "100.00", unmatched=True)
    claim_entry(row), claim_entry(row, type="paid", payment=money)
    again(money, reference="X", reverses=money)


# Trigger → all that it has to stop.
STOPS: dict[str, list[Callable[[], object]]] = {
    "allocations_stay_within": [
        too_much_of_a_payment, too_much_of_a_credit_note, too_much_on_an_item, another_currency, a_currency_of_its_own, another_company,
        a_reversal_as_money, an_invoice_as_credit, a_write_off_of_another_item, a_contra_entry_over_less, a_contra_entry_on_another_item,
        a_contra_entry_of_a_contra_entry,
    ],
    "items_make_up_the_invoice": [
        items_that_are_too_little, items_in_another_currency, items_of_another_customer, items_on_a_credit_note,
    ],
    "reversal_undoes_the_payment": [
        a_reversal_over_less, a_reversal_in_another_currency, a_reversal_that_leaves_entries, a_reversal_of_a_reversal,
    ],
    "open_amount_is_what_entries_leave": [an_open_amount_without_entries, an_entry_that_the_item_ignores],
    "claims_stay_within": [
        a_claim_posted_twice, more_waived_than_posted, a_claim_in_another_currency, money_of_another_customer,
        a_contra_entry_of_another_claim,
    ],
    "payment_settles_no_more_than_it_is": [more_than_the_payment, more_than_the_payment_on_an_item],
    "reversal_undoes_what_claims_got": [a_reversal_that_leaves_a_claim_paid],
    "relief_within_its_item": relief_rows.STOPS,
    **bank_rows.STOPS,
    **moving_rows.STOPS,
    **settling_rows.STOPS,
    **settlement_rows.STOPS,
    **sister_rows.STOPS,
    "issued_invoice_is_kept": [another_amount, another_number, another_customer, a_draft_again, no_longer_a_draft_but_edited],
}  # fmt: skip
SAYS = {
    "allocations_stay_within": "crosses|differs|more is allocated|beyond its amount",
    "items_make_up_the_invoice": "do not make up",
    "reversal_undoes_the_payment": "does not undo",
    "open_amount_is_what_entries_leave": "its entries say otherwise",
    "claims_stay_within": "posted twice|than was posted|crosses currencies|differs from",
    "payment_settles_no_more_than_it_is": "settles more",
    "reversal_undoes_what_claims_got": "of claims",
    "relief_within_its_item": relief_rows.SAYS,
    **bank_rows.SAYS,
    **moving_rows.SAYS,
    **settling_rows.SAYS,
    **settlement_rows.SAYS,
    **sister_rows.SAYS,
    "issued_invoice_is_kept": "was issued",
}


@pytest.mark.parametrize(("trigger", "deed"), [(name, deed) for name, deeds in STOPS.items() for deed in deeds])
def test_the_database_stops(trigger: str, deed: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=SAYS[trigger]):
        deed()
        judge_at_the_end()


def test_an_entry_is_taken_back_only_once() -> None:
    with pytest.raises(IntegrityError, match="reverses_id"):
        an_entry_taken_back_twice()


APPEND_ONLY = {
    *("invoices_payment", "invoices_writeoff", "invoices_allocationentry", "invoices_importedfile"),
    *("invoices_claimrules", "invoices_contractrate", "invoices_claim", "invoices_claimentry"),
    *relief_rows.TABLES,
    *bank_rows.TABLES,
    *settling_rows.TABLES,
    *paper_rows.TABLES,
    *moving_rows.TABLES,
    *settlement_rows.TABLES,
    *sister_rows.TABLES,
}


def test_every_trigger_of_the_books_is_tested() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'invoices\\_%'")
        names = {name for (name,) in cursor.fetchall()}
    kept = {f"{table}_no_{deed}" for table in APPEND_ONLY for deed in ("change", "truncate")}
    assert names - kept == set(STOPS)
    assert names > kept


def test_append_only_tables_are_those_whose_models_say_so() -> None:
    models_of_books = apps.get_app_config("invoices").get_models()
    assert {model._meta.db_table for model in models_of_books if getattr(model, "append_only", False)} == APPEND_ONLY


def a_row_of_each() -> None:
    customer = make_customer()
    item = make_item(customer)
    pay(customer, "10.00", item)
    actions.write_off(item, on=PAID, reason="small")
    claim_rules("1.00"), agreed_rate("10"), claim_entry()
    relief_rows.relief_line(), relief_rows.vat_line(), bank_rows.file()
    settlement_rows.kept(), settlement_rows.awaited()
    paper_rows.delivery(), paper_rows.paper(), moving_rows.move()
    settling_rows.one_of_each()
    sister_rows.booking()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO invoices_importedfile (creditor_id, name, kind, profile, sha256, new, changed, unchanged, at)"
            " VALUES (%s, 'x', 'invoices', 'y', 'z', 0, 0, 0, now())",
            [customer.creditor_id],
        )


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_is_append_only_is_never_changed(statement: str) -> None:
    a_row_of_each()
    assert [table for table in sorted(APPEND_ONLY) if not is_refused(statement.format(table))] == []


def is_refused(statement: str) -> bool:
    """As a change of what is append-only; any other error is none of our refusals."""
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(statement)
        except IntegrityError as error:
            return "append-only" in str(error)
    return False


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_what_is_append_only_is_never_emptied(table: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_no_truncate")  # the tests switched it off
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(f"TRUNCATE {table} CASCADE")
        transaction.set_rollback(True)


def test_a_draft_may_be_edited_and_withdrawn() -> None:
    invoice = make_invoice(draft=True)
    changed(invoice, gross=Decimal(5), number="X")
    changed(invoice, state="issued")
    judge_at_the_end()
    assert Invoice.objects.get(pk=invoice.pk).gross == 5


def test_two_companies_may_use_the_same_numbers() -> None:
    first, second = make_customer(number="1"), make_customer(number="1")
    make_invoice(first, number="F/1", due_on=DUE)
    make_invoice(second, number="F/1", due_on=DUE)
    assert Customer.objects.filter(number="1").count() == 2
