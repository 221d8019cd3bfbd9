"""Values as people read them in a message or on paper, by language. Pure; screens have their own look."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, get_currency_symbol

_LOCALES = {"en": "en_GB"}  # English means British: day before month
_DAYS = {"pl": ("dzień", "dni"), "en": ("day", "days"), "de": ("Tag", "Tagen")}  # after "by" and "seit"
_JOINERS = "\u200c\u200d"  # needed inside words of some scripts and inside emoji

AMOUNTS = frozenset(
    "amount open disputed principal interest compensation fees credit asks settled "  # of messages and demands
    "was_open paid paid_total disputed_total "  # of what an agency is told
    "opening closing balance debit credited overdue barred price threshold".split()  # of statements, confirmations and contracts
)
"""Fields of a message's facts that hold a decimal string in the message's `currency`."""
RATES = {"rate_percent": "0.00%", "percent": "0.##%", "rate": "0.0000"}
"""Fields that hold a rate, and how it is written: yearly interest, the percentage of a fee, the price of a euro."""


def one_line(text: str, *, longest: int | None = None) -> str:
    """Text on one line and in reading order: breaks become spaces, control and direction marks go, encoded words are broken up."""
    kept = (text if text.isprintable() else "".join(_shown(character) for character in text)).replace("=?", "= ?")
    line = " ".join(kept.split())
    return line if longest is None or len(line) <= longest else line[: longest - 1].rstrip() + "…"


def is_plain(text: str) -> bool:
    """Whether `one_line` would change nothing but spaces: no line break, control or direction mark, no encoded word."""
    return "=?" not in text and all(_shown(character) == character for character in text)


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category in ("Cf", "Cs", "Co") and character not in _JOINERS else character


def locale_of(language: str) -> Locale:
    """The Babel locale of a language code such as pl or en."""
    return Locale.parse(_LOCALES.get(language, language), sep="-" if "-" in language else "_")


def amount_text(amount: Decimal | str, currency: str, language: str) -> str:
    """1 234,50 zł, £1,234.50 or PLN 1,234.50; the spaces inside do not break."""
    locale = locale_of(language)
    text = format_currency(Decimal(amount), currency, locale=locale).replace("\u202f", "\xa0")
    symbol = get_currency_symbol(currency, locale=locale)
    return text.replace(symbol, f"{symbol}\xa0") if symbol[-1:].isalpha() and text.lstrip("-").startswith(symbol) else text


def rate_text(rate: Decimal | str, pattern: str, language: str) -> str:
    """14,00%, 15%, 4,2233: by one of the patterns of `RATES`. A percentage is given as such, not as a fraction."""
    number = format_decimal(Decimal(rate), pattern.removesuffix("%"), locale=locale_of(language))
    return number + ("\xa0%" if language == "de" else "%") * pattern.endswith("%")


def day_text(day: date | str, language: str) -> str:
    """3 maja 2026; an ISO string is read first."""
    value = date.fromisoformat(day) if isinstance(day, str) else day
    return format_date(value, "d. MMMM y" if language == "de" else "d MMMM y", locale=locale_of(language))


def short_day_text(day: date | str, language: str) -> str:
    """03.05.2026, for tables."""
    value = date.fromisoformat(day) if isinstance(day, str) else day
    return format_date(value, "dd.MM.y" if language in ("pl", "de") else "dd MMM y", locale=locale_of(language))


def days_text(days: int, language: str) -> str:
    """1 dzień, 2 dni; 1 day, 2 days; seit 1 Tag, seit 2 Tagen."""
    one, more = _DAYS.get(language, _DAYS["en"])
    return f"{days}\xa0{one if days == 1 else more}"


def account_text(account: str) -> str:
    """An IBAN in groups of four; whatever else it is, without spaces at the ends."""
    plain = "".join(account.split())
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def country_text(code: str, language: str) -> str:
    """Niemcy, Germany; a code nobody knows stays as it is."""
    return str(locale_of(language).territories.get(code, one_line(code)))


def transfer_title(facts: Mapping[str, Any], *, longest: int = 140) -> str:
    """What the payer should write: the labels of the items where they all fit, else the reference."""
    labels = ", ".join(one_line(item["label"]) for item in facts.get("items", ()))
    title = labels if labels and len(labels) <= 32 else one_line(str(facts.get("reference", "")))
    return title[:longest]


def printed(facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The facts of a message with amounts and dates as text, all strings on one line.

    Dates are those whose name is `on` or ends in `_on`; beside each stands the form for tables, `due_on_short`. Beside an amount stands
    whether it is none, `credit_is_zero`; beside `days_late` and `days` stand `days_late_text` and `days_text`. None and truth values stay.
    """
    return _printed_fields(facts, str(facts.get("currency", "")), language)


def _printed_fields(fields: Mapping[str, Any], currency: str, language: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in fields.items():
        result[name] = _printed_value(name, value, currency, language)
        if _is_day(name) and value:
            result[f"{name}_short"] = short_day_text(value, language)
        if name in AMOUNTS and value is not None:
            result[f"{name}_is_zero"] = not Decimal(value)
        if name == "days_late":
            result["days_late_text"] = days_text(int(value or 0), language)
        if name == "days":
            result["days_text"] = days_text(int(value), language)
    return result


def _printed_value(name: str, value: Any, currency: str, language: str) -> Any:
    if isinstance(value, Mapping):
        return _printed_fields(value, currency, language)
    if isinstance(value, (list, tuple)):
        return [_printed_value("", inner, currency, language) for inner in value]
    if name in AMOUNTS and value is not None:
        return amount_text(value, currency, language)
    if name in RATES and value is not None:
        return rate_text(value, RATES[name], language)
    if name == "euro" and value is not None:
        return amount_text(value, "EUR", language)
    if _is_day(name) and value:
        return day_text(value, language)
    if name == "bank_account" and value:
        return account_text(value)
    return one_line(value) if isinstance(value, str) else value


def _is_day(name: str) -> bool:
    return name == "on" or name.endswith("_on")
