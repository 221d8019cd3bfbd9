"""Letters for the post: the PDF in a folder of the day, and a line about it in the list that goes along."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from receivables.messaging.channels.files import Journal, name_of, not_written, write_once
from receivables.messaging.outgoing import Accepted, Attachment, Failed, Outcome, Outgoing


@dataclass(frozen=True, slots=True)
class LetterFileConfig:
    folder: Path


class LetterFile:
    """The paper is written once per key, then listed once per key: a letter is accepted when both are on disk."""

    takes_key = True
    batch = 50

    def __init__(self, config: LetterFileConfig) -> None:
        self._folder = config.folder
        self._lists: dict[Path, Journal] = {}

    def send(self, outgoing: Outgoing) -> Outcome:
        papers = [paper for paper in outgoing.papers if paper.media_type == "application/pdf"]
        if len(papers) != 1:
            return Failed("A letter needs exactly one paper.")
        try:
            file = self._keep(outgoing, papers[0])
        except OSError as error:
            return not_written(error)
        return Accepted(reference=str(file.relative_to(self._folder)))

    def _keep(self, outgoing: Outgoing, paper: Attachment) -> Path:
        folder = self._folder / outgoing.planned_on.isoformat()
        file = folder / f"{name_of(outgoing.key)}.pdf"
        write_once(file, paper.content)
        digest = hashlib.sha256(paper.content).hexdigest()
        line = {"file": file.name, "paper": paper.name, "sha256": digest, "name": outgoing.recipient_name, "to": outgoing.recipient}
        self._list(folder).add(outgoing.key, line)
        return file

    def _list(self, folder: Path) -> Journal:
        return self._lists.setdefault(folder, Journal(folder / "list.jsonl"))
