"""Cells of a table to values, a record at a time. What cannot be read is named with column and reason; nothing is guessed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices.intake.profile import ColumnProfile
from invoices.intake.sheets import CODES, MOST_TAGS, NO_NUMBERS, ONE_WORD, TAG_LENGTH, TEXTS, WORDS
from invoices.intake.workbook import Figure
from receivables.core.errors import Refused
from receivables.core.fields import guess
from receivables.core.money import CURRENCIES, parse_amount, round_to_unit

MAX_CELL = 10_000
FIRST_YEAR, LAST_YEAR = 1990, 2100  # a date outside is a slip of the keyboard

# Control characters, and marks that turn the direction of writing so that a name looks like another one.
HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_BETWEEN_TAGS = re.compile(r"[,;|\r\n\t]")
_BREAK = re.compile(r"[\r\n\t]")
_SHORTENED = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+[0-9]{2,}")
_RATE_OF_TAX = re.compile(r"[0-9]{1,2}([.,][0-9]+)? ?%|zw\.?|np\.?|oo\.?", re.IGNORECASE)
FIGURE_BELOW = 10**14
_SPACES = " \u00a0\u2009\u202f"
_MINUS = "-\u2212\u2013"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be taken. `column` is the header it stands under; None where the whole line is meant."""

    line: int
    column: str | None
    reason: str


class Record:
    """One record's cells by our field names, and the problems found while reading them."""

    def __init__(self, line: int, cells: Mapping[str, str], shape: "Shape") -> None:
        self.line = line
        self.problems: list[Problem] = []
        self.shape = shape
        self._cells = cells

    def has(self, name: str) -> bool:
        """Whether the file has a column for the field, empty or not."""
        return name in self._cells

    def said_anything(self, name: str) -> bool:
        """Whether the cell is there and not empty."""
        return bool(self._cells.get(name, "").strip())

    def complain(self, name: str | None, reason: str) -> None:
        """Note a problem under the header of that field."""
        header = self.shape.headers.get(name, name) if name else None
        self.problems.append(Problem(self.line, header, reason))

    def text(self, name: str, *, required: bool = False) -> str:
        """The cell without surrounding spaces; formulas stay what they are, text."""
        cell = self._cell(name, required=required)
        if not cell:
            return ""
        if len(cell) > TEXTS[name]:
            self.complain(name, f"has {len(cell)} characters; at most {TEXTS[name]} are allowed.")
        elif name in NO_NUMBERS and isinstance(self._cells.get(name), Figure):
            self.complain(name, f"{cell!r} is stored as a number, which has lost the zeros it may begin with; format the column as text.")
        elif name in ONE_WORD and _SHORTENED.fullmatch(cell):
            self.complain(name, f"{cell!r} is a number that a spreadsheet has shortened; format the column as text and export it again.")
        elif not cell.isprintable() and _BREAK.search(cell):
            return self._one_line(name, cell)
        return cell

    def free_text(self, name: str) -> str:
        """The cell with its line breaks, which separate something."""
        cell = self._cell(name)
        if len(cell) > TEXTS[name]:
            self.complain(name, f"has {len(cell)} characters; at most {TEXTS[name]} are allowed.")
            return ""
        return cell

    def code(self, name: str) -> str:
        """A country or language code; a constant of the profile where the file has none."""
        cell = self._cell(name) or self.shape.constants.get(name, "")
        if cell and not re.fullmatch(CODES[name], cell):
            self.complain(name, f"{_short(cell)} is no code; write two letters such as {'PL' if name == 'country' else 'pl'}.")
        return cell

    def currency(self, default: str) -> str:
        """The row's own currency, which must be named where there is a column for it."""
        cell = self._cell("currency", required=True) if self.has("currency") else default
        if cell and cell not in CURRENCIES:
            self.complain(
                "currency", f"{_short(cell)} is no currency code of ISO 4217{guess(cell, CURRENCIES)} Allowed: PLN, EUR and the like."
            )
            return ""
        return cell

    def word(self, name: str, default: str) -> str:
        """Our word for what the cell says; an empty cell says nothing."""
        cell = self._cell(name)
        if not cell:
            return self.shape.constants.get(name, default)
        ours = self.shape.words[name].get(cell.casefold())
        if ours is None:
            known = self.shape.words[name]
            self.complain(name, f"{_short(cell)} is unknown{guess(cell, known)} Allowed: {', '.join(known)}.")
        return ours or default

    def said(self, name: str) -> bool | None:
        """Whether the cell says yes or no; None where it says nothing, and so does the profile."""
        ours = self.word(name, "")
        return ours == "yes" if ours else None

    def tags(self, name: str) -> tuple[str, ...]:
        """The words of a cell, each once, in their order."""
        words = tuple(dict.fromkeys(" ".join(part.split()) for part in _BETWEEN_TAGS.split(self._cell(name)) if part.strip()))
        if len(words) > MOST_TAGS:
            self.complain(name, f"has {len(words)} words; at most {MOST_TAGS} are allowed.")
        for word in words:
            if len(word) > TAG_LENGTH:
                self.complain(name, f"{_short(word)} has {len(word)} characters; a tag may have {TAG_LENGTH}.")
        return words

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A date in one of the profile's formats."""
        cell = self._cell(name, required=required)
        if not cell:
            return None
        read = self.shape.day(cell)
        if read is None:
            self.complain(name, f"{_short(cell)} is no date of the calendar written {self.shape.example_day}.")
        elif not FIRST_YEAR <= read.year <= LAST_YEAR:
            self.complain(name, f"{_short(cell)} lies outside the years {FIRST_YEAR} to {LAST_YEAR}.")
        return read

    def amount(self, name: str, currency: str, *, required: bool = False) -> Decimal | None:
        """An amount that fits its currency, of either sign; the caller judges the sign."""
        cell = self._cell(name, required=required)
        if not cell or not currency:
            return None
        plain = self.shape.plain(cell)
        if plain is None:
            self.complain(name, f"{_short(cell)} is no amount; write it like {self.shape.example_amount}.")
            return None
        try:
            return parse_amount(plain, currency)
        except Refused as refusal:
            self.complain(name, str(refusal))
            return None

    def figure(self, name: str, currency: str) -> Decimal | None:
        """An amount that only checks another: spreadsheets work it out with more decimals than are shown, and these are rounded half up.
        None for a cell that says a rate of tax instead: 23%, zw, np.
        """
        cell = self._cell(name)
        plain = self.shape.plain(cell) if cell and not _RATE_OF_TAX.fullmatch(cell) else None
        if plain is None or not currency or abs(Decimal(plain)) >= FIGURE_BELOW:
            return None if _RATE_OF_TAX.fullmatch(cell) else self.amount(name, currency)
        return round_to_unit(Decimal(plain), currency)

    def _cell(self, name: str, *, required: bool = False) -> str:
        raw = self._cells.get(name, "")
        if not raw and not required:
            return ""
        if len(raw) > MAX_CELL:
            self.complain(name, f"has {len(raw):,} characters; a cell may have {MAX_CELL:,}.")
            return ""
        if not raw.isprintable() and (hidden := HIDDEN.search(raw)):
            self.complain(name, f"contains a character that cannot be seen (U+{ord(hidden[0]):04X}).")
            return ""
        cell = raw.strip()
        if required and not cell:
            self.complain(name, "is empty; it must be filled in.")
        return cell

    def _one_line(self, name: str, cell: str) -> str:
        """Names and addresses may be broken over lines in a spreadsheet; what identifies something may not."""
        if name in ONE_WORD:
            self.complain(name, "contains a line break or a tab.")
        return " ".join(cell.split())


