from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dunning.signals import customers_looked_at_again
from invoices import actions
from invoices.actions import FileReport
from invoices.books import differences
from invoices.intake.csv_table import builtin_profiles
from invoices.models import AllocationEntry, Contact, Customer, Dispute, ImportedFile, Invoice, Item, Payment
from invoices.signals import balance_changed
from receivables.accounts.models import Creditor
from receivables.audit.models import Entry
from receivables.reporting.ageing import Figure, ageing
from tests.builders import (
    PAID,
    audited,
    credit_of,
    dispute,
    make_creditor,
    make_customer,
    make_invoice,
    make_user,
    open_amounts,
    pay,
    table,
)

pytestmark = pytest.mark.django_db

SAMPLE = Path(__file__).resolve().parents[3] / "shared/samples/ledger/accounts_receivable_2012_2013.csv"
ON = date(2026, 4, 1)


def load(creditor: Creditor, data: bytes, *, profile: str = "generic", **options: Any) -> FileReport:
    return actions.import_file(creditor, name="file.csv", data=data, profile=builtin_profiles()[profile], **{"on": ON, **options})


def loaded(creditor: Creditor, *rows: dict[str, str], **options: Any) -> tuple[int, int, int]:
    report = load(creditor, table(*rows), **options)
    assert not report.problems
    return report.new, report.changed, report.unchanged


def refusal(creditor: Creditor, data: bytes, **options: Any) -> list[tuple[int, str | None, str]]:
    """The problems of a file that is refused; nothing of it may be stored."""
    before = picture()
    report = load(creditor, data, **options)
    assert report.refused and not (report.new or report.changed or report.unchanged)
    assert picture() == before
    return [(problem.line, problem.column, problem.reason) for problem in report.problems]


def picture() -> list[object]:
    tables = [Creditor, Customer, Contact, Invoice, Item, Payment, AllocationEntry, Dispute, ImportedFile, Entry]
    return [list(table._default_manager.order_by("pk").values_list()) for table in tables]


# -- the public sample


@pytest.fixture
def sample() -> bytes:
    if not SAMPLE.exists():
        pytest.skip("the shared samples are not beside this checkout")
    return SAMPLE.read_bytes()


def test_the_sample_gives_the_ageing_that_its_readme_states(sample: bytes) -> None:
    creditor = make_creditor()
    with CaptureQueriesContext(connection) as queries:
        report = load(creditor, sample, profile="accounts-receivable-sample")
    assert (report.new, report.problems, report.warnings) == (2466, (), ())
    assert len(queries) < 200  # those of the ladder included, which enters 2,466 items
    assert (Customer.objects.count(), Invoice.objects.count(), Payment.objects.count()) == (100, 2466, 2466)
    assert Dispute.objects.filter(outcome="rejected").count() == 561
    assert not Item.objects.open().exists()
    [then] = ageing([creditor], on=date(2012, 12, 31))
    assert (then.open, then.buckets["not_due"], then.buckets["1-30"]) == (
        Figure(99, Decimal("5725.06")), Figure(86, Decimal("4936.32")), Figure(13, Decimal("788.74")),
    )  # fmt: skip
    [later] = ageing([creditor], on=date(2013, 12, 31))
    assert (later.open, later.buckets["not_due"], later.buckets["1-30"]) == (
        Figure(13, Decimal("761.90")), Figure(3, Decimal("206.25")), Figure(10, Decimal("555.65")),
    )  # fmt: skip
    assert list(differences()) == []
    before = picture()
    again = load(creditor, sample, profile="accounts-receivable-sample")
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2466)
    assert picture() == before


# -- what is stored


def test_a_row_becomes_an_invoice_with_its_customer_and_contact() -> None:
    creditor = make_creditor(country="DE", currency="EUR")
    row = {
        "name": "Łucja Żak",
        "email": "l@example.com",
        "phone": "+48500100100",
        "customer_kind": "B2C",
        "tax_id": "1234563218",
        "country": "PL",
    }
    assert loaded(creditor, row) == (1, 0, 0)
    customer = Customer.objects.get()
    assert (customer.number, customer.name, customer.kind, customer.country, customer.tax_id) == (
        "K1",
        "Łucja Żak",
        "consumer",
        "PL",
        "1234563218",
    )
    assert list(customer.contacts.values_list("email", "phone")) == [("l@example.com", "+48500100100")]
    item = Item.objects.get()
    assert (item.label, item.amount, item.open_amount, item.due_on, item.currency) == ("F/1", 100, 100, date(2026, 3, 15), "EUR")
    assert item.invoice.source == "generic"


