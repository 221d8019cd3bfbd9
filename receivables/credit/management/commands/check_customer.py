import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from invoices.actions import company_for_import
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.core.arguments import day
from receivables.core.errors import Refused
from receivables.core.identifiers import check
from receivables.credit.actions import ask_registers
from receivables.credit.checking import Check, check_of, find_subject
from receivables.credit.models import RegisterAnswer
from receivables.credit.telling import as_json, in_words


class Command(BaseCommand):
    help = (
        "Check a customer, or a tax number that is none yet, before selling on credit: registers, identifiers, payment history, exposure, "
        "limits, and what they suggest. Registers that are configured are asked. Ends with 2 where nobody is meant. See docs/credit.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", metavar="NIP|NUMBER", help="a customer's number, a NIP, or a VAT number with its country")
        parser.add_argument("--creditor", metavar="SLUG", help="the company; may be left out where there is only one")
        parser.add_argument("--on", type=day, metavar="DATE", help="another day; only the white list knows past ones")
        parser.add_argument("--account", default="", metavar="NRB", help="ask the white list besides whether this account is theirs")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Asks, keeps the answers, and prints."""
        try:
            creditor = company_for_import(options["creditor"])
            if creditor is None:
                raise Refused("There is no company yet.")
            found = self._check(creditor, options)
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self.stdout.write(json.dumps(as_json(found), ensure_ascii=False, indent=2) if options["json"] else "\n".join(in_words(found)))

    def _check(self, creditor: Creditor, options: dict[str, Any]) -> Check:
        subject = find_subject(creditor, options["who"])
        on = options["on"] or clock.today(creditor.time_zone)
        answers: list[RegisterAnswer] = []
        for account in dict.fromkeys(("", _nrb(options["account"]))):
            if question := subject.question(on=on, account=account):
                answers += ask_registers(creditor, question, now=clock.now())
        return check_of(subject, answers, on=on)


def _nrb(text: str) -> str:
    """An account as the white list takes it. Raises `Refused` for one that cannot be right."""
    if not text:
        return ""
    checked = check("iban", text)
    if checked.problem or not checked.plain.startswith("PL"):
        raise Refused(f"{text!r} is no Polish account. {checked.problem or ''}".strip())
    return checked.plain.removeprefix("PL")
