"""Any table of ours: its header against the profile, its records one by one, and the problems found on the way.

Pure: nothing is raised for what a file contains.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from invoices.intake.cells import Problem, Record, Shape
from invoices.intake.profile import DELIMITERS, ColumnProfile
from invoices.intake.records import Unreadable, is_workbook, records
from invoices.intake.workbook import workbook_records
from receivables.core.errors import Refused
from receivables.core.fields import guess

MAX_BYTES = 50 * 1024 * 1024
MAX_COLUMNS = 200
MAX_PROBLEMS = 100  # told
GIVE_UP_AFTER = 10_000  # found; the rest of the file is then not read
XLSX = "xlsx"


class _Row(Protocol):
    @property
    def line(self) -> int: ...


Row = TypeVar("Row", bound=_Row)


@dataclass(frozen=True)
class Read(Generic[Row]):
    """What was read. With any problem the file is to be refused whole; `rows` are then those that could be read.

    problem_count counts all, of which the first 100 stand in `problems`, with a last one that says how many more there are.
    fields: what the file or the profile says, so that an importer leaves alone what it does not.
    repeated: rows that stood there again, saying the same. encoding: of the text, or "xlsx".
    """

    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0
    fields: frozenset[str] = frozenset()
    encoding: str = ""
    repeated: int = 0

    @property
    def format(self) -> str:
        """What the file was: a CSV table or a workbook."""
        return XLSX if self.encoding == XLSX else "csv"


def check_size(size: int) -> None:
    """Raise `Refused` for a file of more bytes than are read. To be asked before reading it."""
    if size > MAX_BYTES:
        raise Refused(
            f"The file has {size / 1024 / 1024:.1f} MB; at most {MAX_BYTES // 1024 // 1024} MB are read. Split it into several files."
        )


def read(
    data: bytes,
    profile: ColumnProfile,
    take: Callable[[Record], Row | None],
    *,
    key: Callable[[Row], Hashable] | None,
    key_field: str = "number",
) -> Read[Row]:
    """The rows of a table that `take` makes of its records. Rows of one `key` must say the same; without a key all stand."""
    problems = Problems()
    encoding, reading = "", None
    try:
        encoding, lines = opened(data, profile)
        line, header = next(lines, (1, []))
        layout = layout_of(line, header, profile, problems)
        if not problems.count:
            reading = _Reading(profile, layout, problems, take, key, key_field)
            reading.take_all(lines)
    except Unreadable as fault:
        problems.add(Problem(fault.line, None, fault.reason))
    if reading is None:
        return Read(problems=problems.told(), problem_count=problems.count, encoding=encoding)
    named = frozenset(reading.layout.columns) | frozenset(profile.constants)
    return Read(tuple(reading.rows), problems.told(), problems.count, named, encoding, reading.repeated)


def opened(data: bytes, profile: ColumnProfile) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """The encoding, or "xlsx", and the records with the lines they begin on. Raises `Unreadable`, also while they are read."""
    if is_workbook(data):
        return XLSX, workbook_records(data, dates=profile.dates[0], decimal=profile.decimal, most_columns=MAX_COLUMNS)
    return records(data, encoding=profile.encoding, delimiter=profile.delimiter)


class Problems:
    """The first hundred, and how many there are: a broken file may have millions."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[Problem] = []

    def add(self, *problems: Problem) -> None:
        self.count += len(problems)
        self._kept += problems[: MAX_PROBLEMS + 1 - len(self._kept)]

    def told(self) -> tuple[Problem, ...]:
        """Those kept, with a last one that says how many more there are."""
        if self.count <= MAX_PROBLEMS:
            return tuple(self._kept)
        end = "; the file was not read to its end." if self.count >= GIVE_UP_AFTER else ", from this line on."
        more = Problem(self._kept[MAX_PROBLEMS].line, None, f"and {self.count - MAX_PROBLEMS:,} more{end}")
        return (*self._kept[:MAX_PROBLEMS], more)


