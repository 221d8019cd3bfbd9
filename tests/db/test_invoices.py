from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoices import actions
from invoices.models import Invoice, Item
from invoices.signals import balance_changed
from invoices.states import DocumentKind
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from tests.builders import (
    DUE,
    ISSUED,
    PAID,
    audited,
    credit,
    credit_of,
    dispute,
    make_creditor,
    make_customer,
    make_invoice,
    make_user,
    open_amounts,
    parts,
    pay,
)

pytestmark = pytest.mark.django_db


def test_an_invoice_is_one_item_of_its_name() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, "123.45", number="F/1")
    item = invoice.items.get()
    assert (item.label, item.amount, item.open_amount, item.due_on) == ("F/1", Decimal("123.45"), Decimal("123.45"), DUE)
    assert (invoice.state, invoice.currency, item.currency) == ("issued", "PLN", "PLN")


def test_instalments_are_items_with_numbers() -> None:
    invoice = make_invoice(gross=100, number="F/1", instalments=parts(60, 40))
    assert list(invoice.items.order_by("position").values_list("label", "amount")) == [("F/1#1", 60), ("F/1#2", 40)]


def test_a_single_instalment_has_its_number_too() -> None:
    assert make_invoice(gross=100, number="F/1", instalments=parts(100)).items.get().label == "F/1#1"


@pytest.mark.parametrize("kind", ["invoice", "advance", "final", "correction", "debit_note"])
def test_claims_are_owed(kind: str) -> None:
    assert make_invoice(kind=DocumentKind(kind)).items.count() == 1


@pytest.mark.parametrize("kind", ["proforma", "order"])
def test_what_is_no_claim_is_not_owed(kind: str) -> None:
    assert make_invoice(kind=DocumentKind(kind), due_on=None).items.count() == 0


def test_the_currency_is_the_invoices_own_else_the_customers_else_the_companys() -> None:
    creditor = make_creditor(currency="EUR")
    customer, swiss = make_customer(creditor), make_customer(creditor, currency="CHF")
    assert [make_invoice(customer).currency, make_invoice(swiss).currency, make_invoice(swiss, currency="USD").currency] == [
        "EUR",
        "CHF",
        "USD",
    ]


def test_a_draft_is_no_debt_until_its_number_comes_again() -> None:
    customer = make_customer()
    draft = make_invoice(customer, "10.00", number="D1", draft=True)
    assert open_amounts(customer) == {}
    issued = make_invoice(customer, "12.00", number="D1")
    assert issued.pk == draft.pk
    assert open_amounts(customer) == {"D1": Decimal("12.00")}
    assert audited(customer.creditor)[-2:] == ["draft_invoice", "issue_invoice"]


def test_a_draft_is_issued_with_what_it_says() -> None:
    invoice = actions.issue_draft(make_invoice(gross="10.00", draft=True, currency="EUR", sale="services"), due_on=DUE)
    assert (invoice.state, invoice.gross, invoice.currency, invoice.sale) == ("issued", 10, "EUR", "services")
    with pytest.raises(Refused, match="no draft"):
        actions.issue_draft(invoice, due_on=DUE)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no amount": ({"gross": "0"}, "above zero"),
    "negative": ({"gross": "-5"}, "above zero"),
    "not a number": ({"gross": "NaN"}, "above zero"),
    "too many decimals": ({"gross": "1.001"}, "more decimals"),
    "more than can be booked": ({"gross": "1e14"}, "can be booked"),
    "unknown currency": ({"currency": "XYZ"}, "no currency code"),
    "no due date": ({"due_on": None}, "due date"),
    "due date and instalments": ({"due_on": DUE, "instalments": parts(100)}, "not both"),
    "instalments that do not add up": ({"instalments": parts(52, 50)}, "add up to 102"),
    "an instalment of nothing": ({"instalments": parts(100, 0)}, "above zero"),
    "no number": ({"number": " "}, "empty"),
    "a number too long": ({"number": "x" * 101}, "too long"),
    "a credit note": ({"kind": DocumentKind.CREDIT_NOTE}, "credit note"),
}


@pytest.mark.parametrize("values", REFUSED)
def test_an_invoice_is_refused_for(values: str) -> None:
    customer = make_customer()
    fields, sentence = REFUSED[values]
    with pytest.raises(Refused, match=sentence):
        make_invoice(customer, **fields)
    assert not Invoice.objects.exists()
    assert audited(customer.creditor) == ["add_customer"]


def test_a_number_is_given_once_per_company() -> None:
    creditor = make_creditor()
    make_invoice(make_customer(creditor), number="F/1")
    with pytest.raises(Refused, match="F/1 was given already"):
        make_invoice(make_customer(creditor), number="F/1")
    make_invoice(make_customer(), number="F/1")


def test_another_customers_draft_is_not_taken_over() -> None:
    creditor = make_creditor()
    make_invoice(make_customer(creditor), number="F/1", draft=True)
    with pytest.raises(Refused, match="given already"):
        make_invoice(make_customer(creditor), number="F/1")


