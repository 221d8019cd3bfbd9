from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from receivables import clock
from receivables.core.arguments import day
from receivables.core.errors import Refused
from receivables.demo import SEED
from receivables.demo.digest import BOOKS, LADDER, digest_of
from receivables.demo.seeding import is_seeded, refuse_elsewhere, seed_demo
from receivables.demo.story import SHOP


class Command(BaseCommand):
    help = "Fill an empty database with the demo, a year of a web shop that ends yesterday. Stopped half-way it leaves nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=day, help="the first day after the story, instead of today (YYYY-MM-DD)")
        parser.add_argument("--seed", default=SEED, help="another text draws another year")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Exit code 2 where the demo may not be made."""
        if is_seeded():
            self.stdout.write("The demo is there already.")
            return
        self.told = -1
        try:
            refuse_elsewhere()
            seed_demo(on=options["on"] or clock.today(SHOP.time_zone), progress=self.tell, seed=options["seed"])
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self.stdout.write(f"demo books {digest_of(BOOKS)}, ladder {digest_of(LADDER)}")

    def tell(self, percent: int, about: str) -> None:
        """A line for every five percent."""
        if percent // 5 > self.told:
            self.told = percent // 5
            self.stdout.write(f"demo {percent:3} %  {about}")
