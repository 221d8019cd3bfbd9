"""What a person has to look at about the rows of a table: asked as of structured invoices, once a customer, and not a query for each row."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dunning.models import Task
from dunning.states import TaskKind
from invoices.actions import FileReport, import_file, stated_vat
from invoices.actions.papers import answer_question
from invoices.intake.csv_table import builtin_profiles
from invoices.intake.profile import ColumnProfile
from invoices.models import Contact, Customer, Invoice, InvoiceQuestion, VatStatement
from invoices.vat import Taxed
from receivables.accounts.models import Creditor
from tests.builders import make_creditor, table

pytestmark = pytest.mark.django_db

ON = date(2026, 4, 1)
ACCOUNT = "PL61109010140000071219812874"
GOOD = {"email": "ksiegowosc@klient.example", "tax_id": "5260250274", "customer_kind": "business"}


@pytest.fixture
def company() -> Creditor:
    return make_creditor(bank_account=ACCOUNT)


def load(company: Creditor, *rows: dict[str, str], profile: ColumnProfile | None = None, data: bytes = b"") -> FileReport:
    report = import_file(company, name="f.csv", data=data or table(*rows), profile=profile or builtin_profiles()["generic"], on=ON)
    assert not report.problems
    return report


def asked() -> set[tuple[str, str]]:
    return set(InvoiceQuestion.objects.open().values_list("invoice__number", "question"))


@pytest.mark.parametrize(
    ("row", "questions"),
    [
        pytest.param({}, set(), id="nothing"),
        pytest.param({"tax_id": "5260250275"}, {"wrong_tax_id"}, id="a wrong check digit"),
        pytest.param({"tax_id": "0000000000"}, {"wrong_tax_id"}, id="a placeholder"),
        pytest.param({"tax_id": ""}, {"wrong_tax_id"}, id="a firm without a tax number"),
        pytest.param({"tax_id": "", "customer_kind": "consumer"}, set(), id="a consumer has none"),
        pytest.param({"email": "", "phone": "500 100 100"}, set(), id="a phone is a contact"),
        pytest.param({"email": ""}, {"no_contact"}, id="no contact"),
        pytest.param({"due": "2026-04-30"}, set(), id="sixty days"),
        pytest.param({"due": "2026-05-01"}, {"long_term"}, id="sixty-one days"),
        pytest.param({"email": "", "paid": "100.00"}, set(), id="paid in full"),
        pytest.param({"email": "", "paid": "99.99"}, {"no_contact"}, id="paid in part"),
        pytest.param({"email": "", "kind": "credit note", "due": ""}, set(), id="a credit note"),
    ],
)
def test_what_a_row_makes_us_ask(company, row, questions):
    load(company, {"phone": "", "paid": "", "kind": "", **GOOD, **row})
    assert {question for _number, question in asked()} == questions
    about = set(Task.objects.filter(closed_on=None, kind=TaskKind.CHECK_INVOICE).values_list("about", flat=True))
    assert len(about) == bool(questions)


@pytest.mark.parametrize(
    ("fields", "method", "questions"),
    [
        pytest.param({}, "", {"no_account"}, id="neither company nor customer has one"),
        pytest.param({"virtual_account": ACCOUNT}, "przelew", set(), id="a virtual account"),
        pytest.param({}, "Przelew 14 dni", {"no_account"}, id="by transfer"),
        pytest.param({}, "gotówka", set(), id="by cash"),
    ],
)
def test_without_an_account_nobody_can_pay(fields, method, questions):
    company = make_creditor()
    customer = Customer.objects.create(creditor=company, number="K1", name="Klient", tax_id=GOOD["tax_id"], **fields)
    Contact.objects.create(customer=customer, email=GOOD["email"])
    load(company, {"method": method})
    assert {question for _number, question in asked()} == questions


HEAD = "Invoice number,Customer number,E-mail,Issued,Due,Gross amount,Net amount,VAT\n"
ROW = "{number},K1,a@b.example,2026-03-01,2026-03-15,{gross},{net},{vat}\n"


def sums(number: str, gross: str, net: str, vat: str) -> str:
    return ROW.format(number=number, gross=gross, net=net, vat=vat)


def test_net_and_vat_that_do_not_give_the_total(company):
    rows = (sums("F/1", "123.00", "100.00", "23.00"), sums("F/2", "123.00", "100.00", "22.98"), sums("F/3", "123.00", "100.00", "23.01"))
    load(company, data=(HEAD + "".join(rows)).encode())
    assert asked() == {("F/2", "amounts_differ")}
    assert InvoiceQuestion.objects.get().stops


def test_what_stands_there_beside_the_total_is_asked_only_where_it_is_an_amount(company):
    rows = (
        sums("F/1", "123.00", "100.00", "23%"),
        sums("F/2", "123.00", "100.00", "23"),
        sums("F/3", "123.00", "100.00", ""),
        sums("F/4", "100.00", "100.00", "zw"),
        sums("F/5", "123.00", "100.000000001", "22.999999999"),
    )
    load(company, data=(HEAD + "".join(rows)).encode())
    assert asked() == set()


def test_vat_is_stated_where_the_row_leaves_no_doubt_and_never_twice(company):
    rows = (
        sums("F/1", "123.00", "100.00", "23.00"),
        sums("F/2", "108.00", "100.00", "8.00"),  # may be made of several rates
        sums("F/3", "100.00", "100.00", "0.00"),
        sums("F/4", "123.00", "100.00", "22.99"),
    )
    for _ in range(2):
        load(company, data=(HEAD + "".join(rows)).encode())
    numbers = dict(Invoice.objects.values_list("pk", "number"))
    found = {numbers[pk]: lines for pk, lines in stated_vat(numbers).items()}
    assert found == {
        "F/1": (Taxed(Decimal("23.00"), Decimal("100.0000"), Decimal("23.0000")),),
        "F/3": (Taxed(Decimal("0.00"), Decimal("100.0000"), Decimal("0.0000")),),
    }
    assert VatStatement.objects.count() == 2
    abroad = make_creditor(bank_account=ACCOUNT, country="DE", currency="EUR")
    load(abroad, data=(HEAD + rows[0]).encode())
    assert VatStatement.objects.count() == 2


@pytest.mark.parametrize("name", ["generic-pl", "opening", "opening-pl"])
def test_every_built_in_profile_of_invoices_reads_them(name):
    profile = builtin_profiles()[name]
    assert {"net", "vat_amount"} <= set(profile.optional) and {"net", "vat_amount"} <= set(profile.columns)


def test_a_customer_is_asked_about_once_and_again_only_where_nobody_answered(company):
    bad = {**GOOD, "email": ""}
    load(company, {"number": "F/1", **bad}, {"number": "F/2", **bad})
    assert asked() == {("F/1", "no_contact")}
    load(company, {"number": "F/3", **bad})
    assert asked() == {("F/1", "no_contact")}
    answer_question(InvoiceQuestion.objects.get(), answer="by letter only", on=ON)
    load(company, {"number": "F/4", **bad})
    assert asked() == set()


def test_what_was_settled_by_itself_is_asked_again(company):
    bad = {**GOOD, "email": ""}
    load(company, {"number": "F/1", **bad})
    load(company, {"number": "F/1", **bad, "paid": "100.00"})
    assert asked() == set()
    load(company, {"number": "F/2", **bad})
    assert asked() == {("F/2", "no_contact")}


def test_the_contact_of_a_known_customer_counts(company):
    customer = Customer.objects.create(creditor=company, number="K1", name="Klient", kind="business", tax_id=GOOD["tax_id"])
    Contact.objects.create(customer=customer, phone="+48500100100")
    load(company, {"number": "F/1"})
    assert asked() == set()


def test_the_same_file_again_asks_nothing(company):
    rows = [{"number": "F/1", **GOOD, "due": "2026-06-01"}, {"number": "F/2", **GOOD, "email": ""}]
    load(company, *rows)
    before = list(InvoiceQuestion.objects.values_list("pk", flat=True))
    load(company, *rows)
    assert list(InvoiceQuestion.objects.values_list("pk", flat=True)) == before


def test_it_costs_no_query_a_row(company):
    def cost(first: int, count: int) -> int:
        rows = [
            {"number": f"F/{n}", "customer": f"K{n}", **GOOD, "tax_id": "", "email": "", "due": "2026-06-01"}
            for n in range(first, first + count)
        ]
        with CaptureQueriesContext(connection) as queries:
            load(company, *rows)
        return len(queries)

    cost(0, 2)
    assert cost(100, 400) <= cost(1000, 40) + 3
    assert InvoiceQuestion.objects.filter(question="no_contact").count() == 442
