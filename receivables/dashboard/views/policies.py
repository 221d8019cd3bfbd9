"""Policies: the ladders in words, their versions, and publishing a new one."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.facts import policy_of
from dunning.models import Case, Policy, PolicyVersion
from dunning.states import CaseState
from receivables import clock
from receivables.core.errors import PolicyError
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.deeds import PolicyForm
from receivables.dashboard.queries import policies as queries
from receivables.dashboard.views.common import to, today

EXAMPLE_TERM = timedelta(days=14)


def policies(request: StaffRequest) -> HttpResponse:
    """All policies and who is under which."""
    return render(request, "dashboard/policies.html", {"lines": queries.policies(request.creditor)})


def policy(request: StaffRequest, pk: int) -> HttpResponse:
    """One policy: each step as a sentence with a day to see it by, its text, its versions."""
    row = access.get(request, Policy.objects.all(), pk)
    versions = list(row.versions.select_related("author", "approver", "policy"))
    version = _chosen(request, versions)
    due_on = today(request) + EXAMPLE_TERM
    context: dict[str, Any] = {
        "policy": row,
        "versions": versions,
        "version": version,
        "due_on": due_on,
        "applies_to": queries.scopes_of(request.creditor).get(row.pk, []),
        "cases": Case.objects.filter(version=version).exclude(state=CaseState.CLOSED).count() if version else 0,
    }
    return render(request, "dashboard/policy.html", context | _ladder(version, due_on))


def _chosen(request: StaffRequest, versions: list[PolicyVersion]) -> PolicyVersion | None:
    """The version asked for, else the published one, else the newest."""
    asked_for = request.GET.get("version")
    if asked_for is not None:
        found = next((version for version in versions if str(version.number) == asked_for), None)
        if found is None:
            raise Http404("no such version")
        return found
    published = [version for version in versions if version.state == PolicyVersion.State.PUBLISHED]
    return next(iter(published or versions), None)


def _ladder(version: PolicyVersion | None, due_on: Any) -> dict[str, Any]:
    if version is None:
        return {}
    try:
        ladder = policy_of(version)
    except PolicyError as error:
        return {"broken": str(error)}
    return {"ladder": ladder, "steps": queries.steps_of(ladder, due_on=due_on), "keys": queries.keys_of(ladder)}


def policy_publish(request: StaffRequest) -> HttpResponse:
    """Publish a text as the current version of the policy it names."""
    of = Policy.objects.filter(creditor=request.creditor, pk=_whole(request.GET.get("from")) or 0).first()
    current = of.versions.filter(state=PolicyVersion.State.PUBLISHED).first() if of else None
    form = PolicyForm(**given(request), initial={"text": current.text if current else ""})
    ask = Ask(
        heading=_("Publish a policy"),
        submit=_("Publish"),
        back=to("policies"),
        back_label=_("Policies"),
        text=_("The name in the text says which policy it is. Items that enter the ladder from now on take this version."),
    )

    def deed(said: dict[str, Any]) -> str:
        version = actions.publish(request.creditor, said["text"], now=clock.now(), by=request.user)
        return _("%(policy)s is published.") % {"policy": str(version)}

    return asked(request, form, ask, deed)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