def test_a_file_is_one_audit_entry_and_one_piece_of_news() -> None:
    creditor, clerk = make_creditor(), make_user()
    heard: list[frozenset[int]] = []

    def hear(sender: object, customers: frozenset[int], **_rest: object) -> None:
        heard.append(customers)

    balance_changed.connect(hear)
    try:
        rows = [{"number": f"F/{n}", "customer": f"K{n % 2}"} for n in range(5)]
        loaded(creditor, *rows, by=clerk)
        loaded(creditor, *rows)
    finally:
        balance_changed.disconnect(hear)
    assert heard == [frozenset(Customer.objects.values_list("pk", flat=True))]
    assert audited(creditor) == ["import_invoices"]
    entry = Entry.objects.get(verb="import_invoices")
    assert entry.actor == clerk and entry.facts["new"] == 5 and len(entry.facts["rows"]) == 64
    file = ImportedFile.objects.get()
    assert (file.name, file.profile, file.new, file.by) == ("file.csv", "generic", 5, clerk)


def test_a_known_customer_is_left_as_it_is() -> None:
    customer = make_customer(number="K1", name="Old name", email="old@example.com")
    loaded(customer.creditor, {"name": "New name", "email": "new@example.com"})
    assert list(Customer.objects.values_list("name", "contacts__email")) == [("Old name", "old@example.com")]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"name": "Other", "tax_id": "123-456-32-18"}, id="by tax number"),
        pytest.param({"name": "Firma Żak"}, id="by name"),
        pytest.param({"name": "Firma Żak", "tax_id": "1234563218"}, id="by both"),
    ],
)
def test_without_a_number_a_customer_is_known(row: dict[str, str]) -> None:
    customer = make_customer(name="Firma Żak", tax_id="1234563218")
    loaded(customer.creditor, without_customer_number(row))
    assert Customer.objects.get() == customer


def without_customer_number(row: dict[str, str]) -> dict[str, Any]:
    return {**row, "customer": None}


def test_without_a_number_a_new_customer_is_called_by_what_the_row_says_and_found_again() -> None:
    creditor = make_creditor()
    rows = [{"number": "1", "name": "Anna"}, {"number": "2", "name": "Firma", "tax_id": "1234563218"}, {"number": "3", "name": "Anna"}]
    assert loaded(creditor, *map(without_customer_number, rows)) == (3, 0, 0)
    assert set(Customer.objects.values_list("number", "name")) == {("Anna", "Anna"), ("1234563218", "Firma")}
    assert loaded(creditor, *map(without_customer_number, rows)) == (0, 0, 3)


def test_a_name_that_could_be_several_is_refused() -> None:
    creditor = make_creditor()
    for number in ("1", "2"):
        make_customer(creditor, number=number, name="Anna")
    [(line, column, reason)] = refusal(creditor, table(without_customer_number({"name": "Anna"})))
    assert (line, column) == (2, "Customer")
    assert "could be any of 2 customers: 1, 2" in reason


def test_what_is_doubtful_about_a_customer_is_a_warning() -> None:
    creditor = make_creditor()
    report = load(creditor, table({"name": "X", "tax_id": "1234563219", "email": "brak", "phone": "1"}))
    assert (report.new, report.refused) == (1, 0)
    assert {warning.column for warning in report.warnings} == {"Tax ID", "E-mail", "Phone"}
    assert Customer.objects.get().tax_id == "1234563219"
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("row", "item", "money"),
    [
        pytest.param({"paid": "100.00", "paid_on": "2026-03-20"}, (0, "paid", PAID), (100, PAID), id="all of it"),
        pytest.param({"paid": "40.00", "paid_on": "2026-03-20"}, (60, "", None), (40, PAID), id="a part"),
        pytest.param({"paid": "40.00", "paid_on": ""}, (60, "", None), (40, ON), id="nobody knows when"),
    ],
)
def test_what_was_paid_becomes_a_payment(row: dict[str, str], item: tuple[Any, ...], money: tuple[Any, ...]) -> None:
    creditor = make_creditor()
    loaded(creditor, row)
    assert Item.objects.values_list("open_amount", "closed_as", "closed_on").get() == item
    assert Payment.objects.values_list("amount", "booked_on").get() == money
    assert list(differences()) == []


