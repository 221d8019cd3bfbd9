"""Segments: the rules that choose a policy, in their order."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import Policy, Segment
from receivables.core.errors import DomainError
from receivables.dashboard import access, words
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE, Ask, asked, done, given
from receivables.dashboard.forms.deeds import Confirmation
from receivables.dashboard.forms.policies import SegmentForm
from receivables.dashboard.queries import segments as queries
from receivables.dashboard.views.common import to


def segments(request: StaffRequest) -> HttpResponse:
    """All rules in the order in which they are tried."""
    return render(request, "dashboard/segments.html", {"lines": queries.segments(request.creditor)})


def segment_new(request: StaffRequest) -> HttpResponse:
    """A further rule, behind the others."""
    return _edited(request, None)


def segment(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a rule."""
    return _edited(request, access.get(request, Segment.objects.select_related("creditor"), pk))


def _edited(request: StaffRequest, row: Segment | None) -> HttpResponse:
    form = SegmentForm(request.POST or None, policies=of_company(request, Policy.objects.all()), segment=row)
    if request.method == "POST" and form.is_valid() and (saved := _saved(request, form, row)):
        _report(request, saved)
        return redirect(to("segments"))
    ask = Ask(
        heading=_("Rule %(name)s") % {"name": row.name} if row else _("New rule"),
        submit=_("Save"),
        back=to("segments"),
        back_label=_("Segments"),
        text=_("All that you fill in has to be true; what is empty does not matter. What is not known is never true."),
    )
    return render(
        request, "dashboard/grouped_form.html", {"form": form, "ask": ask}, status=UNPROCESSABLE if request.method == "POST" else 200
    )


def _saved(request: StaffRequest, form: SegmentForm, row: Segment | None) -> Segment | None:
    """The rule as saved; None where it was refused, with the reason at the form's head."""
    said = form.cleaned_data
    try:
        return actions.save_segment(
            request.creditor,
            name=said["name"],
            policy=said["policy"],
            conditions=form.conditions(),
            is_active=said["is_active"],
            segment=row,
            by=request.user,
        )
    except DomainError as refusal:
        form.add_error(None, words.said(refusal))
        return None


def _report(request: StaffRequest, saved: Segment) -> None:
    """Say that it is saved, and which rules can never apply now."""
    messages.success(request, _("The rule “%(name)s” is saved. It concerns items that enter from now on.") % {"name": saved.name})
    for line in queries.segments(request.creditor):
        if line.complaint:
            messages.warning(request, f"{line.segment.name}: {line.complaint}")


def segment_move(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a rule change places with its neighbour."""
    row = access.get(request, Segment.objects.select_related("creditor"), pk)

    def deed() -> str:
        actions.move_segment(row, to="up" if request.POST.get("to") == "up" else "down", by=request.user)
        return _("The rule “%(name)s” is moved.") % {"name": row.name}

    return done(request, to("segments"), deed)


def segment_delete(request: StaffRequest, pk: int) -> HttpResponse:
    """A rule goes."""
    row = access.get(request, Segment.objects.select_related("creditor", "policy"), pk)
    ask = Ask(
        heading=_("Delete the rule “%(name)s”") % {"name": row.name},
        submit=_("Delete"),
        back=to("segments"),
        back_label=_("Segments"),
        text=_("Items that it put under “%(policy)s” stay there.") % {"policy": row.policy.name},
        tone="danger",
    )

    def deed(said: dict[str, Any]) -> str:
        actions.delete_segment(row, by=request.user)
        return _("The rule “%(name)s” is deleted. What it chose stays.") % {"name": row.name}

    return asked(request, Confirmation(**given(request)), ask, deed)
