"""The language in which a company writes its own texts: paragraphs, headings, lists, bold, and placeholders that are names. Pure.

    # Heading
    Paragraph with **bold** and {amount},
    on two lines.

    - point of a list

    {items}

`{name}` is looked up among the names that the text may use and is nothing else: no expression, no attribute, no format, no code. Every
other brace is refused with its place; all the rest, HTML and other template languages included, is text and is printed as such.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from receivables.core.printed import is_plain
from receivables.core.sentences import Sentence, gettext_noop, sentence

LONGEST_LINE = 1000
_BRACED = re.compile(r"\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[a-z][a-z_]{0,39}")


class Kind(StrEnum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST = "list"
    PLACED = "placed"  # a part that the program makes, such as the table: `name` says which


@dataclass(frozen=True, slots=True)
class Piece:
    """Words, or a placeholder where `is_name`."""

    text: str
    is_bold: bool = False
    is_name: bool = False


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph with its lines, a heading, the points of a list, or a placed part."""

    kind: Kind
    lines: tuple[Line, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a text, and where; counted from one."""

    line: int
    column: int
    says: Sentence


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text as it was understood. With faults it must not be used."""

    blocks: tuple[Block, ...]
    faults: tuple[Fault, ...]

    @property
    def names(self) -> frozenset[str]:
        """All placeholders that it uses."""
        inline = {piece.text for block in self.blocks for line in block.lines for piece in line if piece.is_name}
        return frozenset(inline | {block.name for block in self.blocks if block.kind is Kind.PLACED})


@lru_cache(maxsize=512)
def parse(text: str, *, inline: frozenset[str], placed: frozenset[str] = frozenset()) -> Parsed:
    """Read a text that may use these names within a line, and these on a line of their own."""
    blocks: list[Block] = []
    faults: list[Fault] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        faults.extend(_unfit(number, line))
        blocks_line = _line(number, line.strip(), inline, placed, faults)
        _append(blocks, blocks_line)
    return Parsed(tuple(block for block in blocks if block.lines or block.name), tuple(faults))


def _unfit(number: int, line: str) -> Iterator[Fault]:
    if not is_plain(line.replace("\t", " ")):
        bad = next((at for at, sign in enumerate(line) if not is_plain(sign) and sign != "\t"), line.find("=?"))
        yield Fault(number, bad + 1, sentence(gettext_noop("An invisible control sign stands here, or an encoded word. Delete it.")))
    if len(line) > LONGEST_LINE:
        yield Fault(number, LONGEST_LINE, sentence(gettext_noop("This line is longer than %(most)s signs. Break it."), most=LONGEST_LINE))


def _line(number: int, line: str, inline: Collection[str], placed: Collection[str], faults: list[Fault]) -> Block | None:
    """What a line is; None for an empty one, which ends what stands before it."""
    if not line:
        return None
    whole = _BRACED.fullmatch(line)
    if whole and whole[1] in placed:
        return Block(Kind.PLACED, name=whole[1])
    kind, start = Kind.PARAGRAPH, 0
    if line.startswith("# "):
        kind, start = Kind.HEADING, 2
    elif line.startswith("- "):
        kind, start = Kind.LIST, 2
    return Block(kind, (_pieces(number, line, start, inline, placed, faults),))


def _append(blocks: list[Block], found: Block | None) -> None:
    """Lines of a paragraph and points of a list belong together until an empty line."""
    if found is None:
        blocks.append(Block(Kind.PARAGRAPH))
        return
    last = blocks[-1] if blocks else None
    if last and last.lines and last.kind is found.kind and found.kind in (Kind.PARAGRAPH, Kind.LIST):
        blocks[-1] = Block(last.kind, (*last.lines, *found.lines))
    else:
        blocks.append(found)


def _pieces(number: int, line: str, start: int, inline: Collection[str], placed: Collection[str], faults: list[Fault]) -> Line:
    pieces: list[Piece] = []
    is_bold, at = False, start
    for found in re.finditer(r"\*\*|\{[^{}]*\}|[{}]", line[start:]):
        begin, sign = found.start() + start, found.group()
        if line[at:begin]:
            pieces.append(Piece(line[at:begin], is_bold))
        at = found.end() + start
        if sign == "**":
            is_bold = not is_bold
        elif says := _fault_of(sign, inline, placed):
            faults.append(Fault(number, begin + 1, says))
        else:
            pieces.append(Piece(sign[1:-1], is_bold, is_name=True))
    if is_bold:
        faults.append(Fault(number, line.rfind("**") + 1, sentence(gettext_noop("Bold words begin here with two stars and do not end."))))
    if line[at:]:
        pieces.append(Piece(line[at:], is_bold))
    return tuple(pieces)


def _fault_of(sign: str, inline: Collection[str], placed: Collection[str]) -> Sentence | None:
    name = sign[1:-1]
    if len(sign) < 2 or not _NAME.fullmatch(name):
        return sentence(gettext_noop("A brace stands here that belongs to no placeholder. Choose one from the list."))
    if name in inline:
        return None
    if name in placed:
        return sentence(gettext_noop("{%(name)s} makes a whole part of the message: put it on a line of its own."), name=name)
    return sentence(gettext_noop("There is no placeholder {%(name)s} here. Choose one from the list."), name=name)


@dataclass(frozen=True, slots=True)
class Run:
    """Words as they are printed; where they are an address of the portal, a link to it."""

    text: str
    is_bold: bool = False
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """A block with its values. `text` is what it says without looks."""

    kind: str
    lines: tuple[tuple[Run, ...], ...] = ()
    name: str = ""

    @property
    def text(self) -> str:
        """Its lines as plain text."""
        sign = "- " if self.kind == Kind.LIST else ""
        return "\n".join(sign + "".join(run.text for run in line) for line in self.lines)


def fill(blocks: Sequence[Block], values: Mapping[str, str], *, links: Collection[str] = ()) -> list[Filled]:
    """The blocks with these values. What has no value leaves out its paragraph, its heading or its point: there is never a hole.

    Raises KeyError for a name without an entry: what was published may use none.
    """
    filled = []
    for block in blocks:
        if block.kind is Kind.PLACED:
            filled.append(Filled(block.kind, name=block.name))
            continue
        lines = [line for line in block.lines if _has_all(line, values)]
        if lines and (len(lines) == len(block.lines) or block.kind is Kind.LIST):
            filled.append(Filled(block.kind, tuple(_runs(line, values, links) for line in lines)))
    return filled


def _has_all(line: Line, values: Mapping[str, str]) -> bool:
    return all(values[piece.text] for piece in line if piece.is_name)


def _runs(line: Line, values: Mapping[str, str], links: Collection[str]) -> tuple[Run, ...]:
    return tuple(
        Run(values[piece.text], piece.is_bold, piece.text in links) if piece.is_name else Run(piece.text, piece.is_bold) for piece in line
    )


def as_text(filled: Sequence[Filled]) -> str:
    """All of it as plain text, blocks apart by an empty line; placed parts are left out."""
    return "\n\n".join(block.text for block in filled if block.kind != Kind.PLACED)
