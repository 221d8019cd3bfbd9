"""Invoices of online services: lists, pages, signs of what is paid. The answers are ours, made from the documented shapes."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from invoices.intake.parsed import Paid, ParsedInvoice, Question, UnreadableInvoice
from invoices.intake.reading import format_of, read_invoices
from invoices.intake.services import written
from invoices.pulling.fakturownia_api import Fakturownia
from invoices.pulling.ifirma_api import Ifirma, signature
from invoices.pulling.infakt_api import Infakt
from invoices.pulling.protocol import CannotPull, Pulled
from invoices.pulling.sweep import PAGE, Sweep
from invoices.pulling.wfirma_api import Wfirma
from tests.loopback import Handler, Stub, reply, serving

NIP = "5265877635"
NOW = datetime(2026, 2, 20, 12, tzinfo=UTC)
LONG_AGO = "2006-01-01T00:00:00+00:00"
HEX = "C1C4B5B3F1E0B4B5"

FAKTUROWNIA = {
    "id": 7, "number": "FV 7", "kind": "vat", "issue_date": "2026-02-01", "payment_to": "2026-02-15", "price_gross": "123.0", "paid": "23.00",
    "paid_date": "2026-02-10", "currency": "PLN", "status": "partial", "income": "1", "seller_tax_no": NIP, "buyer_name": "Ewa",
    "buyer_tax_no": "5252248481", "buyer_email": "e@e.example", "payment_type": "transfer", "updated_at": "2026-02-10T12:00:00+01:00",
}  # fmt: skip
INFAKT = {
    "id": 7, "number": "FV 7", "kind": "vat", "invoice_date": "2026-02-01", "payment_date": "2026-02-15", "gross_price": 12300,
    "left_to_pay": 10000, "paid_date": "2026-02-10", "currency": "PLN", "status": "sent", "client_company_name": "Ewa",
    "client_tax_code": "5252248481", "client_email": "e@e.example", "payment_method": "transfer",
}  # fmt: skip
WFIRMA = {
    "id": "7", "fullnumber": "FV 7", "type": "normal", "date": "2026-02-01", "paymentdate": "2026-02-15", "total": "123.00",
    "alreadypaid": "23.00", "paymentstate": "partial", "paymentmethod": "transfer", "currency": "PLN",
    "contractor_detail": {"name": "Ewa", "nip": "525-224-84-81", "email": "e@e.example"},
}  # fmt: skip
IFIRMA = {
    "FakturaId": 7, "PelnyNumer": "FV 7", "Rodzaj": "prz_faktura_kraj", "DataWystawienia": "2026-02-01", "TerminPlatnosci": "2026-02-15",
    "Brutto": "123.0", "Zaplacono": "23.0", "Waluta": "PLN", "NipKontrahenta": "5252248481", "KontrahentNazwa": "Ewa",
    "EmailKontrahenta": "e@e.example",
}  # fmt: skip
ROWS = {"fakturownia": FAKTUROWNIA, "infakt": INFAKT, "wfirma": WFIRMA, "ifirma": IFIRMA}


def read(service: str, **changes: Any) -> ParsedInvoice:
    (found,) = read_invoices(written(service, NIP, {**ROWS[service], **changes}))
    return found


@pytest.mark.parametrize("service", ROWS)
def test_the_same_invoice_of_each_service(service: str) -> None:
    found = read(service)
    assert format_of(written(service, NIP, ROWS[service])) == service
    assert (found.form, found.number, found.currency, found.total, found.to_pay) == (service, "FV 7", "PLN", Decimal(123), Decimal(123))
    assert (found.issued_on, found.due, found.seller.tax_id) == (date(2026, 2, 1), (date(2026, 2, 15),), NIP)
    assert (found.buyer.name, found.buyer.tax_id, found.buyer.email) == ("Ewa", "5252248481", "e@e.example")
    paid_on = date(2026, 2, 10) if service in ("fakturownia", "infakt") else None
    assert found.paid == (Paid(Decimal(23), paid_on),)
    assert {asked.question for asked in found.asked} == {Question.NO_ACCOUNT}


@pytest.mark.parametrize(
    ("service", "changes", "says"),
    [
        ("fakturownia", {"income": "0"}, "a cost"),
        ("fakturownia", {"status": "cancelled"}, "was cancelled"),
        ("fakturownia", {"kind": "receipt"}, "no invoice that is owed"),
        ("fakturownia", {"price_gross": "1e9"}, "no amount"),
        ("infakt", {"gross_price": "123.00"}, "no whole number of the smallest unit"),
        ("infakt", {"status": "draft"}, "a draft"),
        ("wfirma", {"type": "?"}, "no kind of document"),
        ("wfirma", {"date": "2026-02-31"}, "no day"),
        ("ifirma", {"Brutto": "1.234"}, "more decimals"),
        ("ifirma", {"PelnyNumer": None}, "missing"),
        ("ifirma", {"Waluta": "złoty"}, "no currency"),
    ],
)
def test_what_cannot_be_read_is_named(service: str, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UnreadableInvoice) as refused:
        read(service, **changes)
    assert any(says in problem.reason for problem in refused.value.problems)


def test_a_correction_downwards_is_a_credit_note_and_cash_is_asked_about() -> None:
    found = read("fakturownia", kind="correction", price_gross="-23.00", paid="0", from_invoice_number="FV 1")
    assert (found.is_credit, found.kind, found.corrects) == (True, "credit_note", ("FV 1",))
    assert Question.OTHER_METHOD in {asked.question for asked in read("infakt", payment_method="cash").asked}


def test_the_signature_of_ifirma() -> None:
    url = "https://www.ifirma.pl/iapi/fakturakraj.json"
    assert signature(f"{url}?strona=1", login="demo", key=HEX, body="X") == "f58ad18b6d0e0a61c06355b0a66996fa3189a807"
    with pytest.raises(CannotPull, match="no hexadecimal"):
        signature(url, login="demo", key="secret")


Answer = Callable[[Handler], None]


def answering(handler: Handler) -> None:
    """One server for all: what each service lists, ours and in the shape of its documentation."""
    parts = urlsplit(handler.path)
    query = parse_qs(parts.query)
    if parts.path == "/invoices.json" and query["api_token"] == ["T"]:
        return reply(
            json.dumps([FAKTUROWNIA, {**FAKTUROWNIA, "id": 8, "income": "0"}, {**FAKTUROWNIA, "id": 9, "number": "FV 9", "status": "paid"}])
        )(handler)
    if parts.path == "/api/v3/invoices.json" and handler.headers["X-inFakt-ApiKey"] == "K":
        return reply(json.dumps({"metainfo": {"total_count": 1}, "entities": [INFAKT]}))(handler)
    if parts.path == "/invoices/find" and (handler.headers["accessKey"], query["company_id"]) == ("A", ["5"]):
        said = json.loads(handler.stub.asked[-1].body)["invoices"]["parameters"]
        assert said == {"page": 1, "limit": PAGE}
        return reply(json.dumps({"invoices": {"0": {"invoice": WFIRMA}, "parameters": {"total": "1"}}, "status": {"code": "OK"}}))(handler)
    signed = signature(f"{handler.stub.url}{parts.path}", login="demo", key=HEX)
    if parts.path == "/iapi/faktury.json" and handler.headers["Authentication"] == f"IAPIS user=demo, hmac-sha1={signed}":
        rows = json.dumps([IFIRMA]).replace('"123.0"', "123.0").replace('"23.0"', "23.0")
        return reply(f'{{"response": {{"Kod": 0, "Wynik": {rows}}}}}')(handler)
    return reply("{}", status=401)(handler)


def lister(service: str, stub: Stub, key: str = "") -> Any:
    return {
        "fakturownia": lambda: Fakturownia(stub.url, key or "T"),
        "infakt": lambda: Infakt(stub.url, key or "K"),
        "wfirma": lambda: Wfirma(stub.url, key or "A", "S", "P", "5"),
        "ifirma": lambda: Ifirma(stub.url, key or "demo", HEX),
    }[service]()


def pull(
    service: str, answer: Answer = answering, *, mark: str = LONG_AGO, known: tuple[str, ...] = (), pages: int = 3, key: str = ""
) -> Pulled:
    with serving(answer) as stub:
        sweep = Sweep(lister(service, stub, key), seller_tax_id=NIP, most_pages=pages, now=NOW)
        return sweep.pull(mark, known=lambda keys: [one for one in keys if one in known])


@pytest.mark.parametrize("service", ROWS)
def test_each_service_is_asked_as_it_wants_to_be(service: str) -> None:
    found = pull(service)
    assert [file.key for file in found.files] == ["7"] and (found.mark, found.is_cut) == ("2026-02-20T12:00:00+00:00", False)
    assert read_invoices(found.files[0].data)[0].total == Decimal(123)
    with pytest.raises(CannotPull, match="does not accept the key") as refused:
        pull(service, key="WRONG")
    assert "WRONG" not in str(refused.value)


@pytest.mark.parametrize(
    ("code", "says", "wait"),
    [("AUTH", "does not accept the keys", 0), ("TOTAL REQUESTS LIMIT EXCEEDED", "often enough", 3600), ("ERROR", "refuses: ERROR", 0)],
)
def test_wfirma_says_in_the_body_how_it_went(code: str, says: str, wait: int) -> None:
    with pytest.raises(CannotPull, match=says) as refused:
        pull("wfirma", reply(json.dumps({"status": {"code": code}})))
    assert refused.value.retry_after == wait


def test_ifirma_says_in_the_body_how_it_went() -> None:
    with pytest.raises(CannotPull, match=r"Błąd \(400\)"):
        pull("ifirma", reply(json.dumps({"response": {"Kod": 400, "Informacja": "Błąd"}})))


@pytest.mark.parametrize("body", ["<html>", "[1]", '{"a": 1}', "[" * 100_000])
def test_rubbish_is_a_sentence(body: str) -> None:
    for service in ROWS:
        with pytest.raises(CannotPull):
            pull(service, reply(body))


def many(number: int, first: int = 1) -> list[dict[str, Any]]:
    """Newest change first."""
    rows = [
        {**FAKTUROWNIA, "id": n, "number": f"FV {n}", "updated_at": f"2026-02-{n // 100 + 1:02d}T{n % 24:02d}:00:00Z"}
        for n in range(first, number)
    ]
    return sorted(rows, key=lambda row: str(row["updated_at"]), reverse=True)


def paging(rows: list[dict[str, Any]]) -> Answer:
    def answer(handler: Handler) -> None:
        page = int(parse_qs(urlsplit(handler.path).query)["page"][0])
        reply(json.dumps(rows[(page - 1) * PAGE : page * PAGE]))(handler)

    return answer


def test_a_pull_that_is_cut_goes_on_at_its_page_and_ends_at_its_mark() -> None:
    rows = many(251)
    first = pull("fakturownia", paging(rows), pages=2)
    assert (len(first.files), first.is_cut, first.mark) == (200, True, f"{LONG_AGO} 2026-02-20T12:00:00+00:00 3")
    second = pull("fakturownia", paging(rows), pages=2, mark=first.mark)
    assert (len(second.files), second.is_cut, second.mark) == (50, False, "2026-02-20T12:00:00+00:00")
    newest = pull("fakturownia", paging(rows), mark="2026-02-03T00:00:00+00:00")
    assert {row["number"] for row in rows if str(row["updated_at"]) > "2026-02-03"} <= {
        read_invoices(file.data)[0].number for file in newest.files
    } and len(newest.files) < 100
    assert len(first.mark) <= 60
    with pytest.raises(CannotPull, match="no moment"):
        pull("fakturownia", paging(rows), mark="yesterday")


def test_a_wait_in_the_middle_keeps_what_came_before() -> None:
    rows = many(251)

    def answer(handler: Handler) -> None:
        page = int(parse_qs(urlsplit(handler.path).query)["page"][0])
        (paging(rows) if page == 1 else reply("{}", status=429, **{"Retry-After": "300"}))(handler)

    found = pull("fakturownia", answer)
    assert (len(found.files), found.is_cut, found.retry_after, found.mark[-2:]) == (100, True, 300, " 2")


def test_what_was_settled_before_is_passed_unless_the_books_know_it_and_corrections_come_last() -> None:
    settled = {**FAKTUROWNIA, "status": "paid"}
    rows = [
        {**settled, "id": 1, "number": "K 1", "kind": "correction", "price_gross": "-5", "from_invoice_number": "FV 2"},
        {**settled, "id": 2, "number": "FV 2"},
        {**settled, "id": 3, "number": "FV 3"},
        {**FAKTUROWNIA, "id": 4, "number": "FV 4"},
    ]
    found = pull("fakturownia", paging(rows), known=("FV 2",))
    assert [file.key for file in found.files] == ["4", "2", "1"] and found.known == 1
