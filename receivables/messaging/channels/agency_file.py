"""Hand-overs to an agency: a package per hand-over, in a folder of the day."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from receivables import faults
from receivables.core.archives import zip_bytes
from receivables.messaging.channels.files import name_of, not_written, write_once
from receivables.messaging.outgoing import Accepted, Outcome, Outgoing

_ZIP = "application/zip"


@dataclass(frozen=True, slots=True)
class AgencyFileConfig:
    folder: Path


class AgencyFile:
    """A key has one package for ever: handed again, it is the same hand-over, never a second case."""

    takes_key = True
    batch = 20

    def __init__(self, config: AgencyFileConfig) -> None:
        self._folder = config.folder

    def send(self, outgoing: Outgoing) -> Outcome:
        file = self._folder / outgoing.planned_on.isoformat() / f"{name_of(outgoing.key)}.zip"
        try:
            is_new = write_once(file, package_of(outgoing))
        except OSError as error:
            return not_written(error)
        faults.at("F18")
        return Accepted(reference=str(file.relative_to(self._folder)), detail="" if is_new else "The package was there already.")


def package_of(outgoing: Outgoing) -> bytes:
    """The package that comes with the message, or else one made of its words and papers, with a list of digests."""
    if len(outgoing.attachments) == 1 and outgoing.attachments[0].media_type == _ZIP:
        return outgoing.attachments[0].content
    files = {"handover.txt": outgoing.text.encode()} | {name_of(paper.name): paper.content for paper in outgoing.attachments}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = json.dumps({"version": 1, "key": outgoing.key, "sha256": digests}, ensure_ascii=False, indent=2).encode()
    return zip_bytes({"manifest.json": manifest, **files})
