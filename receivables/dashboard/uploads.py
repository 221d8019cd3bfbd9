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
from receivables.core.sentences import gettext_noop
from receivables.dashboard import long_files
from receivables.dashboard.access import StaffRequest

KEY, LONGEST = "upload", 24 * 60 * 60  # seconds
GONE = gettext_noop("This file is not kept any more. Choose it again.")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits for its confirmation."""

    token: str
    name: str
    profile: str
    creditor: int
    sha256: str
    table: str = ""  # once it was checked: what it is …
    rows: int = 0  # … and how many rows there are to take

    @property
    def path(self) -> Path:
        return path_of(self.token)


def path_of(token: str) -> Path:
    """Where a file is kept."""
    return _folder() / token


def keep(request: StaffRequest, file: UploadedFile, *, profile: str) -> tuple[Upload, bytes]:
    """Keep a file for this session; an older one of it goes."""
    data = bytes(file.read())
    return keep_bytes(request, str(file.name or "table.csv"), data, profile=profile), data


def keep_bytes(request: StaffRequest, name: str, data: bytes, *, profile: str) -> Upload:
    """The same for what was read already."""
    drop(request)
    _sweep()
    upload = Upload(secrets.token_hex(16), name, profile, request.creditor.pk, sha256(data).hexdigest())
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    upload.path.touch(mode=0o600)
    upload.path.write_bytes(data)
    return _noted(request, upload)


def known(request: StaffRequest) -> Upload | None:
    """What this session has kept for its company, whether it is there still or not."""
    there: dict[str, Any] = request.session.get(KEY) or {}
    upload = Upload(**there) if there else None
    return upload if upload and upload.creditor == request.creditor.pk else None


def kept(request: StaffRequest, token: str) -> tuple[Upload, bytes]:
    """The file of this session that the form names. Raises `Refused` where it is gone, another one, or for another company."""
    upload = known(request)
    if upload is None or upload.token != token:
        raise Refused(GONE)
    try:
        data = upload.path.read_bytes()
    except FileNotFoundError:
        raise Refused(GONE) from None
    if sha256(data).hexdigest() != upload.sha256:
        raise Refused("This file has changed meanwhile. Choose it again.")
    return upload, data


def described(request: StaffRequest, upload: Upload, *, profile: str) -> Upload:
    """The same file, to be read by that profile."""
    return _noted(request, replace(upload, profile=profile))


def checked(request: StaffRequest, upload: Upload, *, table: str, rows: int) -> Upload:
    """The same file, of which a dry run has said what it holds."""
    return _noted(request, replace(upload, table=table, rows=rows))


def _noted(request: StaffRequest, upload: Upload) -> Upload:
    request.session[KEY] = {name: getattr(upload, name) for name in Upload.__slots__}
    return upload


def drop(request: StaffRequest) -> None:
    """Forget the file of this session. One that a worker has begun goes on, unseen."""
    there = request.session.pop(KEY, None)
    if there:
        long_files.forget(Upload(**there).path)


def _folder() -> Path:
    folder: Path = settings.DATA_DIR / "uploads"
    return folder


def _sweep() -> None:
    """Files that nobody confirmed within a day go."""
    for path in _folder().glob("*"):
        if time.time() - path.stat().st_mtime > LONGEST:
            path.unlink(missing_ok=True)
