"""The firm of the campaign, its policies, and the files of invoices that it takes in while everything dies around it."""

from datetime import UTC, date, datetime, timedelta

from dunning.actions import assign, publish
from dunning.models import LadderRules
from invoices.actions.imports import import_file, profile_named
from invoices.models import ImportedFile
from receivables import clock
from receivables.accounts.models import Creditor, User
from receivables.messaging import actions

A_FILE = 100
"""Invoices in a file, each of a customer of its own, unless a campaign says otherwise."""
SMS_EVERY = 10
PLAIN = """name: Plain
steps:
  - {key: overdue, after_due: 1, channel: [email], also: [sms]}
"""
FORMAL = """name: Formal
steps:
  - {key: demand, after_due: 1, channel: [email], document: demand}
"""
"""For public customers: a paper, which a person approves."""
HANDED_OVER = """name: Handed over
steps:
  - {key: agency, after_due: 1, channel: [agency]}
"""
"""For consumers: a package for an agency, which a person approves."""
HEADER = "Invoice number,Customer number,Customer,Customer kind,E-mail,Phone,Issued,Due,Gross amount\n"


def make_firm() -> Creditor:
    """A live firm in whose time zone it is midday now: contact hours stand in nobody's way, whenever the campaign runs."""
    now = clock.now()
    admin = User.objects.create_superuser("admin", "admin@example.com", None)
    firm = Creditor.objects.create(
        slug="faults", name="Faults", country="PL", currency="PLN", language="pl", time_zone=_zone_where_it_is(11, now),
        email="office@example.com", bank_account="PL61109010140000071219812874",
    )  # fmt: skip
    LadderRules.objects.create(
        creditor=firm,
        calendar="none",
        four_eyes=False,
        first_run_waits=False,
        handover_needs_terms=False,
        handover_notice_days=None,
        handover_needs_call=False,
    )
    assign(firm, publish(firm, PLAIN, now=now).policy)
    assign(firm, publish(firm, FORMAL, now=now).policy, kind="public")
    assign(firm, publish(firm, HANDED_OVER, now=now).policy, kind="consumer")
    actions.go_live(by=admin)
    return firm


def _zone_where_it_is(hour: int, now: datetime) -> str:
    """The sign of these zones is the other way round: Etc/GMT-5 is five hours ahead."""
    ahead = hour - now.astimezone(UTC).hour
    ahead = ahead - 24 if ahead > 12 else ahead
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def take_in(firm: Creditor, number: int, *, size: int = A_FILE, formal_every: int = 0) -> None:
    """Take in the file of that number; a second time it changes nothing. Of so many customers one gets a paper, one goes to the agency."""
    on = clock.today(firm.time_zone)
    import_file(firm, name=f"file-{number}.csv", data=a_file(number, on, size, formal_every), profile=profile_named("generic", firm), on=on)


def taken_in(firm: Creditor) -> int:
    """How many files are in the books."""
    return ImportedFile.objects.filter(creditor=firm).count()


def a_file(number: int, on: date, size: int, formal_every: int) -> bytes:
    return (HEADER + "".join(_row(n, on, formal_every) for n in range(number * size, (number + 1) * size))).encode()


def _row(n: int, on: date, formal_every: int) -> str:
    kind = {1: "public", 2: "consumer"}.get(n % formal_every, "business") if formal_every else "business"
    phone = f"+48500{n % 1000000:06}" if n % SMS_EVERY == 5 else ""
    due = on - timedelta(days=10)
    return f"F/{n},K{n},Firma {n},{kind},k{n}@example.com,{phone},{due - timedelta(days=14)},{due},{100 + n % 900}.00\n"
