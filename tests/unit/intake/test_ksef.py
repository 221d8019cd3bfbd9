"""What an FA(3) says beyond the samples, and what a person is asked about it."""

import zipfile
from datetime import date
from decimal import Decimal

import pytest

from invoices.intake.parsed import Paid, ParsedInvoice, Question, UnreadableInvoice
from invoices.intake.reading import format_of, read_invoices
from invoices.states import DocumentKind, Kind
from tests.unit.intake.files import FACTOR, FIRST_30_DAYS, PAID_IN_FULL, jpk, ksef, part_paid, party, transfer, ubl, zipped

NUMBER = "5265877635-20260215-0100001AF629-"


def one(data: bytes, name: str = "") -> ParsedInvoice:
    [found] = read_invoices(data, name=name)
    return found


def asked(data: bytes) -> set[str]:
    return {str(question.question) for question in one(data).asked}


def test_what_is_right_asks_nothing():
    found = one(ksef())
    assert not found.asked
    assert (found.total, found.to_pay, found.due, found.buyer.kind) == (
        Decimal("1230.00"),
        Decimal("1230.00"),
        (date(2026, 3, 15),),
        Kind.BUSINESS,
    )
    assert (found.buyer.postcode, found.buyer.city, found.buyer.street, found.buyer.email) == (
        "00-002",
        "Kraków",
        "ul. Krzywa 2",
        "biuro@example.com",
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(ksef(payment=transfer("2026-03-15", "2026-04-15")), {"several_due_dates"}, id="several due dates"),
        pytest.param(ksef(payment=transfer(words=FIRST_30_DAYS)), {"textual_due_date"}, id="a due date in words"),
        pytest.param(ksef(payment=""), {"no_due_date", "no_account"}, id="no payment part"),
        pytest.param(ksef(payment=transfer("2026-01-15")), {"due_before_issue"}, id="due before issue"),
        pytest.param(ksef(payment=transfer("2026-04-16")), set(), id="60 days"),
        pytest.param(ksef(payment=transfer("2026-04-17")), {"long_term"}, id="61 days"),
        pytest.param(ksef(payment=transfer(account="", factor="73111111111111111111111111")), {"factor"}, id="factor's account"),
        pytest.param(ksef(after_parties=FACTOR), {"factor"}, id="factor as a party"),
        pytest.param(ksef(payment=transfer(method="1")), {"other_method"}, id="cash"),
        pytest.param(ksef(payment=transfer(account="61109010140000071219812875")), {"wrong_account"}, id="a digit of the account"),
        pytest.param(ksef(payment=transfer(account="PL61109010140000071219812874")), set(), id="account with its country"),
        pytest.param(ksef(buyer=party("1234563219")), {"wrong_tax_id"}, id="a digit of the NIP"),
        pytest.param(ksef(buyer=party("1234563218", contact="")), {"no_contact"}, id="no contact"),
        pytest.param(ksef(buyer=party("1234563218", jst="1")), {"no_recipient_unit"}, id="a unit that is not named"),
        pytest.param(ksef(total="1231.00"), {"amounts_differ"}, id="total"),
        pytest.param(ksef(tax="220.00", total="1220.00"), set(), id="22 per cent"),
        pytest.param(ksef(tax="240.00", total="1240.00"), {"amounts_differ"}, id="tax"),
        pytest.param(ksef(payment=transfer("2026-03-15", "2026-04-15", paid=PAID_IN_FULL)), set(), id="paid: terms do not matter"),
        pytest.param(
            ksef(inside="<Rozliczenie><SumaOdliczen>1300</SumaOdliczen><DoRozliczenia>70.00</DoRozliczenia></Rozliczenie>"), {"overpaid"}, id="overpaid"
        ),
    ],
)  # fmt: skip
def test_questions(data, expected):
    assert asked(data) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("SEVERAL_DUE_DATES", (True, True)), ("FACTOR", (False, True)), ("NO_CONTACT", (False, False)), ("LONG_TERM", (False, False)),
        ("AMOUNTS_DIFFER", (False, True)),
    ],
)  # fmt: skip
def test_what_a_question_does(said, expected):
    question = Question[said]
    assert (question.makes_a_draft, question.stops_the_ladder) == expected


