"""The words of every message: complete, polite, harmless, and without secrets where others may read them."""

import re
from typing import Any

import pytest

from receivables.core.errors import RenderError
from receivables.core.sms_parts import parts_of
from receivables.messaging.templates import render_message, sms_text
from tests.unit.papers import HOSTILE_NAME, claiming, facts, hostile

NAMES = ("reminder", "overdue", "demand")
# LAW.md A8: words that must not appear before there is a title, or ever.
FORBIDDEN = re.compile(
    r"komornik|egzekuc|zajęci|prokurator|przestępstw|oszust|lista dłużników|sąsiad|pracodawc|rodzin|koszty wzrosną|windykator terenow"
    r"|bailiff|enforcement|seizure|prosecutor|crime|fraud|debtor list|neighbour|employer",
    re.IGNORECASE,
)


def amounts_of(said: dict[str, Any], language: str) -> list[str]:
    return [item["open"].replace(".", "," if language == "pl" else ".") for item in said["items"]]


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_an_email_says_all_that_is_asked(name: str, language: str) -> None:
    said = facts(3)
    words = render_message(name, language, said, "email")
    for text in (words.text, words.html):
        flat = text.replace("\xa0", " ")
        for amount, item in zip(amounts_of(said, language), said["items"], strict=True):
            assert amount in flat and item["label"] in flat
        assert "PL61 1090 1014 0000 0712 1981 2874" in flat
        assert said["portal_url"] in flat
        assert "2 706,75" in flat if language == "pl" else "2,706.75" in flat
        assert not FORBIDDEN.search(flat)
    assert said["creditor"]["name"] in words.subject
    assert "\n" not in words.subject


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_an_sms_names_neither_amount_nor_person_and_fits_in_one(name: str, language: str) -> None:
    said = facts(2)
    text = render_message(name, language, said, "sms").text
    assert parts_of(text).count == 1
    assert sms_text(text) == text
    for hidden in (said["customer"]["name"], said["customer"]["number"], "Brz", "FV/", "zł", "PLN", "901", "1805"):
        assert hidden not in text
    assert said["portal_url"] in text
    assert "?" not in text.replace(said["portal_url"], "")


@pytest.mark.parametrize("channel", ["email", "sms", "letter"])
@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_render_harmlessly(name: str, language: str, channel: str) -> None:
    words = render_message(name, language, hostile(), channel)
    assert "<script" not in words.html and "<img" not in words.html
    assert "\u202e" not in words.text + words.html + words.subject
    assert "\nBcc" not in words.text and "\r" not in words.text + words.subject
    assert len(words.subject) <= 200 and "\n" not in words.subject


@pytest.mark.parametrize("name", ["handover", "call_script"])
@pytest.mark.parametrize("language", ["pl", "en"])
def test_what_staff_and_agencies_read_names_the_customer(name: str, language: str) -> None:
    words = render_message(name, language, facts(2), "agency")
    assert "Brzęczyszczykiewicz" in words.text and "FV/2026/0002" in words.text


@pytest.mark.parametrize("language", ["pl", "en"])
def test_a_portal_code(language: str) -> None:
    said = {"creditor": facts()["creditor"], "code": "ABCD-EFGH", "minutes": 10, "portal_url": "https://pay.example/portal/"}
    words = render_message("portal_code", language, said, "email")
    assert "ABCD-EFGH" in words.text and "ABCD-EFGH" in words.html
    assert "ABCD" not in words.subject


def test_another_language_falls_back_to_english() -> None:
    assert "Dear Sir" in render_message("overdue", "de", facts(), "email").text
    assert "Szanowni" in render_message("overdue", "pl-PL", facts(), "email").text


@pytest.mark.parametrize("name", ["no_such", "../documents/demand", "", "demand/pl"])
def test_a_template_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(RenderError):
        render_message(name, "pl", facts(), "email")


@pytest.mark.parametrize("field", ["portal_url", "asks"])
def test_a_hole_is_refused_and_named(field: str) -> None:
    said = facts()
    del said[field]
    with pytest.raises(RenderError, match=field):
        render_message("overdue", "pl", said, "email")


def test_templates_in_names_stay_text() -> None:
    said = facts()
    said["customer"]["name"] = HOSTILE_NAME
    assert "{{ settings.SECRET_KEY }}" in render_message("handover", "pl", said, "agency").text


def test_gsm_letters() -> None:
    assert sms_text("Zażółć gęślą jaźń – „tak”…\u202e") == 'Zazolc gesla jazn - "tak"...'
    assert sms_text("Grüße, 5 € 漢😀") == "Grüße, 5 € ??"
    assert [parts_of(text).count for text in ("x" * 160, "x" * 161, "€" * 80, "€" * 81, "x" * 306, "x" * 307)] == [1, 2, 1, 2, 2, 3]


@pytest.mark.parametrize("name", ["reminder", "overdue", "demand", "handover"])
@pytest.mark.parametrize("language", ["pl", "en"])
def test_a_message_shows_each_claim_and_a_sum_that_agrees(name: str, language: str) -> None:
    words = render_message(name, language, claiming(), "email")
    amounts = ("901,25", "33,19", "3,40", "36,59", "168,93", "10,00", "135,19", "13,75%", "15%", "4,2233", "1 251,96")
    for amount in amounts:
        shown = amount if language == "pl" else amount.replace(",", ".").replace(" ", ",")
        assert shown in words.text.replace("\xa0", " ")
        assert not words.html or shown in words.html.replace("\xa0", " ")


def test_a_message_of_an_earlier_version_is_still_read() -> None:
    old = {name: value for name, value in facts().items() if name not in ("claims", "interest", "compensation", "fees")}
    words = render_message("demand", "pl", old, "email")
    assert "901,25" in words.text and "Odsetki" not in words.text and "Odsetki" not in words.html
