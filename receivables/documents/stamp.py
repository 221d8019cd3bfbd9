"""The preventive stamp for a firm's own invoices: what follows a delay, as a picture and as text for the footer of an e-invoice.

It names only what the firm really does: the bureau where it has a contract with one, the agency where it has one. It is no threat: words
that no paper may say stand in none of them (LAW.md A8).
"""

import io
import textwrap
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont

from receivables.core.errors import Refused, gettext_noop
from receivables.core.printed import one_line
from receivables.documents.labels import LANGUAGES, language_of

_HEAD = ("Terminy płatności monitoruje", "Payment terms are watched by", "Zahlungsfristen überwacht")
_INTEREST = (
    "Za opóźnienie naliczamy odsetki ustawowe.",
    "Late payment bears statutory interest.",
    "Bei Verzug berechnen wir gesetzliche Zinsen.",
)
_REGISTER = (
    "Zaległość może zostać, po spełnieniu warunków ustawy, zgłoszona do: {}.",
    "Arrears may, once the conditions of the law are met, be reported to: {}.",
    "Rückstände können, wenn die gesetzlichen Voraussetzungen erfüllt sind, gemeldet werden an: {}.",
)
_AGENCY = (
    "Niezapłacone należności przekazujemy do windykacji: {}.",
    "Unpaid claims are passed for collection to: {}.",
    "Unbezahlte Forderungen übergeben wir zum Inkasso an: {}.",
)
_LINE = 46  # characters in a line of the picture
_WIDTH, _STEP = 340, 18  # its width and the height of a line, in CSS pixels


def stamp_text(firm: str, *, language: str, register: str = "", agency: str = "") -> str:
    """One paragraph. Raises `Refused` where there is neither bureau nor agency: then the stamp would say nothing."""
    return " ".join(_sentences(firm, language, register, agency))


def stamp_svg(firm: str, *, language: str, register: str = "", agency: str = "") -> str:
    """The same as a framed picture (SVG), with the text as its title for those who do not see it."""
    sentences = _sentences(firm, language, register, agency)
    lines = [line for sentence in sentences for line in textwrap.wrap(sentence, _LINE)]
    height = 22 + _STEP * len(lines)
    rows = "".join(
        f'<text x="{_WIDTH // 2}" y="{25 + _STEP * at}" text-anchor="middle"{_BOLD if at == 0 else ""}>{escape(line)}</text>'
        for at, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" role="img"'
        f' font-family="Liberation Sans, DejaVu Sans, Arial, sans-serif" font-size="13" fill="#1f4e79">'
        f"<title>{escape(' '.join(sentences))}</title>"
        f'<rect x="1.5" y="1.5" width="{_WIDTH - 3}" height="{height - 3}" rx="6" fill="none" stroke="#1f4e79" stroke-width="2"/>'
        f"{rows}</svg>\n"
    )


_BOLD = ' font-weight="bold"'
_FONTS = (("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"), ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"))
_BLUE, _SCALE = (0x1F, 0x4E, 0x79), 4  # 1360 pixels wide: sharp on paper up to 11 cm at 300 dpi


def stamp_png(firm: str, *, language: str, register: str = "", agency: str = "") -> bytes:
    """The same picture as PNG on white, for programs that take no SVG. Raises `Refused` likewise, and where no font is installed."""
    lines = [line for sentence in _sentences(firm, language, register, agency) for line in textwrap.wrap(sentence, _LINE)]
    plain, bold = _fonts(13 * _SCALE)
    picture = Image.new("RGB", (_WIDTH * _SCALE, (22 + _STEP * len(lines)) * _SCALE), "white")
    drawn, edge = ImageDraw.Draw(picture), int(1.5 * _SCALE)
    frame = (edge, edge, picture.width - edge, picture.height - edge)
    drawn.rounded_rectangle(frame, radius=6 * _SCALE, outline=_BLUE, width=2 * _SCALE)
    for at, line in enumerate(lines):
        place = (picture.width // 2, (25 + _STEP * at) * _SCALE)
        drawn.text(place, line, fill=_BLUE, font=plain if at else bold, anchor="ms")
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _fonts(size: int) -> tuple[ImageFont.FreeTypeFont, ImageFont.FreeTypeFont]:
    for plain, bold in _FONTS:
        try:
            return ImageFont.truetype(plain, size), ImageFont.truetype(bold, size)
        except OSError:
            continue
    raise Refused(gettext_noop("No font is installed that the picture can be drawn with. Ask your administrator, or take the SVG."))


def _sentences(firm: str, language: str, register: str, agency: str) -> list[str]:
    at = LANGUAGES.index(language_of(language))
    named = [texts[at].format(one_line(name)) for texts, name in ((_REGISTER, register), (_AGENCY, agency)) if name.strip()]
    if not named:
        raise Refused(gettext_noop("Name the bureau or the agency that you have a contract with: without one the stamp says nothing."))
    return [f"{_HEAD[at]} {one_line(firm).removesuffix('.')}.", _INTEREST[at], *named]
