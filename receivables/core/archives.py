"""Files that leave as one: JSON, tables and a ZIP whose bytes depend on nothing but what is in it."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP knows: its bytes must not depend on when it is made


def sha256_of(content: bytes) -> str:
    """The digest in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """UTF-8, indented, by name."""
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True).encode()


def table_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """UTF-8 with BOM, semicolons: what a spreadsheet in Poland opens as it is. What is None or absent is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([harmless("" if (value := row.get(column)) is None else value) for column in columns])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def harmless(value: Any) -> str:
    """A cell that a spreadsheet could take for a formula gets a leading quote; no cell breaks its row."""
    text = " ".join(str(value).replace("\0", " ").split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of these files in the order given, stored as they are: zlib has versions."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            put(archive, name, content)
    return target.getvalue()


def put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Write one more file into a ZIP that is open, readable by its owner alone once unpacked."""
    info = zipfile.ZipInfo(name, _STAMP)
    info.external_attr = 0o600 << 16
    archive.writestr(info, content)
