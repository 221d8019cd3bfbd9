"""Invoices that come as files of their own: what the books make of them, once, and what a person is asked."""

import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dunning.models import Case, Task
from dunning.presence import presence
from dunning.standing import holds, undelivered
from dunning.states import TaskKind
from invoices.actions import FileReport, attach_paper, record_delivery
from invoices.actions.papers import answer_question, import_papers, settle_due_dates
from invoices.books import differences
from invoices.models import Contact, Customer, Delivery, ImportedFile, Invoice, InvoiceQuestion, InvoiceSource, Item, Payment
from invoices.states import Delivered, InvoiceState
from invoices.visual import visual_html, visual_pdf
from receivables.accounts.models import Creditor
from receivables.audit.models import Entry
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.documents.models import Document
from tests.builders import make_creditor, make_customer, make_invoice, make_user, open_amounts, pay, table
from tests.shared_files import SHARED, needs_shared
from tests.unit.intake.files import (
    BUYER_NIP,
    FACTOR,
    FIRST_30_DAYS,
    PAID_IN_FULL,
    SELLER_NIP,
    jpk,
    ksef,
    part_paid,
    party,
    transfer,
    ubl,
    zipped,
)

pytestmark = pytest.mark.django_db

ON = date(2026, 2, 20)


@pytest.fixture
def company() -> Creditor:
    return make_creditor(tax_id=SELLER_NIP, name="Nasza sp. z o.o.")


def load(company: Creditor | None, data: bytes, name: str = "f.xml", **options) -> FileReport:
    return import_papers(company, name=name, data=data, **{"on": ON, **options})


def taken(company: Creditor, data: bytes, **options) -> tuple[int, int, int]:
    report = load(company, data, **options)
    assert not report.problems
    return report.new, report.changed, report.unchanged


def refusal(company: Creditor | None, data: bytes, **options) -> str:
    before = picture()
    report = load(company, data, **options)
    assert report.refused and picture() == before
    return " ".join(problem.reason for problem in report.problems)


def picture() -> list[object]:
    tables = [
        Creditor,
        Customer,
        Contact,
        Invoice,
        Item,
        Payment,
        InvoiceSource,
        InvoiceQuestion,
        Document,
        ImportedFile,
        Entry,
        Task,
        Case,
    ]
    return [list(table._default_manager.order_by("pk").values_list()) for table in tables]


def questions(number: str = "FV/1") -> set[str]:
    return set(InvoiceQuestion.objects.open().filter(invoice__number=number).values_list("question", flat=True))


def test_an_invoice_of_ksef_in_the_books(company):
    assert taken(company, ksef()) == (1, 0, 0)
    invoice = Invoice.objects.select_related("customer", "document", "source_file").get()
    assert (invoice.number, invoice.gross, invoice.currency, invoice.issued_on) == ("FV/1", Decimal("1230.00"), "PLN", date(2026, 2, 15))
    assert invoice.items.get().due_on == date(2026, 3, 15)
    assert (invoice.customer.number, invoice.customer.tax_id, invoice.customer.kind) == (BUYER_NIP, BUYER_NIP, "business")
    assert invoice.customer.contacts.get().email == "biuro@example.com"
    assert (bytes(invoice.document.content), invoice.document.name, invoice.document.media_type) == (ksef(), "FV-1.xml", "application/xml")
    assert invoice.source_file.facts["vat"] == [["23", "1000.00", "230.00"]]
    assert not questions() and list(differences()) == []
    before = picture()
    assert taken(company, ksef()) == (0, 0, 1)
    assert picture() == before


def test_a_dry_run_says_the_same_and_stores_nothing(company):
    before = picture()
    report = load(company, zipped({"1.xml": ksef("FV/1"), "2.xml": ksef("FV/2")}), dry_run=True)
    assert (report.new, report.problems, [one.number for one in report.invoices]) == (2, (), ["FV/1", "FV/2"])
    assert picture() == before


