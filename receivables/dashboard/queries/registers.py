"""A customer's standing towards debtor registers in words, and the warnings and entries that stand."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dunning.models import RegisterEntry, RegisterWarning
from dunning.registers import Missing
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.dashboard.templatetags.look import amount
from receivables.reporting.registers import RegisterLine, register_lines


@dataclass(frozen=True, slots=True)
class CustomerRegisters:
    """What the customer's page shows."""

    facts: list[dict[str, Any]]
    warnings: list[RegisterWarning]
    entries: tuple[RegisterEntry, ...]


def registers_of(customer: Customer, *, on: date) -> CustomerRegisters:
    """The standing of one customer. A fixed number of queries."""
    line = next(iter(register_lines(customer.creditor, on=on, customers=[customer.pk])), None)
    warnings = RegisterWarning.objects.standing().filter(customer=customer).select_related("author").order_by("-sent_on", "-pk")
    return CustomerRegisters(_facts(line) if line else [], list(warnings), line.entries if line else ())


def register_tile(creditor: Creditor, *, on: date) -> list[dict[str, Any]]:
    """Entries that have to follow a payment, as components/_tiles.html takes them; none where there is no entry."""
    if not RegisterEntry.objects.filter(creditor=creditor).exists():
        return []
    due = [line.due_by for line in register_lines(creditor, on=on) if line.due_by]
    if not due:
        return []
    note = _("by %(day)s") % {"day": date_format(min(due), "j E Y")}
    url = f"{reverse('dashboard:registers')}?state=duty"
    return [{"label": _("Registers to be told"), "value": len(due), "note": note, "url": url, "tone": "bad"}]


def _facts(line: RegisterLine) -> list[dict[str, Any]]:
    label, opens = _("Register: may be entered from"), line.standing.eligible_from
    facts: list[dict[str, Any]] = [{"label": label, "on": opens}] if opens else []
    facts += [{"label": label if not opens else _("What is missing"), "value": words} for words in missing_words(line)]
    if line.due_by:
        facts.append({"label": _("Update or delete the entry by"), "on": line.due_by})
    return facts


def missing_words(line: RegisterLine) -> list[str]:
    """What stands against an entry, each in a sentence that says what to do."""
    register = line.register
    words = {
        Missing.SUM: _("What may be entered is below %(least)s.") % {"least": amount(register.threshold, register.currency)},
        Missing.WARNING: _("No warning letter was sent about all of it: send the register's notice by registered letter first."),
        Missing.TIME: _("Thirty days overdue and a month since the letter are not over yet."),
        Missing.AGE: _("Some of it fell due more than %(years)d years ago.") % {"years": register.most_years},
        Missing.CURRENCY: _("Some of it is in another currency than %(currency)s.") % {"currency": register.currency},
    }
    return [words[one] for one in line.standing.missing]
