"""Values as people read them, and texts that try to be more than text."""

import pytest

from receivables.core import printed as p


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        ("1234.50", "PLN", "pl", "1 234,50 zł"),
        ("0.00", "PLN", "pl", "0,00 zł"),
        ("12.00", "EUR", "pl", "12,00 €"),
        ("1234567.89", "EUR", "en", "€1,234,567.89"),
        ("1234.50", "PLN", "en", "PLN 1,234.50"),
        ("1500", "JPY", "en", "JP¥1,500"),
    ],
)
def test_amounts(amount: str, currency: str, language: str, text: str) -> None:
    assert p.amount_text(amount, currency, language).replace("\xa0", " ") == text
    assert " " not in p.amount_text(amount, currency, language)  # never broken over two lines


def test_days() -> None:
    assert p.day_text("2026-05-03", "pl") == "3 maja 2026"
    assert p.day_text("2026-05-03", "en") == "3 May 2026"
    assert p.short_day_text("2026-05-03", "pl") == "03.05.2026"
    assert p.short_day_text("2026-05-03", "en") == "03 May 2026"
    assert [p.days_text(days, "pl") for days in (0, 1, 2)] == ["0\xa0dni", "1\xa0dzień", "2\xa0dni"]
    assert [p.days_text(days, "en") for days in (1, 2)] == ["1\xa0day", "2\xa0days"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Jan\r\nBcc: x@example.com", "Jan Bcc: x@example.com"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("abc\u202egnp.exe\u202c", "abcgnp.exe"),
        ("\u2066isolate\u2069 \u200fmark\u200e", "isolate mark"),
        ("nul\x00bell\x07", "nul bell"),
        ("=?utf-8?q?Eve?=", "= ?utf-8?q?Eve?="),
        ("👩‍👩‍👧 rodzina", "👩‍👩‍👧 rodzina"),
        ("  viele   Leerzeichen \t ", "viele Leerzeichen"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert p.one_line(text) == line
    assert p.is_plain(p.one_line(text))
    assert p.one_line(line) == line


def test_a_long_line_is_cut_with_a_mark() -> None:
    assert p.one_line("abcdef", longest=4) == "abc…"
    assert p.one_line("abcd", longest=4) == "abcd"


def test_facts_are_printed_by_their_names() -> None:
    facts = {
        "currency": "PLN",
        "asks": "10.00",
        "credit": "0.00",
        "deadline_on": None,
        "on": "2026-05-03",
        "is_overdue": True,
        "creditor": {"bank_account": "PL61109010140000071219812874"},
        "items": [{"label": "F/1\n", "due_on": "2026-03-26", "days_late": 38, "open": "10.00"}],
    }
    found = p.printed(facts, "pl")
    assert (found["asks"], found["credit_is_zero"], found["deadline_on"], found["on"]) == ("10,00\xa0zł", True, None, "3 maja 2026")
    assert found["creditor"]["bank_account"] == "PL61 1090 1014 0000 0712 1981 2874"
    [item] = found["items"]
    assert (item["label"], item["due_on_short"], item["days_late_text"], item["open"]) == ("F/1", "26.03.2026", "38\xa0dni", "10,00\xa0zł")


def test_the_title_of_a_transfer() -> None:
    one = {"reference": "K1", "items": [{"label": "FV/1"}]}
    many = {"reference": "K1", "items": [{"label": f"FV/2026/{n}"} for n in range(9)]}
    assert (p.transfer_title(one), p.transfer_title(many)) == ("FV/1", "K1")


def test_countries() -> None:
    assert [p.country_text(code, "pl") for code in ("DE", "ZZZ")] == ["Niemcy", "ZZZ"]
