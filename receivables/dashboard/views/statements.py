"""When statements go out by themselves, and what holds for the papers of one customer."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import PaperTerms, StatementSchedule, StatementSent
from dunning.statement_periods import Every, next_leaving
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.campaigns import PaperTermsForm, ScheduleForm
from receivables.dashboard.views.common import to, today

CUSTOMERS = Customer.objects.select_related("creditor")
PERIODS = 6


def statement_schedule(request: StaffRequest) -> HttpResponse:
    """Set the schedule; what it sent lately stands above the form."""
    row = StatementSchedule.objects.filter(creditor=request.creditor).first()
    ask = Ask(
        heading=_("Statements by schedule"),
        submit=_("Save"),
        back=to("campaigns"),
        back_label=_("Balances to confirm"),
        text=_(
            "By e-mail with the statement as PDF, in the customer's language, once for each period and currency, to whom something is open "
            "or has moved. They are no step of the ladder, and go past the same check as what people write."
        ),
        facts=[*_next(row, request), *_lately(request.creditor)],
    )

    def deed(said: dict[str, Any]) -> str:
        actions.set_schedule(request.creditor, form.schedule(), by=request.user)
        return _("The schedule is saved.")

    first: dict[str, Any] = {"every": "month", "day": 5, "kinds": ["business", "public"], "starts_on": today(request)}
    if row:
        first = {name: getattr(row, name) for name in ("is_on", "every", "day", "kinds", "starts_on")}
    form = ScheduleForm(**given(request), initial=first)
    return asked(request, form, ask, deed)


def _next(row: StatementSchedule | None, request: StaffRequest) -> list[dict[str, Any]]:
    if row is None or not row.is_on:
        return [{"label": _("Next"), "value": _("none: the schedule is off")}]
    leaves = next_leaving(Every(row.every), row.day, on=max(today(request), row.starts_on))
    return [{"label": _("Next"), "value": date_format(leaves, "j E Y")}]


def _lately(creditor: Creditor) -> list[dict[str, Any]]:
    rows = StatementSent.objects.filter(creditor=creditor).values("to_on").order_by("-to_on")
    sent = rows.annotate(sent=Count("pk", filter=Q(left_out="")), left=Count("pk", filter=~Q(left_out="")))[:PERIODS]
    says = _("%(sent)d sent, %(left)d left out")
    return [{"label": _("Through %(day)s") % {"day": date_format(one["to_on"], "j E Y")}, "value": says % one} for one in sent]


def customer_paper_terms(request: StaffRequest, pk: int) -> HttpResponse:
    """Statements always or never, no books, balance confirmations by e-mail."""
    row = access.get(request, CUSTOMERS, pk)
    ask = Ask(heading=_("Terms of papers"), submit=_("Save"), back=to("customer_papers", row.pk), back_label=_("Papers"))

    def deed(said: dict[str, Any]) -> str:
        actions.set_paper_terms(row, **said, on=today(request), by=request.user)
        return _("The terms are saved.")

    known = PaperTerms.objects.filter(customer=row).first() or PaperTerms(customer=row)
    names = ("statements", "keeps_no_books", "email_agreed_on", "email_agreement")
    return asked(request, PaperTermsForm(**given(request), initial={name: getattr(known, name) for name in names}), ask, deed)
