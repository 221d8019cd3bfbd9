"""Numbers, keys and names in what a bank tells."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_SPACE = r"\s?"
_INV = re.compile(r"/INV/([^/]*(?:/(?!TXT/|IDP/|VAT/|IDC/)[^/]*)*)")
_IPKSEF = re.compile(r"(?<![A-Z0-9])[0-9]{3}[A-Z0-9]{10}(?![A-Z0-9])")
_KSEF = re.compile(
    r"(?<![0-9])"
    + r"[\s/-]{0,2}".join(_SPACE.join([sign] * count) for sign, count in (("[0-9]", 10), ("[0-9]", 8), ("[0-9A-F]", 12), ("[0-9A-F]", 2)))
    + r"(?![0-9A-F])"
)
_BREAKS = re.compile(r"[\s,;:|]+")
SHORTEST_KEY = 10
"""A shorter word may be anything: a date, an order, a telephone."""


def plain_key(text: str) -> str:
    """A key without the separators that banks change and lose."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def keys_in(title: str) -> Iterator[str]:
    """What may be a key in a title: KSeF numbers however they are broken, IPKSeF, and words that are long enough. Plain ones."""
    upper = title.upper()
    yield from (plain_key(found) for found in _KSEF.findall(upper))
    yield from _IPKSEF.findall(upper)
    yield from (key for word in _BREAKS.split(upper) if len(key := plain_key(word)) >= SHORTEST_KEY)


def split_payment_number(title: str) -> str | None:
    """The invoice number in a split payment's /INV/; None where there is none."""
    found = _INV.search(title.upper())
    return found[1] if found else None


class Token(NamedTuple):
    """A run of letters or of digits, and whether it hangs on to the one before."""

    text: str
    is_glued: bool


_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+")
_GLUE = re.compile(r"[/\\\-_.]?")


def tokens(text: str) -> list[Token]:
    """Letters and digits apart, in capitals. `FV/7/2026` and `fv 7/2026` have the same; INV-1 is not INV-10."""
    upper = re.sub(r"\s*([/\\])\s*", r"\1", text.upper())
    found: list[Token] = []
    end = -1
    for match in _TOKEN.finditer(upper):
        found.append(Token(match[0], end >= 0 and _GLUE.fullmatch(upper[end : match.start()]) is not None))
        end = match.end()
    return found


def weaker(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """How payers shorten a number: without the zeros before it, without its letters."""
    plain = tuple(bare(part) for part in parts)
    digits = tuple(part for part in plain if part.isdigit())
    yield plain
    if digits != plain and len("".join(digits)) >= 3:
        yield digits


def bare(part: str) -> str:
    """Digits without the zeros before them."""
    return part.lstrip("0") or "0" if part.isdigit() else part


_FORMS = frozenset(
    "SP Z O O OO ZOO SA S A SPOLKA SPOŁKA OGRANICZONA ODPOWIEDZIALNOSCIA AKCYJNA JAWNA CYWILNA KOMANDYTOWA SC SJ SK PPHU FHU PHU FIRMA "
    "HANDLOWA USLUGOWA GMBH AG KG LTD LLC INC SRO AS BV NV".split()
)
_PLAIN = str.maketrans({"Ł": "L", "Ø": "O", "ß": "SS"})


@lru_cache(maxsize=20_000)
def name_words(name: str) -> frozenset[str]:
    """What tells a name from another: without accents, legal forms and single letters."""
    plain = unicodedata.normalize("NFKD", name.upper().translate(_PLAIN))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return frozenset(word for word in re.findall(r"[A-Z0-9]{2,}", letters) if word not in _FORMS)
