"""The first-contact list: customers brought in from another system wait here until a person lets them be contacted."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dunning.actions import Seen, release_first_contact
from invoices.models import Customer
from receivables.core.errors import DomainError
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.paging import whole
from receivables.dashboard.queries.first_contact import first_contact_page, seen
from receivables.dashboard.views.common import head, to, today
from receivables.dashboard.words import said

MOST_AT_ONCE = 200


def first_contact(request: StaffRequest) -> HttpResponse:
    """Who waits, with what they owe and what they would be told first."""
    rows = of_company(request, Customer.objects.all())
    page = first_contact_page(request.creditor, rows, request.GET, on=today(request))
    columns = [
        head(_("Choose")), head(_("Customer")), head(_("Number")), head(_("Open"), "amount"), head(_("Overdue"), "amount"),
        head(_("Next step")),
    ]  # fmt: skip
    context = {"page": page, "columns": columns, "seen": seen(rows)}
    return render(request, "dashboard/first_contact.html", context)


def first_contact_release(request: StaffRequest) -> HttpResponse:
    """Release those that were chosen, or all who wait."""
    try:
        released = release_first_contact(request.creditor, _chosen(request), on=today(request), by=request.user)
    except DomainError as refusal:
        messages.error(request, said(refusal))
    else:
        text = ngettext("%(n)d customer may be contacted from now on.", "%(n)d customers may be contacted from now on.", released)
        messages.success(request, text % {"n": released})
    return HttpResponseRedirect(to("first_contact"))


def _chosen(request: StaffRequest) -> list[int] | Seen:
    """Ids of those chosen, or all that the page counted when it was shown."""
    if request.POST.get("all"):
        return Seen(whole(request.POST.get("count", "")) or 0, whole(request.POST.get("last", "")) or 0)
    return [pk for text in request.POST.getlist("pk")[:MOST_AT_ONCE] if (pk := whole(text))]
