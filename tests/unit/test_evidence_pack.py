"""The pack as files, and the program that verifies it: any byte that is changed, left out or put in shows."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from dunning.actions.evidence import PACK
from dunning.evidence import events, exhibits, lacking, pack, verify_pack
from dunning.evidence.pack import Exhibit, contents_digest, pack_bytes, placed, safe_name
from dunning.states import CallOutcome, LimitationKind, ReplyKind
from invoices.models import AllocationEntry
from invoices.states import DocumentKind
from receivables.core.archives import harmless, table_bytes, zip_bytes
from receivables.documents.evidence_words import EVIDENCE_WORDS

ON = date(2026, 5, 3)
INVOICE = Exhibit("invoices", "invoice", "FV/1", ON, "FV/1.pdf", b"%PDF 1")


def event(sequence: int, previous: bytes) -> tuple[str, bytes]:
    """A line of the log, and its digest."""
    fields = [1, sequence, "2026-05-03T09:00:00+00:00", None, "invoice_issued", "invoices.Invoice:1", {"gross": "10.00", "ż": 1}]
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = bytes.fromhex(pack.sha256_of(previous + text.encode()))
    return json.dumps({"fields": fields, "previous": previous.hex(), "digest": digest.hex()}) + "\n", digest


def files() -> dict[str, bytes]:
    first, digest = event(4, bytes(32))
    second, _ = event(5, digest)
    later, _ = event(9, b"\1" * 32)
    return {"invoices/001-FV-1.pdf": b"%PDF 1", "events.jsonl": (first + second + later).encode(), "index.pdf": b"%PDF index"}


def written(folder: Path, content: Mapping[str, bytes] | None = None) -> Path:
    path = folder / "pack.zip"
    path.write_bytes(pack_bytes(content or files(), placed([INVOICE]), {"number": "ZD/2026/0001"}))
    return path


def changed(path: Path, **changes: bytes | None) -> Path:
    """The pack with other bytes under some names; None leaves the file out."""
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    named = {name.replace("__", "/").replace("_dot_", ".").replace("_dash_", "-"): value for name, value in changes.items()}
    path.write_bytes(zip_bytes({name: content for name, content in (kept | named).items() if content is not None}))
    return path


def test_a_pack_that_nobody_touched_is_right(tmp_path: Path) -> None:
    faults, found = verify_pack.verify(written(tmp_path))
    assert (faults, found["files"], found["contents_sha256"]) == ([], 4, contents_digest(files()))


def test_the_program_stands_alone_and_says_what_to_compare(tmp_path: Path) -> None:
    (tmp_path / "verify.py").write_bytes(pack.script())
    ran = subprocess.run(
        [sys.executable, "-I", "verify.py", str(written(tmp_path))], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0 and contents_digest(files()) in ran.stdout and "All is right." in ran.stdout


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"invoices__001_dash_FV_dash_1_dot_pdf": b"%PDF 2"}, "was changed"),
        ({"index_dot_pdf": b"%PDF other"}, "index.pdf was changed"),
        ({"invoices__001_dash_FV_dash_1_dot_pdf": None}, "is missing"),
        ({"invoices__002_dot_pdf": b"%PDF"}, "not named by the manifest"),
        ({"events_dot_jsonl": b"{}\n"}, "this is no event"),
    ],
)
def test_whatever_is_changed_left_out_or_put_in_shows(tmp_path: Path, changes: dict[str, bytes | None], says: str) -> None:
    faults, _ = verify_pack.verify(changed(written(tmp_path), **changes))
    assert any(says in fault for fault in faults)


@pytest.mark.parametrize(("old", "new", "says"), [("10.00", "11.00", "changed after"), ('1, 5, "', '1, 3, "', "changed after")])
def test_an_event_that_was_changed_shows_though_the_manifest_is_made_anew(tmp_path: Path, old: str, new: str, says: str) -> None:
    forged = files()
    forged["events.jsonl"] = forged["events.jsonl"].decode().replace(old, new, 1).encode()
    faults, _ = verify_pack.verify(written(tmp_path, forged))
    assert any(says in fault for fault in faults)


@pytest.mark.parametrize("content", [b"", b"no zip", zip_bytes({"a": b"1"}), zip_bytes({"../a": b"1", "manifest.json": b"{}"}),
                                     zip_bytes({"manifest.json": b'{"files": 1}'}), zip_bytes({"C:\\a": b"1"})])  # fmt: skip
def test_what_is_no_pack_is_refused_in_words(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    assert verify_pack.main([str(tmp_path / "x.zip")]) == 2
    assert "no evidence pack" in capsys.readouterr().out


def test_the_same_bytes_lie_once_in_a_group_under_a_name_of_their_own() -> None:
    twin = Exhibit("invoices", "invoice", "FV/2", ON, "FV/1.pdf", b"%PDF 2")
    found = placed([INVOICE, INVOICE, twin])
    assert [one.path for one in found] == ["invoices/001-FV-1.pdf", "invoices/002-FV-1.pdf"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [("../../etc/passwd", "etc-passwd"), ("C:\\a\\b.pdf", "C-a-b.pdf"), ("", "file"), ("...", "file"), ("żółć.pdf", "zolc.pdf"), ("a\0b\n.pdf", "a-b.pdf"),
     ("x" * 300 + ".pdf", "x" * 80 + ".pdf")],
)  # fmt: skip
def test_a_name_is_safe_on_any_disk(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_the_same_files_make_the_same_bytes() -> None:
    made = pack_bytes(files(), placed([INVOICE]), {})
    assert made == pack_bytes(dict(reversed(files().items())), placed([INVOICE]), {})
    assert zipfile.ZipFile(BytesIO(made)).namelist()[:2] == ["index.pdf", "manifest.json"]


def test_a_table_opens_in_a_spreadsheet_and_runs_nothing_there() -> None:
    assert table_bytes(("a", "b"), [{"a": "=1+1", "b": None}, {"a": "x;y\nz"}]).decode("utf-8-sig") == 'a;b\r\n\'=1+1;\r\n"x;y z";\r\n'
    assert harmless("\0-1") == "'-1"


def test_each_kind_of_thing_has_its_words() -> None:
    wanted = {
        f"exhibit_{kind}"
        for kind in (*DocumentKind, *ReplyKind, *LimitationKind, *exhibits.HAND_MADE, "contract", "order", "proof", "other")
    }
    wanted |= {f"event_call_{outcome}" for outcome in CallOutcome} | {f"event_reply_{kind}" for kind in ReplyKind}
    wanted |= {f"event_{kind}" for kind in LimitationKind} | set(lacking.WORDS)
    wanted |= {f"event_{source}{back}" for source in AllocationEntry.Source for back in ("", "_back")}
    assert wanted <= set(EVIDENCE_WORDS) and PACK == "evidence_pack" and events
