"""Many lines at once: booked in batches as they would be one by one, whole batches or nothing, on books that stay current."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from invoices import actions
from invoices.actions.bank import Wanted, book_line, match_lines, matching
from invoices.actions.bank.known import NOT_KNOWN, CurrentBooks
from invoices.books import differences
from invoices.models import AllocationEntry, BankLine, Item, Payment
from invoices.signals import balance_changed
from receivables.accounts.models import Creditor
from receivables.api.actions import add_endpoint
from receivables.api.models import EventType, WebhookEvent
from receivables.audit.actions import verify
from receivables.audit.models import Entry
from receivables.clock import now
from tests.builders import credit_of, make_creditor, make_customer, make_invoice, make_item, parts, pay
from tests.db.test_bank import ACCOUNT, PAYER, mt940, take
from tests.db.test_claim_ledger import figures, interest, posted

pytestmark = pytest.mark.django_db
VIRTUAL = "XX000000000001"


@pytest.fixture
def company() -> Creditor:
    return make_creditor(bank_account=ACCOUNT)


def owing(company: Creditor, numbers: range) -> None:
    """An invoice over 100.00 for each number, each of a customer of its own."""
    for n in numbers:
        make_invoice(make_customer(company), number=f"FV/{n}/2026")


def paid(company: Creditor, numbers: range) -> None:
    """A line for each, of a payer whose account the bank does not tell."""
    data = mt940(*(f"100,00|FV/{n}/2026|R{n}" for n in numbers), number=f"{numbers.start}/1")
    take(company, data.replace(f"~38{PAYER}".encode(), b""))


def states(company: Creditor) -> list[tuple[str, str, str]]:
    return list(BankLine.objects.filter(creditor=company).order_by("pk").values_list("title", "state", "why"))


@pytest.mark.parametrize(("owe", "statements"), [pytest.param(True, 56, id="booked"), pytest.param(False, 14, id="nothing to book")])
def test_a_batch_takes_as_many_statements_whatever_the_number_of_its_lines(company: Creditor, owe: bool, statements: int) -> None:
    make_invoice(make_customer(company))  # the rules of the ladder are made with the first
    counts = []
    for numbers in (range(10, 13), range(20, 60)):
        if owe:
            owing(company, numbers)
        paid(company, numbers)
        with CaptureQueriesContext(connection) as queries:
            assert match_lines(company).alone == (len(numbers) if owe else 0)
        counts.append(len(queries))
        BankLine.objects.filter(state="waiting").update(state="set_aside", why="x")
    assert counts[0] == counts[1] == statements


def test_each_payment_of_a_batch_is_told_and_chained_in_the_same_transaction(company: Creditor) -> None:
    add_endpoint(company, name="shop", url="https://1.1.1.1/hook", types=[EventType.PAYMENT_RECORDED], now=now())
    owing(company, range(5))
    paid(company, range(5))
    match_lines(company)
    told = Entry.objects.filter(creditor=company, verb="record_payment").order_by("sequence").values_list("subject", flat=True)
    assert list(told) == [f"invoices.Payment:{pk}" for pk in Payment.objects.order_by("bank_line").values_list("pk", flat=True)]
    assert WebhookEvent.objects.count() == 5
    assert Entry.objects.filter(creditor=company, verb="book_bank_line").count() == 5
    assert verify(company) == []


def to_virtual_account(statement: str, title: str) -> str:
    """The line of this title came to the virtual account."""
    start = statement.index(f":86:020~00X\n~20{title}")
    end = statement.find("\n:6", start)
    return f"{statement[:start]}:86:911 COLLECT; ID IPH: {VIRTUAL}; OD: JAN; TYT.: x; TNR: {title}{statement[end:]}"


def tangled(company: Creditor) -> None:
    """Lines that hang on each other: the same invoice twice, one account's oldest first, a discount, parts of one invoice."""
    one, two = make_customer(company, name="Alfa"), make_customer(company, name="Beta")
    two.virtual_account = VIRTUAL
    two.save(update_fields=["virtual_account"])
    make_invoice(one, number="FV/1/2026")
    granted = make_invoice(one, number="FV/2/2026", issued_on=date(2026, 4, 28))
    actions.note_early_payment(granted, percent=Decimal(2), days=7)
    for number, amount in (("FV/3/2026", 30), ("FV/4/2026", 50)):
        make_invoice(two, amount, number=number)
    data = mt940("100,00|FV/1/2026|A", "98,00|FV/2/2026|B", "40,00|one|C", "100,00|FV/1/2026|D", "41,00|two|E", "5,00|FV/2/2026|F").decode()
    for title in ("one", "two"):
        data = to_virtual_account(data, title)
    take(company, data.encode())


