from typing import Any

from django.core.management.base import CommandParser

from receivables.core.errors import Refused
from receivables.messaging import actions, brakes
from receivables.messaging.models import Brake
from receivables.messaging.operating import SwitchCommand, add_part, company


class Command(SwitchCommand):
    help = "Hand messages over again after `halt`."
    done = "Sending goes on."
    needs_person = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="by command", help="why, for the audit trail")
        parser.add_argument("--brake", type=int, metavar="NUMBER", help="release this brake instead; without it, closed ones are listed")
        add_part(parser)

    def throw(self, **options: Any) -> None:
        if options["brake"]:
            released = Brake.objects.filter(pk=options["brake"])
        elif options["company"] or options["channel"]:
            released = Brake.objects.filter(creditor=company(options), channel=options["channel"], kind=Brake.Kind.HALT, released_at=None)
        else:
            actions.resume(reason=options["reason"], by=options["by"])
            self._list()
            return
        brake = released.first()
        if brake is None:
            raise Refused("There is no such brake.")
        actions.release_brake(brake, by=options["by"], reason=options["reason"])

    def _list(self) -> None:
        for brake in brakes.standing():
            self.stdout.write(f"Closed still, --brake {brake.pk}: {brake}")
