"""Money that came here and is a sister company's: say so, pass it on, take it back. Only for who may change the books of both."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from dunning import actions
from invoices.models import BankLine, Invoice, SisterMoney
from receivables.accounts.models import Creditor
from receivables.accounts.permissions import deeds_of
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, done, given
from receivables.dashboard.forms.sisters import PassOnForm, SisterForm
from receivables.dashboard.queries.sisters import named_at_sisters
from receivables.dashboard.views.common import to, today

LINES = BankLine.objects.select_related("creditor", "statement")


def bank_line_sister(request: StaffRequest, pk: int) -> HttpResponse:
    """The line belongs to a customer of another company here."""
    line = access.get(request, LINES, pk)
    named = named_at_sisters(line, request.user)
    first = {"company": named[0].creditor_id, "numbers": " ".join(one.number for one in named)} if named else None
    form = SisterForm(**given(request), companies=_sisters(request), initial=first)
    ask = Ask(
        heading=_("Money of a sister company"),
        submit=_("Note it"),
        back=to("bank_line", line.pk),
        back_label=_("Bank line"),
        text=_(
            "No customer here gets credit for it. There, the invoices are held until the money is passed on, so that nobody is"
            " reminded of what was paid."
        ),
        facts=[{"label": _("Amount"), "amount": line.amount, "currency": line.currency}, {"label": _("Title"), "value": line.title}],
    )

    def deed(given_: dict[str, Any]) -> str:
        invoices = _named(given_["company"], given_["numbers"])
        actions.receive_for_sister(line, invoices, reason=given_["reason"], on=today(request), by=request.user)
        return _("The money is noted as %(company)s's; pass it on when it goes.") % {"company": given_["company"].name}

    return asked(request, form, ask, deed)


def sister_pass_on(request: StaffRequest, pk: int) -> HttpResponse:
    """The money has gone to the other company."""
    money = access.get(request, SisterMoney.objects.select_related("bank_line"), pk)
    line = money.bank_line
    ask = Ask(
        heading=_("Pass it on?"),
        submit=_("Pass on"),
        back=to("bank_line", line.pk),
        back_label=_("Bank line"),
        text=_("Two bookings that name each other: out here, and there a payment for the invoices that were held."),
        facts=[{"label": _("Amount"), "amount": line.amount, "currency": line.currency}],
    )

    def deed(given_: dict[str, Any]) -> str:
        actions.pass_on_to_sister(money, on=given_["on"], by=request.user)
        return _("The money is passed on and booked there.")

    return asked(request, PassOnForm(**given(request), initial={"on": today(request)}), ask, deed)


def sister_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """It was not the sister's: everything is taken back by contra-entries, and the line waits again."""
    money = access.get(request, SisterMoney.objects.select_related("bank_line"), pk)

    def deed() -> str:
        actions.take_back_sister(money, on=today(request), by=request.user)
        return _("It is taken back; the line waits again.")

    return done(request, to("bank_line", money.bank_line_id), deed)


def _sisters(request: StaffRequest) -> Any:
    """The other companies whose books this person may change."""
    others = [one.pk for one in request.creditors if one != request.creditor and "change_books" in deeds_of(request.user, one)]
    return Creditor.objects.filter(pk__in=others).order_by("name")


def _named(company: Creditor, text: str) -> list[Invoice]:
    numbers = text.replace(",", " ").split()
    found = {invoice.number: invoice for invoice in Invoice.objects.filter(creditor=company, number__in=numbers)}
    for number in numbers:
        if number not in found:
            raise Refused(gettext_noop("%(number)s is no invoice of that company."), number=number)
    return [found[number] for number in dict.fromkeys(numbers)]
