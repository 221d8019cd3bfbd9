#!/usr/bin/env python3
"""Verify an evidence pack, offline: python3 verify_pack.py PACK.zip

Needs Python 3.8 or newer and nothing else. It says whether each file is there and is the one that the manifest names,
whether there is anything besides, and whether each event of the log was written after the one before it. Compare the
number it prints with that in index.pdf, and take this program from the product, not from a pack that you doubt.
Exit code 0: all is right; 1: something is not; 2: this is no pack that can be read.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

INDEX, MANIFEST, LOG = "index.pdf", "manifest.json", "events.jsonl"
MOST_BYTES = 2_000_000_000


class Unreadable(Exception):
    """What was given is no pack."""


def read_pack(path: Path) -> dict[str, bytes]:
    """The files of a pack by their names. Raises Unreadable for what is no pack, is too big, or names a file twice or outside itself."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if len(set(names)) != len(names):
                raise Unreadable("a file is there twice under one name")
            if sum(info.file_size for info in infos) > MOST_BYTES:
                raise Unreadable("it is bigger than any pack")
            if odd := [name for name in names if is_odd(name)]:
                raise Unreadable(f"{odd[0]!r} lies outside the pack")
            return {name: archive.read(name) for name in names}
    except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as fault:
        raise Unreadable(str(fault)) from fault


def is_odd(name: str) -> bool:
    """Whether a name leads out of the folder it is unpacked to."""
    return name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")


def manifest_of(files: Mapping[str, bytes]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What the manifest says. Raises Unreadable where it is none."""
    try:
        said = json.loads(files[MANIFEST])
        return said, {each["path"]: each for each in said["files"]}
    except (KeyError, TypeError, ValueError) as fault:
        raise Unreadable(f"{MANIFEST} is missing or no manifest") from fault


def sha256(content: bytes) -> str:
    """The digest in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def contents_digest(files: Mapping[str, bytes]) -> str:
    """The one number over all files but the index and the manifest."""
    lines = [f"{sha256(content)}  {path}\n" for path, content in sorted(files.items()) if path not in (INDEX, MANIFEST)]
    return sha256("".join(lines).encode())


def faults_of_files(files: Mapping[str, bytes], listed: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """What is missing, changed or too much."""
    for path in sorted(listed):
        if path not in files:
            yield f"{path} is missing."
        elif sha256(files[path]) != listed[path].get("sha256"):
            yield f"{path} was changed: it is not the file that the manifest names."
    for path in sorted(set(files) - set(listed) - {MANIFEST}):
        yield f"{path} is not named by the manifest."


def faults_of_log(lines: Iterable[str]) -> Iterator[str]:
    """Events whose digest does not follow from their fields and the event before."""
    before: tuple[int, str] | None = None
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
            text = json.dumps(event["fields"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            digest = sha256(bytes.fromhex(event["previous"]) + text.encode())
            sequence = event["fields"][1]
            follows = before is None or sequence != before[0] + 1 or event["previous"] == before[1]
            if digest != event["digest"] or not follows:
                yield f"{LOG}, line {number}: the event was changed after it was written."
            elif before is not None and sequence <= before[0]:
                yield f"{LOG}, line {number}: the event is out of order."
            before = (sequence, event["digest"])
        except (KeyError, IndexError, TypeError, ValueError):
            yield f"{LOG}, line {number}: this is no event."
            return


def verify(path: Path) -> tuple[list[str], dict[str, Any]]:
    """What is wrong with a pack in plain words, and what to compare with its first page. Raises Unreadable."""
    files = read_pack(path)
    said, listed = manifest_of(files)
    digest = contents_digest(files)
    faults = list(faults_of_files(files, listed))
    if digest != said.get("contents_sha256"):
        faults.append("The number over all contents is not the one that the manifest names.")
    faults += faults_of_log(files.get(LOG, b"").decode("utf-8", "replace").splitlines())
    return faults, {"files": len(files), "contents_sha256": digest, "number": said.get("number", "")}


def main(arguments: list[str]) -> int:
    """Verify one pack and say what was found."""
    if len(arguments) != 1:
        print(__doc__)
        return 2
    try:
        faults, found = verify(Path(arguments[0]))
    except Unreadable as fault:
        print(f"This is no evidence pack that can be read: {fault}")
        return 2
    print(f"Pack {found['number']}, {found['files']} files.")
    print(f"Number over all contents (SHA-256), to be compared with index.pdf:\n  {found['contents_sha256']}")
    for wrong in faults:
        print(f"WRONG  {wrong}")
    print("Something is not right." if faults else "All is right.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