def test_corrections_are_differences(company):
    original, down = (
        ksef("FV/1"),
        ksef("K/1", kind="KOR", total="-123.00", net="-100.00", tax="-23.00", corrects="FV/1", issued="2026-02-16"),
    )
    assert taken(company, zipped({"a-correction.xml": down, "b.xml": original})) == (2, 0, 0)
    note = Invoice.objects.get(number="K/1")
    assert (note.kind, note.gross, note.corrects.number) == ("credit_note", Decimal("123.00"), "FV/1")
    assert open_amounts(note.customer) == {"FV/1": Decimal("1107.00")}
    up = ksef("K/2", kind="KOR", total="246.00", net="200.00", tax="46.00", corrects="FV/1", issued="2026-02-17")
    assert taken(company, up) == (1, 0, 0)
    assert Invoice.objects.get(number="K/2").corrects.number == "FV/1"
    assert open_amounts(note.customer) == {"FV/1": Decimal("1107.00"), "K/2": Decimal("246.00")}
    assert list(differences()) == []


def test_one_correction_of_several_invoices(company):
    taken(company, zipped({"1.xml": ksef("FV/1", net="100.00", tax="23.00", total="123.00"), "2.xml": ksef("FV/2")}))
    taken(company, ksef("K/1", kind="KOR", total="-246.00", net="-200.00", tax="-46.00", corrects="FV/1 FV/2"))
    assert open_amounts(Customer.objects.get()) == {"FV/1": Decimal(0), "FV/2": Decimal("1107.00")}
    taken(company, ksef("K/2", kind="KOR", total="-1.23", net="-1.00", tax="-0.23", corrects="FV/77"))
    assert questions("K/2") == {"corrects_unknown"}


def test_to_pay_wins_and_nothing_to_pay_is_not_stored(company):
    less = "<Rozliczenie><SumaOdliczen>30</SumaOdliczen><DoZaplaty>1200.00</DoZaplaty></Rozliczenie>"
    taken(company, ksef(inside=less))
    assert Invoice.objects.get().gross == Decimal("1200.00")
    report = load(company, ksef("K/0", kind="KOR", total="0", net="0", tax="0", corrects="FV/1"))
    assert (report.new, report.unchanged, [warning.reason for warning in report.warnings]) == (
        0,
        1,
        ["K/0 asks for nothing; it is not stored."],
    )


def test_payments_are_booked_once_and_further_ones_later(company):
    part = part_paid("230.00", "2026-02-16")
    assert taken(company, ksef(payment=transfer(paid=part))) == (1, 0, 0)
    assert taken(company, ksef(payment=transfer(paid=part))) == (0, 0, 1)
    assert open_amounts(Customer.objects.get()) == {"FV/1": Decimal("1000.00")}
    assert taken(company, ksef(payment=transfer(paid=PAID_IN_FULL))) == (0, 1, 0)
    assert open_amounts(Customer.objects.get()) == {"FV/1": Decimal(0)}
    assert list(Payment.objects.order_by("pk").values_list("amount", "booked_on")) == [
        (Decimal("230.00"), date(2026, 2, 16)), (Decimal("1000.00"), date(2026, 2, 15)),
    ]  # fmt: skip
    assert taken(company, ksef(payment=transfer(paid=PAID_IN_FULL))) == (0, 0, 1)
    assert list(differences()) == []


def test_due_dates_that_a_person_must_say(company):
    clerk = make_user(creditor=company)
    taken(company, ksef(payment=transfer("2026-03-15", "2026-04-15", paid=part_paid("30.00", "2026-02-16"))))
    invoice = Invoice.objects.get()
    assert (invoice.state, questions(), Payment.objects.count()) == ("draft", {"several_due_dates"}, 0)
    task = Task.objects.get(closed_on=None)
    assert (task.kind, task.about) == (TaskKind.CHECK_INVOICE, f"invoice:{invoice.pk}")
    with pytest.raises(Refused, match="owed by which day"):
        answer_question(invoice.questions.get(), answer="seen", on=ON)
    with pytest.raises(Refused, match="Make them equal"):
        settle_due_dates(invoice, instalments=[(date(2026, 3, 15), Decimal(30)), (date(2026, 4, 15), Decimal(30))], on=ON, by=clerk)
    settle_due_dates(invoice, instalments=[(date(2026, 3, 15), Decimal(615)), (date(2026, 4, 15), Decimal(615))], on=ON, by=clerk)
    assert list(Item.objects.order_by("position").values_list("due_on", "open_amount")) == [
        (date(2026, 3, 15), Decimal("585.00")), (date(2026, 4, 15), Decimal("615.00")),
    ]  # fmt: skip
    assert not questions() and not Task.objects.filter(closed_on=None).exists()
    assert taken(company, ksef(payment=transfer("2026-03-15", "2026-04-15", paid=part_paid("30.00", "2026-02-16")))) == (0, 0, 1)


