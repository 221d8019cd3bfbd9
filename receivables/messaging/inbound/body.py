"""What somebody wrote, as plain text: out of a part, out of HTML, and without what is only quoted. Takes anything, raises nothing."""

import binascii
import codecs
import html
import re
import unicodedata
from email.message import Message
from typing import Final

LONGEST_BODY = 400_000  # bytes of a part that are looked at
LONGEST_TEXT = 20_000  # characters that are kept
_CHARSETS: Final = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp(125\d|437|85[0258]|932|949|950|1006)|koi8-[ru]|utf-16(-[lb]e)?|mac-\w+|gb18030|gbk|gb2312|big5|shift_jis|"
    r"euc_(jp|kr)|iso2022_jp|tis-620"
)
_FALLBACKS = ("utf-8", "cp1250")
_KEPT = "\n\t\u200c\u200d"
_HIDDEN = frozenset({"script", "style", "head", "title", "template"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "blockquote", "ul", "ol", "hr"})
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})?[^<>]*>")


def text_of(part: Message) -> str:
    """The words of a text part, of HTML too; bounded, without control and direction marks."""
    content = _decoded(_bytes_of(part)[:LONGEST_BODY], _declared(part))
    return clean(without_tags(content) if part.get_content_subtype() == "html" else content)


def clean(text: str) -> str:
    """Text that every column and screen can hold: line breaks and tabs stay, other control and direction marks and half characters go."""
    text = text[: LONGEST_TEXT * 4].replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    kept = "".join(character for character in text if character in _KEPT or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co"))
    lines = "\n".join(line.rstrip() for line in kept.split("\n"))
    return re.sub(r"\n{4,}", "\n\n\n", lines).strip("\n")[:LONGEST_TEXT]


def storable(text: str) -> str:
    """A header that a column can hold and be asked for. Bytes that are no ASCII come as half characters: read as UTF-8, what cannot be
    is replaced; NUL goes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\x00", "")


def _bytes_of(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, binascii.Error):
        content = None
    return content if isinstance(content, bytes) else b""


def _declared(part: Message) -> str:
    try:
        return str(part.get_content_charset() or "")
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _decoded(content: bytes, charset: str) -> str:
    """As it says, where that is a charset for text; else as UTF-8 or as Central European."""
    named = known_charset(charset)
    for name in [named] if named else []:
        return content.decode(name, "replace")
    for name in _FALLBACKS:
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")


def known_charset(charset: str) -> str | None:
    """Python's name of a charset for text; None for what it does not know and for codecs that are none (zlib, punycode …)."""
    try:
        name = codecs.lookup(charset).name if charset else ""
    except (LookupError, ValueError):
        return None
    return name if _CHARSETS.fullmatch(name) else None


def without_tags(markup: str) -> str:
    """HTML as text; what no reader sees (scripts, styles, comments) goes. Linear in the length, whatever the markup."""
    markup = _without_comments(markup)
    parts: list[str] = []
    at, hidden = 0, ""
    for tag in _TAG.finditer(markup):
        closing, name = tag.group(1), (tag.group(2) or "").lower()
        if not hidden:
            parts.append(_flowing(markup[at : tag.start()]))
            parts.append("\n" if name in _BREAKS else "")
        at = tag.end()
        if name in _HIDDEN and not closing and not hidden:
            hidden = name
        elif closing and name == hidden:
            hidden = ""
    if not hidden:
        parts.append(_flowing(markup[at:]))
    return re.sub(r"\n{3,}", "\n\n", html.unescape("".join(parts)))


def _flowing(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _without_comments(markup: str) -> str:
    parts, at = [], 0
    while (start := markup.find("<!--", at)) >= 0:
        parts.append(markup[at:start])
        end = markup.find("-->", start)
        if end < 0:
            return "".join(parts)
        at = end + 3
    return "".join([*parts, markup[at:]])


_ATTRIBUTION = re.compile(
    r"(on\b.{4,200}\bwrote|am\b.{4,200}\bschrieb\b.{0,120}|w dniu\b.{4,200}(pisze|napisał\w*|napisal\w*)|"
    r".{4,200}\b(pisze|napisał\w{0,4}(\(a\))?|wrote|schrieb)( to .{1,80})?)\s?:\s*",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"-{2,}\s*(original message|ursprüngliche nachricht|wiadomość oryginalna|oryginalna wiadomość|forwarded message|"
    r"wiadomość przekazana|weitergeleitete nachricht)\s*-{2,}",
    re.IGNORECASE,
)
_FROM = re.compile(r"\*?(from|od|von)\*?\s?:\s?\*?.+", re.IGNORECASE)
_FURTHER = re.compile(r"\*?(sent|wysłano|gesendet|date|data|datum|to|do|an|subject|temat|betreff)\*?\s?:", re.IGNORECASE)


def cut_quoted(text: str) -> tuple[str, str]:
    """What they wrote themselves, and what they only quoted. Where nothing of their own is found, all of it is theirs."""
    lines = text.split("\n")
    end = _quote_begins(lines)
    own = [line for line in lines[:end] if not line.lstrip().startswith(">")]
    quoted = [line for line in lines[:end] if line.lstrip().startswith(">")] + lines[end:]
    written = "\n".join(own).strip()
    return (written, "\n".join(quoted).strip()) if written else (text.strip(), "")


def _quote_begins(lines: list[str]) -> int:
    """The line from which on all is quoted; their number where none is. An attribution over marked lines does not end what follows them."""
    for at, line in enumerate(lines):
        words = line.strip()
        if _ORIGINAL.fullmatch(words) or _is_head(words, lines[at + 1 : at + 5]):
            return at
        if length := _attribution(words, lines[at + 1 : at + 2]):
            rest = [further.strip() for further in lines[at + length :] if further.strip()]
            if not rest or not rest[0].startswith(">"):
                return at
            lines[at : at + length] = ["> " + each for each in lines[at : at + length]]
    return len(lines)


def _is_head(words: str, further: list[str]) -> bool:
    """Whether an older mail's headers begin here, as some programs quote them."""
    return bool(_FROM.fullmatch(words)) and sum(bool(_FURTHER.match(line.strip())) for line in further) >= 2


def _attribution(words: str, further: list[str]) -> int:
    """How many lines say who wrote what follows: one, two, or none."""
    if _ATTRIBUTION.fullmatch(words):
        return 1
    both = " ".join([words, *(line.strip() for line in further)])
    return 2 if len(words) < 200 and _starts_attribution(words) and _ATTRIBUTION.fullmatch(both) else 0


def _starts_attribution(words: str) -> bool:
    return words.lower().startswith(("on ", "am ", "w dniu ", "dnia ", "pon", "wt", "śr", "czw", "pt", "sob", "niedz"))


def without_signature(text: str) -> str:
    """What stands above the usual mark of a signature."""
    return re.split(r"(?m)^-- ?$", text, maxsplit=1)[0].strip() or text
