"""ZIP archives of invoices, read without trust: bounded in files, size and ratio; nothing is ever written under a name out of one."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from invoices.intake.cells import Problem
from invoices.intake.parsed import UnreadableInvoice

MOST_FILES = 10_000
MOST_PDFS = 200  # each is opened in a process of its own
MOST_BYTES = 200 * 1024 * 1024
MOST_BYTES_A_FILE = 20 * 1024 * 1024
HIGHEST_RATIO = 200  # XML of invoices shrinks to a tenth or a thirtieth
_SMALL = 1024 * 1024  # below this a ratio says nothing
_LONGEST_NAME = 255
_READ = (".xml", ".pdf")
_LEFT_OUT = (".json", ".txt", ".md")  # _metadata.json of an export of KSeF; a note beside the invoices
_OF_SYSTEMS = ("__MACOSX/", ".DS_Store", "Thumbs.db")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive. `name` is only ever shown."""

    name: str
    data: bytes


def looks_like(data: bytes) -> bool:
    """Whether it begins as a ZIP archive does."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def members(data: bytes) -> Iterator[Member]:
    """The invoices of an archive, one after the other. Raises `UnreadableInvoice` for what is no archive, or could only be an attack."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in _wanted(archive):
                yield Member(info.filename, _content(archive, info))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise _refused("", f"This ZIP archive cannot be read: {' '.join(str(error).split())[:120]}.") from None


def _wanted(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    infos = [info for info in archive.infolist() if not info.is_dir() and not _is_of_a_system(info.filename)]
    if len(infos) > MOST_FILES:
        raise _refused("", f"The archive holds {len(infos):,} files; at most {MOST_FILES:,} are read.")
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise _refused("", f"Unpacked, the archive has more than {MOST_BYTES // 1024 // 1024} MB. Split it into several.")
    for info in infos:
        _refuse_odd(info)
    if sum(info.filename.lower().endswith(".pdf") for info in infos) > MOST_PDFS:
        raise _refused("", f"The archive holds more than {MOST_PDFS} PDFs. Split it into several, or load the XML of the invoices.")
    if len({info.filename for info in infos}) < len(infos):
        raise _refused("", "The archive holds two files of the same name.")
    wanted = [info for info in infos if not info.filename.lower().endswith(_LEFT_OUT)]
    if not wanted:
        raise _refused("", "The archive holds no XML and no PDF.")
    return wanted


def _is_of_a_system(name: str) -> bool:
    return name.startswith(_OF_SYSTEMS[0]) or PurePosixPath(name).name in _OF_SYSTEMS[1:]


def _refuse_odd(info: zipfile.ZipInfo) -> None:
    name = info.filename
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise _refused(name[:60], "has a name that cannot be shown.")
    if name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts:
        raise _refused(name, "has a name that leads out of the archive. Such archives are not read.")
    if info.flag_bits & 0x1:
        raise _refused(name, "is encrypted. Unpack the archive and load the files themselves.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused(name, "is packed in a way that is not read. Pack the archive as an ordinary ZIP (stored or deflated).")
    if (info.external_attr >> 16) & 0o170000 == 0o120000:
        raise _refused(name, "is a link, not a file. Such archives are not read.")
    if info.file_size > max(_SMALL, info.compress_size * HIGHEST_RATIO):
        raise _refused(name, "would unpack to far more than any invoice has. Such archives are not read.")
    if not name.lower().endswith((*_READ, *_LEFT_OUT)):
        raise _refused(name, "is neither XML nor PDF. Leave it out of the archive.")


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """What the file really holds; the size that the archive states is not believed."""
    with archive.open(info) as stream:
        content = stream.read(MOST_BYTES_A_FILE + 1)
    if len(content) > MOST_BYTES_A_FILE:
        raise _refused(info.filename, f"has more than {MOST_BYTES_A_FILE // 1024 // 1024} MB.")
    return content


def _refused(name: str, reason: str) -> UnreadableInvoice:
    return UnreadableInvoice(Problem(0, name or None, reason))
