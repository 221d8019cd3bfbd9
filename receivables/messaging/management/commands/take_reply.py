"""Take a mail from a file, as if it had come to the mailbox."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from receivables import clock
from receivables.messaging.inbound.taking import take_mail
from receivables.messaging.models import InboundMail


class Command(BaseCommand):
    help = "Take mails from files (.eml), as if they had come to the mailbox for replies. The same mail twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE.eml")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        for file in options["files"]:
            try:
                raw = file.read_bytes()
            except OSError as error:
                raise CommandError(f"{file}: {error.strerror}", returncode=2) from None
            stored = take_mail(raw, source="file", now=clock.now())
            mail = InboundMail.objects.only("outcome").get(pk=stored.mail)
            self.stdout.write(f"{file.name}: mail {stored.mail}, {mail.outcome}{'' if stored.is_new else ', known before'}")
