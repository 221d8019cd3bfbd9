import sys
from typing import Any

from django.core.management.base import BaseCommand

from invoices.books import CHECKS, differences
from invoices.models import AllocationEntry, Item


class Command(BaseCommand):
    help = (
        "Compare what items say is open with their entries, and allocations with payments and credit notes. Ends with 1 for a difference."
    )

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        found = 0
        for difference in differences():
            self.stdout.write(difference)
            found += 1
        items, entries = Item.objects.count(), AllocationEntry.objects.count()
        if found:
            self.stdout.write(f"{found:,} differences in {items:,} items and {entries:,} entries.")
            sys.exit(1)
        self.stdout.write(f"The books agree: {items:,} items, {entries:,} entries, {len(CHECKS)} checks.")
