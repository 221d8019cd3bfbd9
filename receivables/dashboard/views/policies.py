"""Policies: the ladders in words, their versions and what differs between them, and moving running cases."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.facts import policy_of
from dunning.models import Case, Policy, PolicyVersion
from dunning.moving import preview
from receivables.accounts.models import Creditor
from receivables.core.calendar import Calendar
from receivables.core.errors import DomainError, PolicyError
from receivables.countries.rules import calendar_of
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.forms.policies import TargetForm
from receivables.dashboard.queries import policies as queries
from receivables.dashboard.views.common import items_words, to, today
from receivables.dashboard.words import said

EXAMPLE_TERM = timedelta(days=14)
SHOWN_MOVES = 200
State = PolicyVersion.State


def policies(request: StaffRequest) -> HttpResponse:
    """All policies and who is under which."""
    context = {"lines": queries.policies(request.creditor), "offers": queries.offers(request.creditor)}
    return render(request, "dashboard/policies.html", context)


def policy(request: StaffRequest, pk: int) -> HttpResponse:
    """One policy: each step as a sentence with a day to see it by, its text, its versions."""
    row = access.get(request, Policy.objects.all(), pk)
    lines = queries.versions_of(row)
    version = chosen_version(request, [line.version for line in lines])
    due_on = today(request) + EXAMPLE_TERM
    context: dict[str, Any] = {
        "policy": row,
        "versions": lines,
        "version": version,
        "draft": next((line.version for line in lines if line.version.state == State.DRAFT), None),
        "published": next((line.version for line in lines if line.version.state == State.PUBLISHED), None),
        "due_on": due_on,
        "applies_to": queries.scopes_of(request.creditor).get(row.pk, []),
        "cases": next((line.cases for line in lines if line.version == version), 0),
        "scenarios": row.scenarios.count(),
    }
    return render(request, "dashboard/policy.html", context | ladder_of(version, due_on, calendar_for(request.creditor)))


def policy_export(request: StaffRequest, pk: int) -> HttpResponse:
    """The text of a version as a file, exactly as it was published."""
    row = access.get(request, Policy.objects.all(), pk)
    version = chosen_version(request, list(row.versions.all()))
    if version is None:
        raise Http404("no version")
    response = HttpResponse(version.text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="policy-{row.pk}-v{version.number}.yaml"'
    response["Cache-Control"] = "no-store"
    return response


def policy_diff(request: StaffRequest, pk: int) -> HttpResponse:
    """What changed from one version to another; by default from the one published, or the one before, to the newest."""
    row = access.get(request, Policy.objects.all(), pk)
    versions = list(row.versions.all())
    new = _numbered(versions, request.GET.get("to")) or next(iter(versions), None)
    older = [version for version in versions if new and version.number < new.number]
    old = _numbered(versions, request.GET.get("from")) or next(iter(older), new)
    lines = queries.diff_of(old.text, new.text) if old and new else []
    return render(request, "dashboard/policy_diff.html", {"policy": row, "versions": versions, "old": old, "new": new, "lines": lines})


def policy_move(request: StaffRequest, pk: int) -> HttpResponse:
    """Move the running cases of a version: choose where to, look at what it does, confirm."""
    mine = PolicyVersion.objects.filter(policy__in=access.of_company(request, Policy.objects.all())).select_related("policy__creditor")
    source = get_object_or_404(mine, pk=pk)
    targets = Policy.objects.filter(creditor=request.creditor, versions__state=State.PUBLISHED)
    if source.state == State.PUBLISHED:
        targets = targets.exclude(pk=source.policy_id)
    form = TargetForm(request.POST or request.GET or None, policies=targets, initial={"target": source.policy_id})
    refused = _moved(request, source, form) if request.method == "POST" else None
    if isinstance(refused, HttpResponse):
        return refused
    cases = (
        Case.objects.running().filter(version=source).select_related("item", "customer", "version__policy").order_by("customer__name", "pk")
    )
    target = current_version(form.cleaned_data["target"]) if form.is_bound and form.is_valid() else None
    rows = list(cases.order_by("customer__name", "pk"))
    moves = preview(rows, target) if target else []
    context = {
        "source": source, "target": target, "form": form, "count": len(rows), "moves": moves[:SHOWN_MOVES],
        "moving": sum(1 for move in moves if move.to), "more": max(len(moves) - SHOWN_MOVES, 0),
    }  # fmt: skip
    return render(request, "dashboard/policy_move.html", context, status=UNPROCESSABLE if request.method == "POST" else 200)


def _moved(request: StaffRequest, source: PolicyVersion, form: TargetForm) -> HttpResponse | None:
    """Do it and go back; None where the form was refused, with its errors."""
    expected = request.POST.get("expected", "")
    if not form.is_valid():
        return None
    try:
        target = current_version(form.cleaned_data["target"])
        count = int(expected) if expected.isascii() and expected.isdigit() and len(expected) < 10 else -1
        moved = actions.move_cases(source, target, expected=count, on=today(request), by=request.user)
    except DomainError as refusal:
        form.add_error(None, said(refusal))
        return None
    messages.success(request, _("%(items)s moved to %(version)s.") % {"items": items_words(moved), "version": str(target)})
    return redirect(to("policy", target.policy_id))


def current_version(policy: Policy) -> PolicyVersion:
    """The version of a policy that is published."""
    return policy.versions.select_related("policy").get(state=State.PUBLISHED)


def chosen_version(request: StaffRequest, versions: list[PolicyVersion]) -> PolicyVersion | None:
    """The version asked for, else the published one, else the newest."""
    asked_for = request.GET.get("version")
    if asked_for is not None:
        found = _numbered(versions, asked_for)
        if found is None:
            raise Http404("no such version")
        return found
    published = [version for version in versions if version.state == State.PUBLISHED]
    return next(iter(published or versions), None)


def _numbered(versions: list[PolicyVersion], number: str | None) -> PolicyVersion | None:
    return next((version for version in versions if str(version.number) == number), None)


def calendar_for(creditor: Creditor) -> Calendar:
    """The calendar of the example's days."""
    return calendar_of(creditor.country)


def ladder_of(version: PolicyVersion | None, due_on: date, calendar: Calendar) -> dict[str, Any]:
    """The steps of a version in words, or why it cannot be read."""
    if version is None:
        return {}
    try:
        ladder = policy_of(version)
    except PolicyError as error:
        return {"broken": str(error)}
    return {"ladder": ladder, "steps": queries.steps_of(ladder, due_on=due_on, calendar=calendar), "keys": queries.keys_of(ladder)}
