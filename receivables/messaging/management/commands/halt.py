from typing import Any

from django.core.management.base import CommandParser

from receivables.messaging import actions
from receivables.messaging.operating import SwitchCommand, add_part, company


class Command(SwitchCommand):
    help = "Hand over no further message until `resume`. Works in quarantine and live."
    done = "Halted. Nothing further is handed over; go on with: manage.py resume"
    needs_person = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, help="why; staff see it")
        add_part(parser)

    def throw(self, **options: Any) -> None:
        if options["company"] or options["channel"]:
            actions.halt_part(creditor=company(options), channel=options["channel"], reason=options["reason"], by=options["by"])
        else:
            actions.halt(reason=options["reason"], by=options["by"])