@pytest.mark.parametrize(
    ("row", "dispute_of_row"),
    [
        pytest.param({"disputed": "yes"}, (100, date(2026, 3, 15), None, ""), id="it lasts"),
        pytest.param({"disputed": "yes", "resolved_on": "2026-03-20"}, (100, date(2026, 3, 15), PAID, "rejected"), id="it ended"),
        pytest.param(
            {"disputed": "yes", "resolved_on": "2026-03-02"}, (100, date(2026, 3, 2), date(2026, 3, 2), "rejected"), id="it ended early"
        ),
        pytest.param(
            {"disputed": "yes", "paid": "40.00", "paid_on": "2026-03-20"}, (60, date(2026, 3, 15), None, ""), id="a part was paid"
        ),
        pytest.param(
            {"disputed": "yes", "paid": "100.00", "paid_on": "2026-03-20"},
            (100, date(2026, 3, 15), PAID, "rejected"),
            id="who pays disputes no more",
        ),
    ],
)
def test_what_is_disputed_becomes_a_dispute(row: dict[str, str], dispute_of_row: tuple[Any, ...]) -> None:
    loaded(make_creditor(), row)
    assert Dispute.objects.values_list("amount", "opened_on", "resolved_on", "outcome").get() == dispute_of_row


def test_a_credit_note_settles_the_invoice_that_it_refers_to() -> None:
    creditor = make_creditor()
    note = {"kind": "credit note", "due": ""}
    rows = [
        {**note, "number": "K/1", "gross": "30.00", "reference": "F/1"},
        {**note, "number": "K/2", "gross": "20.00", "reference": "F/9"},
        {**note, "number": "K/3", "gross": "90.00", "reference": "F/1"},
        {"number": "F/1"},
    ]
    assert loaded(creditor, *rows) == (4, 0, 0)
    customer = Customer.objects.get()
    assert open_amounts(customer) == {"F/1": 0}
    assert Item.objects.get().closed_as == "credited"
    assert credit_of(customer) == {"PLN": 40}
    assert list(differences()) == []
    assert loaded(creditor, *rows) == (0, 0, 4)


def test_an_imported_correction_of_a_discount_takes_its_place() -> None:
    invoice = make_invoice(gross="100.00", number="F/1")
    actions.note_early_payment(invoice, percent=Decimal(2), days=20)
    actions.grant_discount(pay(invoice.customer, "98.00", invoice), invoice.items.get())
    buyer = {"customer": invoice.customer.number, "name": invoice.customer.name}
    rows = [{**buyer, "kind": "credit note", "due": "", "number": f"K/{n}", "gross": "2.00", "reference": "F/1"} for n in (1, 2)]
    assert loaded(invoice.creditor, *rows) == (2, 0, 0)
    assert (invoice.items.get().open_amount, credit_of(invoice.customer)) == (0, {"PLN": 2})  # the second corrects something else
    actions.reverse_credit_note(Invoice.objects.get(number="K/1"), on=ON)
    assert (invoice.items.get().open_amount, invoice.items.get().closed_as) == (0, "paid")
    assert list(differences()) == []


def test_a_proforma_is_stored_and_not_owed() -> None:
    creditor = make_creditor()
    loaded(creditor, {"kind": "proforma", "due": ""})
    assert (Invoice.objects.get().kind, Item.objects.exists()) == ("proforma", False)


@pytest.mark.parametrize("kind", ["proforma", "credit note"])
def test_money_and_disputes_on_what_is_no_claim_are_refused(kind: str) -> None:
    problems = refusal(make_creditor(), table({"kind": kind, "paid": "1.00", "paid_on": "2026-03-20", "disputed": "yes"}))
    assert [column for _, column, _ in problems] == ["Paid", "Disputed"]


# -- a second time


def test_a_row_that_stands_twice_counts_as_unchanged() -> None:
    assert loaded(make_creditor(), {}, {}) == (1, 0, 1)


def test_money_that_came_since_is_added() -> None:
    creditor = make_creditor()
    loaded(creditor, {"paid": "", "paid_on": ""}, {"number": "F/2", "paid": "40.00", "paid_on": "2026-03-20"})
    rows = ({"paid": "100.00", "paid_on": "2026-03-25"}, {"number": "F/2", "paid": "70.00", "paid_on": "2026-03-25"})
    assert loaded(creditor, *rows) == (0, 2, 0)
    assert open_amounts(Customer.objects.get()) == {"F/1": 0, "F/2": 30}
    assert list(Payment.objects.order_by("pk").values_list("amount", flat=True)) == [40, 100, 30]
    assert loaded(creditor, *rows) == (0, 0, 2)
    assert list(differences()) == []


def test_money_that_the_books_have_from_elsewhere_is_not_added_again() -> None:
    creditor = make_creditor()
    loaded(creditor, {"paid": "", "paid_on": ""})
    pay(Customer.objects.get(), 60, Invoice.objects.get())
    assert loaded(creditor, {"paid": "100.00", "paid_on": "2026-03-25"}) == (0, 1, 0)
    assert set(Payment.objects.values_list("amount", flat=True)) == {60, 40}
    assert loaded(creditor, {"paid": "30.00", "paid_on": "2026-03-25"}) == (0, 1, 0)
    assert Payment.objects.count() == 2


