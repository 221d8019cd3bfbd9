"""Pages that ask before they change something: one form, one deed, then back. A refusal is shown at the form's head with 422."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from receivables.core.errors import DomainError
from receivables.dashboard import words
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.replying import dealing_with, initial_of, reply_of

UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The words of such a page and where it leads. `facts` as in components/_facts.html."""

    heading: str
    submit: str
    back: str  # address to return to
    back_label: str
    text: str = ""
    facts: Sequence[dict[str, Any]] = field(default_factory=list)
    tone: str = "primary"
    template: str = "dashboard/form.html"


def asked(request: StaffRequest, form: forms.BaseForm, ask: Ask, deed: Callable[[dict[str, Any]], str], **more: Any) -> HttpResponse:
    """Show the form; posted, do the deed, say what it returns and go back. Nothing was changed where the answer is 422.

    Opened from a reply (`?reply=`), it is filled in from that, and the deed deals with the reply too.
    """
    if request.method == "POST" and form.is_valid():
        try:
            with dealing_with(request):
                said = deed(form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, words.said(refusal))
        else:
            messages.success(request, said)
            return HttpResponseRedirect(ask.back)
    status, reply = UNPROCESSABLE if request.method == "POST" else 200, reply_of(request)
    form.initial.update(initial_of(request, reply))
    return render(request, ask.template, {"form": form, "ask": ask, "reply": reply, **more}, status=status)


def done(request: StaffRequest, back: str, deed: Callable[[], str]) -> HttpResponse:
    """A deed behind a button: do it, say what came of it, go back. A refusal is said there."""
    try:
        messages.success(request, deed())
    except DomainError as refusal:
        messages.error(request, words.said(refusal))
    return HttpResponseRedirect(back)


def given(request: StaffRequest) -> dict[str, Any]:
    """What a form is bound to: the posted values, else nothing."""
    return {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}
