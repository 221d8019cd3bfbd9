"""manage.py poll_shops: ask the shops now what has changed, instead of waiting for the quarter of an hour."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from receivables import clock
from receivables.outside import Unreachable
from receivables.shops.models import Shop
from receivables.shops.polling import may_ask, poll


class Command(BaseCommand):
    help = "Ask the shops for orders that have changed. What could not be read is named; asking again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--prefix", help="only the shop with this prefix")

    def handle(self, *args: Any, prefix: str | None, **options: Any) -> None:
        if not may_ask():
            raise CommandError("Sending is halted, or this is a copy of a live database: no shop is asked.")
        shops = Shop.objects.filter(is_on=True).exclude(address="").select_related("creditor").order_by("pk")
        rows = list(shops.filter(prefix=prefix) if prefix else shops)
        if not rows:
            raise CommandError("There is no shop to ask. Make one in the admin, with its address and key.")
        for shop in rows:
            try:
                refused = poll(shop, now=clock.now())
            except Unreachable as failure:
                raise CommandError(f"{shop}: {failure}") from failure
            self.stdout.write("\n".join([f"{shop}: asked.", *(f"  not taken: {one}" for one in refused)]))
