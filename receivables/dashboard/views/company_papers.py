"""The company's own papers: the payment policy as paper and text, the preventive stamp as text and picture."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.facts import rules_of
from dunning.models import Agency
from receivables import clock
from receivables.core.errors import DomainError
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.downloads import looked_at, paper, picture
from receivables.dashboard.forms.company_papers import PolicyPaperForm, StampForm
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import said
from receivables.documents.labels import language_of
from receivables.documents.letters import POLICY
from receivables.documents.models import Document
from receivables.documents.policy_text import policy_text
from receivables.documents.stamp import stamp_png, stamp_svg, stamp_text

SHOWN = 20


def company_papers(request: StaffRequest) -> HttpResponseBase:
    """The policy as it would read now, to be copied or made; the stamp in the language chosen."""
    on, language = today(request), request.creditor.language
    form = PolicyPaperForm(request.POST or None, initial={"language": request.GET.get("language") or language})
    if request.method == "POST" and form.is_valid():
        language = form.cleaned_data["language"]
        try:
            if "look" in request.POST:
                return looked_at(POLICY, language=language, facts=actions.payment_policy(request.creditor, on=on))
            made = actions.make_payment_policy(request.creditor, language=language, on=on, now=clock.now(), by=request.user)
        except DomainError as refusal:
            form.add_error(None, said(refusal))
        else:
            messages.success(request, _("Made and kept as %(number)s. The portal shows it.") % {"number": made.number})
            return HttpResponseRedirect(to("company_papers"))
    context = {"form": form, **_policy(request), **_stamp(request), "made": actions.policies_made(request.creditor)[:SHOWN]}
    return render(request, "dashboard/company_papers.html", context, status=UNPROCESSABLE if form.errors else 200)


def company_paper(request: StaffRequest, pk: int) -> FileResponse:
    """The bytes of a payment policy that was made."""
    return paper(access.get(request, Document.objects.filter(kind=POLICY), pk))


def stamp_file(request: StaffRequest) -> FileResponse:
    """The stamp as a picture: PNG, or SVG where that is asked for."""
    form = StampForm(_asked(request))
    if not form.is_valid():
        raise Http404("no such stamp")
    chosen, firm = _chosen(form.cleaned_data), request.creditor.name
    try:
        if request.GET.get("as") == "svg":
            return picture("stamp.svg", "image/svg+xml", stamp_svg(firm, **chosen).encode())
        return picture("stamp.png", "image/png", stamp_png(firm, **chosen))
    except DomainError as refusal:
        raise Http404("no such stamp") from refusal


def _policy(request: StaffRequest) -> dict[str, Any]:
    language = request.GET.get("language") or request.creditor.language
    try:
        return {"policy": policy_text(actions.payment_policy(request.creditor, on=today(request)), language)}
    except DomainError as refusal:
        return {"no_policy": said(refusal)}


def _stamp(request: StaffRequest) -> dict[str, Any]:
    """The text of the stamp, and the query by which its pictures are asked for."""
    asked = _asked(request)
    form = StampForm(asked)
    try:
        text = stamp_text(request.creditor.name, **_chosen(form.cleaned_data)) if form.is_valid() else ""
    except DomainError as refusal:
        return {"stamp_form": form, "no_stamp": said(refusal)}
    return {"stamp_form": form, "stamp": text, "stamp_query": urlencode(asked)}


def _asked(request: StaffRequest) -> dict[str, str]:
    """What was chosen; else the company's language, register and agency."""
    agency = of_company(request, Agency.objects.filter(is_active=True)).order_by("pk").first()
    first = {
        "stamp_language": language_of(request.creditor.language),
        "register": rules_of(request.creditor).register,
        "agency": agency.name if agency else "",
    }
    return {name: request.GET.get(name, value) for name, value in first.items()}


def _chosen(said: Mapping[str, str]) -> dict[str, str]:
    return {"language": said["stamp_language"], "register": said["register"], "agency": said["agency"]}
