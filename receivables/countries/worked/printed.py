"""A completed document as text for people: a table per case."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from receivables.countries.worked.fields import one_line

_LISTS = ("examples", "foreign_examples")
_SKIPPED = frozenset({"id", "title", "interest_periods", "periods", "payments"})


def printed(document: Mapping[str, Any]) -> str:
    """All cases, each with its periods, its payments and what is left."""
    return "\n\n".join("\n".join(_case(case)) for name in _LISTS for case in document.get(name, ()))


def _case(case: Mapping[str, Any]) -> Iterator[str]:
    yield "  ".join(filter(None, [one_line(case["id"]), one_line(case.get("title") or "")]))
    for name, value in case.items():
        if name not in _SKIPPED:
            yield from _field(name, value, indent="  ")
    for name, caption in (("interest_periods", "interest"), ("periods", "interest"), ("payments", "payments")):
        if case.get(name):
            yield f"  {caption}:"
            yield from _table([{key: value for key, value in row.items() if key != "formula"} for row in case[name]])


def _field(name: str, value: object, *, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield f"{indent}{_words(name)}:"
        for inner, part in value.items():
            yield from _field(inner, part, indent=indent + "  ")
        return
    yield f"{indent}{_words(name)}: {_said(value)}"


def _table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Columns as wide as their widest cell, numbers to the right."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [[_words(name) for name in names], *([_said(row.get(name, "")) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    for line in lines:
        yield "    " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_said, value)) or "-"
    return "-" if value is None else one_line(str(value))
