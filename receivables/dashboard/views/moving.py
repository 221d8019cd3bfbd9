"""Customers that are one, or two: find doubles, merge with a preview, split, and put it back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning import actions
from invoices.models import Customer, CustomerMove
from receivables import clock
from receivables.core.errors import DomainError, Refused
from receivables.core.sentences import gettext_noop
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import UNPROCESSABLE, Ask, asked, given
from receivables.dashboard.forms.moving import MergeForm, SplitForm, UndoForm
from receivables.dashboard.paging import whole
from receivables.dashboard.queries import moving as queries
from receivables.dashboard.queries.customers import searched
from receivables.dashboard.views.common import head, to, today
from receivables.dashboard.words import said

CUSTOMERS = Customer.objects.select_related("creditor")
FOUND = 20


def doubles(request: StaffRequest) -> HttpResponse:
    """Customers that may be one, with what speaks for it."""
    columns = [head(_("Customer")), head(_("Perhaps the same as")), head(_("Because of")), head(_("Score"), "number"), head("")]
    found = queries.doubles(request.creditor)
    return render(request, "dashboard/doubles.html", {"doubles": found, "columns": columns})


def customer_merge(request: StaffRequest, pk: int) -> HttpResponse:
    """Look for the double, see what merging it into this customer does, and confirm with a reason."""
    target = access.get(request, CUSTOMERS, pk)
    other = whole(request.POST.get("with") or request.GET.get("with"))
    if other is None:
        return _search(request, target)
    source = access.get(request, CUSTOMERS, other)
    if source.pk == target.pk:
        return _search(request, target)
    plan = actions.plan_merge(source, target, on=today(request))
    form = MergeForm(**given(request), lacks_proof=plan.lacks_proof)
    if request.method == "POST" and form.is_valid():
        try:
            actions.merge_customers(source, target, on=today(request), now=clock.now(), by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, said(refusal))
        else:
            messages.success(request, _("%(name)s was merged into this customer.") % {"name": source.name})
            return HttpResponseRedirect(to("customer", target.pk))
    context = {
        "customer": target, "source": source, "form": form, "plan": plan, "facts": queries.moving_facts(plan.joined.rows),
        "notes": queries.merge_notes(source, target, plan), "against": [said(Refused(says, **facts)) for says, facts in plan.against],
    }  # fmt: skip
    return render(request, "dashboard/merge.html", context, status=UNPROCESSABLE if request.method == "POST" else 200)


def _search(request: StaffRequest, target: Customer) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:200]
    rows = of_company(request, Customer.objects.standing()).exclude(pk=target.pk)
    found = rows.filter(searched(words)).order_by("name", "pk")[:FOUND] if words else []
    return render(request, "dashboard/merge_search.html", {"customer": target, "words": words, "found": found})


def customer_split(request: StaffRequest, pk: int) -> HttpResponse:
    """Some invoices are another customer's: an existing one, named by its number."""
    source = access.get(request, CUSTOMERS, pk)
    form = SplitForm(**given(request), invoices=queries.splittable(source))
    ask = Ask(
        heading=_("Give invoices to another customer"),
        submit=_("Move them"),
        back=to("customer", source.pk),
        back_label=source.name,
        text=_(
            "Their items, payments, claims, holds and messages go along. A payment or agreement that also covers other invoices has to be"
            " taken back first. The other customer is of the same company and kind; add it first if there is none yet."
        ),
    )

    def deed(given_: dict[str, Any]) -> str:
        target = of_company(request, CUSTOMERS).filter(number=given_["number"].strip()).first()
        if target is None:
            raise Refused(gettext_noop("There is no customer %(number)s. Add it first."), number=given_["number"])
        chosen = [invoice.pk for invoice in given_["invoices"]]
        actions.split_customer(source, target, chosen, reason=given_["reason"], on=today(request), now=clock.now(), by=request.user)
        return _("The invoices belong to %(name)s now.") % {"name": target.name}

    return asked(request, form, ask, deed)


def move_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a merge or split back; what came since goes with the invoices it is about."""
    move = access.get(request, CustomerMove.objects.select_related("source", "target", "by"), pk)
    ask = Ask(
        heading=_("Undo the merge?") if move.kind == CustomerMove.Kind.MERGE else _("Undo the split?"),
        submit=_("Undo"),
        back=to("customer", move.source_id),
        back_label=move.source.name,
        text=_("What was moved goes back, and what came since with the invoices it is about. The rest stays."),
        facts=[
            {"label": _("From"), "value": move.source.name, "url": to("customer", move.source_id)},
            {"label": _("To"), "value": move.target.name, "url": to("customer", move.target_id)},
            {"label": _("Day"), "on": move.on},
            {"label": _("Reason"), "value": move.reason},
            {"label": _("By"), "value": str(move.by or "")},
            *queries.moving_facts(move.rows),
        ],
    )

    def deed(given_: dict[str, Any]) -> str:
        actions.undo_move(move, reason=given_["reason"], on=today(request), now=clock.now(), by=request.user)
        return _("It is put back.")

    return asked(request, UndoForm(**given(request)), ask, deed)
