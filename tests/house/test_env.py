import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import pytest
from django.core.exceptions import ImproperlyConfigured

from receivables.env import boolean, kept_secret, moment, secret


def test_a_secret_comes_from_its_variable(monkeypatch):
    monkeypatch.setenv("A_SECRET", "s3cret")
    assert secret("A_SECRET") == "s3cret"


def test_a_file_goes_before_the_variable_and_loses_its_line_end(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("A_SECRET", "from the variable")
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "secret"))
    assert secret("A_SECRET") == "from the file"


def test_a_missing_secret_says_its_name():
    with pytest.raises(ImproperlyConfigured, match="Set A_SECRET, or A_SECRET_FILE"):
        secret("A_SECRET")


def test_an_unreadable_file_says_which(monkeypatch, tmp_path):
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "gone"))
    with pytest.raises(ImproperlyConfigured, match=r"A_SECRET_FILE: cannot read .*gone: No such file"):
        secret("A_SECRET")


def test_a_kept_secret_is_made_once_and_closed_to_others(tmp_path):
    folder = tmp_path / "secrets"
    first = kept_secret("A_SECRET", folder, lambda: "first")
    assert kept_secret("A_SECRET", folder, lambda: "second") == first == "first"
    assert stat.S_IMODE((folder / "a_secret").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_many_who_make_a_secret_at_once_agree(tmp_path):
    numbers = count()
    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(lambda _: kept_secret("A_SECRET", tmp_path, lambda: str(next(numbers))), range(40)))
    assert len(set(values)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a_secret"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", None, id="unset"),
        pytest.param("2013-06-30T08:00:00", datetime(2013, 6, 30, 8, tzinfo=UTC), id="without an offset it is UTC"),
        pytest.param("2013-06-30T08:00:00+02:00", datetime(2013, 6, 30, 8, tzinfo=timezone(timedelta(hours=2))), id="with an offset"),
    ],
)
def test_a_moment(monkeypatch, text, expected):
    monkeypatch.setenv("A_MOMENT", text)
    assert moment("A_MOMENT") == expected


def test_a_moment_that_is_none_says_its_name(monkeypatch):
    monkeypatch.setenv("A_MOMENT", "tomorrow")
    with pytest.raises(ImproperlyConfigured, match="A_MOMENT: 'tomorrow' is no date and time"):
        moment("A_MOMENT")


@pytest.mark.parametrize(("text", "expected"), [("on", True), ("1", True), ("TRUE", True), ("off", False), ("0", False), ("", False)])
def test_on_and_off(monkeypatch, text, expected):
    monkeypatch.setenv("A_SWITCH", text)
    assert boolean("A_SWITCH") is expected


def test_a_switch_that_is_neither_is_not_taken_for_off(monkeypatch):
    monkeypatch.setenv("A_SWITCH", "onn")
    with pytest.raises(ImproperlyConfigured, match="A_SWITCH: 'onn' is neither"):
        boolean("A_SWITCH")