def test_a_due_date_in_words_and_none_at_all(company):
    taken(company, zipped({"1.xml": ksef("FV/1", payment=transfer(words=FIRST_30_DAYS)), "2.xml": ksef("FV/2", payment="")}))
    words, none = Invoice.objects.order_by("number")
    assert (words.state, questions()) == (InvoiceState.DRAFT, {"textual_due_date"})
    settle_due_dates(words, instalments=[(date(2026, 3, 20), Decimal("1230.00"))], on=ON)
    assert words.items.get().due_on == date(2026, 3, 20)
    assert (none.items.get().due_on, questions("FV/2")) == (none.issued_on + timedelta(days=30), {"no_due_date", "no_account"})


def test_a_factored_claim_holds_the_ladder_until_a_person_answers(company):
    taken(company, zipped({"1.xml": ksef("FV/1", after_parties=FACTOR), "2.xml": ksef("FV/2")}))
    customer, invoice = Customer.objects.get(), Invoice.objects.get(number="FV/1")
    assert held(customer) == {("invoice", invoice.pk): [None]}
    answer_question(invoice.questions.get(), answer="sold back to us", on=ON)
    assert held(customer) == {}
    with pytest.raises(Refused, match="answered already"):
        answer_question(invoice.questions.get(), answer="again", on=ON)


def held(customer: Customer) -> dict[tuple[str, int], list[date | None]]:
    return dict(holds([customer.pk], presence([customer.pk]), on=ON))


def test_what_only_makes_reminding_harder_holds_nothing(company):
    taken(company, ksef(buyer=party("1234563219", contact="")))
    assert questions() == {"wrong_tax_id", "no_contact"}
    assert held(Customer.objects.get()) == {}
    assert Task.objects.filter(closed_on=None, kind=TaskKind.CHECK_INVOICE).count() == 1


def test_other_contents_under_a_known_number_are_refused(company):
    taken(company, ksef())
    assert "1230.00 PLN in the books" in refusal(company, ksef(net="2000.00", tax="460.00", total="2460.00"))
    assert "2026-02-15 in the books, 2026-02-16 here" in refusal(company, ksef(issued="2026-02-16"))
    assert "another due date" in refusal(company, ksef(payment=transfer("2026-03-16")))
    assert "twice" in refusal(company, zipped({"1.xml": ksef("FV/2"), "2.xml": ksef("FV/2", net="2", tax="0.46", total="2.46")}))


def test_one_that_a_table_brought_before_is_known(company):
    from invoices.actions import import_file  # noqa: PLC0415
    from invoices.intake.csv_table import builtin_profiles  # noqa: PLC0415

    row = {
        "number": "FV/1",
        "issued": "2026-02-15",
        "due": "2026-03-15",
        "gross": "1230.00",
        "currency": "PLN",
        "customer": "K1",
        "tax_id": BUYER_NIP,
    }
    report = import_file(company, name="t.csv", data=table(row), profile=builtin_profiles()["generic"], on=ON)
    assert report.new == 1, report.problems
    assert taken(company, ksef()) == (0, 1, 0)
    assert taken(company, ksef()) == (0, 0, 1)
    assert "in the books" in refusal(company, ksef(net="2000.00", tax="460.00", total="2460.00"))


def test_a_purchase_is_refused(company):
    assert "a purchase" in refusal(company, ksef(seller="9999999999", buyer=party(SELLER_NIP)))
    nameless = make_creditor("nameless", tax_id="")
    report = load(nameless, ksef())
    assert report.new == 1 and "no tax number" in report.warnings[0].reason


def test_the_company_is_found_by_the_seller(company):
    make_creditor("other", tax_id="9999999999")
    assert load(None, ksef()).new == 1
    assert Invoice.objects.get().creditor == company
    assert "None of the companies" in refusal(None, ksef(seller="2222222222"))


