from typing import Any

from django.core.management.base import CommandParser

from receivables.messaging import actions
from receivables.messaging.operating import SwitchCommand
from receivables.messaging.senders import unsafe_senders
from receivables.messaging.trial import A_DAY


class Command(SwitchCommand):
    help = "Let messages reach real people from this database on this machine."
    done = "Live. What was planned in quarantine is suppressed; demo users can no longer log in."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--no-trial", action="store_true", help="write to everybody at once, not to guests alone until the trial is ended"
        )

    def throw(self, **options: Any) -> None:
        actions.go_live(by=options["by"], trial=not options["no_trial"])
        if not options["no_trial"]:
            self.done += f" Trial: only guests are written to, {A_DAY} messages a day at most; name them on the page of sending."
        for creditor in unsafe_senders():
            self.stderr.write(f"{creditor}: the sender is unchecked or at fault, so mails may not arrive. Run: manage.py check_sender")