def test_to_pay_wins_over_the_total():
    inside = "<Rozliczenie><Odliczenia><Kwota>30</Kwota><Powod>kaucja</Powod></Odliczenia><SumaOdliczen>30</SumaOdliczen><DoZaplaty>1200.00</DoZaplaty></Rozliczenie>"
    found = one(ksef(inside=inside))
    assert (found.total, found.to_pay) == (Decimal("1230.00"), Decimal("1200.00"))


def test_a_correction_is_the_difference():
    down = one(ksef(kind="KOR", total="-123.00", net="-100.00", tax="-23.00", corrects="FV/0"))
    assert (down.kind, down.to_pay, down.corrects) == (DocumentKind.CREDIT_NOTE, Decimal("-123.00"), ("FV/0",))
    up = one(ksef(kind="KOR", total="123.00", net="100.00", tax="23.00", corrects="FV/0 FV/00"))
    assert (up.kind, up.to_pay, up.corrects) == (DocumentKind.CORRECTION, Decimal("123.00"), ("FV/0", "FV/00"))


def settled(name: str, amount: str, *, charged: str = "", taken_off: str = "") -> str:
    parts = f"<Obciazenia><Kwota>{charged}</Kwota><Powod>x</Powod></Obciazenia><SumaObciazen>{charged}</SumaObciazen>" if charged else ""
    parts += (
        f"<Odliczenia><Kwota>{taken_off}</Kwota><Powod>x</Powod></Odliczenia><SumaOdliczen>{taken_off}</SumaOdliczen>" if taken_off else ""
    )
    return f"<Rozliczenie>{parts}<{name}>{amount}</{name}></Rozliczenie>"


@pytest.mark.parametrize(
    ("inside", "questions"),
    [
        (settled("DoZaplaty", "800.00"), {"amounts_differ"}),
        (settled("DoZaplaty", "-123.00"), set()),
        (settled("DoRozliczenia", "123.00"), set()),
        (settled("DoRozliczenia", "100.00"), {"amounts_differ"}),
    ],
)
def test_what_is_left_after_a_correction_is_no_second_claim(inside, questions):
    data = ksef(kind="KOR", total="-123.00", net="-100.00", tax="-23.00", corrects="FV/0", inside=inside)
    assert (one(data).to_pay, one(data).kind, asked(data)) == (Decimal("-123.00"), DocumentKind.CREDIT_NOTE, questions)


@pytest.mark.parametrize(
    ("inside", "questions"),
    [
        (settled("DoZaplaty", "1250.00", charged="50.00", taken_off="30.00"), set()),
        (settled("DoZaplaty", "1200.00"), {"amounts_differ"}),
        (settled("DoZaplaty", "1260.00", taken_off="30.00"), {"amounts_differ"}),
    ],
)
def test_what_is_to_pay_follows_from_the_total(inside, questions):
    assert asked(ksef(inside=inside)) == questions


def test_what_is_longer_than_the_books_hold_is_cut():
    found = one(ubl(buyer_tax_id="DE" + "1" * 200))
    assert (len(found.buyer.tax_id), "wrong_tax_id") == (20, next(str(q.question) for q in found.asked if q.said.startswith("DE111111")))


def test_payments():
    assert one(ksef(payment=transfer(paid=PAID_IN_FULL))).paid == (Paid(Decimal("1230.00"), date(2026, 2, 15)),)
    assert one(ksef(payment=transfer(paid=part_paid("30.00", "2026-02-16")))).paid == (Paid(Decimal("30.00"), date(2026, 2, 16)),)


def test_a_consumer():
    found = one(ksef(buyer=party("", "Jan Kowalski", identity="<BrakID>1</BrakID>")))
    assert (found.buyer.kind, found.buyer.tax_id, found.asked) == (Kind.CONSUMER, "", ())


def test_the_ksef_number_comes_from_the_name_where_its_checksum_is_right():
    from receivables.core.identifiers import crc8  # noqa: PLC0415

    number = f"{NUMBER}{crc8(NUMBER[:32].encode()):02X}"
    assert one(ksef(), f"{number}.xml").ksef_number == number
    assert one(ksef(), f"{NUMBER}00.xml").ksef_number == ""
    assert one(ksef(seller="9999999999"), f"{number}.xml").ksef_number == ""


