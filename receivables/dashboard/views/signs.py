"""Warning signs: noted by people, and dismissed with a reason. What the program finds stands beside them."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import WarningSign
from dunning.states import SignKind
from invoices.models import Customer
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.facts import DismissForm, SignForm
from receivables.dashboard.queries.ratings import sign_shown
from receivables.dashboard.views.common import to, today


def customer_sign(request: StaffRequest, pk: int) -> HttpResponse:
    """Note what a person has seen or heard."""
    row = access.get(request, Customer.objects.select_related("creditor"), pk)
    form = SignForm(**given(request), initial={"on": today(request)})
    ask = Ask(
        heading=_("Note a warning sign"),
        submit=_("Note it"),
        back=to("customer", row.pk),
        back_label=row.name,
        text=_("It is shown to everybody who works on this customer and changes nothing on the ladder."),
    )

    def deed(said: dict[str, Any]) -> str:
        kind = SignKind(said["kind"])
        actions.note_sign(row, kind=kind, on=said["on"], source=said["source"], today=today(request), by=request.user)
        return _("The warning sign is noted.")

    return asked(request, form, ask, deed)


def sign_dismiss(request: StaffRequest, pk: int) -> HttpResponse:
    """Say why a sign is none."""
    row = access.get(request, WarningSign.objects.select_related("customer", "author", "creditor"), pk)
    shown = sign_shown(row)
    ask = Ask(
        heading=_("Dismiss a warning sign"),
        submit=_("Dismiss"),
        back=to("customer", row.customer_id),
        back_label=row.customer.name,
        facts=[
            {"label": _("Warning sign"), "value": row.get_kind_display()},
            {"label": _("Day"), "on": row.on},
            {"label": _("Source"), "value": shown.source},
        ],
    )

    def deed(said: dict[str, Any]) -> str:
        actions.dismiss_sign(row, reason=said["reason"], on=today(request), by=request.user)
        return _("The warning sign is dismissed.")

    return asked(request, DismissForm(**given(request)), ask, deed)
