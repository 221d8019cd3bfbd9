from typing import Any

from django.core.management.base import CommandParser

from receivables.messaging import actions
from receivables.messaging.operating import SwitchCommand


class Command(SwitchCommand):
    help = "Let the local mailbox take every message from now on; nothing reaches real people."
    done = "In quarantine. Messages land in the mailbox."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="by command", help="why, for the audit trail")

    def throw(self, **options: Any) -> None:
        actions.go_quarantine(by=options["by"], reason=options["reason"])