def test_buyers_are_found_whichever_way_they_are_named(company):
    known = make_customer(company, number="A-1", tax_id=BUYER_NIP)
    consumer = make_customer(company, number="A-2", kind="consumer", email="jan@example.com")
    taken(company, ksef("FV/1", buyer=party(BUYER_NIP, number="fd77")))
    taken(company, ksef("FV/2", buyer=party("", "Jan Kowalski", contact="JAN@example.com", identity="<BrakID>1</BrakID>")))
    taken(company, ksef("FV/3", buyer=party("7010003001", number="N-3")))
    taken(company, ksef("FV/4", buyer=party("7010003001", number="N-3")))
    by_number = dict(Invoice.objects.values_list("number", "customer__number"))
    assert by_number == {"FV/1": known.number, "FV/2": consumer.number, "FV/3": "N-3", "FV/4": "N-3"}


def consumer(contact: str, street: str, name: str = "Jan Kowalski") -> str:
    return party("", name, contact=contact, street=street, identity="<BrakID>1</BrakID>")


def test_a_name_alone_is_nobody(company):
    make_customer(company, number="A-1", name="Jan Kowalski", kind="consumer")
    first = {
        "1.xml": ksef("FV/1", buyer=consumer("jan@example.com", "ul. Krzywa 2")),
        "2.xml": ksef("FV/2", buyer=consumer("other@example.com", "ul. Prosta 9")),
        "3.xml": ksef("FV/3", buyer=consumer("", "UL. PROSTA 9")),
    }
    taken(company, zipped(first))
    taken(company, ksef("FV/4", buyer=consumer("JAN@example.com", "ul. Nowa 1")))
    taken(company, ksef("FV/5", buyer=consumer("", "ul. Krzywa 2")))
    taken(company, ksef("FV/6", buyer=consumer("", "ul. Inna 7")))
    moved = consumer("", "ul. Daleka 3")
    taken(company, ksef("K/2", kind="KOR", total="-123.00", net="-100.00", tax="-23.00", corrects="FV/2", buyer=moved))
    of = dict(Invoice.objects.values_list("number", "customer__number"))
    assert of["FV/1"] == of["FV/4"] == of["FV/5"] and of["FV/2"] == of["FV/3"] == of["K/2"]
    assert len({"A-1", of["FV/1"], of["FV/2"], of["FV/6"]}) == 4
    assert all(number.startswith("OS-") for number in of.values())


def test_a_ksef_number_stands_for_one_invoice(company):
    from receivables.core.identifiers import crc8  # noqa: PLC0415

    start = "5265877635-20260215-0100001AF629-"
    name = f"{start}{crc8(start[:32].encode()):02X}.xml"
    assert taken(company, ksef(), name=name) == (1, 0, 0)
    assert InvoiceSource.objects.get().ksef_number == name.removesuffix(".xml")
    assert "belongs to FV/1" in refusal(company, ksef("FV/2"), name=name)


def test_ubl_and_jpk(company):
    seller = make_creditor("german", tax_id="DE111111125", currency="EUR")
    taken(
        seller,
        zipped(
            {
                "1.xml": ubl("U-1", prepaid="19.00", payable="100.00"),
                "2.xml": ubl("C-1", root="CreditNote", code="381", corrects="U-1", payable="40.00", total="40.00"),
            }
        ),
    )
    assert open_amounts(Customer.objects.get(creditor=seller)) == {"U-1": Decimal("60.00")}
    assert taken(company, jpk(("A/1", "100.00"), ("A/2", "-40.00"), ("A/3", "0.00"))) == (2, 0, 1)
    assert questions("A/1") == {"no_due_date", "no_contact", "no_account"}
    assert list(differences()) == []


def run(*arguments: str) -> tuple[int, dict]:
    out = StringIO()
    try:
        call_command("import_invoices", *arguments, "--json", stdout=out)
    except SystemExit as end:
        return int(end.code or 0), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_the_command(company, tmp_path):
    good, bad, csv = tmp_path / "good.xml", tmp_path / "bad.xml", tmp_path / "t.csv"
    good.write_bytes(ksef())
    bad.write_bytes(ksef(total="1.234"))
    csv.write_bytes(b"a;b\n1;2\n")
    code, printed = run(str(good), str(bad), str(csv), "--format", "auto")
    assert code == 1
    first, second, third = printed["files"]
    assert {name: first[name] for name in ("file", "format", "new", "refused", "problems")} == {
        "file": "good.xml", "format": "ksef_fa3", "new": 1, "refused": 0, "problems": [],
    }  # fmt: skip
    assert (first["invoices"][0]["total"], first["invoices"][0]["to_pay"]) == ("1230.00", "1230.00")
    assert (second["refused"], second["problems"][0]["column"]) == (1, "Faktura/Fa/P_15")
    assert "--profile" in third["problems"][0]["reason"]
    with pytest.raises(CommandError, match="profile"):
        call_command("import_invoices", str(csv), "--format", "csv")


