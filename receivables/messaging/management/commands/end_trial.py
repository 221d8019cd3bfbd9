from typing import Any

from django.core.management.base import CommandParser

from receivables.messaging import actions
from receivables.messaging.operating import SwitchCommand


class Command(SwitchCommand):
    help = "End the trial after going live: what it held back leaves. A wrong --count is refused with the right one."
    done = "The trial is over."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, help="why, for the audit trail")
        parser.add_argument("--count", type=int, required=True, help="how many messages will then leave")

    def throw(self, **options: Any) -> None:
        actions.end_trial(by=options["by"], reason=options["reason"], count=options["count"])
