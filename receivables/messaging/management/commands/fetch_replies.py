"""Read the mailbox for replies now."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from receivables import clock
from receivables.core.errors import DomainError
from receivables.messaging.inbound.fetching import fetch_from
from receivables.messaging.inbound.imap import imap_config
from receivables.messaging.inbound.taking import take_waiting


class Command(BaseCommand):
    help = "Read the mailbox of REPLY_IMAP_URL now, and take what came in. Beat does the same every minute."

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        if not settings.REPLY_IMAP_URL:
            raise CommandError("There is no mailbox: set REPLY_IMAP_URL.", returncode=2)
        try:
            new = fetch_from(imap_config(settings.REPLY_IMAP_URL), now=clock.now())
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from None
        waiting = take_waiting(now=clock.now())
        self.stdout.write(f"{new} new mails; {waiting} that had waited were taken.")
