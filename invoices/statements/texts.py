"""Bytes of a bank's text file to text: which code page it is nobody says, so the letters decide. FORMATS.md 1.1."""

import codecs

from invoices.statements.parsed import UnreadableStatement

_CANDIDATES = ("cp1250", "iso-8859-2", "cp852")
_POLISH = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻäöüßÄÖÜ")
_EMPTY = "\u02d9"  # byte 0xFF in Windows-1250 and ISO-8859-2: how PKO BP writes an empty subfield


def decoded(data: bytes) -> str:
    """The text with LF line ends. UTF-8 where it is that, else the code page that makes the most letters and the fewest signs.

    Zero bytes at the end are padding. Raises `UnreadableStatement` for one within: it is no text, and no database stores it.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", errors="replace")
    else:
        text = _utf8(data) or max((data.decode(page, errors="replace") for page in _CANDIDATES), key=_score)
    text = text.rstrip("\0")
    if "\0" in text:
        raise UnreadableStatement("This is no text: it contains zero bytes. Export the statement again and try once more.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""


def _score(text: str) -> int:
    """Polish and German letters count for a code page; control characters, boxes and what no code page has count against it."""
    return sum(_worth(sign) for sign in text if sign > "\x7f")


def _worth(sign: str) -> int:
    if sign in _POLISH:
        return 2
    if sign == _EMPTY:
        return 0
    if sign < "\xa0" or "\u2500" <= sign <= "\u259f" or sign == "\ufffd":
        return -4
    return 0 if sign.isalpha() else -1


def without_empty(text: str) -> str:
    """The text of a subfield; nothing where the bank wrote its sign for nothing."""
    return text.replace(_EMPTY, "").replace("\xa0", " ").replace("\xff", "").strip()
