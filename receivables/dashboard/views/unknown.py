"""Messages of which nobody knows whether they left: the list, and a person's decision for one or for many."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dunning import actions
from dunning.actions import Decision
from receivables import clock
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE, Ask, asked
from receivables.dashboard.forms.filters import UnknownFilter
from receivables.dashboard.forms.writing import DecideForm
from receivables.dashboard.paging import whole
from receivables.dashboard.queries import writing as queries
from receivables.dashboard.views.common import head, to, wake_delivery
from receivables.messaging.models import Message

MOST_AT_ONCE = 200


def unknown(request: StaffRequest) -> HttpResponse:
    """All of them, the oldest first, to look into and to choose from."""
    form = UnknownFilter(request.GET)
    page = queries.unknown_page(of_company(request, Message.objects.all()), form.text("channel"), request.GET, now=clock.now())
    columns = [head(_("Choose")), head(_("Message")), head(_("Customer")), head(_("Channel")), head(_("What happened"))]
    return render(request, "dashboard/unknown.html", {"page": page, "filter": form, "columns": columns})


def unknown_decide(request: StaffRequest) -> HttpResponse:
    """Decide about those that were chosen on the list."""
    rows = of_company(request, Message.objects.filter(pk__in=_chosen(request.POST if request.method == "POST" else request.GET)))
    lines = queries.unknown_lines(list(queries.unknown_messages(rows).order_by("pk")), now=clock.now())
    form = DecideForm(request.POST if request.method == "POST" else None, chosen=[line.message.pk for line in lines])
    ask = Ask(
        heading=_("Did it leave?") if len(lines) == 1 else _("Did they leave?"),
        submit=_("Decide"),
        back=to("unknown"),
        back_label=_("Nobody knows whether it left"),
        text=_("Look first: into the provider's log, or ask the customer. What you decide stands with your name and your reason."),
        template="dashboard/unknown_decide.html",
    )

    if not lines:
        status = UNPROCESSABLE if request.method == "POST" else 200
        return render(request, ask.template, {"ask": ask, "lines": lines}, status=status)

    def deed(said: dict[str, Any]) -> str:
        ids = said["pk"]
        actions.decide_unknown(request.creditor, ids, Decision(said["decision"]), reason=said["reason"], now=clock.now(), by=request.user)
        wake_delivery()
        return ngettext("Decided about %(n)d message.", "Decided about %(n)d messages.", len(ids)) % {"n": len(ids)}

    return asked(request, form, ask, deed, lines=lines)


def _chosen(said: QueryDict) -> Sequence[int]:
    return [pk for pk in map(whole, said.getlist("pk")[:MOST_AT_ONCE]) if pk is not None]
