"""Stop sending at once, and let it go on after a look at what waits. It concerns the whole installation, all companies of it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from receivables import clock
from receivables.accounts.permissions import lacking
from receivables.core.errors import Refused
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.deeds import WhyForm
from receivables.dashboard.views.common import to, wake_delivery
from receivables.messaging import actions, switches

SHOWN = 20


def sending(request: StaffRequest) -> HttpResponse:
    """How sending stands, what waits, who threw the switches; with the button that stops it."""
    mine = set(request.creditors)
    context = {
        "form": WhyForm(),
        "waiting": [line for line in switches.waiting(now=clock.now()) if line.creditor in mine],
        "thrown": switches.thrown()[:SHOWN],
    }
    return render(request, "dashboard/sending.html", context)


def sending_halt(request: StaffRequest) -> HttpResponse:
    """Hand over no further message, whatever the company."""
    ask = Ask(
        heading=_("Stop sending"),
        submit=_("Stop sending"),
        tone="danger",
        **_back(),
        text=_("No further message leaves, of any company here, until somebody resumes. What has just been handed over still arrives."),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.halt(reason=said["reason"], by=request.user)
        return _("Sending is stopped.")

    return asked(request, WhyForm(**given(request)), ask, deed)


def sending_resume(request: StaffRequest) -> HttpResponse:
    """Let messages leave again: what waits is shown first, and whoever resumes answers for every company."""
    ask = Ask(
        heading=_("Resume sending"),
        submit=_("Resume sending"),
        **_back(),
        text=_("Each message is judged once more in the moment it leaves: what was paid, held or disputed meanwhile stays here."),
        template="dashboard/sending_resume.html",
    )
    others = lacking(request.user, "halt_sending")

    def deed(said: dict[str, Any]) -> str:
        if others:
            raise Refused(_refusal())
        actions.resume(reason=said["reason"], by=request.user)
        wake_delivery()
        return _("Sending goes on.")

    waiting = switches.waiting(now=clock.now())
    mine = [line for line in waiting if line.creditor in request.creditors]
    total = sum(line.now for line in waiting)
    refusal = _refusal() if others else ""
    return asked(request, WhyForm(**given(request)), ask, deed, waiting=mine, total=total, refusal=refusal)


def _refusal() -> str:
    """Companies that this person cannot see are not named."""
    return _(
        "Sending concerns every company of this installation, and you are no manager in all of them. An administrator has to resume it."
    )


def _back() -> dict[str, Any]:
    return {"back": to("sending"), "back_label": _("Sending")}
