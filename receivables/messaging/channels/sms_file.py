"""SMS into a file, one JSON line each, for whoever sends them by hand or by a program of their own."""

from dataclasses import dataclass
from pathlib import Path

from receivables.messaging.channels.files import Journal, not_written
from receivables.messaging.outgoing import Accepted, Failed, Outcome, Outgoing


@dataclass(frozen=True, slots=True)
class SmsFileConfig:
    file: Path


class SmsFile:
    """A key that stands in the file already is accepted and not written again."""

    takes_key = True
    batch = 50

    def __init__(self, config: SmsFileConfig) -> None:
        self._journal = Journal(config.file)

    def send(self, outgoing: Outgoing) -> Outcome:
        if not outgoing.recipient.lstrip("+").isdigit():
            return Failed("The phone number is none.", bad_address=True)
        record = {"on": outgoing.planned_on.isoformat(), "to": outgoing.recipient, "text": outgoing.text}
        try:
            is_new = self._journal.add(outgoing.key, record)
        except OSError as error:
            return not_written(error)
        return Accepted(detail="" if is_new else "It stood in the file already.")