def test_money_that_went_back_does_not_come_again() -> None:
    creditor = make_creditor()
    row = {"paid": "100.00", "paid_on": "2026-03-20", "disputed": "no"}
    loaded(creditor, row)
    actions.reverse_payment(Payment.objects.get(), on=ON)
    assert loaded(creditor, row) == (0, 0, 1)
    assert loaded(creditor, {**row, "disputed": "yes"}) == (0, 1, 0)
    assert Item.objects.get().open_amount == 100


def test_more_money_than_is_open_is_credit() -> None:
    creditor = make_creditor()
    loaded(creditor, {"paid": "", "paid_on": ""})
    actions.write_off(Invoice.objects.get(), on=PAID, reason="small")
    loaded(creditor, {"paid": "100.00", "paid_on": "2026-03-25"})
    assert credit_of(Customer.objects.get()) == {"PLN": 100}


def test_a_dispute_begins_and_ends_with_the_file() -> None:
    creditor = make_creditor()
    loaded(creditor, {"disputed": "no"})
    assert loaded(creditor, {"disputed": "yes"}) == (0, 1, 0)
    assert Dispute.objects.get().resolved_on is None
    assert loaded(creditor, {"disputed": "no"}) == (0, 1, 0)
    assert (Dispute.objects.get().resolved_on, Dispute.objects.get().outcome) == (ON, "rejected")


def test_a_persons_dispute_is_theirs_to_end() -> None:
    creditor = make_creditor()
    loaded(creditor, {"disputed": "no"})
    dispute(Invoice.objects.get(), 10)
    loaded(creditor, {"disputed": "yes"})
    loaded(creditor, {"disputed": "no"})
    assert Dispute.objects.get().resolved_on is None


def test_an_invoice_made_by_hand_is_recognised() -> None:
    customer = make_customer(number="K1")
    make_invoice(customer, number="F/1")
    assert loaded(customer.creditor, {}) == (0, 1, 0)
    assert loaded(customer.creditor, {}) == (0, 0, 1)


# -- what is refused


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        pytest.param({"gross": "120.00"}, "Gross amount", "another amount: 100.00 PLN in the books, 120.00 PLN here", id="another amount"),
        pytest.param(
            {"currency": "EUR", "gross": "7.00"}, "Currency", "another currency: PLN in the books, EUR here", id="another currency"
        ),
        pytest.param({"customer": "K2"}, "Customer number", "another customer: K1 in the books, K2 here", id="another customer"),
        pytest.param({"due": "2026-03-16"}, "Due", "another due date: 2026-03-15 in the books, 2026-03-16 here", id="another due date"),
        pytest.param({"issued": "2026-03-02"}, "Issued", "another day of issue", id="another day of issue"),
        pytest.param({"kind": "debit note"}, "Document kind", "another kind of document", id="another kind"),
    ],
)
def test_a_number_stands_for_one_invoice(row: dict[str, str], column: str, words: str) -> None:
    creditor = make_creditor()
    loaded(creditor, {"currency": "PLN", "kind": "invoice"})
    problems = refusal(creditor, table({"number": "F/0", "currency": "PLN"}, {"currency": "PLN", **row}))
    assert [(line, where) for line, where, _ in problems] == [(3, column)]
    assert "The number F/1 is known with" in problems[0][2] and words in problems[0][2]


def test_a_draft_in_the_books_is_in_the_way() -> None:
    customer = make_customer(number="K1")
    make_invoice(customer, number="F/1", draft=True)
    assert "as a draft" in refusal(customer.creditor, table({}))[0][2]


@pytest.mark.parametrize(
    ("data", "line", "column", "words"),
    [
        pytest.param(b"%PDF-1.7", 1, None, "not a CSV table", id="not a CSV"),
        pytest.param(b"", 1, None, "empty", id="empty"),
        pytest.param(b"a,b\n1,2\n", 1, "a", "unknown to the profile", id="wrong columns"),
        pytest.param(table({"currency": "XYZ"}), 2, "Currency", "no currency code", id="unknown currency"),
        pytest.param(table({"gross": "-5.00"}), 2, "Gross amount", "negative", id="negative total"),
        pytest.param(table({}, {"gross": "200.00"}), 3, "Invoice number", "with different content", id="same number twice"),
        pytest.param(table({"due": "2026-02-31"}), 2, "Due", "no date", id="no such day"),
    ],
)
def test_a_broken_file_is_refused_whole(data: bytes, line: int, column: str | None, words: str) -> None:
    problems = refusal(make_creditor(), data)
    assert any(said[:2] == (line, column) and words in said[2] for said in problems), problems


