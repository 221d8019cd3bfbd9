"""Logo and lines at the foot of the company's papers."""

from csp.decorators import csp_update
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning.letterheads import letterhead_now, letterhead_page, publish_letterhead
from receivables import clock
from receivables.core.errors import DomainError
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import UNPROCESSABLE, given
from receivables.dashboard.forms.texts import LetterheadForm
from receivables.dashboard.queries.texts import keep_looked_at
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import said
from receivables.documents.looks import logo_of
from receivables.texts.catalogue import LETTERHEAD
from receivables.texts.models import CompanyText


def letterhead(request: StaffRequest) -> HttpResponse:
    """What holds now, and all versions."""
    return render(request, "dashboard/letterhead.html", {"versions": list(_versions(request))})


@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def letterhead_change(request: StaffRequest) -> HttpResponse:
    """Look at a letter with it, then publish it."""
    last = _versions(request).first()
    head = letterhead_now(request.creditor)
    has_logo = bool(last and head.get("logo"))
    form = LetterheadForm(**given(request), initial={"foot": head.get("foot", ""), "based_on": last.version if last else 0})
    pdf = ""
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        keeps = not told["without_logo"]
        try:
            if "publish" in request.POST:
                row = publish_letterhead(
                    request.creditor, foot=told["foot"], logo=told["logo"], keeps_logo=keeps, based_on=told["based_on"],
                    reason=told["reason"],
                    on=today(request), now=clock.now(), by=request.user,
                )  # fmt: skip
                messages.success(request, _("Version %(n)d is published.") % {"n": row.version})
                return HttpResponseRedirect(to("letterhead"))
            page = letterhead_page(request.creditor, told["foot"], told["logo"], keeps_logo=keeps, on=today(request))
            pdf = keep_looked_at(request.user, request.creditor, "pdf", page)
        except DomainError as refusal:
            form.add_error(None, said(refusal))
    status = UNPROCESSABLE if form.is_bound and form.errors else 200
    return render(request, "dashboard/letterhead_change.html", {"form": form, "now": last if has_logo else None, "pdf": pdf}, status=status)


def letterhead_logo(request: StaffRequest, pk: int) -> HttpResponse:
    """The logo of a version, as a picture that can do nothing."""
    version = access.get(request, CompanyText.objects.filter(place=LETTERHEAD), pk)
    row = logo_of(request.creditor, version.parts.get("logo", ""))
    if row is None:
        raise Http404("no such logo")
    response = HttpResponse(bytes(row.content), content_type=row.media_type)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _versions(request: StaffRequest) -> QuerySet[CompanyText]:
    rows = CompanyText.objects.filter(creditor=request.creditor, place=LETTERHEAD)
    return rows.select_related("published_by").order_by("-version")
