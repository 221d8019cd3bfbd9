import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from receivables import clock
from receivables.accounts.models import Creditor
from receivables.messaging import senders
from receivables.messaging.sender.check import check
from receivables.messaging.sender.dns_resolver import Dns
from receivables.messaging.sender.findings import Finding, Level, Sending, worst
from receivables.messaging.sender.resolver import LookupFailed, Resolver


class Command(BaseCommand):
    help = "Look up whether mail in a company's name arrives and can be answered: SPF, DKIM, DMARC, return path, reply mailbox."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--creditor", metavar="SLUG", help="one company; all without it")
        parser.add_argument("--domain", help="a domain of no company yet; nothing is stored")
        parser.add_argument("--selector", action="append", default=[], help="a DKIM selector of that domain; may be given more than once")
        parser.add_argument("--json", action="store_true", help="findings as JSON")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Exit code 1 where a fault was found, 2 where nothing could be asked."""
        resolver = self.resolver()
        if options["domain"]:
            address = f"postmaster@{options['domain']}"
            found = {options["domain"]: check(Sending(address, address, selectors=tuple(options["selector"])), resolver)}
        else:
            found = {creditor.slug: self._of(creditor, resolver) for creditor in _companies(options["creditor"])}
        self._print(found, as_json=options["json"])
        if worst(one for findings in found.values() for one in findings) is Level.FAULT:
            raise CommandError("Some of it is at fault.", returncode=1)

    def resolver(self) -> Resolver:
        try:
            return Dns()
        except LookupFailed as error:
            raise CommandError(f"Nothing can be looked up: {error}.", returncode=2) from None

    def _of(self, creditor: Creditor, resolver: Resolver) -> list[Finding]:
        findings = check(senders.sending_of(creditor), resolver)
        senders.keep_check(creditor, findings, now=clock.now())
        return findings

    def _print(self, found: dict[str, list[Finding]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({name: [_plain(one) for one in findings] for name, findings in found.items()}, indent=2))
            return
        for name, findings in found.items():
            self.stdout.write(name)
            for one in findings:
                todo = f" {one.todo}" if one.todo.text else ""
                self.stdout.write(f"  {one.level:8} {one.topic:12} {one.says}{todo}")


def _companies(slug: str | None) -> list[Creditor]:
    chosen = Creditor.objects.filter(slug=slug) if slug else Creditor.objects.all()
    if not chosen:
        raise CommandError(f"There is no company {slug!r}." if slug else "There is no company yet.", returncode=2)
    return list(chosen)


def _plain(one: Finding) -> dict[str, str]:
    return {"topic": one.topic, "level": one.level, "says": str(one.says), "todo": str(one.todo)}
