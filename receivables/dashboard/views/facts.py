"""What stands against chasing a customer: stop facts, and their end by two people."""

from typing import Any

from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import StopFact
from dunning.states import StopKind
from invoices.models import Customer
from receivables import clock
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.downloads import paper
from receivables.dashboard.forms.facts import EndAnswerForm, EndForm, StopForm
from receivables.dashboard.views.common import to, today
from receivables.dashboard.views.papers import kept_paper

CUSTOMERS = Customer.objects.select_related("creditor")
STOPS = StopFact.objects.select_related("customer", "author", "end_proposed_by")


def customer_stop(request: StaffRequest, pk: int) -> HttpResponse:
    """Record a fact that stops everything, or sends everything to a representative."""
    row = access.get(request, CUSTOMERS, pk)
    form = StopForm(**given(request), initial={"since": today(request)})
    ask = Ask(
        heading=_("Record a stop fact"),
        submit=_("Stop the ladder"),
        tone="danger",
        **_back(row),
        text=_("Every step stops at once, what is queued is withdrawn, and a task opens with its clock. Ending it takes a second person."),
    )

    @transaction.atomic  # the paper goes with the fact, or not at all
    def deed(said: dict[str, Any]) -> str:
        fact = actions.record_stop(
            row,
            kind=StopKind(said["kind"]),
            since=said["since"],
            source=said["source"],
            on=today(request),
            now=clock.now(),
            document=kept_paper(request, said["document"], kind="stop_fact"),
            representative=actions.Representative(*(said[name] for name in ("representative", "email", "phone", "address"))),
            by=request.user,
        )
        if fact.stops_all:
            return _("The stop fact is recorded; nothing goes out any more.")
        return _("The stop fact is recorded; everything goes to the representative.")

    return asked(request, form, ask, deed)


def stop_end(request: StaffRequest, pk: int) -> HttpResponse:
    """Propose that a stop fact ends."""
    fact = access.get(request, STOPS, pk)
    ask = Ask(
        heading=_("Propose its end"),
        submit=_("Propose"),
        **_back(fact.customer),
        text=_("It stands until a second person confirms."),
        facts=_facts(fact),
    )

    def deed(said: dict[str, Any]) -> str:
        actions.propose_stop_end(fact, reason=said["reason"], on=today(request), by=request.user)
        return _("The end is proposed; somebody else confirms it.")

    return asked(request, EndForm(**given(request)), ask, deed)


def stop_answer(request: StaffRequest, pk: int) -> HttpResponse:
    """A second person confirms or refuses the end."""
    fact = access.get(request, STOPS, pk)
    ask = Ask(heading=_("Does it end?"), submit=_("Answer"), **_back(fact.customer), facts=_facts(fact))

    def deed(said: dict[str, Any]) -> str:
        if said["answer"] == "refuse":
            actions.refuse_stop_end(fact, on=today(request), by=request.user)
            return _("The stop fact stands.")
        actions.end_stop(fact, on=today(request), by=request.user)
        return _("The stop fact has ended; the ladder goes on.")

    return asked(request, EndAnswerForm(**given(request)), ask, deed)


def stop_document(request: StaffRequest, pk: int) -> FileResponse:
    """The paper that proves it."""
    fact = access.get(request, StopFact.objects.select_related("document"), pk)
    if fact.document is None:
        raise Http404("no document")
    return paper(fact.document)


def _facts(fact: StopFact) -> list[dict[str, Any]]:
    proposed = fact.end_is_proposed
    return [
        {"label": _("What happened"), "value": fact.get_kind_display()},
        {"label": _("Since"), "on": fact.since},
        {"label": _("Source"), "value": fact.source, "note": str(fact.author or _("the program"))},
        *([{"label": _("Why it should end"), "value": fact.end_reason, "note": str(fact.end_proposed_by)}] if proposed else []),
    ]


def _back(customer: Customer) -> dict[str, Any]:
    return {"back": to("customer", customer.pk), "back_label": customer.name}
