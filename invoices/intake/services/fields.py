"""The fields of an invoice in JSON, and what is wrong with them: read on to the end, then refused together."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from invoices.intake.cells import FIRST_YEAR, HIDDEN, LAST_YEAR, Problem
from invoices.intake.parsed import ZERO, UnreadableInvoice
from receivables.core.errors import Refused
from receivables.core.money import CURRENCIES, parse_amount, quantum

_ZEROS = re.compile(r"(\.\d*?)0+$")


class Fields:
    """Reads texts, days and amounts of one object. Numbers with a point are texts: whoever parsed the JSON kept them so."""

    def __init__(self, said: Mapping[str, Any], *, path: str = "", problems: list[Problem] | None = None) -> None:
        self._said, self._path = said, path
        self.problems = [] if problems is None else problems

    def below(self, name: str) -> "Fields":
        """The fields of an object within; of none, empty ones."""
        inner = self._said.get(name)
        return Fields(inner if isinstance(inner, dict) else {}, path=f"{self._path}{name}.", problems=self.problems)

    def complain(self, name: str, reason: str) -> None:
        """Note a problem under the name of a field."""
        self.problems.append(Problem(0, f"{self._path}{name}", reason))

    def finish(self) -> None:
        """Raises `UnreadableInvoice` where anything was wrong."""
        if self.problems:
            raise UnreadableInvoice(*self.problems)

    def text(self, name: str, *, required: bool = False, longest: int = 200) -> str:
        """One line of text; empty where nothing is said."""
        value = self._said.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | None):
            self.complain(name, "is no text.")
            return ""
        text = "" if value is None else " ".join(str(value).split())
        if HIDDEN.search(text):
            self.complain(name, "contains a character that cannot be seen.")
        elif required and not text:
            self.complain(name, "is missing.")
        elif len(text) > longest:
            self.complain(name, f"has {len(text)} characters; at most {longest} are allowed.")
        else:
            return text
        return ""

    def first(self, *names: str, longest: int = 200) -> str:
        """The first of these that says something; what is too long is cut."""
        return next((text for name in names if (text := self.text(name, longest=10_000)[:longest])), "")

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A day as 2026-02-28, also at the head of a moment."""
        text = self.text(name, required=required)
        if not text or text.startswith("0000"):
            return None
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.complain(name, f"{text[:40]!r} is no day.")
            return None
        return day

    def currency(self, name: str) -> str:
        """A currency; PLN where none is said."""
        code = self.text(name) or "PLN"
        if code not in CURRENCIES:
            self.complain(name, f"{code[:20]!r} is no currency code of ISO 4217.")
            return "PLN"
        return code

    def amount(self, name: str, currency: str, *, required: bool = False) -> Decimal:
        """An amount in whole units, as text or a whole number; nothing where it is not said."""
        text = self.text(name, required=required)
        if not text:
            return ZERO
        try:
            return parse_amount(_ZEROS.sub(r"\1", text).removesuffix(".") if "." in text else text, currency)
        except Refused as refusal:
            self.complain(name, str(refusal))
            return ZERO

    def minor(self, name: str, currency: str, *, required: bool = False) -> Decimal:
        """An amount in the smallest unit, a whole number: 12345 are 123.45 PLN."""
        text = self.text(name, required=required)
        if not text:
            return ZERO
        if not re.fullmatch(r"-?[0-9]{1,15}", text):
            self.complain(name, f"{text[:40]!r} is no whole number of the smallest unit.")
            return ZERO
        return int(text) * quantum(currency)