@needs_shared
def test_every_shared_invoice_is_taken(tmp_path):
    for folder, files in {"ksef_fa3": 17, "ksef_fa2": 1, "ubl": 10, "cii": 7}.items():
        paths = [path for path in sorted((SHARED / "samples" / folder).iterdir()) if path.name != "pef_pl_template.xml"]
        assert len(paths) == files
        for path in paths:
            report = load(make_creditor(tax_id=""), path.read_bytes(), name=path.name)
            assert (report.new, report.problems) == (1, ()), path.name
    assert list(differences()) == []
    code, printed = run(str(SHARED / "samples/ubl/pef_pl_template.xml"), "--creditor", Creditor.objects.first().slug)
    assert (code, printed["files"][0]["problems"][0]["column"]) == (1, "Invoice/ID")


# -- delivery and papers


def numbered(day: str = "20260216") -> str:
    from receivables.core.identifiers import crc8  # noqa: PLC0415

    start = f"5265877635-{day}-0100001AF629-"
    return f"{start}{crc8(start[:32].encode()):02X}.xml"


def test_ksef_delivers_to_nobody_without_a_polish_tax_number(company):
    taken(company, ksef(buyer=consumer("jan@example.com", "ul. Krzywa 2")), name=numbered())
    assert InvoiceSource.objects.get().ksef_number and not Delivery.objects.exists()


def test_the_newest_word_on_a_delivery_decides(company):
    taken(company, ksef(), name=numbered())
    invoice = Invoice.objects.get()
    assert undelivered([invoice.customer_id]) == set()
    record_delivery(invoice, how=Delivered.UNKNOWN, on=ON, now=now())
    assert undelivered([invoice.customer_id]) == {invoice.pk}
    record_delivery(invoice, how=Delivered.BY_HAND, delivered_on=date(2026, 2, 18), on=ON, now=now())
    assert undelivered([invoice.customer_id]) == set()


def test_a_known_invoice_gets_what_its_file_says_besides(company):
    make_invoice(make_customer(company, number="A-1", tax_id=BUYER_NIP), number="FV/1", gross="1230.00", issued_on=date(2026, 2, 15))
    assert taken(company, ksef(after_parties=FACTOR, payment="")) == (0, 1, 0)
    assert (questions(), Delivery.objects.count()) == ({"factor", "no_account"}, 0)
    assert taken(company, ksef(after_parties=FACTOR, payment=""), name=numbered()) == (0, 1, 0)
    assert taken(company, ksef(after_parties=FACTOR, payment=""), name=numbered()) == (0, 0, 1)
    assert (InvoiceSource.objects.get().ksef_number, Delivery.objects.count()) == (numbered().removesuffix(".xml"), 1)


def test_a_jpk_says_less_than_ksef(company):
    assert taken(company, ksef("FV/1", issued="2026-01-01", payment=transfer("2026-02-01"))) == (1, 0, 0)
    assert taken(company, jpk(("FV/1", "1230.00"), ("FV/2", "50.00"))) == (1, 0, 1)
    assert "1230.00 PLN in the books, 1231.00 PLN here" in refusal(company, jpk(("FV/1", "1231.00")))


def test_a_corrected_invoice_beside_the_one_it_corrects_waits(company):
    seller = make_creditor("german", tax_id="DE111111125", currency="EUR")
    taken(seller, ubl("U-1"))
    taken(seller, ubl("U-2", code="384", corrects="U-1"))
    assert questions("U-2") == {"amounts_differ"}


