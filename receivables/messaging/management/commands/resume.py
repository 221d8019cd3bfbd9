from typing import Any

from django.core.management.base import CommandParser

from receivables.messaging import actions
from receivables.messaging.operating import SwitchCommand


class Command(SwitchCommand):
    help = "Hand messages over again after `halt`."
    done = "Sending goes on."
    needs_person = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="by command", help="why, for the audit trail")

    def throw(self, **options: Any) -> None:
        actions.resume(reason=options["reason"], by=options["by"])
