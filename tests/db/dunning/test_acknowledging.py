"""What a customer accepts or signs acknowledges the debt: its limitation begins anew, with the proof; a talk proves nothing."""

from datetime import date

import pytest

from dunning.actions import accept_offer, agree, note_signed, set_offers
from dunning.happened import happened_to
from dunning.limitation import Happened
from dunning.models import Agreement, LimitationEvent
from dunning.offering import offered_to
from dunning.states import LimitationKind, OfferWay
from dunning.unasked import barred_items
from invoices.models import Customer, Item
from receivables.core.errors import Refused
from receivables.documents.actions import store
from receivables.documents.models import Document
from tests.builders import make_user
from tests.db.dunning.firm import Firm, Recorder, day, make_firm
from tests.db.dunning.test_offers import TERMS

pytestmark = pytest.mark.django_db

ON = 10
ACK = LimitationKind.ACKNOWLEDGEMENT


@pytest.fixture
def firm(recorder: Recorder) -> Firm:
    firm = make_firm(recorder=recorder)
    for kind in ("business", "consumer"):
        set_offers(firm.creditor, kind, "PLN", now=firm.noon(0), **TERMS)
    return firm


def accepted(firm: Firm, customer: Customer, key: str, way: OfferWay, *, on: int = ON) -> None:
    offer = offered_to(customer, on=day(on))["PLN"].find(key)
    assert offer is not None
    by = None if way == OfferWay.PORTAL else make_user()
    accept_offer(customer, key, currency="PLN", seal=offer.seal, way=way, on=day(on), now=firm.noon(on), who="Anna Nowak", by=by)


def of(*items: Item) -> list[tuple[Happened, ...]]:
    found = happened_to({item.invoice_id for item in items})
    return [found.get(item.invoice_id, ()) for item in items]


@pytest.mark.parametrize("key", ["instalments-2", "deferral", "discount", "credit"])
def test_an_offer_accepted_on_the_portal_is_noted_with_each_invoice(firm: Firm, key: str) -> None:
    customer = firm.customer()
    both = firm.owes(customer, "500.00"), firm.owes(customer, "300.00", due=2)
    later = firm.owes(customer, "90.00", due=40)
    accepted(firm, customer, key, OfferWay.PORTAL)
    assert of(*both, later) == [(Happened(ACK, day(ON)),), (Happened(ACK, day(ON)),), ()]
    row = LimitationEvent.objects.filter(invoice=both[0].invoice_id).get()
    assert (row.proof, row.author, "Anna Nowak" in row.source) == ("portal", None, True)


@pytest.mark.parametrize(("way", "times"), [(OfferWay.LETTER, 1), (OfferWay.PERSON, 0)], ids=["in a letter", "in a talk"])
def test_a_letter_proves_it_and_a_talk_does_not(firm: Firm, way: OfferWay, times: int) -> None:
    item = firm.owes(amount="500.00")
    accepted(firm, item.customer, "deferral", way)
    assert LimitationEvent.objects.filter(invoice=item.invoice_id, kind=ACK).count() == times


def test_a_consumers_debt_is_not_barred_at_the_old_day_after_it(firm: Firm) -> None:
    item = firm.owes(firm.customer(kind="consumer"), "500.00")
    accepted(firm, item.customer, "instalments-2", OfferWay.PORTAL, on=365)  # due in 2026, accepted in 2027
    first_day = date(2029, 1, 1)  # goods for a consumer: two years, to the end of the year
    assert barred_items(item.customer, [item], on=first_day) == set()
    assert barred_items(item.customer, [item], on=date(2030, 1, 1)) == {item.pk}


def signed_paper(firm: Firm) -> Document:
    return store(firm.creditor, kind="limitation", name="ugoda.pdf", content=b"%PDF signed", facts={}, now=firm.noon(0))


def agreed(firm: Firm, *items: Item) -> Agreement:
    owed = sum(item.open_amount for item in items)
    return agree(items[0].customer, label="U/1", items=list(items), rates=[(day(ON + 30), owed)], on=day(ON))


def test_a_signed_agreement_is_noted_with_each_invoice_and_its_paper(firm: Firm) -> None:
    customer = firm.customer()
    both = firm.owes(customer), firm.owes(customer, due=3)
    paper, agreement = signed_paper(firm), agreed(firm, *both)
    note_signed(agreement, on=day(ON + 2), document=paper, today=day(ON + 5))
    assert of(*both) == [(Happened(ACK, day(ON + 2)),)] * 2
    assert set(LimitationEvent.objects.values_list("document", "proof", "source")) == {(paper.pk, "letter", "agreement U/1, signed")}
    with pytest.raises(Refused, match="is noted for all its invoices"):
        note_signed(agreement, on=day(ON + 2), document=paper, today=day(ON + 5))


def test_what_was_time_barred_for_a_consumer_is_not_acknowledged_anew(firm: Firm) -> None:
    item = firm.owes(firm.customer(kind="consumer"))
    agreement = agreed(firm, item)
    with pytest.raises(Refused, match="time-barred"):
        note_signed(agreement, on=date(2030, 3, 1), document=signed_paper(firm), today=date(2030, 3, 1))
    assert not LimitationEvent.objects.exists()


def test_a_day_to_come_is_refused(firm: Firm) -> None:
    agreement = agreed(firm, firm.owes())
    with pytest.raises(Refused, match="future"):
        note_signed(agreement, on=day(ON + 1), document=signed_paper(firm), today=day(ON))
