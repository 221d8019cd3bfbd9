from typing import Any

from receivables.messaging import actions
from receivables.messaging.operating import SwitchCommand
from receivables.messaging.senders import unsafe_senders


class Command(SwitchCommand):
    help = "Let messages reach real people from this database on this machine."
    done = "Live. What was planned in quarantine is suppressed; demo users can no longer log in."

    def throw(self, **options: Any) -> None:
        actions.go_live(by=options["by"])
        for creditor in unsafe_senders():
            self.stderr.write(f"{creditor}: the sender is unchecked or at fault, so mails may not arrive. Run: manage.py check_sender")
