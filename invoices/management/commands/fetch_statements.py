"""Bring in the statements of watched folders and mailboxes now."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from invoices.actions.bank.arriving import take_folders
from invoices.actions.bank.mailed import mailbox_trouble, mailboxes, senders_of, take_mailboxes
from receivables import clock
from receivables.core.errors import DomainError


class Command(BaseCommand):
    help = (
        "Bring in the bank statements of WATCH_DIR/COMPANY/statements and of the mailboxes of STATEMENT_IMAP_URL now. Beat "
        "does the same every minute or two. What is refused waits on the page Payments, Bank."
    )

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        if not (settings.WATCH_DIR or settings.STATEMENT_IMAP_URL):
            raise CommandError("There is neither a folder nor a mailbox: set WATCH_DIR or STATEMENT_IMAP_URL.", returncode=2)
        try:
            boxes, _senders = mailboxes(), senders_of(settings.STATEMENT_SENDERS)
        except DomainError as refusal:
            raise CommandError(str(refusal), returncode=2) from None
        for way, reports in (("folder", take_folders(now=clock.now())), ("mailbox", take_mailboxes(now=clock.now()))):
            for company, report in reports.items():
                self.stdout.write(f"{company}, {way}: {report.taken} files taken, {report.known} known, {report.refused} refused.")
        troubles = [trouble.problem for company, _config in boxes if (trouble := mailbox_trouble(company))]
        if troubles:
            raise CommandError(" ".join(troubles))
