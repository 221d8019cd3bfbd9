"""MT940 statements and MT942 reports: a tolerant reader of tags. What one entry hides never costs the others. FORMATS.md 1.1.

RC and RD are reversals: RC takes money out that had come in, so it counts against, and RD brings some back.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from invoices.statements.mt940_details import Details, details_of
from invoices.statements.originals import told_in
from invoices.statements.parsed import Balance, Entry, Line, Problem, Statement, UnreadableStatement
from invoices.statements.texts import decoded

_TAG = re.compile(r":([0-9]{2}[A-Z]?|[A-Z]{2}):(.*)")
_CLOSES = re.compile(r"-(?:\}.*|\x03)?\s*")
_ENTRY = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4})?(?P<mark>RC|RD|EC|ED|C|D)(?P<funds>[A-Z])?(?P<amount>[0-9,. ]*)"
    r"(?:$|[NFS][A-Z0-9]{3}(?P<rest>.*))",
    re.DOTALL,
)
_AMOUNT = re.compile(r"[0-9]{1,15},?[0-9]{0,5}|,[0-9]{1,5}")
_BALANCE = re.compile(r"(?P<mark>C|D)(?P<on>[0-9]{6})(?P<currency>[A-Z]{3})(?P<amount>[0-9,]+)\s*")
_FLOOR = re.compile(r"([A-Z]{3})")
_OUT = frozenset({"D", "RC", "ED"})
_LAST_OF_THIS_CENTURY = 79  # two digits up to here mean 20xx


@dataclass(slots=True)
class _Tag:
    name: str
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def first(self) -> str:
        return self.lines[0].strip()


def read(data: bytes) -> list[Statement]:
    """All statements of a file, page by page. Raises `UnreadableStatement` for a file without any."""
    found = [_statement(tags) for tags in _messages(decoded(data))]
    if not found:
        raise UnreadableStatement("This is no MT940 statement: no line begins with :20: or :25:.")
    return found


def looks_like(data: bytes) -> bool:
    """Whether the file has the tags that every MT940 or MT942 has."""
    return re.search(rb"(?m)^\s*:25[A-Z]?:", data) is not None and re.search(rb"(?m)^\s*:28C?:", data) is not None


def _messages(text: str) -> Iterator[list[_Tag]]:
    """The tags of one message after another: from :20: to a line that is a dash, the next :20:, or the end."""
    tags: list[_Tag] = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.lstrip("\x01\x02")
        tag = _TAG.match(line.lstrip() if line.lstrip().startswith(":") else line)
        if (tag and tag[1] == "20" and tags) or _CLOSES.fullmatch(line):
            yield from _whole(tags)
            tags = []
        if tag:
            tags.append(_Tag(tag[1], number, [tag[2]]))
        elif tags and not _CLOSES.fullmatch(line):
            tags[-1].lines.append(line)
    yield from _whole(tags)


def _whole(tags: list[_Tag]) -> Iterator[list[_Tag]]:
    if any(tag.name.startswith("25") for tag in tags):
        yield tags


def _statement(tags: list[_Tag]) -> Statement:
    by_name = {tag.name: tag for tag in reversed(tags)}
    opening, closing = (_balance(by_name, letters) for letters in (("60F", "60M"), ("62F", "62M")))
    problems: list[Problem] = []
    currency = opening.currency if opening else closing.currency if closing else _floor_currency(by_name)
    entries = [_entry(group, currency, problems) for group in _grouped(tags)]
    account = next(tag.first for name, tag in by_name.items() if name.startswith("25"))
    number = by_name.get("28C", by_name.get("28"))
    found = Statement(
        account=account,
        number=number.first if number else "",
        opening=opening,
        closing=closing,
        entries=tuple(entries),
        is_pending="34F" in by_name or "13D" in by_name,
        currency=currency,
    )
    return replace(found, problems=(*problems, *_of_the_whole(found, by_name)))


def _of_the_whole(found: Statement, by_name: dict[str, _Tag]) -> Iterator[Problem]:
    for letters in (("60F", "60M"), ("62F", "62M")):
        tag = next((by_name[name] for name in letters if name in by_name), None)
        if tag and not _BALANCE.fullmatch(tag.first):
            yield Problem(f"line {tag.line}", f"The balance {tag.first[:40]!r} cannot be read.")
    if found.is_balanced is False:
        yield unbalanced(found)


def unbalanced(found: Statement) -> Problem:
    """The sentence for a statement whose entries do not explain its closing balance."""
    opening, closing = found.opening, found.closing
    if opening is None or closing is None:
        raise ValueError("a statement without balances cannot fail to balance")
    expected = opening.amount + found.credits - found.debits
    return Problem(
        f"statement {found.number}",
        f"It does not balance: opening {opening.amount} and its entries give {expected}, but it says {closing.amount}. "
        "It waits for a person; nothing is matched by itself.",
    )


def _balance(tags: dict[str, _Tag], names: tuple[str, ...]) -> Balance | None:
    tag = next((tags[name] for name in names if name in tags), None)
    match = _BALANCE.fullmatch(tag.first) if tag else None
    amount = _amount(match["amount"]) if match else None
    if match is None or amount is None:
        return None
    return Balance(-amount if match["mark"] == "D" else amount, match["currency"], _day(match["on"]))


def _floor_currency(tags: dict[str, _Tag]) -> str:
    """An interim report has no balances; its floor limit names the currency."""
    match = _FLOOR.match(tags["34F"].first) if "34F" in tags else None
    return match[1] if match else ""


def _grouped(tags: list[_Tag]) -> Iterator[tuple[_Tag, list[_Tag]]]:
    """Each :61: with the :86: that follow it. Another tag between ends that: what stands after :62: is about the statement."""
    current: tuple[_Tag, list[_Tag]] | None = None
    for tag in tags:
        if tag.name == "61":
            if current:
                yield current
            current = (tag, [])
        elif tag.name == "86" and current:
            current[1].append(tag)
        elif tag.name[:2] in ("62", "64", "65", "90") and current:
            yield current
            current = None
    if current:
        yield current


def _entry(group: tuple[_Tag, list[_Tag]], currency: str, problems: list[Problem]) -> Entry:
    tag, texts = group
    place = f"line {tag.line}"
    details = details_of([text.lines for text in texts])
    raw = "\n".join(line for part in (tag, *texts) for line in part.lines)
    match = _ENTRY.fullmatch(tag.lines[0].rstrip())
    amount = _amount(match["amount"].strip()) if match else None
    if match is None or amount is None:
        problems.append(Problem(place, f"The entry {tag.first[:60]!r} cannot be read: its date, sign or amount is none."))
        return Entry(_line(details, None, None, None, currency, {}, place=place, raw=raw))
    value_on = _day(match["value"])
    if value_on is None:
        problems.append(Problem(place, f"{match['value']} is no day of the calendar."))
    booked_on = _entry_day(match["entry"], value_on)
    signed = -amount if match["mark"] in _OUT else amount
    references = _references(match["rest"] or "", tag.lines[1:])
    is_reversal = match["mark"] in ("RC", "RD")
    return Entry(_line(details, booked_on, value_on, signed, currency, references, place=place, raw=raw, is_reversal=is_reversal))


def _line(
    details: Details,
    booked_on: date | None,
    value_on: date | None,
    amount: Decimal | None,
    currency: str,
    references: dict[str, str],
    *,
    place: str,
    raw: str,
    is_reversal: bool = False,
) -> Line:
    return Line(
        booked_on=booked_on,
        value_on=value_on,
        amount=amount,
        currency=currency,
        counterparty=details.counterparty,
        account=details.account,
        title=details.title or references.get("supplement", ""),
        references={name: text for name, text in {**references, **details.references, **told_in(raw)}.items() if name != "supplement"},
        is_reversal=is_reversal,
        place=place,
        raw=raw,
    )


def _references(rest: str, supplement: list[str]) -> dict[str, str]:
    """The customer's reference before the double slash, the bank's after it, and the supplementary line below."""
    customer, _, bank = rest.strip().partition("//")
    found = {"customer": customer.strip(), "bank": bank.strip(), "supplement": " ".join(" ".join(supplement).split())}
    return {name: text for name, text in found.items() if text and text not in ("NONREF", "KREF+")}


def _amount(text: str) -> Decimal | None:
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", ".", 1).rstrip(".") if text[0] != "," else "0" + text.replace(",", "."))
    except InvalidOperation:
        return None


def _day(text: str) -> date | None:
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:6])
    try:
        return date(year + (2000 if year <= _LAST_OF_THIS_CENTURY else 1900), month, day)
    except ValueError:
        return None


def _entry_day(text: str | None, value_on: date | None) -> date | None:
    """The entry date has no year: that of the value date, or the one beside it around New Year."""
    if not text or value_on is None:
        return value_on
    month, day = int(text[:2]), int(text[2:])
    year = value_on.year + (-1 if (month, value_on.month) == (12, 1) else 1 if (month, value_on.month) == (1, 12) else 0)
    try:
        return date(year, month, day)
    except ValueError:
        return value_on
