"""Whether a bank line may be a sister company's money. What another company's books hold is told only to who may see both."""

from datetime import date
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from invoices.models import BankLine, Invoice, SisterBooking, SisterMoney
from receivables.accounts.models import Creditor, User

SHORTEST = 5  # signs of a number that is looked for in other companies' books
MOST_WORDS = 60
_AROUND = ".,;:()[]\"'"


def named_at_sisters(line: BankLine, user: User) -> list[Invoice]:
    """Invoices of other companies this person may see whose exact number is a word of the title: open, in the line's currency.

    Nothing where a number is one of the line's own company. Three queries at most.
    """
    words = {word.strip(_AROUND) for word in line.title.split()[:MOST_WORDS]}
    numbers = {word for word in words if len(word) >= SHORTEST and any(sign.isdigit() for sign in word)}
    if not numbers or Invoice.objects.filter(creditor=line.creditor, number__in=numbers).exists():
        return []
    others = Creditor.objects.visible_to(user).exclude(pk=line.creditor_id)
    rows = Invoice.objects.filter(creditor__in=others, number__in=numbers, currency=line.currency, items__open_amount__gt=0)
    return list(rows.distinct().select_related("creditor", "customer").order_by("pk")[:5])


def money_for_sister(line: BankLine) -> SisterMoney | None:
    """What was said of the line, while it stands."""
    rows = SisterMoney.objects.filter(bank_line=line, taken_back_on=None)
    return rows.select_related("receiver", "customer").first()


def sister_facts(money: SisterMoney, *, sees_both: bool) -> list[dict[str, Any]]:
    """For components/_facts.html. Who sees only the company where the money came is told neither customer nor invoices."""
    bookings = SisterBooking.objects.filter(money=money, reverses=None, reversal=None).order_by("pk")
    facts: list[dict[str, Any]] = [
        {
            "label": booking.get_kind_display(),
            "amount": booking.amount,
            "currency": booking.currency,
            "note": date_format(booking.on, "j E Y"),
        }
        for booking in bookings
    ]
    if sees_both:
        numbers = ", ".join(money.items.order_by("due_on", "pk").values_list("label", flat=True))
        facts += [
            {"label": _("Company"), "value": money.receiver.name},
            {"label": _("Customer"), "value": money.customer.name},
            {"label": _("Invoices"), "value": numbers},
            {"label": _("Reason"), "value": money.reason},
        ]
    return facts


def is_passed_on(money: SisterMoney) -> bool:
    """Whether the money has gone to the other company."""
    return SisterBooking.objects.filter(money=money, kind=SisterBooking.Kind.PASSED_ON, reverses=None, reversal=None).exists()


def not_passed_on(creditor: Creditor, *, on: date) -> tuple[int, int]:
    """How many bank lines wait to be passed on to sister companies, and for how many days the oldest does. One query."""
    gone = SisterBooking.objects.filter(money=OuterRef("pk"), kind=SisterBooking.Kind.PASSED_ON, reverses=None, reversal=None)
    rows = SisterMoney.objects.filter(~Exists(gone), creditor=creditor, taken_back_on=None)
    found = rows.aggregate(n=Count("pk"), oldest=Min("bank_line__booked_on"))
    return found["n"], (on - found["oldest"]).days if found["oldest"] else 0
