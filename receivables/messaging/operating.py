"""What the commands that throw switches share."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from receivables.accounts.models import Creditor, User
from receivables.core.errors import Refused


class SwitchCommand(BaseCommand):
    """Names the person with --by, throws the switch, says what is so now. What is refused is said in plain words, with exit code 2."""

    done = ""
    needs_person = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", metavar="USERNAME", required=self.needs_person, help="who does this, for the audit trail")

    def throw(self, *, by: User | None, **options: Any) -> None:
        raise NotImplementedError

    def handle(self, *_arguments: Any, **options: Any) -> None:
        try:
            self.throw(**{**options, "by": _person(options["by"])})
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from None
        self.stdout.write(self.done)


def add_part(parser: CommandParser) -> None:
    """Options that name a part of what is sent."""
    parser.add_argument("--company", metavar="SLUG", default="", help="only this company")
    parser.add_argument("--channel", default="", help="only this channel: email, sms, letter, agency")


def company(options: dict[str, Any]) -> Creditor | None:
    """The company that --company names; None where it names none."""
    if not options["company"]:
        return None
    found = Creditor.objects.filter(slug=options["company"]).first()
    if found is None:
        raise Refused(f"There is no company {options['company']!r}.")
    return found


def _person(username: str | None) -> User | None:
    if username is None:
        return None
    person = User.objects.filter(username=username).first()
    if person is None:
        raise Refused(f"There is no user {username!r}.")
    return person
