"""Watched folders: only whole, ordinary files, moved where they belong, and nothing out of the folder."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from receivables.core.errors import Refused
from receivables.watching import Dropped, Folder

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = (NOW - timedelta(hours=1)).timestamp()


def put(path: Path, content: bytes = b"x", *, at: float = LONG_AGO) -> Path:
    path.write_bytes(content)
    os.utime(path, (at, at))
    return path


def files(path: Path, most: int = 100) -> list[Dropped]:
    return list(Folder(path, most_bytes=most).files(now=NOW))


def test_whole_files_by_name_with_what_describes_them(tmp_path: Path) -> None:
    put(tmp_path / "b.pdf", b"B")
    put(tmp_path / "a.pdf", b"A")
    put(tmp_path / "a.pdf.json", b"{}")
    assert files(tmp_path) == [Dropped("a.pdf", b"A", b"{}"), Dropped("b.pdf", b"B")]
    assert files(tmp_path / "none") == []


def test_what_somebody_still_writes_comes_another_time(tmp_path: Path) -> None:
    put(tmp_path / "young.pdf", at=(NOW - timedelta(seconds=10)).timestamp())
    put(tmp_path / "described.pdf")
    put(tmp_path / "described.pdf.json", at=NOW.timestamp())
    for name in (".hidden", "x.part", "x.tmp", "~x.pdf", "x.pdf.crdownload"):
        put(tmp_path / name)
    (tmp_path / "done").mkdir()
    assert files(tmp_path) == []


def test_folders_in_it_take_no_files_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("receivables.watching.MOST_FILES", 1)
    (tmp_path / "a").mkdir()
    put(tmp_path / "b.pdf")
    put(tmp_path / "c.pdf")
    assert [file.name for file in files(tmp_path)] == ["b.pdf"]


def test_no_link_device_or_large_file_is_read(tmp_path: Path) -> None:
    secret = put(tmp_path.parent / "secret", b"S")
    (tmp_path / "link.pdf").symlink_to(secret)
    os.mkfifo(tmp_path / "pipe.pdf")
    put(tmp_path / "large.pdf", b"x" * 101)
    found = files(tmp_path)
    assert [(file.name, file.content) for file in found] == [("large.pdf", b""), ("link.pdf", b""), ("pipe.pdf", b"")]
    assert all(file.problem for file in found)
    (tmp_path.parent / "link").symlink_to(tmp_path)
    assert files(tmp_path.parent / "link") == []
    folder = Folder(tmp_path, most_bytes=100)
    for file in found:
        folder.refuse(file, "no")
    assert secret.read_bytes() == b"S" and (tmp_path / "refused" / "link.pdf").is_symlink()


def test_done_and_refused_with_its_reason_and_no_other_file_is_lost(tmp_path: Path) -> None:
    folder = Folder(tmp_path, most_bytes=100)
    for content in (b"one", b"two", b"two"):
        put(tmp_path / "a.pdf", content)
        put(tmp_path / "a.pdf.json", b"{}")
        (file,) = folder.files(now=NOW)
        folder.done(file)
    names = sorted(path.name for path in (tmp_path / "done").iterdir())
    assert len(names) == 4 and names[-2:] == ["a.pdf", "a.pdf.json"] and not list(tmp_path.glob("*.pdf"))
    put(tmp_path / "b\n.pdf")
    (file,) = folder.files(now=NOW)
    folder.refuse(file, "Dlaczego")
    assert (tmp_path / "refused" / "b_.pdf.reason.txt").read_text() == "Dlaczego\n" and (tmp_path / "refused" / "b_.pdf").exists()
    folder.done(file)  # another look was quicker


def test_a_link_in_place_of_done_is_not_followed(tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "done").symlink_to(away)
    put(inside / "a.pdf")
    folder = Folder(inside, most_bytes=100)
    (file,) = folder.files(now=NOW)
    with pytest.raises(Refused, match="cannot be used"):
        folder.done(file)
    assert list(away.iterdir()) == []
