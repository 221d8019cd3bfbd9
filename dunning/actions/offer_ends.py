"""An accepted offer ends with the agreement or promise in which it lives; a credit that was earned is a person's to grant."""

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from dunning.actions.tasks import open_task
from dunning.models import AcceptedItem, AcceptedOffer, Promise
from dunning.states import OfferKind, TaskKind


def about_offer(offer: AcceptedOffer) -> str:
    """How its task names it."""
    return f"offer:{offer.pk}"


def follow_offers(*, promises: Collection[int] = (), agreements: Collection[int] = (), on: date) -> None:
    """Bring accepted offers in line with these promises and agreements, which may have ended. Safe to run twice.

    Nothing is booked: who has paid as promised for a credit gets it by a person, who sees that the money is there.
    """
    over = Q(promise__in=promises) & ~Q(promise__state=Promise.State.STANDING) | Q(
        agreement__in=agreements, agreement__ended_on__isnull=False
    )
    offers = list(AcceptedOffer.objects.filter(over, lines__is_standing=True).distinct().select_related("promise", "customer"))
    AcceptedItem.objects.filter(offer__in=offers, is_standing=True).update(is_standing=False)
    for offer in offers:
        if offer.kind == OfferKind.CREDIT and offer.promise and offer.promise.state == Promise.State.KEPT:
            open_task(offer.customer, TaskKind.GRANT_CREDIT, on=on, about=about_offer(offer))