def test_an_item_may_not_be_called_like_an_instalment_of_another() -> None:
    customer = make_customer()
    make_invoice(customer, number="F/1", instalments=parts(60, 40))
    with pytest.raises(Refused, match="called F/1#2 already"):
        make_invoice(customer, number="F/1#2")
    assert Item.objects.count() == 2


def test_issuing_is_audited_with_its_author() -> None:
    customer, clerk = make_customer(), make_user()
    invoice = make_invoice(customer, "10.00", by=clerk)
    entry = Entry.objects.get(creditor=customer.creditor, verb="issue_invoice")
    assert (entry.actor, entry.subject) == (clerk, f"invoices.Invoice:{invoice.pk}")
    assert entry.facts == {"kind": "invoice", "amount": "10.00", "currency": "PLN", "items": 1}


def test_each_action_sends_the_news_once() -> None:
    heard: list[tuple[frozenset[int], date]] = []

    def hear(sender: object, customers: frozenset[int], on: date, **_rest: object) -> None:
        heard.append((customers, on))

    customer = make_customer()
    balance_changed.connect(hear)
    try:
        make_invoice(customer, instalments=parts(60, 40))
        pay(customer, "150.00")
        make_invoice(customer, draft=True)
    finally:
        balance_changed.disconnect(hear)
    assert heard == [(frozenset({customer.pk}), ISSUED), (frozenset({customer.pk}), PAID)]


# -- withdrawing


def test_what_was_paid_on_a_withdrawn_invoice_becomes_open_credit() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, 500)
    pay(customer, 120, invoice)
    actions.cancel_invoice(invoice, on=PAID)
    item = invoice.items.get()
    assert (item.open_amount, item.closed_as, item.closed_on) == (0, "withdrawn", PAID)
    assert Invoice.objects.get(pk=invoice.pk).state == "cancelled"
    assert credit_of(customer) == {"PLN": 120}


def test_money_on_a_withdrawn_invoice_pays_others() -> None:
    customer = make_customer()
    invoice, other = make_invoice(customer, 500), make_invoice(customer, 100)
    money = pay(customer, 120, invoice)
    actions.cancel_invoice(invoice, on=PAID)
    actions.allocate(money, [other], on=PAID)
    assert credit_of(customer) == {"PLN": 20}
    assert other.items.get().closed_as == "paid"


def test_a_credit_note_for_a_withdrawn_invoice_stays_with_it_and_other_credit_comes_free() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, 100)
    its_own, standing = credit(customer, 30, invoice), credit(customer, 20)
    actions.allocate(standing, [invoice], on=PAID)
    actions.cancel_invoice(invoice, on=PAID)
    assert credit_of(customer) == {"PLN": 20}
    actions.reverse_credit_note(its_own, on=PAID)
    item = invoice.items.get()
    assert (item.open_amount, item.closed_as) == (0, "withdrawn")
    assert credit_of(customer) == {"PLN": 20}


def test_an_instalment_that_was_paid_is_withdrawn_with_the_rest() -> None:
    customer = make_customer()
    invoice = make_invoice(customer, 100, instalments=parts(60, 40))
    pay(customer, 60, invoice)
    actions.cancel_invoice(invoice, on=PAID)
    assert {item.closed_as for item in invoice.items.all()} == {"withdrawn"}
    assert credit_of(customer) == {"PLN": 60}


def test_withdrawing_ends_disputes() -> None:
    invoice = make_invoice()
    dispute(invoice, 10)
    actions.cancel_invoice(invoice, on=PAID)
    assert invoice.items.get().disputes.get().outcome == "upheld"
    with pytest.raises(Refused, match="No dispute is open"):
        actions.resolve_dispute(invoice, outcome="upheld", on=PAID)  # type: ignore[arg-type]


def test_an_invoice_is_withdrawn_once() -> None:
    invoice = make_invoice()
    actions.cancel_invoice(invoice, on=PAID)
    with pytest.raises(Refused, match="withdrawn already"):
        actions.cancel_invoice(invoice, on=PAID)
    assert audited(invoice.creditor).count("cancel_invoice") == 1


def test_an_invoice_that_is_closed_is_not_withdrawn() -> None:
    customer = make_customer()
    invoice = make_invoice(customer)
    pay(customer, 100, invoice)
    with pytest.raises(Refused, match=r"closed \(paid\)"):
        actions.cancel_invoice(invoice, on=PAID)
    assert invoice.items.get().closed_as == "paid"


def test_a_draft_and_a_proforma_are_withdrawn_without_entries() -> None:
    for invoice in (make_invoice(draft=True), make_invoice(kind=DocumentKind.PROFORMA, due_on=None)):
        assert actions.cancel_invoice(invoice, on=PAID).state == "cancelled"


def test_a_credit_note_is_taken_back_not_withdrawn() -> None:
    with pytest.raises(Refused, match="reverse_credit_note"):
        actions.cancel_invoice(credit(make_customer()), on=PAID)
