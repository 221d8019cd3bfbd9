import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dunning.explain import Explanation, explain_invoice
from invoices.models import Invoice
from receivables import clock
from receivables.core.arguments import day

FIELDS = ("item", "step", "state", "waits", "next", "gates")


class Command(BaseCommand):
    help = "Say in words why something happened to an invoice or did not: every gate with its value, and the next day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("invoice", help="its number")
        parser.add_argument("--creditor", help="short name of the company, where several have that number")
        parser.add_argument("--on", type=day, help="another day; a later one as it will be if nothing else happens")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Nothing is written."""
        invoice = _invoice(options["invoice"], options["creditor"])
        today = clock.today(invoice.creditor.time_zone)
        on = options["on"] or today
        items = explain_invoice(invoice, on=on, today=today)
        if options["json"]:
            told = {"invoice": invoice.number, "on": on.isoformat(), "items": [_plain(item) for item in items]}
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(_in_words(item) for item in items) or "This paper is no claim: it has no items.")


def _invoice(number: str, creditor: str | None) -> Invoice:
    found = Invoice.objects.filter(number=number).select_related("customer__creditor", "creditor")
    found = found.filter(creditor__slug=creditor) if creditor else found
    if len(found) != 1:
        names = ", ".join(sorted(invoice.creditor.slug for invoice in found))
        wrong = f"Several companies have {number!r}; add --creditor: {names}." if names else f"There is no invoice {number!r}."
        raise CommandError(wrong, returncode=2)
    return found[0]


def _plain(item: Explanation) -> dict[str, Any]:
    """The agreed fields, and `notes` where something bears on the item's claims."""
    told = {name: value for name, value in asdict(item).items() if name in FIELDS}
    notes = {"notes": item.notes} if item.notes else {}
    return {**told, **notes, "next": item.next.isoformat() if item.next else None}


def _in_words(item: Explanation) -> str:
    gates = [f"  {'+' if gate.passed else '-'} {gate.text}" for gate in item.gates]
    day = f"; next: {item.next}" if item.next else ""
    notes = [f"  {note}" for note in item.notes]
    return "\n".join([f"{item.item}: {item.sentence}", f"  last step: {item.step or 'none'}; state: {item.state}{day}", *gates, *notes])
