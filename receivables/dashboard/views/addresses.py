"""Addresses that are not used any more: bounced, complained about, wrong, or stopped by a person."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from receivables import clock
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.addresses import AddressFilter, AddressForm, AgainForm
from receivables.dashboard.paging import Order, page_of
from receivables.dashboard.queries import lookups  # noqa: F401 - registers `holds`
from receivables.dashboard.views.common import head, to
from receivables.dashboard.words import address_reason, channel_word
from receivables.messaging import address_list
from receivables.messaging.models import Suppression

NEWEST = Order("since", descending=True)


def addresses(request: StaffRequest) -> HttpResponse:
    """The list, newest first."""
    form = AddressFilter(request.GET)
    rows = of_company(request, Suppression.objects.all())
    if words := form.text("q").strip():
        rows = rows.filter(Q(address__holds=words) | Q(reason__holds=words))
    if channel := form.text("channel"):
        rows = rows.filter(channel=channel)
    columns = [head(_("Address")), head(_("Channel")), head(_("Reason")), head(_("Since")), head(_("To do"))]
    context = {"page": page_of(rows, NEWEST, request.GET), "filter": form, "columns": columns}
    return render(request, "dashboard/addresses.html", context)


def address_stop(request: StaffRequest) -> HttpResponse:
    """Put an address on the list by hand."""
    ask = Ask(
        heading=_("Use an address no more"),
        submit=_("Use it no more"),
        back=to("addresses"),
        back_label=_("Addresses not used"),
        text=_("Nothing is sent there any more by that channel, of whichever customer it is. The ladder takes the next way."),
    )
    initial = {"channel": request.GET.get("channel", "email"), "address": request.GET.get("address", "")}

    def deed(said: dict[str, Any]) -> str:
        address_list.stop_address(
            request.creditor, said["channel"], said["address"], reason=said["reason"], now=clock.now(), by=request.user
        )
        return _("The address is not used any more.")

    return asked(request, AddressForm(**given(request), initial=initial), ask, deed)


def address_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Take an address off the list."""
    row = access.get(request, Suppression.objects.select_related("creditor"), pk)
    ask = Ask(
        heading=_("Use an address again"),
        submit=_("Use it again"),
        back=to("addresses"),
        back_label=_("Addresses not used"),
        text=_("Messages may go there again, and its bounces are counted anew. Do it only where you know that the address works."),
        facts=[
            {"label": _("Address"), "value": row.address},
            {"label": _("Channel"), "value": channel_word(row.channel)},
            {"label": _("Reason"), "value": address_reason(row.reason)},
        ],
    )

    def deed(said: dict[str, Any]) -> str:
        address_list.use_again(row, reason=said["reason"], by=request.user)
        return _("The address may be used again.")

    return asked(request, AgainForm(**given(request)), ask, deed)
