"""Elements of an XML invoice to values. What cannot be read is noted with the path of its element, and nothing is guessed."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from invoices.intake.cells import FIRST_YEAR, HIDDEN, LAST_YEAR, Problem
from invoices.intake.parsed import UnreadableInvoice
from receivables.core.errors import Refused
from receivables.core.money import CURRENCIES, parse_amount
from receivables.core.xml_in import Element, UnreadableXml, children, find, local, parse_xml, text

MOST_TOLD = 20
LONGEST_NUMBER = 100
_AMOUNT = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,10})?")
_PLACEHOLDER = re.compile(r"#\w+#|\{\{.*\}\}|\$\{.*\}|%\w+%|<.*>")


def root_of(data: bytes) -> Element:
    """The root element. Raises `UnreadableInvoice` for what is no XML that may be read."""
    try:
        return parse_xml(data)
    except UnreadableXml as refusal:
        raise UnreadableInvoice(Problem(refusal.line, None, str(refusal))) from None


def path_of(element: Element) -> str:
    """Where an element stands, "Faktura/Fa/FaWiersz[2]/P_11": names without namespaces, a number where there are several."""
    steps: list[str] = []
    while element is not None:
        name, parent = local(element), element.getparent()
        alike = [] if parent is None else list(children(parent, name))
        steps.append(name if len(alike) < 2 else f"{name}[{next(n for n, one in enumerate(alike, 1) if one is element)}]")
        element = parent
    return "/".join(reversed(steps))


class Reader:
    """Reads one document and keeps the problems met; `finish` raises them."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.problems: list[Problem] = []

    def complain(self, at: Element, reason: str, *, below: str = "") -> None:
        """Note a problem at an element, or at one that is missing below it."""
        path = path_of(at)
        self.problems.append(Problem(at.sourceline or 0, f"{path}/{below}" if below else path, reason))
        if len(self.problems) >= MOST_TOLD:
            self.finish()  # the rest of a broken file is not read

    def finish(self) -> None:
        """Raise `UnreadableInvoice` where anything was noted."""
        if self.problems:
            raise UnreadableInvoice(*self.problems)

    def text(self, at: Element | None, path: str, *, required: bool = False, longest: int = 240) -> str:
        """One line of text. A placeholder that nobody filled in is a problem, and so is what is missing where it must be there."""
        found = find(at, path) if path else at
        said = text(found)
        if not said:
            if required:
                self.complain(self.root if at is None else at, "is missing; it must be there.", below=path)
            return ""
        if _PLACEHOLDER.fullmatch(said):
            self.complain(found, f"{said[:60]!r} is a placeholder that was never filled in.")
        elif HIDDEN.search(said):
            self.complain(found, "contains a character that cannot be seen.")
        elif len(said) > longest:
            self.complain(found, f"has {len(said):,} characters; at most {longest} are allowed.")
        return said

    def amount(self, at: Element | None, path: str, currency: str, *, required: bool = False) -> Decimal | None:
        """An amount that fits its currency; None where it is missing or cannot be read."""
        plain = self.decimal(at, path, required=required)
        if plain is None or not currency:
            return None
        try:
            return parse_amount(f"{plain:f}", currency)
        except Refused as refusal:
            self.complain(find(at, path), str(refusal))
            return None

    def decimal(self, at: Element | None, path: str, *, required: bool = False) -> Decimal | None:
        """A number with a decimal point and any decimals; None where it is missing or cannot be read."""
        said = self.text(at, path, required=required)
        if not said or _PLACEHOLDER.fullmatch(said):
            return None
        if not _AMOUNT.fullmatch(said):
            self.complain(find(at, path) if path else at, f"{said[:60]!r} is no amount; write it like 1234.50.")
            return None
        return Decimal(said)

    def day(self, at: Element | None, path: str, *, required: bool = False, written: str = "%Y-%m-%d") -> date | None:
        """A day of the calendar; None where it is missing or cannot be read."""
        said = self.text(at, path, required=required)
        if not said or _PLACEHOLDER.fullmatch(said):
            return None
        try:
            day = datetime.strptime(said, written).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.complain(find(at, path) if path else at, f"{said[:60]!r} is no date of the calendar.")
            return None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.complain(find(at, path) if path else at, f"{said} lies outside the years {FIRST_YEAR} to {LAST_YEAR}.")
        return day

    def currency(self, at: Element | None, path: str) -> str:
        """A currency of ISO 4217; empty where there is none that we know."""
        code = self.text(at, path, required=True)
        if not code or code in CURRENCIES:
            return code
        if not _PLACEHOLDER.fullmatch(code):
            self.complain(find(at, path), f"{code[:20]!r} is no currency code of ISO 4217.")
        return ""


def texts(at: Element | None, path: str) -> Iterator[str]:
    """The texts of all elements at a path whose last name repeats."""
    *above, last = path.split("/")
    parent = find(at, "/".join(above)) if above else at
    yield from (said for child in children(parent, last) if (said := text(child)))


def all_at(at: Element | None, path: str) -> Iterator[Element]:
    """All elements at a path, any of whose names may repeat."""
    head, _, rest = path.partition("/")
    for child in children(at, head):
        if rest:
            yield from all_at(child, rest)
        else:
            yield child


def compact(account: str) -> str:
    """An account number or tax number without spaces and dashes."""
    return re.sub(r"[\s\-]", "", account).upper()
