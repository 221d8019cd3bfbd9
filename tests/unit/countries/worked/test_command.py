"""`manage.py interest` as somebody meets it: what is printed, and with which code it ends."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.unit.countries.worked.asking import FIRM


def interest(*words: str) -> tuple[int, str, str]:
    """Exit code, output, errors."""
    out, err = StringIO(), StringIO()
    try:
        call_command("interest", *words, stdout=out, stderr=err)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "debts.json"
    path.write_text(json.dumps({"country": "PL", "examples": [{"id": "A", "title": "Zażółć", **FIRM}]}), encoding="utf-8")
    return path


def test_json_is_the_document_completed(file: Path) -> None:
    code, out, err = interest(str(file), "--json")
    assert (code, err) == (0, "")
    assert "Zażółć" in out and json.loads(out)["examples"][0]["interest_total"] == "406.58"


def test_otherwise_it_is_a_table(file: Path) -> None:
    code, out, _ = interest(str(file))
    assert code == 0 and out.startswith("A  Zażółć\n") and "interest total: 406.58" in out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"examples": [{"id": "A", "country": "XX"}]}', "examples, case A: country: 'XX'"),
        (b"{", "The file is no JSON: "),
        (b'{"examples": ["\xff"]}', "cannot be read"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_else(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    for words in ((str(file),), (str(file), "--json")):
        code, out, err = interest(*words)
        assert (code, out, len(err.splitlines())) == (2, "", 1) and said in err


def test_a_file_that_is_not_there_is_said(file: Path) -> None:
    code, out, err = interest(str(file.parent / "none.json"))
    assert (code, out) == (2, "") and "none.json cannot be read" in err