@contextmanager
def tried() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def outcome(company: Creditor) -> dict[str, Any]:
    entries = AllocationEntry.objects.order_by("pk").values_list("item__label", "source", "amount", "on")
    return {
        "alone": match_lines(company).alone,
        "lines": states(company),
        "open": list(Item.objects.order_by("label").values_list("label", "open_amount", "closed_as")),
        "entries": sorted(map(str, entries)),
        "payments": list(Payment.objects.order_by("bank_line").values_list("bank_line", "customer", "amount", "booked_on")),
        "differences": list(differences()),
    }


@pytest.mark.parametrize("order", ["principal_first", "interest_first"])
def test_a_batch_books_what_one_line_after_the_other_would(company: Creditor, order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    company.allocation_order = order
    company.save(update_fields=["allocation_order"])
    tangled(company)
    with tried():
        together = outcome(company)
    monkeypatch.setattr(matching, "_AT_ONCE", 1)
    with tried():
        assert outcome(company) == together
    assert [line[1] for line in together["lines"]] == ["booked", "booked", "booked", "waiting", "booked", "waiting"]
    assert together["differences"] == []


def test_what_stops_it_leaves_whole_batches_and_the_next_goes_on(company: Creditor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_AT_ONCE", 2)
    owing(company, range(4))
    paid(company, range(4))
    told: list[Any] = []

    def fail_at_the_second(**news: Any) -> None:
        told.append(news)
        if len(told) == 2:
            raise ConnectionError

    balance_changed.connect(fail_at_the_second)
    try:
        with pytest.raises(ConnectionError):
            match_lines(company)
    finally:
        balance_changed.disconnect(fail_at_the_second)
    assert [state for _title, state, _why in states(company)] == ["booked", "booked", "waiting", "waiting"]
    assert Payment.objects.count() == 2
    assert match_lines(company).alone == 2 and Payment.objects.count() == 4
    assert (list(differences()), verify(company)) == ([], [])


def test_a_line_that_cannot_be_booked_does_not_hinder_the_others(company: Creditor) -> None:
    owing(company, range(3))
    paid(company, range(3))
    line = BankLine.objects.get(title="FV/1/2026")
    pay(Item.objects.get(label="FV/2/2026").customer, 5, unmatched=True, reference=f"R1/{line.pk}-1")
    assert match_lines(company).alone == 2
    assert [state for _title, state, _why in states(company)] == ["booked", "waiting", "booked"]
    assert verify(company) == []


def test_books_that_somebody_else_changes_are_read_again(company: Creditor) -> None:
    paid(company, range(1, 2))
    (line,) = BankLine.objects.all()
    stays, goes = make_item(make_customer(company)), make_item(make_customer(company))
    current = CurrentBooks.of(company)
    pay(goes.customer, 100)
    pay(stays.customer, 40)
    fresh = make_item(make_customer(company, name="Nowy"))
    books = current.meet([line])
    assert {item.item: item.open for item in books.items} == {stays.pk: 60, fresh.pk: 100}
    assert books.names[fresh.customer_id] == "Nowy"
    assert CurrentBooks.of(company).length == current.length


def discounted(company: Creditor, *amounts: int) -> Item:
    """1000 less 2 % of a customer with a virtual account, to which these amounts came."""
    customer = make_customer(company, virtual_account=VIRTUAL)
    invoice = make_invoice(customer, 1000, number="FV/7/2026", issued_on=date(2026, 4, 28))
    actions.note_early_payment(invoice, percent=Decimal(2), days=7)
    data = mt940(*(f"{amount},00|L{amount}|R{amount}" for amount in amounts)).decode()
    for amount in amounts:
        data = to_virtual_account(data, f"L{amount}")
    take(company, data.encode())
    (item,) = invoice.items.all()
    return item


def test_what_comes_behind_a_discount_is_booked_behind_it(company: Creditor) -> None:
    item = discounted(company, 980, 500)
    assert match_lines(company).alone == 2
    entries = AllocationEntry.objects.filter(item=item).order_by("amount").values_list("amount", flat=True)
    assert list(entries) == [20, 980]
    assert (credit_of(item.customer), list(differences())) == ({"PLN": 500}, [])


@pytest.mark.parametrize("order", ["principal_first", "interest_first"])
def test_money_for_which_nothing_was_owed_stays_credit(company: Creditor, order: str) -> None:
    company.allocation_order = order
    company.save(update_fields=["allocation_order"])
    paid(company, range(1, 2))
    item = make_item(make_customer(company))
    (line,) = BankLine.objects.all()
    book_line(line, [Wanted(item.customer, line.amount, open=Decimal(0))], why="nothing was owed")
    item.refresh_from_db()
    assert (item.open_amount, credit_of(item.customer)) == (100, {"PLN": 100})


def test_it_still_meets_posted_interest_where_that_goes_first(company: Creditor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dunning.actions.cases.follow_claims", lambda customers: None)  # the interest is made up
    company.allocation_order = "interest_first"
    company.save(update_fields=["allocation_order"])
    paid(company, range(1, 2))
    item = make_item(make_customer(company))
    claim = posted(interest(item))
    (line,) = BankLine.objects.all()
    book_line(line, [Wanted(item.customer, line.amount, open=Decimal(0))], why="nothing was owed")
    item.refresh_from_db()
    assert (item.open_amount, figures(claim)[-1], credit_of(item.customer)) == (100, 0, {"PLN": 90})


def test_a_discount_is_there_again_where_the_money_before_it_was_not_booked(company: Creditor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_AT_ONCE", 1)
    item = discounted(company, 40, 980)
    line = BankLine.objects.get(amount=40)
    pay(make_customer(company), 5, unmatched=True, reference=f"R40/{line.pk}-1")
    assert match_lines(company).alone == 1
    item.refresh_from_db()
    assert (item.open_amount, BankLine.objects.waiting().get()) == (0, line)


def test_a_line_that_the_database_refuses_waits_and_the_others_are_booked(company: Creditor, caplog: pytest.LogCaptureFixture) -> None:
    owing(company, range(3))
    paid(company, range(3))
    bad = BankLine.objects.get(title="FV/1/2026")

    def refuse_one(**_news: Any) -> None:
        if Payment.objects.filter(bank_line=bad).exists():
            raise IntegrityError

    balance_changed.connect(refuse_one)
    try:
        assert match_lines(company).alone == 2
    finally:
        balance_changed.disconnect(refuse_one)
    assert [state for _title, state, _why in states(company)] == ["booked", "waiting", "booked"]
    assert f"Bank line {bad.pk} " in caplog.text


def test_what_is_still_open_comes_back_into_the_books(company: Creditor) -> None:
    paid(company, range(1, 2))
    item = make_item(make_customer(company))
    current = CurrentBooks.of(company)
    current.books.change(item.pk, Decimal(0))
    current.read({item.pk})  # the money fell on interest
    assert [each.item for each in current.meet(list(BankLine.objects.all())).items] == [item.pk]


def test_all_offers_of_an_invoice_come_back_with_its_items(company: Creditor) -> None:
    paid(company, range(1, 2))
    lines = list(BankLine.objects.all())
    invoice = make_invoice(make_customer(company), 100, number="FV/8/2026", issued_on=date(2026, 4, 28), instalments=parts(60, 40))
    actions.note_early_payment(invoice, percent=Decimal(2), days=7)
    current = CurrentBooks.of(company)
    before = sorted(current.books.items, key=lambda each: each.item)
    current.books.change(before[0].item, Decimal(10))
    current.length = NOT_KNOWN
    assert sorted(current.meet(lines).items, key=lambda each: each.item) == before
    assert [bool(each.offers) for each in before] == [False, True]
