"""What a machine can see of PDF/UA-1 (ISO 14289-1; the numbers are those of the Matterhorn Protocol 1.1): a list of faults, empty where none."""

import io
from collections.abc import Iterator
from typing import Any, cast

import pypdf
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject

BLOCKS = "Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody"
TABLES = "Table TR TH TD THead TBody TFoot"
INLINE = "Span Quote Note Reference BibEntry Code Link Annot Ruby RB RT RP Warichu WT WP Figure Formula Form"
STANDARD = frozenset(f"{BLOCKS} {TABLES} {INLINE}".split())
INSIDE = {
    "TR": {"Table", "THead", "TBody", "TFoot"},
    "TH": {"TR"},
    "TD": {"TR"},
    "LI": {"L"},
    "LBody": {"LI"},
    "THead": {"Table"},
    "TBody": {"Table"},
}
SHOWS = frozenset((b"Tj", b"TJ", b"'", b'"', b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s", b"Do", b"sh", b"EI"))


def faults(content: bytes) -> list[str]:
    """In words, each with the page or element it is about."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    elements = list(_elements(reader.root_object["/StructTreeRoot"].get_object(), "")) if "/StructTreeRoot" in reader.root_object else []
    found = [*_of_document(reader), *_of_structure(elements), *_of_headings(elements)]
    for number, page in enumerate(reader.pages, start=1):
        found += [f"page {number}: {fault}" for fault in (*_of_content(reader, page), *_of_fonts(page), *_of_links(page))]
    return found


def _of_document(reader: pypdf.PdfReader) -> Iterator[str]:
    root = reader.root_object
    metadata = cast("Any", root["/Metadata"].get_object()).get_data() if "/Metadata" in root else b""
    wanted = {
        "06-002 it does not say that it is PDF/UA": b"pdfuaid:part" in metadata,
        "06-003 no title in its metadata": b"dc:title" in metadata,
        "07-001 the title is not shown": bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle")),
        "01-007 not marked": bool(root.get("/MarkInfo", {}).get("/Marked")),
        "11-006 no language": bool(root.get("/Lang")),
        "09-001 no structure": "/StructTreeRoot" in root,
    }
    return (fault for fault, is_well in wanted.items() if not is_well)


def _elements(node: Any, parent: str) -> Iterator[tuple[str, str, DictionaryObject]]:
    """Kind, kind of the parent and the element itself, in reading order."""
    node = node.get_object()
    if isinstance(node, ArrayObject):
        for child in node:
            yield from _elements(child, parent)
    elif isinstance(node, DictionaryObject) and node.get("/Type") not in ("/MCR", "/OBJR"):
        kind = str(node.get("/S", ""))[1:]
        if kind:
            yield kind, parent, node
        yield from _elements(node["/K"], kind) if "/K" in node else ()


def _of_structure(elements: list[tuple[str, str, DictionaryObject]]) -> Iterator[str]:
    headers = {element["/ID"] for kind, _, element in elements if kind == "TH" and "/ID" in element}
    for kind, parent, element in elements:
        if kind not in STANDARD:
            yield f"02-001 {kind} is no kind of element"
        if kind in INSIDE and parent not in INSIDE[kind]:
            yield f"09-004 {kind} within {parent}"
        if kind == "Figure" and not (element.get("/Alt") or element.get("/ActualText")):
            yield "13-004 a picture without words"
        if kind == "TH" and "/ID" not in element:
            yield "15-003 a header cell that no cell can name"
        if kind == "TD" and not headers.issuperset(cast("Any", element["/A"]).get("/Headers", [])):
            yield "15-003 a cell names a header that is not there"


def _of_headings(elements: list[tuple[str, str, DictionaryObject]]) -> Iterator[str]:
    levels = [int(kind[1]) for kind, _, _ in elements if len(kind) == 2 and kind[0] == "H" and kind[1].isdigit()]
    if not levels:
        yield "14 no heading"
    for before, level in zip([0, *levels], levels, strict=False):
        if level > before + 1:
            yield f"14-003 H{level} after H{before}" if before else "14-002 the first heading is not H1"


def _of_content(reader: pypdf.PdfReader, page: pypdf.PageObject) -> Iterator[str]:
    """Whether all that shows something stands between marks: as a part of the structure, or as an artifact."""
    depth, contents = 0, page.get_contents()
    for operands, operator in ContentStream(contents, reader).operations if contents is not None else ():
        if operator in (b"BMC", b"BDC"):
            depth += 1
            if operands[0] != "/Artifact" and "/MCID" not in (operands[1] if len(operands) > 1 else {}):
                yield f"01-005 {operands[0]} belongs to nothing"
        elif operator == b"EMC":
            depth -= 1
        elif operator in SHOWS and not depth:
            yield f"01-005 {operator.decode()} stands outside"


def _of_fonts(page: pypdf.PageObject) -> Iterator[str]:
    for name, font in page["/Resources"].get("/Font", {}).items():  # type: ignore[attr-defined]
        font = font.get_object()
        parts = [part.get_object() for part in font.get("/DescendantFonts", [font])]
        if not all({"/FontFile2", "/FontFile3"} & set(part["/FontDescriptor"].get_object()) for part in parts):
            yield f"31-009 {name} is not embedded"
        if "/ToUnicode" not in font:
            yield f"31-027 {name} does not say which characters it shows"


def _of_links(page: pypdf.PageObject) -> Iterator[str]:
    notes = [note.get_object() for note in page.get("/Annots", [])]
    if notes and page.get("/Tabs") != "/S":
        yield "28-009 links are not in the order of the structure"
    for note in notes:
        if "/StructParent" not in note:
            yield "28-011 a link outside the structure"
        if note.get("/Subtype") == "/Link" and not note.get("/Contents"):
            yield "28-012 a link without words"