def test_an_archive():
    found = read_invoices(zipped({"a/FV1.xml": ksef("FV/1"), "FV2.xml": ksef("FV/2"), "_metadata.json": b"{}", "__MACOSX/x": b""}))
    assert [(invoice.number, invoice.place) for invoice in found] == [("FV/1", "a/FV1.xml"), ("FV/2", "FV2.xml")]


def test_one_broken_file_refuses_an_archive_and_is_named():
    with pytest.raises(UnreadableInvoice) as refused:
        read_invoices(zipped({"good.xml": ksef(), "bad.xml": ksef(total="1.234")}, compression=zipfile.ZIP_STORED))
    assert refused.value.problems[0].column == "bad.xml: Faktura/Fa/P_15"


def test_utf_16_is_read():
    data = ksef().decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    assert format_of(data) == "ksef"
    assert one(data).number == "FV/1"


def test_jpk():
    found = read_invoices(jpk(("A/1", "100.00"), ("A/2", "-40.00")))
    assert [(row.number, row.to_pay, row.kind) for row in found] == [
        ("A/1", Decimal("100.00"), DocumentKind.INVOICE), ("A/2", Decimal("-40.00"), DocumentKind.CREDIT_NOTE),
    ]  # fmt: skip
    with pytest.raises(UnreadableInvoice) as refused:
        read_invoices(jpk(("A/1", "100.00"), ("A/2", "1e5")))
    assert refused.value.problems[0].column == "JPK/Faktura[2]/P_15"


@pytest.mark.parametrize(
    ("data", "kind", "to_pay", "questions"),
    [
        pytest.param(ubl(), "invoice", "119.00", set(), id="invoice"),
        pytest.param(ubl(prepaid="19.00", payable="100.00"), "invoice", "100.00", set(), id="prepaid"),
        pytest.param(ubl(prepaid="19.00"), "invoice", "119.00", {"amounts_differ"}, id="prepaid that is not taken off"),
        pytest.param(ubl(root="CreditNote", code="381"), "credit_note", "-119.00", set(), id="credit note: positive, and lowers"),
        pytest.param(ubl(code="384", payable="-19.00", total="-19.00"), "credit_note", "-19.00", set(), id="a correction downwards"),
        pytest.param(ubl(code="325"), "proforma", "119.00", set(), id="pro forma"),
        pytest.param(ubl(due=""), "invoice", "119.00", {"no_due_date"}, id="no due date"),
        pytest.param(
            ubl(inside="<cac:PayeeParty><cac:PartyName><cbc:Name>Factor Ltd</cbc:Name></cac:PartyName></cac:PayeeParty>"),
            "invoice", "119.00", {"factor"}, id="another payee",
        ),
    ],
)  # fmt: skip
def test_ubl(data, kind, to_pay, questions):
    found = one(data)
    assert (str(found.kind), found.to_pay, {str(row.question) for row in found.asked}) == (kind, Decimal(to_pay), questions)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (ubl(payable="12,50"), "Invoice/LegalMonetaryTotal/PayableAmount"), (ubl(payable="1.234"), "Invoice/LegalMonetaryTotal/PayableAmount"),
        (ubl(number="{{number}}"), "Invoice/ID"), (ubl(due="15.03.2026"), "Invoice/DueDate"), (ubl(code="999"), "Invoice/InvoiceTypeCode"),
        (ubl(number=""), "Invoice/ID"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(data, path):
    with pytest.raises(UnreadableInvoice) as refused:
        one(data)
    assert [problem.column for problem in refused.value.problems] == [path]


def test_the_discount_and_the_id_in_the_link():
    terms = "<Skonto><WarunkiSkonta>Płatność w ciągu 7 dni</WarunkiSkonta><WysokoscSkonta>2%</WysokoscSkonta></Skonto>"
    link = "<LinkDoPlatnosci>https://agent.example/bramka?IPKSeF=001ABC123DEF4</LinkDoPlatnosci>"
    found = one(ksef(payment=transfer() + terms + link))
    assert [(str(each.percent), each.days) for each in found.discounts] == [("2", 7)]
    assert found.payment_id == "001ABC123DEF4"
