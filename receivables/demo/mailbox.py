"""The mailbox of quarantine for a year at once: it takes everything, and makes files of the last days' messages only."""

from datetime import datetime

from receivables import clock
from receivables.core.errors import Refused
from receivables.messaging.channels.mailbox import Mailbox, MailboxConfig
from receivables.messaging.outgoing import Accepted, Outcome, Outgoing


class YearOfMail(Mailbox):
    """Keeps recent messages in memory until `write`: a demo that is stopped half-way leaves no files about."""

    def __init__(self, config: MailboxConfig, *, since: datetime) -> None:
        super().__init__(config)
        self._since = since
        self._recent: list[Outgoing] = []

    def send(self, outgoing: Outgoing) -> Outcome:
        """Takes every message; the program shows it from its row, whether it is a file as well or not."""
        if clock.now() >= self._since:
            self._recent.append(outgoing)
        return Accepted(reference=outgoing.message_id)

    def write(self) -> None:
        """Make the files. Raises `Refused` for a message that the mailbox would not have taken."""
        for outgoing in self._recent:
            outcome = super().send(outgoing)
            if not isinstance(outcome, Accepted):
                raise Refused(f"The demo's message {outgoing.message_id} could not be captured: {outcome.detail}")
