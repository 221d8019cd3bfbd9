"""Ways to pay: what the company offers without asking, and what a customer takes in a letter or a talk."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import OfferPolicy
from dunning.states import OfferWay
from invoices.states import Kind
from receivables import clock
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.forms.offers import AcceptedForm, OfferPolicyForm
from receivables.dashboard.queries import offers as queries
from receivables.dashboard.views.common import to, today
from receivables.dashboard.views.customers import CUSTOMERS


def offer_policies(request: StaffRequest) -> HttpResponse:
    """What is offered to whom, to read and to set anew; what was set before."""
    kind, currency = request.GET.get("kind", ""), request.GET.get("currency", "")
    form = OfferPolicyForm(**given(request), currency=request.creditor.currency, initial=_standing(request, kind, currency))
    ask = Ask(
        heading=_("Ways to pay"), submit=_("Set from now on"), back=to("offer_policies"), back_label=_("Ways to pay"),
        template="dashboard/offer_policies.html",
    )  # fmt: skip

    def deed(said: dict[str, Any]) -> str:
        actions.set_offers(request.creditor, **said, now=clock.now(), by=request.user)
        return _("Set. What was accepted before keeps its terms.")

    shown = {"policies": queries.policies_of(request.creditor), "history": queries.history_of(request.creditor)}
    return asked(request, form, ask, deed, **shown)


def customer_offers(request: StaffRequest, pk: int) -> HttpResponse:
    """What the customer may take today, in words for a letter or a talk; note what they took."""
    row = access.get(request, CUSTOMERS, pk)
    on = today(request)
    found = queries.offered(row, on=on)
    offers = queries.choices_of(found, actions.told_by_letter(row, on=on))
    ask = Ask(
        heading=_("Ways to pay"), submit=_("Note that it is accepted"), back=to("customer", row.pk), back_label=row.name,
        template="dashboard/customer_offers.html",
    )  # fmt: skip

    def deed(said: dict[str, Any]) -> str:
        currency, key, seal = said["offer"].split(queries.SEPARATOR)
        actions.accept_offer(
            row, key, currency=currency, seal=seal, way=OfferWay(said["way"]), on=on, now=clock.now(), who=said["who"], by=request.user
        )
        if said["way"] == OfferWay.PERSON:
            return _("Noted. Nothing is booked before the money comes. Have it confirmed in writing: a talk proves no acknowledgement.")
        return _("Noted, also as an acknowledgement of the debt. Nothing is booked before the money comes.")

    shown = {
        "customer": row, "offers": offers, "barred": queries.barred_of(found),
        "undiscounted": queries.undiscounted_of(found), "accepted": queries.accepted_by(row),
        "terms_asked": queries.asked_by(row),
    }  # fmt: skip
    return asked(request, AcceptedForm(**given(request), offers=offers, initial={"way": OfferWay.PERSON}), ask, deed, **shown)


def _standing(request: StaffRequest, kind: str, currency: str) -> dict[str, Any]:
    """What holds for that kind and currency, to change; of nothing known the defaults."""
    row = OfferPolicy.objects.in_force(request.creditor).get((kind, currency))
    if row is None:
        return {"kind": kind or Kind.BUSINESS, "currency": currency or request.creditor.currency, "smallest_instalment": 0}
    return {name: getattr(row, name) for name in OfferPolicyForm.Meta.fields} | {
        "most_sum": row.most_sum.normalize().__format__("f"), "smallest_instalment": row.smallest_instalment.normalize().__format__("f"),
    }  # fmt: skip
