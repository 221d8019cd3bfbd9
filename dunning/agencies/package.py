"""The neutral hand-over package: `case.json`, `cases.csv` and a manifest with SHA-256 in a ZIP. FORMATS.md section 6.

Pure: from the facts of the hand-over to bytes; the same facts give the same bytes, so a package can be made again.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

VERSION = "1"
_STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP knows: the bytes must not depend on when they are made
_COLUMNS = ("number", "issued_on", "due_on", "days_late", "gross", "outstanding", "disputed", "currency")


def package_of(key: str, facts: Mapping[str, Any]) -> tuple[str, bytes]:
    """File name and bytes of the package of one hand-over. Amounts are plain decimal strings in the stated currency."""
    files = {"case.json": _case(key, facts), "cases.csv": _table(facts)}
    files["manifest.json"] = _json(
        {"version": VERSION, "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}}
    )
    return f"handover-{key[:12]}.zip", _zip(files)


def _case(key: str, facts: Mapping[str, Any]) -> bytes:
    customer = facts["customer"]
    return _json(
        {
            "version": VERSION,
            "case_id": key,
            "action": "new",
            "created_on": facts["on"],
            "type": "B2C" if customer["kind"] in ("consumer", "unknown") else "B2B",
            "currency": facts["currency"],
            "principal": facts["principal"],
            "outstanding": facts["asks"],
            "creditor": {name: value for name, value in facts["creditor"].items() if name != "edition"},
            "debtor": customer,
            "documents": [_document(item, facts) for item in facts["items"]],
        }
    )


def _document(item: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    values = (
        item["label"],
        item["issued_on"],
        item["due_on"],
        item["days_late"],
        item["amount"],
        item["open"],
        item["disputed"],
        facts["currency"],
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _table(facts: Mapping[str, Any]) -> bytes:
    """UTF-8 with BOM, semicolons: what a spreadsheet in Poland opens as it is."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS, delimiter=";")
    writer.writeheader()
    for item in facts["items"]:
        writer.writerow({column: _harmless(value) for column, value in _document(item, facts).items()})
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _harmless(value: Any) -> str:
    """A cell that a spreadsheet could take for a formula gets a leading quote."""
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\0")) else text


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True).encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
