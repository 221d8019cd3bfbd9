"""The mailbox of quarantine: every message as it would leave, as a file that any mail program opens."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from receivables.messaging.channels.files import name_of, not_written, write_once
from receivables.messaging.channels.mime import UnsafeHeader, compose
from receivables.messaging.outgoing import Accepted, Failed, Outcome, Outgoing

_SIDE_BY_SIDE = 16


@dataclass(frozen=True, slots=True)
class MailboxConfig:
    folder: Path


class Mailbox:
    """Takes every channel. The same key is written once, so handing it again is harmless."""

    takes_key = True
    batch = 200

    def __init__(self, config: MailboxConfig) -> None:
        self._config = config

    def send_many(self, outgoings: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Side by side: the disk makes sure of many files in hardly more time than of one."""
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            return list(pool.map(self.send, outgoings))

    def send(self, outgoing: Outgoing) -> Outcome:
        try:
            mail = compose(outgoing, recipient=None if outgoing.channel == "email" else f"{outgoing.channel}@captured.invalid")
        except UnsafeHeader as refusal:
            return Failed(str(refusal), bad_address=outgoing.channel == "email")
        if outgoing.channel != "email":
            mail["X-Recipient"] = " ".join(outgoing.recipient.split())
        path = self._config.folder / outgoing.planned_on.isoformat() / f"{name_of(outgoing.key)}.eml"
        try:
            write_once(path, mail.as_bytes())
        except OSError as error:
            return not_written(error)
        return Accepted(reference=outgoing.message_id)
