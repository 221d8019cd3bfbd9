"""XML from outside, read without trust: no DTD, no entities, no network, bounded in size and depth. Elements go by their local names."""

import re
from collections.abc import Collection, Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from receivables.core.errors import DomainError

MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 60
MOST_SIGNS = 2_000_000  # of "<" and of "=": what elements and attributes take in memory is many times what they take in a file

DOCTYPE = "The file declares a document type (DOCTYPE). Such files are not read; export it without."
_SAFELY: dict[str, Any] = {
    "resolve_entities": False, "no_network": True, "huge_tree": False, "load_dtd": False, "remove_comments": True, "remove_pis": True,
}  # fmt: skip
_WHERE = re.compile(r" \(<string>, line [0-9]+\)$")

Element = Any  # of lxml, which brings no types


class UnreadableXml(DomainError):
    """The file is no XML that is read. Says where; `line` is 0 where the whole file is meant."""

    def __init__(self, text: str, *, line: int = 0) -> None:
        super().__init__(text)
        self.line = line


def parse_xml(data: bytes, *, max_bytes: int = MAX_BYTES) -> Element:
    """The root element. Raises `UnreadableXml` for what is too big, too deep, broken, or declares a document type."""
    if len(data) > max_bytes:
        raise UnreadableXml(f"The file has {len(data) / 1024 / 1024:.1f} MB; at most {max_bytes // 1024 // 1024} MB of XML are read.")
    if data.count(b"<") > MOST_SIGNS or data.count(b"=") > MOST_SIGNS:
        raise UnreadableXml("The file has far more elements than are read. Split it into several.")
    parser = etree.XMLParser(**_SAFELY)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise UnreadableXml(f"This is no XML that can be read: {_told(error)}.", line=getattr(error, "lineno", 0) or 0) from None
    if root.getroottree().docinfo.doctype:
        raise UnreadableXml(DOCTYPE)
    _refuse_deep(root)
    return root


def stream_xml(data: bytes, names: Collection[str], *, max_bytes: int = MAX_BYTES) -> Iterator[Element]:
    """The elements of those local names as each ends, then the root; one is emptied when the next is asked for.

    For files of many equal parts, which as one tree would take many times their size. Raises as `parse_xml` does, in the middle too.
    """
    if len(data) > max_bytes:
        raise UnreadableXml(f"The file has {len(data) / 1024 / 1024:.1f} MB; at most {max_bytes // 1024 // 1024} MB of XML are read.")
    begun: list[int] = []  # of each open element, how many were in memory before it
    held = 0
    try:
        for event, element in etree.iterparse(BytesIO(data), events=("start", "end"), **_SAFELY):
            if event == "start":
                if not begun and element.getroottree().docinfo.doctype:
                    raise UnreadableXml(DOCTYPE)
                begun.append(held)
                held += 1 + len(element.attrib)
                if held > MOST_SIGNS // 2:
                    raise UnreadableXml("The file has far more elements than are read. Split it into several.")
                if len(begun) > MAX_DEPTH:
                    raise UnreadableXml(f"The file nests its elements more than {MAX_DEPTH} deep. Such files are not read.")
                continue
            before = begun.pop()
            if local(element) in names or not begun:
                yield element
                element.clear()
                held = before + 1
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise UnreadableXml(f"This is no XML that can be read: {_told(error)}.", line=getattr(error, "lineno", 0) or 0) from None


def _told(error: Exception) -> str:
    """What the parser said, on one line and without what it quotes of the file beyond some words."""
    return _WHERE.sub("", " ".join(str(error).split()))[:160].rstrip(".")


def _refuse_deep(root: Element) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise UnreadableXml(f"The file nests its elements more than {MAX_DEPTH} deep. Such files are not read.")


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def children(element: Element | None, name: str) -> Iterator[Element]:
    """The direct children of that local name."""
    if element is not None:
        yield from (child for child in element if local(child) == name)


def find(element: Element | None, path: str) -> Element | None:
    """The first element at a path of local names such as `Refs/EndToEndId`; None where there is none, or nothing to search."""
    for name in path.split("/"):
        element = next(children(element, name), None)
    return element


def text(element: Element | None, path: str = "") -> str:
    """The text at a path with single spaces; empty where there is none."""
    found = find(element, path) if path else element
    return " ".join((found.text or "").split()) if found is not None else ""
