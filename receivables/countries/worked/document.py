"""A document of worked cases: read strictly, completed case by case, and held against what it states already. All or nothing."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from receivables.core.errors import DomainError, Refused
from receivables.countries.law import PACKS, NoPack, pack_of
from receivables.countries.rates import RateBook
from receivables.countries.worked import foreign, polish
from receivables.countries.worked.fields import LATEST, Fields, among, called

SCHEMA = "receivables-worked-examples/1"
LISTS = ("examples", "foreign_examples")
_HEAD = ("schema", "country", "generated_on", "conventions", "checked_against_published_results")
_FREE = frozenset({"formula", "reason", "note", "title", "published_check", "due_date_shift"})  # worded freely


def read(text: str) -> dict[str, Any]:
    """The document of a text. Raises `Refused` for what is no JSON, no object, or says a key twice."""
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
        is_text = _is_text(document)
    except RecursionError as error:
        raise Refused("The file is nested too deeply to be such a document.") from error
    except ValueError as error:
        raise Refused(f"The file is no JSON: {error}.") from error
    if not is_text:
        raise Refused("The file holds half of a character (a lone surrogate); write it whole.")
    if not isinstance(document, dict):
        raise Refused("The file holds no JSON object with examples or foreign_examples.")
    return document


def completed(document: Mapping[str, Any], rates: RateBook) -> dict[str, Any]:
    """The document with each case completed. Raises `Refused` with place and field for the first that cannot be."""
    head = Fields("document", document)
    head.only((*_HEAD, *LISTS))
    if head.has("schema") and document["schema"] != SCHEMA:
        raise head.refused("schema", f"only {SCHEMA} is known.")
    if not any(head.has(name) for name in LISTS):
        raise head.refused("examples", f"neither of {among(LISTS)} is there.")
    country = head.text("country") if head.has("country") else "PL"
    ids: set[str] = set()
    cases = {name: [_case(fields, country, ids, rates) for fields in _named(head, name)] for name in LISTS if head.has(name)}
    return {name: cases.get(name, value) for name, value in document.items()}


def _named(head: Fields, name: str) -> list[Fields]:
    """The cases of a list; each is called by its id in refusals."""
    entries = Fields(name, head.values).objects(name)
    return [Fields(f"{name}, case {_called(entry, number)}", entry.values) for number, entry in enumerate(entries, start=1)]


def _called(entry: Fields, number: int) -> str:
    name = entry.values.get("id")
    return called(name) if isinstance(name, str) and name.strip() else f"number {number}"


def _case(fields: Fields, usual: str, ids: set[str], rates: RateBook) -> dict[str, Any]:
    name = fields.text("id")
    if name in ids:
        raise fields.refused("id", "another case has it already.")
    ids.add(name)
    found = _completed(fields, usual, rates)
    if path := _differs(fields.values, found, ""):
        raise fields.refused(path, "what is stated is not what follows from the rest; correct it or leave it out.")
    return found


def _completed(fields: Fields, usual: str, rates: RateBook) -> dict[str, Any]:
    country = fields.text("country") if fields.has("country") else usual
    try:
        pack = pack_of(country, on=LATEST)
    except NoPack as error:
        raise fields.refused("country", f"{called(country)!r} has no rules here; known are {among(PACKS)}.") from error
    try:
        return polish.completed(fields, rates) if country == "PL" else foreign.completed(fields, pack, rates)
    except DomainError as error:
        said = str(error)
        raise error if said.startswith(fields.place) else Refused(f"{fields.place}: {said}") from error


def _differs(stated: object, found: object, path: str) -> str:
    """Where something stated is not what was found; empty where all agrees. Texts that are worded freely are left alone."""
    if isinstance(stated, dict) and isinstance(found, dict):
        for name, value in stated.items():
            if name not in _FREE and (place := _differs(value, found.get(name, ...), f"{path}.{name}" if path else name)):
                return place
        return ""
    if isinstance(stated, list) and isinstance(found, list) and len(stated) == len(found):
        return next(
            filter(None, (_differs(one, two, f"{path} {n}") for n, (one, two) in enumerate(zip(stated, found, strict=True), 1))), ""
        )
    return "" if stated == found or stated is None else path


def _is_text(value: object) -> bool:
    """Whether all strings can be written again."""
    try:
        json.dumps(value, ensure_ascii=False, indent=1).encode()
    except UnicodeEncodeError:
        return False
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for n, (name, _) in enumerate(pairs) if name in {other for other, _ in pairs[:n]})
        raise ValueError(f"an object says {called(twice)!r} twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