class Shape:
    """How a profile writes days, amounts and words, made ready once for a whole table."""

    def __init__(self, profile: ColumnProfile) -> None:
        self.headers, self.constants = profile.columns, profile.constants
        self.words = {name: _words(profile.words.get(name, {}), ours) for name, ours in WORDS.items()}
        self.example_day = " or ".join(_example(written) for written in profile.dates)
        self.example_amount = f"1234{profile.decimal}50"
        self._days = [re.compile(_day_pattern(written)) for written in profile.dates]
        self._amount = re.compile(_amount_pattern(profile))
        self._drop = str.maketrans("", "", "".join(_SPACES if sign == " " else sign for sign in profile.thousands))
        self._decimal = profile.decimal

    def day(self, cell: str) -> date | None:
        """The day a cell names in the first format that fits; None where there is no such day."""
        match = next((match for pattern in self._days if (match := pattern.fullmatch(cell))), None)
        if match is None:
            return None
        try:
            return date(int(match["Y"]), int(match["m"]), int(match["d"]))
        except ValueError:
            return None

    def plain(self, cell: str) -> str | None:
        """The amount with a decimal point and no other separators; None for anything that is no number."""
        sign, digits = ("-", cell[1:].lstrip(_SPACES)) if cell[:1] in _MINUS else ("", cell)
        if not self._amount.fullmatch(digits):
            return None
        return sign + digits.translate(self._drop).replace(self._decimal, ".")


def _words(explained: Mapping[str, str], ours: Iterable[str]) -> dict[str, str]:
    """What a file may say in a field, without regard to case: the profile's words and ours."""
    return {**{str(word): str(word) for word in ours}, **{word.casefold(): meaning for word, meaning in explained.items()}}


def _example(written: str) -> str:
    return written.replace("%d", "31").replace("%m", "12").replace("%Y", "2026")


def _day_pattern(written: str) -> str:
    pattern = re.escape(written).replace("%d", "(?P<d>[0-9]{1,2})").replace("%m", "(?P<m>[0-9]{1,2})")
    return pattern.replace("%Y", "(?P<Y>[0-9]{4})")


def _amount_pattern(profile: ColumnProfile) -> str:
    """Digits alone, or in groups of three when the profile knows a separator: 1.23 is never twelve hundred."""
    signs = "".join(re.escape(_SPACES if sign == " " else sign) for sign in profile.thousands)
    grouped = rf"|[0-9]{{1,3}}(?:([{signs}])[0-9]{{3}})(?:\1[0-9]{{3}})*" if signs else ""
    return rf"(?:[0-9]{{1,15}}{grouped})(?:{re.escape(profile.decimal)}[0-9]{{1,10}})?"


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 60 else cell[:57] + "...")
