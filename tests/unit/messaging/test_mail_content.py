"""What a mail holds: how to pay in words and as a code, readable with images off, small."""

import io
from decimal import Decimal
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from receivables.documents.letters import payload_of
from receivables.documents.payment_qr import qr_png
from receivables.messaging.templates import render_message
from tests.unit.papers import claiming, facts

DE = "DE89370400440532013000"


def read(picture: bytes) -> str:
    """What a scanner reads in a picture."""
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert len(found) == 1
    return bytes(found[0].bytes).decode()


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("name", ["reminder", "overdue", "demand"])
@pytest.mark.parametrize("said", [facts(1), facts(7), claiming()], ids=["one", "seven", "claims"])
def test_account_title_and_amount_stand_in_both_parts(said: dict[str, Any], name: str, language: str) -> None:
    words = render_message(name, language, said, "email", qr="transfer-code")
    amount = f"{Decimal(said['asks']):,.2f}".replace(",", " ").replace(".", "," if language == "pl" else ".")
    title = said["items"][0]["label"] if len(said["items"]) == 1 else "K-417"
    day = {"pl": "26 marca 2026", "en": "26 March 2026"}[language]
    for text in (words.text, words.html):
        flat = text.replace("\xa0", " ")
        pay = flat[flat.index("Dane do przelewu" if language == "pl" else "How to pay") :]
        assert "PL61 1090 1014 0000 0712 1981 2874" in pay
        assert title in pay
        assert amount in pay or amount.replace(" ", ",") in pay
        assert said["creditor"]["name"] in pay
    assert day in words.text
    assert ("26.03.2026" if language == "pl" else "26 Mar 2026") in words.html


def test_the_picture_says_what_it_holds_where_it_is_not_shown() -> None:
    html = render_message("overdue", "pl", facts(1), "email", qr="transfer-code").html
    assert '<img src="cid:transfer-code" width="180" alt="Kod QR do przelewu w aplikacji banku' in html
    assert "<img" not in render_message("overdue", "pl", facts(1), "email").html
    assert "http://" not in html and html.count("https://") == html.count(facts()["portal_url"])  # nothing is fetched from anywhere


@pytest.mark.parametrize(
    ("said", "payload"),
    [
        pytest.param(
            facts(1),
            "5261040828|PL|61109010140000071219812874|090125|Żółta Łódź sp. z o.o|FV/2026/0001|||",
            id="ZBP for złoty",
        ),
        pytest.param(
            facts(2, currency="EUR", creditor=facts()["creditor"] | {"bank_account": DE}),
            f"BCD\n002\n1\nSCT\n\nŻółta Łódź sp. z o.o.\n{DE}\nEUR1803.50\n\n\nFV/2026/0001, FV/2026/0002",
            id="EPC for euro",
        ),
    ],
)
def test_a_scanner_reads_the_code(said: dict[str, Any], payload: str) -> None:
    assert payload_of(said) == payload
    picture = qr_png(payload)
    assert read(picture) == payload
    assert len(picture) < 3000


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(facts(1, creditor=facts()["creditor"] | {"bank_account": ""}), id="no account"),
        pytest.param(facts(1, currency="USD"), id="dollars"),
        pytest.param(facts(1, asks="0.00"), id="nothing to pay"),
    ],
)
def test_where_there_is_no_standard_there_is_no_code(said: dict[str, Any]) -> None:
    assert payload_of(said) == ""


@pytest.mark.parametrize("name", ["courtesy_thanks", "courtesy_dispute_received"])
def test_a_mail_of_words_alone_has_a_page_too(name: str) -> None:
    said = {**facts(), "amount": "20.00", "booked_on": "2026-05-02", "labels": "FV/1 <b>", "received_on": "2026-05-02", "about": "x"}
    words = render_message(name, "pl", said, "email")
    assert "<p>Szanowni Państwo,</p>" in words.html
    assert "<b>" not in words.html
    assert words.html.count("Żółta Łódź sp. z o.o.") == 1 + words.text.count("Żółta Łódź sp. z o.o.")  # the title of the page
    assert render_message(name, "pl", said, "letter").html == ""


def test_the_signature_stands_above_the_firm() -> None:
    said = facts(1)
    said["creditor"]["signature"] = ["Anna Nowak", "Rozliczenia <x>"]
    words = render_message("overdue", "pl", said, "email")
    assert "Anna Nowak\nRozliczenia <x>\nŻółta Łódź sp. z o.o.\n" in words.text
    assert "Anna Nowak<br>Rozliczenia &lt;x&gt;<br>" in words.html


@pytest.mark.parametrize("name", ["reminder", "overdue", "demand"])
def test_a_mail_is_small(name: str) -> None:
    words = render_message(name, "pl", facts(20), "email", qr="transfer-code")
    assert len(words.text.encode()) + len(words.html.encode()) < 20_000
