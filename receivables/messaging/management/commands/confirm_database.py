from typing import Any

from django.core.management.base import CommandParser

from receivables.messaging import actions
from receivables.messaging.operating import SwitchCommand


class Command(SwitchCommand):
    help = "Let a database that was restored, promoted or moved send again; what may have left becomes unknown instead."
    done = "Confirmed. Sending goes on."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, help="what was done to the database, for the audit trail")

    def throw(self, **options: Any) -> None:
        fence = actions.confirm_database(by=options["by"], reason=options["reason"])
        whole = "The send journal is whole" if fence.has_journal else "No send journal is whole: all that was due by now becomes unknown"
        self.stdout.write(f"{whole}. Hand-overs that the database had forgotten: {fence.forgotten}.")
