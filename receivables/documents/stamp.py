"""The preventive stamp for a firm's own invoices: what follows a delay, as a picture and as text for the footer of an e-invoice. Pure.

It names only what the firm really does: the bureau where it has a contract with one, the agency where it has one. It is no threat: words
that no paper may say stand in none of them (LAW.md A8).
"""

import textwrap
from xml.sax.saxutils import escape

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


def _sentences(firm: str, language: str, register: str, agency: str) -> list[str]:
    at = LANGUAGES.index(language_of(language))
    named = [texts[at].format(one_line(name)) for texts, name in ((_REGISTER, register), (_AGENCY, agency)) if name.strip()]
    if not named:
        raise Refused(gettext_noop("Name the bureau or the agency that you have a contract with: without one the stamp says nothing."))
    return [f"{_HEAD[at]} {one_line(firm).removesuffix('.')}.", _INTEREST[at], *named]
