import json
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from dunning.policy import Channel, Policy
from dunning.policy_text import parse_policy
from dunning.simulating import LETTER_COST, SMS_COST, Request, simulate
from dunning.simulation.tally import Count, Tally
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.core.errors import DomainError
from receivables.core.money import Money, parse_amount

WRONG_USAGE = 2


class Command(BaseCommand):
    help = "Replay a draft policy, or two beside each other, over the firm's own past. Nothing is written."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("policy", nargs="+", help="one policy file, or two to compare", metavar="POLICY.yaml")
        parser.add_argument("--from", dest="first", required=True, help="first day, as 2026-01-31", metavar="DAY")
        parser.add_argument("--to", dest="last", required=True, help="last day", metavar="DAY")
        parser.add_argument("--creditor", help="short name of the company, where there are several")
        parser.add_argument("--letter-cost", default=LETTER_COST, help=f"of one letter, in the company's currency (default {LETTER_COST})")
        parser.add_argument("--sms-cost", default=SMS_COST, help=f"of one SMS (default {SMS_COST})")
        parser.add_argument("--no-approvals", action="store_true", help="nobody approves: what needs a person never goes")
        parser.add_argument("--known-contacts", action="store_true", help="reach nobody for whom no contact is known")
        parser.add_argument("--list", action="store_true", help="name the customers who would have been hit, with their messages")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 2 where a file cannot be read, a day or an amount is none, or the days are the wrong way round."""
        policies = _policies(options["policy"])
        creditor = _creditor(options["creditor"])
        request = Request(
            first=_day(options["first"], "--from"),
            last=_day(options["last"], "--to"),
            prices=_prices(creditor, options),
            approve=not options["no_approvals"],
            anybody=not options["known_contacts"],
        )
        if request.first > request.last:
            raise CommandError(f"--from {request.first} lies after --to {request.last}. Swap them.", returncode=WRONG_USAGE)
        tallies = self._simulated(creditor, policies, request)
        names = _names(tallies) if options["list"] else None
        self.stdout.write(_as_json(request, tallies, names) if options["json"] else _as_text(request, tallies, names))

    def _simulated(self, creditor: Creditor, policies: Sequence[Policy], request: Request) -> list[Tally]:
        """In a transaction that cannot write."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            return simulate(creditor, policies, request, tell=self._progress)

    def _progress(self, policy: Policy, day: date) -> None:
        if day.day == 1:
            self.stderr.write(f"{policy.name}: {day:%Y-%m}")


def _policies(paths: Sequence[str]) -> list[Policy]:
    if len(paths) > 2:
        raise CommandError("Name one policy file, or two to compare.", returncode=WRONG_USAGE)
    return [_policy(path) for path in paths]


def _policy(path: str) -> Policy:
    try:
        return parse_policy(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise CommandError(f"{path} cannot be read: {reason}.", returncode=WRONG_USAGE) from error
    except DomainError as error:
        raise CommandError(f"{path}: {error}", returncode=WRONG_USAGE) from error


def _creditor(slug: str | None) -> Creditor:
    found = Creditor.objects.order_by("slug")
    rows = list(found.filter(slug=slug) if slug else found)
    if len(rows) == 1:
        return rows[0]
    names = ", ".join(row.slug for row in found)
    if not names:
        raise CommandError("There is no company yet: import invoices first.", returncode=WRONG_USAGE)
    wrong = f"There is no company {slug!r}" if slug else "There are several companies"
    raise CommandError(f"{wrong}; give --creditor: {names}.", returncode=WRONG_USAGE)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{option} {text!r} is no day. Write it as 2026-01-31.", returncode=WRONG_USAGE) from None


def _prices(creditor: Creditor, options: dict[str, Any]) -> dict[Channel, Money]:
    try:
        prices = {
            Channel.LETTER: Money(parse_amount(options["letter_cost"], creditor.currency), creditor.currency),
            Channel.SMS: Money(parse_amount(options["sms_cost"], creditor.currency), creditor.currency),
        }
    except DomainError as error:
        raise CommandError(str(error), returncode=WRONG_USAGE) from error
    if any(price.amount < 0 for price in prices.values()):
        raise CommandError("A cost cannot be negative.", returncode=WRONG_USAGE)
    return prices


def _names(tallies: Sequence[Tally]) -> dict[int, str]:
    wanted = {customer for tally in tallies for customer in tally.hit}
    return dict(Customer.objects.filter(pk__in=wanted).values_list("pk", "number"))


def _as_json(request: Request, tallies: Sequence[Tally], names: dict[int, str] | None) -> str:
    told = {
        "from": request.first.isoformat(),
        "to": request.last.isoformat(),
        "policies": [_plain(tally, names) for tally in tallies],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _plain(tally: Tally, names: dict[int, str] | None) -> dict[str, Any]:
    messages = [{"step": one.step, "channel": str(one.channel), "n": one.n, "cost": f"{one.cost.amount:.2f}"} for one in tally.messages]
    told: dict[str, Any] = {"name": tally.policy.name, "messages": messages, "customers": len(tally.hit)}
    if names is not None:
        told["hit"] = [{"customer": number, "n": n} for number, n in _hit(tally, names)]
    return told


def _hit(tally: Tally, names: dict[int, str]) -> list[tuple[str, int]]:
    """By number of messages, then by customer number."""
    return sorted(((names[pk], n) for pk, n in tally.hit.items()), key=lambda one: (-one[1], one[0]))


def _as_text(request: Request, tallies: Sequence[Tally], names: dict[int, str] | None) -> str:
    parts = [f"{request.first} to {request.last}"]
    for tally in tallies:
        parts += ["", *_table(tally)]
        if names is not None:
            parts += [f"  {number}: {n}" for number, n in _hit(tally, names)]
    return "\n".join(parts)


def _table(tally: Tally) -> list[str]:
    head = f"{tally.policy.name}: {len(tally.hit)} customers"
    columns = f"  {'step':<20} {'channel':<8} {'messages':>9} {'cost':>14}"
    return [head, columns, *(_row(one) for one in tally.messages), _row(tally.total, "all")]


def _row(count: Count, label: str = "") -> str:
    channel = "" if label else str(count.channel)
    return f"  {label or count.step:<20} {channel:<8} {count.n:>9} {count.cost.amount:>10.2f} {count.cost.currency}"