# -- the header


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields stand. `unnamed` columns have no header and must stay empty."""

    columns: Mapping[str, int]
    unnamed: tuple[int, ...]
    width: int


def layout_of(line: int, header: list[str], profile: ColumnProfile, problems: Problems) -> Layout:
    """The columns of a header; what is wrong with it is noted. Raises `Unreadable` where it cannot be this table's at all."""
    if len(header) > MAX_COLUMNS:
        raise Unreadable(line, f"The header has {len(header):,} columns; at most {MAX_COLUMNS} are read.")
    if hint := _other_delimiter(header, profile):
        raise Unreadable(line, hint)
    places: dict[str, int] = {}
    for index, name in enumerate(header):
        first = places.setdefault(folded(name), index) if name.strip() else index
        if first != index:
            problems.add(Problem(line, clipped(name), f"stands twice in the header: columns {first + 1} and {index + 1}."))
    problems.add(*_unknown_columns(line, header, profile), *_missing_columns(line, header, places, profile))
    columns = {name: places[folded(title)] for name, title in profile.columns.items() if folded(title) in places}
    unnamed = tuple(index for index, name in enumerate(header) if not name.strip())
    return Layout(columns, unnamed, len(header))


def folded(header: str) -> str:
    """A header without regard to case and spaces."""
    return " ".join(header.split()).casefold()


def clipped(header: str) -> str:
    """A header as it may be shown: on one line, and short even where a whole file stands in it."""
    one_line = " ".join(header.split())
    return one_line if len(one_line) <= 60 else one_line[:57] + "..."


def _other_delimiter(header: list[str], profile: ColumnProfile) -> str | None:
    """A hint where the header holds one cell which another separator would divide into columns that the profile knows."""
    known = {folded(title) for title in profile.columns.values()}
    for sign, name in DELIMITERS.items():
        if len(header) == 1 and sum(folded(part.strip('" ')) in known for part in header[0].split(sign)) > 1:
            expected = DELIMITERS[profile.delimiter]
            return f"The columns are separated by a {name}; the profile {profile.name} expects a {expected}."
    return None


def _unknown_columns(line: int, header: list[str], profile: ColumnProfile) -> Iterator[Problem]:
    titles = tuple(dict.fromkeys([*profile.columns.values(), *profile.ignored]))
    known = {folded(title) for title in titles}
    for name in header:
        if name.strip() and folded(name) not in known:
            reason = f"is unknown to the profile {profile.name}{guess(name, titles)} Known: {', '.join(titles)}."
            yield Problem(line, clipped(name), reason)


def _missing_columns(line: int, header: list[str], places: Mapping[str, int], profile: ColumnProfile) -> Iterator[Problem]:
    there = ", ".join(clipped(name) for name in header[:30] if name.strip()) or "none"
    for name, title in profile.columns.items():
        if folded(title) not in places and name not in profile.optional:
            yield Problem(line, title, f"is missing. The file has these columns: {there}.")
    naming = [profile.columns[name] for name in profile.sheet.naming if name in profile.columns]
    if naming and not any(folded(title) in places for title in naming):
        yield Problem(line, naming[0], f"is missing: one column must name the customer ({' or '.join(naming)}).")


# -- the rows


class _Reading(Generic[Row]):
    """The rows gathered so far. A key that comes again must say the same."""

    def __init__(
        self,
        profile: ColumnProfile,
        layout: Layout,
        problems: Problems,
        take: Callable[[Record], Row | None],
        key: Callable[[Row], Hashable] | None,
        key_field: str,
    ) -> None:
        self.rows: list[Row] = []
        self.repeated = 0
        self.layout = layout
        self._known: dict[Hashable, Row] = {}
        self._problems, self._shape = problems, Shape(profile)
        self._row, self._key, self._key_field = take, key, key_field

    def take_all(self, lines: Iterable[tuple[int, list[str]]]) -> None:
        """Read the records; what is wrong with them is noted."""
        for line, cells in lines:
            if self._problems.count >= GIVE_UP_AFTER:
                return
            if len(cells) != self.layout.width:
                self._problems.add(Problem(line, None, f"The line has {len(cells):,} cells, the header {self.layout.width:,}."))
            else:
                self._take(line, cells)

    def _take(self, line: int, cells: list[str]) -> None:
        record = Record(line, {name: cells[at] for name, at in self.layout.columns.items()}, self._shape)
        if any(cells[at].strip() for at in self.layout.unnamed):
            record.complain(None, "A cell is filled in a column without a header.")
        row = self._row(record)
        if row is not None:
            self._keep(row, record)
        self._problems.add(*record.problems)

    def _keep(self, row: Row, record: Record) -> None:
        if self._key is None:
            self.rows.append(row)
            return
        key = self._key(row)
        before = self._known.setdefault(key, row)
        if before is row:
            self.rows.append(row)
        elif before == row:
            self.repeated += 1
        else:
            record.complain(self._key_field, f"{key!r} stands on line {before.line} and on line {row.line} with different content.")
