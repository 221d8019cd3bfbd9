from typing import Any

from django.core.management.base import BaseCommand, CommandError

from invoices.actions.day_rates import take_needed
from receivables.clock import now


class Command(BaseCommand):
    help = (
        "Ask the central bank for the daily mid rates that bookings in other currencies need and nobody has yet. What a person has stated "
        "stays. Ends with 1 where the bank does not answer; what came before is kept. See docs/money.md."
    )

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        report = take_needed(now=now())
        told = [*(f"new: {one}" for one in report.taken), *report.lacking]
        self.stdout.write("\n".join(told or ["Nothing new."]))
        if report.trouble:
            raise CommandError(report.trouble)
