"""Drafts of policies: importing, writing, playing their scenarios, publishing."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dunning import actions
from dunning.actions.drafts import draft_of, needs_second_person, texts_of
from dunning.actions.rehearsals import is_of_now, played_of
from dunning.builtin import offered_policies
from dunning.facts import policy_of
from dunning.lawful import what_is_unlawful
from dunning.models import AttachedScenario, Policy, PolicyVersion, Rehearsal
from dunning.policy_text import parse_policy
from dunning.tasks import wake_rehearsal
from receivables import clock
from receivables.core.errors import DomainError, Refused
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE, Ask, asked, done, given
from receivables.dashboard.forms.deeds import Confirmation, PolicyForm
from receivables.dashboard.forms.policies import DraftForm, OverrideForm, ScenarioForm
from receivables.dashboard.queries import policies as queries
from receivables.dashboard.views.common import to, today
from receivables.dashboard.views.policies import EXAMPLE_TERM, calendar_for
from receivables.dashboard.words import said

State = PolicyVersion.State


def policy_import(request: StaffRequest) -> HttpResponse:
    """Take a policy in from a file or a text, as a draft of the policy it names."""
    form = PolicyForm(**given(request))
    if request.method == "POST" and form.is_valid():
        try:
            draft = actions.save_draft(request.creditor, form.cleaned_data["text"], now=clock.now(), by=request.user)
        except DomainError as refusal:
            form.add_error(None, said(refusal))
        else:
            return _saved(request, draft)
    words = _("The name in the text says which policy it is. It is kept as a draft; nothing changes until you publish it.")
    ask = Ask(heading=_("Import a policy"), submit=_("Save as draft"), back=to("policies"), back_label=_("Policies"), text=words)
    return render(request, "dashboard/form.html", {"form": form, "ask": ask}, status=_status(request))


def policy_offer(request: StaffRequest) -> HttpResponse:
    """Take one of the policies that come with the program, as a draft."""
    text = offered_policies(request.creditor.country).get(request.POST.get("key", ""))
    if text is None:
        messages.error(request, _("Choose one of the policies that come with the program."))
        return redirect(to("policies"))
    return _saved(request, actions.save_draft(request.creditor, text, now=clock.now(), by=request.user))


def _saved(request: StaffRequest, draft: PolicyVersion) -> HttpResponse:
    messages.success(request, _("%(policy)s is kept as a draft.") % {"policy": str(draft)})
    return redirect(f"{to('policy', draft.policy_id)}?version={draft.number}")


def policy_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """Write the next version: look at its steps in words, or keep it. An error names its line."""
    row = _policy(request, pk)
    start = row.versions.filter(state=State.DRAFT).first() or row.versions.filter(state=State.PUBLISHED).first() or row.versions.first()
    form = DraftForm(request.POST or None, initial={"text": start.text if start else ""})
    steps: list[queries.StepLine] = []
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        try:
            if request.POST.get("look") is None:
                return _saved(request, actions.save_draft(request.creditor, text, now=clock.now(), by=request.user, policy=row))
            steps = queries.steps_of(parse_policy(text), due_on=today(request) + EXAMPLE_TERM, calendar=calendar_for(request.creditor))
        except DomainError as refusal:
            form.add_error("text", said(refusal))
    context = {"policy": row, "form": form, "steps": steps, "due_on": today(request) + EXAMPLE_TERM}
    return render(request, "dashboard/policy_draft.html", context, status=200 if steps else _status(request))


def policy_discard(request: StaffRequest, pk: int) -> HttpResponse:
    """Throw the draft away."""
    row = _policy(request, pk)
    ask = Ask(
        heading=_("Discard the draft of %(policy)s") % {"policy": row.name},
        submit=_("Discard"),
        back=to("policies"),
        back_label=_("Policies"),
        text=_("Its text is gone then; what is published stays."),
        tone="danger",
    )

    def deed(said: dict[str, Any]) -> str:
        actions.discard_draft(row, by=request.user)
        return _("The draft is discarded.")

    return asked(request, Confirmation(**given(request)), ask, deed)


def policy_publish(request: StaffRequest, pk: int) -> HttpResponse:
    """Publish the draft: what changes, which scenarios it has to pass, who has to do it."""
    row = _policy(request, pk)
    try:
        draft = draft_of(row)
    except Refused as refusal:
        messages.error(request, said(refusal))
        return redirect(to("policy", row.pk))
    current = row.versions.filter(state=State.PUBLISHED).first()
    ask = Ask(
        heading=_("Publish %(policy)s") % {"policy": str(draft)},
        submit=_("Publish"),
        back=to("policy", row.pk),
        back_label=row.name,
        text=_("Items that enter the ladder from now on take this version; those on it stay on theirs."),
        template="dashboard/policy_publish.html",
    )

    def deed(said: dict[str, Any]) -> str:
        version = actions.publish_draft(row, now=clock.now(), by=request.user, reason=said["reason"])
        return _("%(policy)s is published.") % {"policy": str(version)}

    lines = queries.diff_of(current.text if current else "", draft.text)
    more = {
        "lines": lines,
        "scenarios": row.scenarios.all(),
        "second": needs_second_person(draft, current),
        "sentences": _sentences(request, draft),
        "unlawful": what_is_unlawful(draft.text),
        "due_on": today(request) + EXAMPLE_TERM,
    }
    return asked(request, OverrideForm(**given(request)), ask, deed, **more)


def _sentences(request: StaffRequest, draft: PolicyVersion) -> list[str]:
    """What the draft does, step by step, with example days."""
    calendar, language = calendar_for(request.creditor), get_language() or request.creditor.language
    return queries.step_sentences(policy_of(draft), due_on=today(request) + EXAMPLE_TERM, calendar=calendar, language=language)


def policy_retire(request: StaffRequest, pk: int) -> HttpResponse:
    """Publish nothing under this name any more."""
    row = _policy(request, pk)
    ask = Ask(
        heading=_("Retire %(policy)s") % {"policy": row.name},
        submit=_("Retire"),
        back=to("policy", row.pk),
        back_label=row.name,
        text=_("Nothing enters this policy any more; the items on it go on."),
        tone="danger",
    )

    def deed(said: dict[str, Any]) -> str:
        actions.retire(row, by=request.user)
        return _("%(policy)s is retired.") % {"policy": row.name}

    return asked(request, Confirmation(**given(request)), ask, deed)


def policy_scenarios(request: StaffRequest, pk: int) -> HttpResponse:
    """The scenarios that a draft has to pass; attach one more."""
    row = _policy(request, pk)
    form = ScenarioForm(**given(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.attach_scenario(row, name=form.cleaned_data["name"], text=form.cleaned_data["text"], by=request.user)
        except DomainError as refusal:
            form.add_error(None, said(refusal))
        else:
            messages.success(request, _("The scenario is attached."))
            return redirect(to("policy_scenarios", row.pk))
    return render(request, "dashboard/policy_scenarios.html", _scenarios(row, form), status=_status(request))


def policy_play(request: StaffRequest, pk: int) -> HttpResponse:
    """Have a worker play the attached scenarios with the draft, or with what is published where there is none."""
    row = _policy(request, pk)
    version = row.versions.filter(state__in=[State.DRAFT, State.PUBLISHED]).order_by("state").first()
    if version is None:
        messages.error(request, _("There is no version to play."))
        return redirect(to("policy_scenarios", row.pk))
    try:
        actions.ask_rehearsal(row, version, texts_of(row), now=clock.now(), by=request.user)
    except Refused as refusal:
        messages.error(request, said(refusal))
    else:
        wake_rehearsal()
        messages.success(request, _("They are being played. The result stands here as soon as it is there; load the page again."))
    return redirect(to("policy_scenarios", row.pk))


def scenario_detach(request: StaffRequest, pk: int) -> HttpResponse:
    """Drafts need not pass it any more."""
    mine = AttachedScenario.objects.filter(policy__in=of_company(request, Policy.objects.all())).select_related("policy")
    scenario = get_object_or_404(mine, pk=pk)

    def deed() -> str:
        actions.detach_scenario(scenario, by=request.user)
        return _("The scenario is detached.")

    return done(request, to("policy_scenarios", scenario.policy_id), deed)


def _scenarios(row: Policy, form: ScenarioForm) -> dict[str, Any]:
    rehearsal = Rehearsal.objects.filter(policy=row).first()
    return {
        "policy": row,
        "form": form,
        "scenarios": list(row.scenarios.all()),
        "rehearsal": rehearsal,
        "played": played_of(rehearsal) if rehearsal else [],
        "is_stale": bool(rehearsal and not is_of_now(rehearsal)),
    }


def _policy(request: StaffRequest, pk: int) -> Policy:
    return access.get(request, Policy.objects.select_related("creditor"), pk)


def _status(request: StaffRequest) -> int:
    return UNPROCESSABLE if request.method == "POST" else 200
