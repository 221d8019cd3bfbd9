"""Letters for the post: the PDF in a folder of the day, and a line about it in the list that goes along."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from receivables.messaging.channels.files import Journal, name_of, write_once
from receivables.messaging.outgoing import Accepted, Failed, Outcome, Outgoing


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
        papers = [paper for paper in outgoing.attachments if paper.media_type == "application/pdf"]
        if len(papers) != 1:
            return Failed("A letter needs exactly one paper.")
        folder = self._folder / outgoing.planned_on.isoformat()
        file = folder / f"{name_of(outgoing.key)}.pdf"
        write_once(file, papers[0].content)
        self._list(folder).add(
            outgoing.key,
            {
                "file": file.name,
                "paper": papers[0].name,
                "sha256": hashlib.sha256(papers[0].content).hexdigest(),
                "name": outgoing.recipient_name,
                "to": outgoing.recipient,
            },
        )
        return Accepted(reference=str(file.relative_to(self._folder)))

    def _list(self, folder: Path) -> Journal:
        return self._lists.setdefault(folder, Journal(folder / "list.jsonl"))
