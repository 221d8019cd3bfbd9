"""A file between its dry run and its import: kept beside the program's data, under a name that only the session knows, for a day."""

import secrets
import time
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from receivables.core.errors import Refused
from receivables.dashboard.access import StaffRequest

KEY, LONGEST = "upload", 24 * 60 * 60  # seconds


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits for its confirmation."""

    token: str
    name: str
    profile: str
    creditor: int
    sha256: str

    @property
    def path(self) -> Path:
        return _folder() / self.token


def keep(request: StaffRequest, file: UploadedFile, *, profile: str) -> tuple[Upload, bytes]:
    """Keep a file for this session; an older one of it goes."""
    drop(request)
    _sweep()
    data = bytes(file.read())
    upload = Upload(secrets.token_hex(16), str(file.name or "table.csv"), profile, request.creditor.pk, sha256(data).hexdigest())
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    upload.path.touch(mode=0o600)
    upload.path.write_bytes(data)
    request.session[KEY] = {name: getattr(upload, name) for name in Upload.__slots__}
    return upload, data


def kept(request: StaffRequest, token: str) -> tuple[Upload, bytes]:
    """The file of this session that the form names. Raises `Refused` where it is gone, another one, or for another company."""
    known: dict[str, Any] = request.session.get(KEY) or {}
    upload = Upload(**known) if known else None
    if upload is None or upload.token != token or upload.creditor != request.creditor.pk:
        raise Refused("This file is not kept any more. Choose it again.")
    try:
        data = upload.path.read_bytes()
    except FileNotFoundError:
        raise Refused("This file is not kept any more. Choose it again.") from None
    if sha256(data).hexdigest() != upload.sha256:
        raise Refused("This file has changed meanwhile. Choose it again.")
    return upload, data


def described(request: StaffRequest, upload: Upload, *, profile: str) -> Upload:
    """The same file, to be read by that profile."""
    known = replace(upload, profile=profile)
    request.session[KEY] = {name: getattr(known, name) for name in Upload.__slots__}
    return known


def drop(request: StaffRequest) -> None:
    """Forget the file of this session."""
    known = request.session.pop(KEY, None)
    if known:
        Upload(**known).path.unlink(missing_ok=True)


def _folder() -> Path:
    folder: Path = settings.DATA_DIR / "uploads"
    return folder


def _sweep() -> None:
    """Files that nobody confirmed within a day go."""
    for path in _folder().glob("*"):
        if time.time() - path.stat().st_mtime > LONGEST:
            path.unlink(missing_ok=True)
