"""A customer's credit: limits, and what people decide otherwise than the rules."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from invoices.models import Customer
from receivables.credit import actions
from receivables.credit.models import CreditOverride
from receivables.credit.states import CreditState, LimitKind
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, done, given
from receivables.dashboard.forms.credit import DecisionForm, LimitForm
from receivables.dashboard.queries.credit_history import credit_history
from receivables.dashboard.views.common import to, today

CUSTOMERS = Customer.objects.select_related("creditor")


def customer_limit(request: StaffRequest, pk: int) -> HttpResponse:
    """Set or take back our own limit or the insured one."""
    row = access.get(request, CUSTOMERS, pk)
    form = LimitForm(**given(request), initial={"currency": row.currency or row.creditor.currency})
    ask = Ask(
        heading=_("Credit limit"),
        submit=_("Save"),
        back=to("customer", row.pk),
        back_label=row.name,
        text=_("It replaces the former limit of the same kind; all former ones stay in the history. The credit state is judged at once."),
    )

    def deed(said: dict[str, Any]) -> str:
        kind, amount = LimitKind(said["kind"]), said["amount"]
        if amount is None:
            actions.take_limit_back(row, kind=kind, reason=said["reason"], on=today(request), by=request.user)
            return _("The limit is taken back.")
        names = ("currency", "valid_until", "source", "reason")
        actions.set_limit(row, kind=kind, amount=amount, on=today(request), by=request.user, **{name: said[name] for name in names})
        return _("The limit is set.")

    return asked(request, form, ask, deed)


def customer_credit(request: StaffRequest, pk: int) -> HttpResponse:
    """Decide for a while, whatever the rules say."""
    row = access.get(request, CUSTOMERS, pk)
    ask = Ask(
        heading=_("Decide on credit"),
        submit=_("Decide"),
        back=to("customer", row.pk),
        back_label=row.name,
        text=_("Your decision counts instead of the rules through its last day. Shops that ask or listen are told at once."),
    )

    def deed(said: dict[str, Any]) -> str:
        state = CreditState(said["state"])
        row_set = actions.override(row, state=state, until=said["until"], reason=said["reason"], on=today(request), by=request.user)
        return _("%(state)s until %(day)s.") % {"state": _word(row_set), "day": f"{said['until']:%d.%m.%Y}"}

    return asked(request, DecisionForm(**given(request)), ask, deed)


def customer_credit_history(request: StaffRequest, pk: int) -> HttpResponse:
    """Every change, limit and decision, the newest first."""
    row = access.get(request, CUSTOMERS, pk)
    return render(request, "dashboard/credit_history.html", {"customer": row, "history": credit_history(row)})


def credit_end(request: StaffRequest, pk: int) -> HttpResponse:
    """The rules count again."""
    row = access.get(request, CUSTOMERS, pk)

    def deed() -> str:
        actions.end_decision(row, on=today(request), by=request.user)
        return _("The decision has ended; the rules count again.")

    return done(request, to("customer", row.pk), deed)


def _word(decision: CreditOverride) -> str:
    word = str(decision.get_state_display())
    return word[:1].upper() + word[1:]
