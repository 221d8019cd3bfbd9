"""What bears on the limitation of an invoice: noted with its proof, ended, taken back."""

from typing import Any

from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import LimitationEvent
from dunning.states import LimitationKind, ProofKind
from invoices.models import Invoice
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.downloads import paper
from receivables.dashboard.forms.clocks import EventEndForm, EventForm, TakeBackForm
from receivables.dashboard.views.common import to, today
from receivables.dashboard.views.papers import kept_paper

EVENTS = LimitationEvent.objects.select_related("invoice", "author")


def limitation_note(request: StaffRequest, pk: int) -> HttpResponse:
    """Note what happened to an invoice."""
    row = access.get(request, Invoice.objects.select_related("customer__creditor"), pk)
    ask = Ask(
        heading=_("Note what bears on limitation"),
        submit=_("Note it"),
        **_back(row),
        text=_(
            "A letter or e-mail in which the customer admits the debt, a suit, a motion for enforcement or a judgment lets the time begin "
            "anew; mediation only halts it. Reminders, demands and calls change nothing. Note it only if you have the proof."
        ),
    )

    @transaction.atomic  # the paper goes with the fact, or not at all
    def deed(said: dict[str, Any]) -> str:
        actions.note_event(row, kind=LimitationKind(said["kind"]), **_told(request, said))
        return _("It is noted, and the last day is worked out anew.")

    return asked(request, EventForm(**given(request), initial={"on": today(request)}), ask, deed)


def limitation_end(request: StaffRequest, pk: int) -> HttpResponse:
    """Note the end of proceedings."""
    event = access.get(request, EVENTS, pk)
    ask = Ask(heading=_("Note their end"), submit=_("Note the end"), **_back(event.invoice), facts=_facts(event))

    @transaction.atomic  # the paper goes with the fact, or not at all
    def deed(said: dict[str, Any]) -> str:
        actions.end_event(event, **_told(request, said))
        return _("The end is noted, and the last day is worked out anew.")

    return asked(request, EventEndForm(**given(request), initial={"on": today(request)}), ask, deed)


def limitation_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that it was noted by mistake."""
    event = access.get(request, EVENTS, pk)
    ask = Ask(heading=_("Noted by mistake?"), submit=_("Take it back"), tone="danger", **_back(event.invoice), facts=_facts(event))

    def deed(said: dict[str, Any]) -> str:
        actions.take_back_event(event, reason=said["reason"], today=today(request), by=request.user)
        return _("It is taken back and counts no more.")

    return asked(request, TakeBackForm(**given(request)), ask, deed)


def limitation_document(request: StaffRequest, pk: int) -> FileResponse:
    """The paper that proves it."""
    event = access.get(request, LimitationEvent.objects.select_related("document"), pk)
    if event.document is None:
        raise Http404("no document")
    return paper(event.document)


def _told(request: StaffRequest, said: dict[str, Any]) -> dict[str, Any]:
    return {
        "on": said["on"],
        "proof": ProofKind(said["proof"]),
        "source": said["source"],
        "today": today(request),
        "document": kept_paper(request, said["document"], kind="limitation"),
        "by": request.user,
    }


def _facts(event: LimitationEvent) -> list[dict[str, Any]]:
    return [
        {"label": _("What happened"), "value": event.get_kind_display()},
        {"label": _("Day"), "on": event.on},
        {"label": _("Source"), "value": event.source, "note": str(event.author or _("the program"))},
    ]


def _back(row: Invoice) -> dict[str, Any]:
    return {"back": to("invoice", row.pk), "back_label": row.number}
