from typing import Any

from receivables.messaging import actions
from receivables.messaging.operating import SwitchCommand


class Command(SwitchCommand):
    help = "Hand messages over again after `halt`."
    done = "Sending goes on."
    needs_person = False

    def throw(self, **options: Any) -> None:
        actions.resume(by=options["by"])
