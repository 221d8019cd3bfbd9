"""KSeF invoices against the Ministry's schema, which the package ksef-client brings along. Each defect with the path of its element.

FA(2), which only the test environment of KSeF still takes, has no schema there: of it the reader checks what it reads.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree

from invoices.intake.cells import Problem
from invoices.intake.elements import MOST_TOLD, path_of
from invoices.intake.parsed import UnreadableInvoice
from receivables.core.xml_in import Element, find

_NAMESPACE = re.compile(r"\{[^}]*\}")
_ELEMENT = re.compile(r"^Element '[^']*': ")
_UNEXPECTED = re.compile(r"This element is not expected\.(?: Expected is (?:one of )?\( (.*) \)\.)?")
_MISSING = re.compile(r"Missing child element\(s\)\.(?: Expected is (?:one of )?\( (.*) \)\.)?")
_NO_VALUE = re.compile(
    r"(?:\[facet '\w+'\] )?(?:The value )?('.*?') (?:is not a valid value|has |is not accepted|is not an element|is (?:greater|less)).*"
)
_LONGEST = 60
_ALWAYS = (
    "Naglowek", "Podmiot1", "Podmiot1/DaneIdentyfikacyjne/NIP", "Podmiot1/DaneIdentyfikacyjne/Nazwa", "Podmiot2", "Fa", "Fa/KodWaluty",
    "Fa/P_1", "Fa/P_2", "Fa/P_15", "Fa/Adnotacje", "Fa/RodzajFaktury",
)  # fmt: skip


def refuse_invalid(root: Element) -> None:
    """Raise `UnreadableInvoice` for an FA(3) that its schema does not allow, naming each element once."""
    schema = _schema()
    if schema.validate(root.getroottree()):
        return
    found = {problem.column or "": problem for problem in _missing(root)}
    for error in schema.error_log:
        path = _path(root, error.path)
        found.setdefault(path, Problem(error.line, path, _told(error.message)))
        if len(found) >= MOST_TOLD:
            break
    raise UnreadableInvoice(*found.values())


def _missing(root: Element) -> Iterator[Problem]:
    """What every invoice has. The validator names the element that it meets instead, which helps nobody to find it."""
    for path in _ALWAYS:
        *above, name = path.split("/")
        parent = find(root, "/".join(above)) if above else root
        if parent is not None and find(parent, name) is None:
            yield Problem(parent.sourceline or 0, f"{path_of(parent)}/{name}", "is missing; it must be there.")


@lru_cache(maxsize=1)
def _schema() -> Any:
    """The schema, compiled once. Its parts refer to each other by addresses, which are answered from the folder."""
    spec = find_spec("ksef_client")  # found without running it: its HTTP client is not wanted here
    if spec is None or spec.origin is None:
        raise RuntimeError("The package ksef-client, which brings the schema of FA(3), is not installed.")
    folder = Path(spec.origin).parent / "documents" / "fa3" / "schemas"
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    parser.resolvers.add(_Folder(folder))
    return etree.XMLSchema(etree.parse(folder / "schemat_FA(3)_v1-0E.xsd", parser))


class _Folder(etree.Resolver):  # type: ignore[misc]
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def resolve(self, url: str, _public: object, context: Any) -> Any:
        """The file of that name; whatever else is asked for does not exist."""
        file = self._folder / url.rsplit("/", 1)[-1]
        return self.resolve_filename(str(file), context) if file.is_file() else self.resolve_empty(context)


def _path(root: Element, found: str | None) -> str:
    elements = root.getroottree().xpath(found) if found else []
    return path_of(elements[0]) if elements else path_of(root)


def _told(message: str) -> str:
    """What the validator said, as a sentence about the element."""
    plain = _NAMESPACE.sub("", _ELEMENT.sub("", message))
    if "No matching global declaration" in plain:
        return "is no invoice of KSeF: its namespace is missing or unknown."
    if unexpected := _UNEXPECTED.search(plain):
        return f"is not expected here.{_expected(unexpected[1])}"
    if missing := _MISSING.search(plain):
        return f"is not complete.{_expected(missing[1])}"
    if value := _NO_VALUE.fullmatch(plain):
        said = value[1] if len(value[1]) <= _LONGEST else value[1][: _LONGEST - 3] + "..."
        return f"{said} is no value that is allowed here."
    return plain[:200]


def _expected(names: str | None) -> str:
    return f" Expected: {names.replace(', ', ' or ')}." if names else ""
