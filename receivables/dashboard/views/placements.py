"""Hand-overs to agencies: the board, the page of one, proposing and approving, and what the agency says of it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.agencies.judging import judged
from dunning.models import Agency, Commission, Placement
from invoices.models import Customer, Item
from receivables import clock
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.downloads import paper
from receivables.dashboard.export import csv_response
from receivables.dashboard.forms import agencies as said_of
from receivables.dashboard.queries import agencies as queries
from receivables.dashboard.views.common import to, today, wake_delivery
from receivables.reporting.agencies import Figures, figures_of

CUSTOMERS = Customer.objects.select_related("creditor")
PLACEMENTS = Placement.objects.select_related(
    "creditor", "customer__creditor", "agency", "notice__message", "message", "proposed_by", "approved_by"
)


def placements(request: StaffRequest) -> HttpResponse:
    """The board: what is proposed, on its way and with agencies, and what ended lately."""
    columns, ended = queries.board(request.creditor)
    return render(request, "dashboard/placements.html", {"columns": columns, "ended": ended})


def placements_export(request: StaffRequest) -> StreamingHttpResponse:
    """All hand-overs, one a line."""
    heads = [_("Number"), _("Customer number"), _("Customer"), _("Agency"), _("The agency's number"), _("State"), _("Handed over on")]
    heads += [_("Ended on"), _("Currency"), _("Handed over"), _("Open"), _("Recovered"), _("Commission booked"), _("Net")]
    rows = figures_of(of_company(request, Placement.objects.order_by("pk")))
    return csv_response("hand-overs", heads, map(_cells, rows))


def _cells(of: Figures) -> list[object]:
    row = of.placement
    who = [row.pk, row.customer.number, row.customer.name, row.agency.name if row.agency else "", row.reference, row.get_state_display()]
    return [*who, row.sent_on, row.ended_on, row.currency, of.placed, of.open, of.recovered, of.commission, of.net]


def placement(request: StaffRequest, pk: int) -> HttpResponse:
    """One hand-over."""
    row = access.get(request, PLACEMENTS, pk)
    return render(request, "dashboard/placement.html", {"placement": row, "shown": queries.placement_page(row, on=today(request))})


def placement_package(request: StaffRequest, pk: int) -> FileResponse:
    """The package as it went."""
    row = access.get(request, PLACEMENTS.select_related("package"), pk)
    message = row.goes_by
    document = row.package or (message.document if message else None)
    if document is None:
        raise Http404
    return paper(document)


def customer_hand_over(request: StaffRequest, pk: int) -> HttpResponse:
    """Propose to hand over what a customer owes, with the checklist of what is chosen."""
    row = access.get(request, CUSTOMERS, pk)
    items = queries.to_propose(row, on=today(request))
    agencies = of_company(request, Agency.objects.filter(is_active=True)).order_by("pk")
    chosen = request.GET.getlist("item")
    first = {"items": [int(each) for each in chosen if each.isdecimal()] or [item.pk for item in items], "agency": agencies.first()}
    form = said_of.ProposeForm(**given(request), items=items, agencies=agencies, initial=first)
    ask = Ask(
        heading=_("Propose a hand-over"),
        submit=_("Propose"),
        back=to("customer", row.pk),
        back_label=row.name,
        text=_("A second person approves it before anything leaves."),
        template="dashboard/placement_propose.html",
    )

    def deed(said: dict[str, Any]) -> str:
        actions.propose_hand_over(
            row,
            list(said["items"]),
            agency=said["agency"],
            reason=said["reason"],
            on=today(request),
            announced_on=said["announced_on"],
            announced_proof=said["announced_proof"],
            by=request.user,
        )
        return _("The hand-over is proposed. Somebody else approves it.")

    return asked(request, form, ask, deed, **_checklist(request, row, form, agencies.first()))


def _checklist(request: StaffRequest, customer: Customer, form: forms.Form, agency: Agency | None) -> dict[str, Any]:
    """The points for what is chosen in the form, or first offered."""
    said = form.cleaned_data if form.is_bound and form.is_valid() else {}
    items = list(said.get("items") or Item.objects.filter(pk__in=form.initial.get("items", ()), customer=customer))
    items = list(Item.objects.filter(pk__in=[item.pk for item in items]).select_related("invoice"))
    if not items:
        return {"asked_points": [], "advised_points": []}
    found = judged(
        customer,
        items,
        said.get("agency") or agency,
        on=today(request),
        reason=said.get("reason", "–"),
        announced_on=said.get("announced_on"),
    )
    forbidding, advised = queries.points(found.checks)
    return {"asked_points": forbidding, "advised_points": advised}


def placement_approve(request: StaffRequest, pk: int) -> HttpResponse:
    """A second person lets it go."""

    def deed(row: Placement, said: dict[str, Any]) -> str:
        actions.approve_hand_over(row, on=today(request), now=clock.now(), why=said["why"], by=request.user)
        wake_delivery()
        return _("The hand-over is approved. It leaves at once.")

    return _changed(request, pk, said_of.ApproveForm, _("Approve the hand-over"), _("Approve"), deed)


def placement_refuse(request: StaffRequest, pk: int) -> HttpResponse:
    """It does not go."""

    def deed(row: Placement, said: dict[str, Any]) -> str:
        actions.refuse_hand_over(row, on=today(request), why=said["why"], by=request.user)
        return _("The hand-over is not approved; the ladder goes on.")

    return _changed(request, pk, said_of.WhyForm, _("Do not approve"), _("Do not approve"), deed, tone="danger")


def placement_receive(request: StaffRequest, pk: int) -> HttpResponse:
    """The agency takes it."""

    def deed(row: Placement, said: dict[str, Any]) -> str:
        actions.receive(row, on=today(request), reference=said["reference"], by=request.user)
        return _("The agency has confirmed the hand-over.")

    return _changed(request, pk, said_of.ReceiveForm, _("The agency takes it"), _("Note"), deed)


def placement_reject(request: StaffRequest, pk: int) -> HttpResponse:
    """The agency does not take it."""

    def deed(row: Placement, said: dict[str, Any]) -> str:
        actions.reject_placement(row, on=today(request), why=said["why"], by=request.user)
        return _("It is noted; the ladder goes on.")

    return _changed(request, pk, said_of.WhyForm, _("The agency does not take it"), _("Note"), deed)


def placement_status(request: StaffRequest, pk: int) -> HttpResponse:
    """The agency reports how it stands."""

    def deed(row: Placement, said: dict[str, Any]) -> str:
        actions.note_status(row, said["status"], on=today(request), why=said["why"], by=request.user)
        return _("The status is noted.")

    return _changed(request, pk, said_of.StatusForm, _("The agency reports a status"), _("Note"), deed)


def placement_collect(request: StaffRequest, pk: int) -> HttpResponse:
    """The agency reports money."""

    def deed(row: Placement, said: dict[str, Any]) -> str:
        is_new = actions.collect_by_hand(row, amount=said["amount"], on=said["on"], own_id=said["reference"], by=request.user)
        return _("The payment is booked.") if is_new else _("This payment was booked before. Nothing is booked again.")

    return _changed(request, pk, said_of.CollectForm, _("The agency reports a payment"), _("Book"), deed, initial={"on": today(request)})


def placement_commission(request: StaffRequest, pk: int) -> HttpResponse:
    """What the agency kept or billed."""

    def deed(row: Placement, said: dict[str, Any]) -> str:
        actions.book_commission(row, amount=said["amount"], on=said["on"], reference=said["reference"], why=said["why"], by=request.user)
        return _("The commission is booked. What the debtor owes has not changed.")

    first = {"on": today(request)}
    return _changed(request, pk, said_of.CommissionForm, _("Book a commission"), _("Book"), deed, initial=first)


def commission_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """A commission was booked by mistake."""
    mine = Commission.objects.filter(placement__in=of_company(request, Placement.objects.all())).select_related("placement__customer")
    row = get_object_or_404(mine, pk=pk)

    def deed(said: dict[str, Any]) -> str:
        actions.take_back_commission(row, on=today(request), why=said["why"], by=request.user)
        return _("The commission is taken back.")

    ask = _ask(row.placement, _("Take back a commission"), _("Take back"))
    return asked(request, said_of.WhyForm(**given(request)), ask, deed)


def placement_recall(request: StaffRequest, pk: int) -> HttpResponse:
    """We take it back."""

    def deed(row: Placement, said: dict[str, Any]) -> str:
        actions.recall_placement(row, on=today(request), now=clock.now(), why=said["why"], by=request.user)
        wake_delivery()
        return _("The hand-over is called back; the ladder goes on.")

    return _changed(request, pk, said_of.WhyForm, _("Call the hand-over back"), _("Call back"), deed, tone="danger")


def placement_return(request: StaffRequest, pk: int) -> HttpResponse:
    """The agency gives it back."""

    def deed(row: Placement, said: dict[str, Any]) -> str:
        actions.return_uncollected(row, on=today(request), why=said["why"], by=request.user)
        return _("It is noted; the ladder goes on.")

    return _changed(request, pk, said_of.WhyForm, _("The agency returns it uncollected"), _("Note"), deed)


def placement_close(request: StaffRequest, pk: int) -> HttpResponse:
    """It is over."""

    def deed(row: Placement, said: dict[str, Any]) -> str:
        actions.close_placement(row, on=today(request), why=said["why"], by=request.user)
        return _("The hand-over is closed.")

    return _changed(request, pk, said_of.WhyForm, _("Close the hand-over"), _("Close"), deed)


def _changed(
    request: StaffRequest,
    pk: int,
    kind: type[forms.Form],
    heading: str,
    submit: str,
    deed: Callable[[Placement, dict[str, Any]], str],
    *,
    tone: str = "primary",
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    """A page that asks before something happens to a hand-over."""
    row = access.get(request, PLACEMENTS, pk)
    form = kind(**given(request), initial=initial or {})
    return asked(request, form, _ask(row, heading, submit, tone=tone), lambda said: deed(row, said))


def _ask(row: Placement, heading: str, submit: str, *, tone: str = "primary") -> Ask:
    label = _("Hand-over %(number)s") % {"number": row.pk}
    return Ask(heading=heading, submit=submit, back=to("placement", row.pk), back_label=label, text=row.customer.name, tone=tone)
