from typing import Any

from receivables.messaging import actions
from receivables.messaging.operating import SwitchCommand


class Command(SwitchCommand):
    help = "Let messages reach real people from this database on this machine."
    done = "Live. What was planned in quarantine is suppressed; demo users can no longer log in."

    def throw(self, **options: Any) -> None:
        actions.go_live(by=options["by"])
