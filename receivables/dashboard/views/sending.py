"""Stop sending at once, and let it go on after a look at what waits. It concerns the whole installation, all companies of it."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from receivables import clock
from receivables.accounts.permissions import lacking
from receivables.core.errors import Refused
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, done, given
from receivables.dashboard.forms.deeds import EndTrialForm, GuestForm, PartForm, WhyForm
from receivables.dashboard.queries.sending import brake_concern, concerns, trial_of
from receivables.dashboard.views.common import to, today, wake_delivery
from receivables.messaging import actions, mode, switches, trial
from receivables.messaging.models import Brake, TrialAddress

SHOWN = 20


def sending(request: StaffRequest) -> HttpResponse:
    """How sending stands, what waits, who threw the switches; with the button that stops it."""
    mine, now, stands = set(request.creditors), clock.now(), mode.standing()
    context = {
        "form": WhyForm(),
        "part_form": PartForm(prefix="part"),
        "guest_form": GuestForm(prefix="guest"),
        "concerns": concerns(request.creditor, stands, on=today(request), now=now),
        "trial": trial_of(stands, request.creditor),
        "waiting": [line for line in switches.waiting(now=now) if line.creditor in mine],
        "thrown": switches.thrown(request.creditor)[:SHOWN],
    }
    return render(request, "dashboard/sending.html", context)


def sending_confirm(request: StaffRequest) -> HttpResponse:
    """Let a database that was restored or moved send again: whoever confirms answers for every company."""
    ask = Ask(
        heading=_("Confirm the database"),
        submit=_("Confirm, and send"),
        tone="danger",
        **_back(),
        text=_(
            "Confirm only where this is the database that is to go on, and no other like it sends. What the send journal knows and this"
            " database does not is not sent again, but put to a person as unknown. Without a journal so is all that was due by now."
        ),
    )

    def deed(said: dict[str, Any]) -> str:
        _for_all(request)
        fence = actions.confirm_database(by=request.user, reason=said["reason"], now=clock.now())
        wake_delivery()
        if not fence.has_journal:
            return _("Confirmed. There is no whole send journal: all that was due by now is put to a person.")
        return ngettext(
            "Confirmed. %(n)d message that had left is put to a person.",
            "Confirmed. %(n)d messages that had left are put to a person.",
            fence.forgotten,
        ) % {"n": fence.forgotten}

    return asked(request, WhyForm(**given(request)), ask, deed)


def sending_part(request: StaffRequest) -> HttpResponse:
    """Stop this company alone, or one channel of it."""
    ask = Ask(
        heading=_("Stop this company"),
        submit=_("Stop it"),
        tone="danger",
        **_back(),
        text=_("Nothing further of %(company)s leaves by what you choose, until somebody releases it. Nothing is lost meanwhile.")
        % {"company": request.creditor},
    )

    def deed(said: dict[str, Any]) -> str:
        actions.halt_part(creditor=request.creditor, channel=said["channel"], reason=said["reason"], by=request.user)
        return _("It is stopped.")

    return asked(request, PartForm(**given(request)), ask, deed)


def brake_release(request: StaffRequest, pk: int) -> HttpResponse:
    """Let messages go again that a brake holds back."""
    brake = get_object_or_404(Brake.objects.select_related("creditor"), Q(creditor=None) | Q(creditor=request.creditor), pk=pk)
    concern = brake_concern(brake)
    ask = Ask(
        heading=_("Release the brake"),
        submit=_("Release it"),
        **_back(),
        text=_("What waits leaves, each message judged once more in that moment; what is counted begins anew."),
        facts=[{"label": concern.heading, "value": concern.text}],
    )

    def deed(said: dict[str, Any]) -> str:
        if brake.creditor is None:
            _for_all(request)
        actions.release_brake(brake, by=request.user, reason=said["reason"], now=clock.now())
        wake_delivery()
        return _("It is released.")

    return asked(request, WhyForm(**given(request)), ask, deed)


def trial_guest(request: StaffRequest) -> HttpResponse:
    """Write to this address too while the trial lasts."""
    form = GuestForm(request.POST, prefix="guest")

    def deed() -> str:
        if not form.is_valid():
            raise Refused(_("Name the address of a guest."))
        actions.name_guest(request.creditor, form.cleaned_data["address"], by=request.user, now=clock.now())
        wake_delivery()
        return _("The guest is on the list.")

    return done(request, to("sending"), deed)


def trial_guest_dismiss(request: StaffRequest, pk: int) -> HttpResponse:
    """Write to this address no more while the trial lasts."""
    guest = get_object_or_404(TrialAddress, creditor=request.creditor, pk=pk)

    def deed() -> str:
        actions.dismiss_guest(guest, by=request.user)
        return _("The guest is off the list.")

    return done(request, to("sending"), deed)


def trial_end(request: StaffRequest) -> HttpResponse:
    """Write to everybody from now on: what was held back leaves, of every company."""
    waiting = trial.waiting().count()
    ask = Ask(
        heading=_("End the trial"),
        submit=_("End the trial, and send"),
        tone="danger",
        **_back(),
        text=ngettext(
            "%(n)d message of all companies then leaves, judged once more in that moment.",
            "%(n)d messages of all companies then leave, each judged once more in that moment.",
            waiting,
        )
        % {"n": waiting},
    )

    def deed(said: dict[str, Any]) -> str:
        _for_all(request)
        actions.end_trial(by=request.user, reason=said["reason"], count=said["count"], now=clock.now())
        wake_delivery()
        return _("The trial is over.")

    return asked(request, EndTrialForm(*given(request).values(), expected=waiting), ask, deed)


def _for_all(request: StaffRequest) -> None:
    """Raise `Refused` for somebody who is no manager everywhere: this concerns every company."""
    if lacking(request.user, "halt_sending"):
        raise Refused(_refusal())


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
