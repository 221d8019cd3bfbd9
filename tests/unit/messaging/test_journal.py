"""The send journal as a file: whole lines, a torn one, several writers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from receivables.messaging.journal import Journal, Line, NotWritten

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def line(key: str, number: int = 1) -> Line:
    return Line(key, number, "email", NOW.isoformat(), ("mark",))


def test_what_is_added_is_read_again_in_order(tmp_path: Path) -> None:
    book = Journal(tmp_path / "new" / "handed.jsonl")
    assert (book.begun_at(), book.last()) == (None, None)
    book.add([line("a"), line("b")], at=NOW)
    book.add([line("a", 2)], at=NOW)
    assert list(book.lines()) == [line("a"), line("b"), line("a", 2)]
    assert (book.begun_at(), book.last()) == (NOW, line("a", 2))


def test_a_line_that_a_crash_cut_off_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "handed.jsonl"
    Journal(path).add([line("a")], at=NOW)
    with path.open("a") as file:
        file.write('{"key":"b","num')
    book = Journal(path)
    assert book.last() == line("a")
    book.add([line("c")], at=NOW)
    assert list(book.lines()) == [line("a"), line("c")]


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "handed.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: Journal(path).add([line(f"k{number}"), line(f"l{number}")], at=NOW), range(40)))
    assert {one.key for one in Journal(path).lines()} == {f"{letter}{number}" for letter in "kl" for number in range(40)}


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="No such file"):
        Journal(tmp_path / "gone" / "handed.jsonl", may_make_folder=False).add([line("a")], at=NOW)


@pytest.mark.parametrize("content", [b"", b"no json\n", b"[]\n", b'{"begun": 5}\n'])
def test_what_is_no_journal_says_no_beginning(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "handed.jsonl"
    path.write_bytes(content)
    assert Journal(path).begun_at() is None