def test_a_file_too_big_is_refused_from_its_size() -> None:
    [(_, _, reason)] = refusal(make_creditor(), bytes(51 * 1024 * 1024))
    assert "at most 50 MB" in reason


def test_of_many_problems_the_first_hundred_are_told() -> None:
    creditor = make_creditor()
    rows = [{"number": str(n)} for n in range(150)]
    loaded(creditor, *rows)
    report = load(creditor, table(*[{**row, "gross": "1.00"} for row in rows]))
    assert (report.refused, len(report.problems), report.problems[-1].reason) == (150, 101, "and 50 more.")


def test_a_dry_run_says_the_same_and_stores_nothing() -> None:
    creditor = make_creditor()
    loaded(creditor, {"number": "1"}, {"number": "2", "paid": ""})
    before = picture()
    assert loaded(creditor, {"number": "1"}, {"number": "2", "paid": "5.00"}, {"number": "3"}, dry_run=True) == (1, 1, 1)
    assert refusal(creditor, table({"number": "1", "gross": "7.00"}), dry_run=True)
    assert picture() == before


@pytest.mark.parametrize("at", ["rows", "credit notes", "news"])
@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError, SystemExit])
def test_an_import_that_is_stopped_leaves_nothing(at: str, stop: type[BaseException]) -> None:
    creditor = make_creditor()
    loaded(creditor, {"number": "F/before"})
    rows = [{"number": f"F/{n}", "customer": f"K{n % 7}", "paid": "5.00"} for n in range(60)]
    rows += [{"number": "KOR/1", "customer": "K1", "kind": "credit note", "reference": "F/1", "due": "", "gross": "10.00"}]

    def progress(done: int) -> None:
        if (at, done) in (("rows", 60), ("credit notes", 61)):
            raise stop

    def hear(sender: object, **_news: object) -> None:
        if at == "news":
            raise stop

    before = everything()
    customers_looked_at_again.connect(hear)  # heard last of all, when cases and credit states are written
    try:
        with pytest.raises(stop):
            load(creditor, table(*rows), progress=progress)
    finally:
        customers_looked_at_again.disconnect(hear)
    assert everything() == before
    assert loaded(creditor, *rows) == (61, 0, 0)


def everything() -> dict[str, int]:
    """How many rows each table has."""
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


def test_a_company_made_for_a_file_is_stored_with_it() -> None:
    company = Creditor(slug="default", name="default")
    assert loaded(company, {}, dry_run=True) == (1, 0, 0)
    refusal(company, table({"gross": "-1.00"}))
    assert loaded(company, {}) == (1, 0, 0)
    assert audited(Creditor.objects.get(slug="default")) == ["make_company", "import_invoices"]


def test_the_same_numbers_in_two_companies_do_not_meet() -> None:
    first, second = make_creditor(), make_creditor()
    loaded(first, {})
    assert loaded(second, {"gross": "7.00"}) == (1, 0, 0)
    assert Customer.objects.filter(number="K1").count() == 2


def test_what_a_policy_may_group_letters_by_is_taken_from_its_columns() -> None:
    creditor = make_creditor()
    loaded(creditor, {"number": "F/1", "order": "Z/7", "contract": "U/2026", "branch": "Północ"}, {"number": "F/2"})
    said = Invoice.objects.order_by("number").values_list("order_number", "contract_number", "branch", "source")
    assert list(said) == [("Z/7", "U/2026", "Północ", "generic"), ("", "", "", "generic")]


def test_what_segments_ask_for_is_taken_when_customer_and_invoice_first_come() -> None:
    creditor = make_creditor()
    loaded(creditor, {"number": "F/1", "method": "card", "subscription": "yes", "tags": "vip|late", "insured": "no"})
    loaded(creditor, {"number": "F/2", "method": "", "subscription": "", "tags": "other", "insured": "yes"})
    said = Invoice.objects.order_by("number").values_list("payment_method", "is_subscription")
    assert list(said) == [("card", True), ("", None)]
    customer = Customer.objects.get()
    assert (customer.tags, customer.is_insured) == (["vip", "late"], False), "one that is known is left as it is"


def test_the_same_file_again_with_another_tag_changes_nothing() -> None:
    creditor = make_creditor()
    loaded(creditor, {"tags": "vip"})
    assert loaded(creditor, {"tags": "other"}) == (0, 0, 1)
