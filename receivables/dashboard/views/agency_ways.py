"""The way to an agency on its page: set up with the checks of the admin, tried without delivering anything."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from dunning.actions.agency_ways import set_up_way, try_way
from dunning.agencies.way_form import OwnWayForm
from dunning.models import AgencyDelivery
from receivables.dashboard import access, words
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, done, given
from receivables.dashboard.views.agencies import AGENCIES
from receivables.dashboard.views.common import to


def agency_way(request: StaffRequest, pk: int) -> HttpResponse:
    """Set up how packages reach it. Secrets are written and never shown."""
    row = access.get(request, AGENCIES, pk)
    setup = AgencyDelivery.objects.filter(agency=row).select_related("agency__creditor").first() or AgencyDelivery(agency=row)
    form = OwnWayForm(**given(request), instance=setup)
    ask = Ask(
        heading=_("Way to %(name)s") % {"name": row.name},
        submit=_("Save"),
        back=to("agency_reports", row.pk),
        back_label=row.name,
        text=_(
            "Fill in what the chosen way needs. Until sending is switched on, hand-overs wait. Change the way only when nothing is on its "
            "way there: what is in doubt at one place is never sent to another."
        ),
        template="dashboard/grouped_form.html",
    )

    def deed(said: dict[str, Any]) -> str:
        set_up_way(form.instance, said["way"], changed=form.changed_data, by=request.user)
        return _("The way is saved.")

    return asked(request, form, ask, deed)


def agency_way_try(request: StaffRequest, pk: int) -> HttpResponse:
    """Connect, look and hang up."""
    row = access.get(request, AGENCIES, pk)
    return done(request, to("agency_reports", row.pk), lambda: words.said(try_way(row, by=request.user)))
