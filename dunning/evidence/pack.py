"""The pack as files: where each exhibit lies, the digest over all of them, the manifest. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from receivables.core.archives import json_bytes, sha256_of, zip_bytes

VERSION = "1"
INDEX, MANIFEST, SCRIPT = "index.pdf", "manifest.json", "verify_pack.py"
OUTSIDE = (INDEX, MANIFEST)  # files that name the digest, so that it cannot cover them
_PLAIN = re.compile(r"[^\w.-]+", re.ASCII)
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A file of the pack. `what` is its kind, and the folder it lies in is its group."""

    group: str  # invoices, agreed, demands, messages, replies, acknowledgements, registers
    what: str  # one of the words `exhibit_…` of the papers
    title: str  # the number of the paper, the subject of the mail
    on: date
    name: str  # the file's own name
    content: bytes


@dataclass(frozen=True, slots=True)
class Placed:
    """An exhibit with its number and its place in the pack."""

    number: str
    path: str
    exhibit: Exhibit


def placed(exhibits: Iterable[Exhibit]) -> list[Placed]:
    """Numbered from 1 by group and day, each under a name of its own that is safe on any disk. The same bytes are there once in a group."""
    found: list[Placed] = []
    seen: set[tuple[str, str]] = set()
    for exhibit in exhibits:
        if (key := (exhibit.group, sha256_of(exhibit.content))) in seen:
            continue
        seen.add(key)
        number = f"{len(found) + 1:03}"
        found.append(Placed(number, f"{exhibit.group}/{number}-{safe_name(exhibit.name)}", exhibit))
    return found


def safe_name(name: str) -> str:
    """ASCII letters, digits, dots and dashes, not too long, with its ending kept: no path, and no name a system forbids."""
    folded = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L")).encode("ascii", "ignore").decode()
    stem, dot, ending = _PLAIN.sub("-", folded).strip(".-").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    return ".".join(part for part in (stem.strip("-")[:_LONGEST] or "file", ending[:8]) if part)


def contents_digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over `sha256  path` of each file, a line each, by path; without the index and the manifest, which name it."""
    lines = [f"{sha256_of(content)}  {path}\n" for path, content in sorted(files.items()) if path not in OUTSIDE]
    return sha256_of("".join(lines).encode())


def manifest_of(files: Mapping[str, bytes], exhibits: Sequence[Placed], about: Mapping[str, Any]) -> bytes:
    """What the pack holds, each file with size and digest, and what it is where it is an exhibit."""
    said = {one.path: _said(one) for one in exhibits}
    listed = [
        {"path": path, "size": len(content), "sha256": sha256_of(content), **said.get(path, {})} for path, content in sorted(files.items())
    ]
    return json_bytes({"version": VERSION, **about, "contents_sha256": contents_digest(files), "files": listed})


def _said(one: Placed) -> dict[str, str]:
    return {"number": one.number, "what": one.exhibit.what, "title": one.exhibit.title, "on": one.exhibit.on.isoformat()}


def pack_bytes(files: Mapping[str, bytes], exhibits: Sequence[Placed], about: Mapping[str, Any]) -> bytes:
    """The ZIP. The same files make the same bytes."""
    return zip_bytes({INDEX: files[INDEX], MANIFEST: manifest_of(files, exhibits, about), **dict(sorted(files.items()))})


def script() -> bytes:
    """The program that verifies a pack without this product."""
    return Path(__file__).with_name(SCRIPT).read_bytes()
