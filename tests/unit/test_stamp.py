"""The preventive stamp: what it says in each language, as text and as a picture."""

import io
from xml.etree import ElementTree

import pytest
from PIL import Image

from receivables.core.errors import Refused
from receivables.countries.law import PACKS
from receivables.countries.words import Debtor
from receivables.documents.labels import LANGUAGES
from receivables.documents.stamp import stamp_png, stamp_svg, stamp_text
from tests.unit.papers import HOSTILE_NAME

TEXTS = {
    "pl": "Terminy płatności monitoruje Żółta Łódź sp. z o.o.. Za opóźnienie naliczamy odsetki ustawowe. Zaległość może zostać, po "
    "spełnieniu warunków ustawy, zgłoszona do: Rejestr Przykładowy S.A., Wrocław.",
    "en": "Payment terms are watched by Żółta Łódź sp. z o.o.. Late payment bears statutory interest. Arrears may, once the conditions of "
    "the law are met, be reported to: Rejestr Przykładowy S.A., Wrocław.",
    "de": "Zahlungsfristen überwacht Żółta Łódź sp. z o.o.. Bei Verzug berechnen wir gesetzliche Zinsen. Rückstände können, wenn die "
    "gesetzlichen Voraussetzungen erfüllt sind, gemeldet werden an: Rejestr Przykładowy S.A., Wrocław.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_of_the_stamp(language: str) -> None:
    text = stamp_text("Żółta Łódź sp. z o.o.", language=language, register="Rejestr Przykładowy S.A., Wrocław")
    assert text == TEXTS[language].replace("o.o..", "o.o.")
    assert not list(PACKS["PL"].paper_rules().faults(text, Debtor.CONSUMER))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_says_the_same_and_holds_no_markup_of_a_name(language: str) -> None:
    drawn = ElementTree.fromstring(stamp_svg(HOSTILE_NAME, language=language, agency="Windykacja <Test> & Syn"))
    shown = " ".join(node.text or "" for node in drawn.iter("{http://www.w3.org/2000/svg}text"))
    whole = stamp_text(HOSTILE_NAME, language=language, agency="Windykacja <Test> & Syn")
    assert "".join(shown.split()) == "".join(whole.split())
    assert "Windykacja <Test> & Syn" in shown


def test_the_stamp_as_png_is_sharp_and_of_the_same_shape() -> None:
    drawn = Image.open(io.BytesIO(stamp_png(HOSTILE_NAME, language="pl", register="Rejestr Przykładowy S.A., Wrocław")))
    lines = stamp_svg(HOSTILE_NAME, language="pl", register="Rejestr Przykładowy S.A., Wrocław").count("<text")
    assert (drawn.format, drawn.width, drawn.height) == ("PNG", 1360, 4 * (22 + 18 * lines))
    assert len(drawn.getcolors(1 << 16) or ()) > 20  # letters, smoothed


def test_a_stamp_that_names_nobody_is_refused() -> None:
    with pytest.raises(Refused, match="Name the bureau or the agency"):
        stamp_text("Firma", language="pl", register=" ")