def test_only_who_overpaid_owes_less(company):
    over = "<Rozliczenie><DoRozliczenia>30.00</DoRozliczenia></Rozliczenie>"
    taken(company, zipped({"1.xml": ksef("FV/1", payment=transfer("2026-03-15", "2026-04-15")), "2.xml": ksef("FV/2", inside=over)}))
    several, overpaid = Invoice.objects.order_by("number")
    for invoice, amount in ((several, "1000.00"), (overpaid, "1300.00")):
        with pytest.raises(Refused, match="Make them equal"):
            settle_due_dates(invoice, instalments=[(date(2026, 3, 15), Decimal(amount))], on=ON)
    issued = settle_due_dates(overpaid, instalments=[(date(2026, 3, 15), Decimal("1000.00"))], on=ON)
    assert (issued.gross, issued.payment_method) == (Decimal("1000.00"), "transfer")


def test_all_customers_are_locked_before_the_first_write(company):
    taken(company, ksef("FV/1"))
    taken(company, ksef("FV/2", buyer=party("7010003001")))
    both = zipped({"1.xml": ksef("FV/3", buyer=party("7010003001")), "2.xml": ksef("FV/1", payment=transfer(paid=PAID_IN_FULL))})
    with CaptureQueriesContext(connection) as asked:
        taken(company, both)
    writes = [query["sql"] for query in asked if query["sql"].startswith(("INSERT", "UPDATE")) or "FOR NO KEY UPDATE" in query["sql"]]
    assert '"invoices_customer"' in writes[1] and "IN (" in writes[1] and writes[1].endswith("FOR NO KEY UPDATE")


def test_ksef_delivers_on_the_day_of_its_number(company):
    from receivables.core.identifiers import crc8  # noqa: PLC0415

    start = "5265877635-20260216-0100001AF629-"
    taken(company, ksef(), name=f"{start}{crc8(start[:32].encode()):02X}.xml")
    assert list(Delivery.objects.values_list("how", "on")) == [("ksef", date(2026, 2, 16))]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"how": Delivered.BY_HAND}, "which day"),
        ({"how": Delivered.BY_HAND, "delivered_on": date(2026, 2, 21)}, "in the future"),
        ({"how": Delivered.BY_HAND, "delivered_on": date(2026, 2, 14)}, "before 2026-02-15"),
        ({"how": Delivered.OVERRIDE, "note": " "}, "why formal steps"),
    ],
)
def test_a_delivery_that_cannot_be(company, values, why):
    taken(company, ksef())
    with pytest.raises(Refused, match=why):
        record_delivery(Invoice.objects.get(), on=ON, now=now(), **values)
    assert not Delivery.objects.exists()


def test_a_paper_is_attached_once(company):
    taken(company, ksef())
    values = {"kind": "proof", "name": "WZ.pdf", "content": b"%PDF-", "media_type": "application/pdf", "now": now()}
    assert attach_paper(Invoice.objects.get(), **values).document.name == "WZ.pdf"
    with pytest.raises(Refused, match="attached to the invoice already"):
        attach_paper(Invoice.objects.get(), **values)


def test_people_read_it_as_a_page(company):
    taken(company, ksef(payment=transfer("2026-03-15"), buyer=party(BUYER_NIP, "Łucja &amp; Syn")))
    html = visual_html(Invoice.objects.select_related("customer").get(), language="pl")
    for words in (
        "Faktura FV/1",
        "Łucja &amp; Syn",
        "15.03.2026",
        "1\xa0230,00\xa0zł",
        "6110 9010 1400 0007 1219 8128 74",
        "usługa",
        "15.02.2026",
    ):
        assert words in html
    assert visual_pdf(Invoice.objects.select_related("customer").get(), language="en").startswith(b"%PDF-")


def test_a_question_ends_with_what_it_is_about(company):
    taken(
        company, zipped({"1.xml": ksef("FV/1", after_parties=FACTOR), "2.xml": ksef("FV/2", payment=transfer("2026-03-15", "2026-04-15"))})
    )
    assert Task.objects.filter(closed_on=None, kind=TaskKind.CHECK_INVOICE).count() == 2
    pay(Customer.objects.get(), "1230.00", Invoice.objects.get(number="FV/1"))
    assert not questions("FV/1") and questions("FV/2") == {"several_due_dates"}
    assert [task.about for task in Task.objects.filter(closed_on=None)] == [f"invoice:{Invoice.objects.get(number='FV/2').pk}"]
