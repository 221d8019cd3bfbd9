"""Strict YAML 1.2: text to plain values that know their line, and text to a scalar that reads back the same.

Less than YAML on purpose: one document, text keys, no anchors, aliases or tags, no duplicate keys, limited in size and depth, so that a
policy from a stranger's mail costs nothing to refuse. `on`, `off`, `yes` and `no` are text, as are dates: the field that expects a date
reads it. Only `null`, `true`, `false` and numbers mean something else.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import yaml

from receivables.core.errors import DomainError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
MAX_VALUES = 20_000


class Kind(StrEnum):
    """What a scalar is by the YAML 1.2 core schema. Whatever stands in quotes is text."""

    TEXT = "text"
    NULL = "empty"
    FLAG = "true or false"
    NUMBER = "a number"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it was written."""

    text: str
    kind: Kind
    line: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A value with the line of its key."""

    node: "Node"
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """Keys and their values, in the order in which they were written."""

    entries: Mapping[str, Entry]
    line: int


Node = Scalar | Listing | Table

# YAML 1.2.2, 10.3.2 (core schema). Tried in this order on plain scalars only.
_CORE = (
    (re.compile(r"null|Null|NULL|~|"), Kind.NULL),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), Kind.FLAG),
    (re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"), Kind.NUMBER),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), Kind.NUMBER),
)


def read(text: str, *, error: type[DomainError], max_bytes: int = MAX_BYTES) -> Node:
    """The one document of the text; raises `error` with the line for anything that this subset does not know."""
    if len(text) > max_bytes or len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        raise error(f"line 1: the text is too large; at most {max_bytes // 1024} kB are read.")
    try:
        return _Composer(text, error).document()
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        line, index = (mark.line + 1, mark.index) if mark else (1, 0)
        raise error(f"line {line}: {_after(text, index)}this is not YAML: {_problem(broken)}. {WELL_FORMED}") from None
    except yaml.reader.ReaderError as broken:
        line, index = text.count("\n", 0, broken.position) + 1, broken.position
        says = "it contains a character that cannot be printed. Allowed: plain text; in quotes, an escape such as"
        raise error(f'line {line}: {_after(text, index)}this is not YAML: {says} "\\x07".') from None


WELL_FORMED = "Allowed: key: value, and lists as [a, b] or lines that begin with -, indented with spaces; quote special characters."


def _after(text: str, index: int) -> str:
    """`after channel: `, the last key before that place: where to look in a text that cannot be read any further."""
    before = re.sub(r"(?m)(?:^|(?<=\s))#.*$", "", text[:index])
    keys = re.findall(r"(\w[\w-]*)[\"']?:(?=\s|$)", before[-2000:])
    return f"after {keys[-1][:60]}: " if keys else ""


def kind_of(plain: str) -> Kind:
    """What a scalar without quotes means."""
    return next((kind for pattern, kind in _CORE if pattern.fullmatch(plain)), Kind.TEXT)


def written(text: str) -> str:
    """The text as a YAML scalar, plain where that reads back the same, else in double quotes."""
    if _SAFE_PLAIN.fullmatch(text) and kind_of(text) is Kind.TEXT:
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """The text in double quotes, with escapes for all that cannot be printed."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


# Begins with a letter, ends without a space, and holds nothing that YAML could take for an indicator.
_SAFE_PLAIN = re.compile(r"[^\W\d_](?:[\w ./()-]*[\w./()])?")


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _problem(broken: yaml.MarkedYAMLError) -> str:
    return (broken.problem or broken.context or "it breaks off").rstrip(".")


class _Composer:
    """Events to nodes. Reads no further than the first thing that is not allowed."""

    def __init__(self, text: str, error: type[DomainError]) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._text = text
        self._error = error
        self._values = 0

    def document(self) -> Node:
        next(self._events)  # the start of the stream
        start = next(self._events)
        if not isinstance(start, yaml.DocumentStartEvent):
            raise self._error("line 1: the text is empty; write fields as key: value.")
        if start.version or start.tags:
            raise self._error(f"line {_line(start)}: directives (lines that begin with %) are not allowed.")
        node = self._node(next(self._events), depth=1)
        next(self._events)  # the end of the document
        after = next(self._events)
        if isinstance(after, yaml.DocumentStartEvent):
            raise self._error(f"line {_line(after)}: a second document begins here; only one is allowed.")
        return node

    def _node(self, event: yaml.Event, *, depth: int) -> Node:
        line = _line(event)
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._error(f"line {line}: too many values; at most {MAX_VALUES} keys and values are read.")
        if depth > MAX_DEPTH:
            raise self._error(f"{self._at(event)}nested too deeply; at most {MAX_DEPTH} levels are allowed.")
        if isinstance(event, yaml.AliasEvent):
            raise self._error(f"{self._at(event)}aliases (*{str(event.anchor)[:60]}) are not allowed; write the value again.")
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            raise self._error(f"{self._at(event)}anchors (&{event.anchor[:60]}) are not allowed; write the value alone.")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            raise self._error(f"{self._at(event)}tags ({str(event.tag)[:60]}) are not allowed; write the value alone.")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, kind_of(event.value) if event.implicit[0] else Kind.TEXT, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return Listing(tuple(self._items(depth)), line)
        return Table(self._entries(depth), line)

    def _at(self, event: yaml.Event) -> str:
        """Line and last key, to begin a complaint with."""
        return f"line {_line(event)}: {_after(self._text, event.start_mark.index if event.start_mark else 0)}"

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth=depth + 1)

    def _entries(self, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth=depth + 1)
            if not isinstance(key, Scalar) or key.kind is not Kind.TEXT:
                raise self._error(f"line {key.line}: a key must be text; put {_shown(key)} in quotes.")
            if key.text in entries:
                first = entries[key.text].line
                raise self._error(
                    f"line {key.line}: {key.text[:60]} stands here a second time; the first is on line {first}. Allowed: once."
                )
            entries[key.text] = Entry(self._node(next(self._events), depth=depth + 1), key.line)
        return entries


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _shown(node: Node) -> str:
    return repr(node.text[:60]) if isinstance(node, Scalar) else "it"
