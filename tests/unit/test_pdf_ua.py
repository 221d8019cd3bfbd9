"""Each paper as a reader of screens finds it, and that what looks for faults finds them."""

import io
from collections.abc import Callable
from typing import Any

import pypdf
import pytest
from pypdf.generic import DecodedStreamObject, NameObject

from receivables.documents.labels import LANGUAGES
from receivables.documents.pdf import render_pdf
from tests.unit.paper_samples import SAMPLES, page
from tests.unit.pdf_ua import faults

OTHERS = [language for language in LANGUAGES if language != "pl"]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_paper_has_none_of_the_faults_that_a_machine_can_see(name: str) -> None:
    assert faults(render_pdf(page(name, "pl"))) == []


@pytest.mark.long
@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", SAMPLES)
def test_nor_has_it_in_the_other_languages(name: str, language: str) -> None:
    assert faults(render_pdf(page(name, language))) == []


def _unmarked(root: Any, _page: Any) -> None:
    del root["/MarkInfo"]


def _wordless(root: Any, _page: Any) -> None:
    _first(root["/StructTreeRoot"], "/Figure").pop("/Alt")


def _headless(root: Any, _page: Any) -> None:
    _first(root["/StructTreeRoot"], "/H1")[NameObject("/S")] = NameObject("/H3")


def _nameless(root: Any, _page: Any) -> None:
    _first(root["/StructTreeRoot"], "/TH").pop("/ID")


def _fontless(_root: Any, page: Any) -> None:
    font = next(iter(page["/Resources"]["/Font"].values())).get_object()
    descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
    for key in [key for key in descriptor if key.startswith("/FontFile")]:
        del descriptor[key]


def _outside(_root: Any, page: Any) -> None:
    stream = DecodedStreamObject()
    stream.set_data(b"0 0 10 10 re f\n" + page.get_contents().get_data())
    page[NameObject("/Contents")] = stream


@pytest.mark.parametrize(
    ("breaks", "found"),
    [
        (_unmarked, "01-007"),
        (_wordless, "13-004"),
        (_headless, "14-002"),
        (_nameless, "15-003"),
        (_fontless, "31-009"),
        (_outside, "01-005"),
    ],
)
def test_a_fault_is_found(breaks: Callable[[Any, Any], None], found: str) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(render_pdf(page("demand", "pl"))))
    breaks(writer.root_object, writer.pages[0])
    broken = io.BytesIO()
    writer.write(broken)
    assert any(found in fault for fault in faults(broken.getvalue()))


def _first(node: Any, kind: str) -> Any:
    """The first element of that kind, depth first; None where there is none."""
    node = node.get_object()
    if isinstance(node, list):
        return next((one for child in node if (one := _first(child, kind)) is not None), None)
    if not isinstance(node, dict):
        return None
    return node if node.get("/S") == kind else _first(node.get("/K", []), kind)
