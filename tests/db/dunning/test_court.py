"""Court cases, mediations and sales on real rows: who is held, what limitation is told, how mistakes are taken back, what a claim says."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from dunning import actions
from dunning.actions import Buyer, Reached, Terms, prepare_case, reach_stage, take_back_stage
from dunning.court import Path, Stage
from dunning.court_books import sheet_of
from dunning.epu import Fault
from dunning.facts import facts_for
from dunning.models import (
    Agreement,
    Case,
    CourtCase,
    CourtEvent,
    CourtItem,
    CourtStage,
    DebtSale,
    LimitationEvent,
    MediatedItem,
    Mediation,
    MediationEvent,
    SoldItem,
    Task,
)
from invoices.actions import waive_claim
from invoices.models import Claim, Item
from invoices.states import ClaimKind, Kind
from receivables.core.errors import DomainError, IllegalMove, Refused
from receivables.documents.models import Document
from tests.builders import audited, dispute, pay
from tests.db.dunning.firm import Firm, day

pytestmark = pytest.mark.django_db
BEGAN, TODAY = day(20), day(100)
VALID_NIP = "5265877635"


def prepared(*items: Item, path: Path = Path.EPU, on: date = BEGAN, **more: Any) -> CourtCase:
    return prepare_case(items[0].customer, items, path=path, prepared_on=on, today=TODAY, **more)


def reach(case: CourtCase, stage: Stage, on: int, reference: str = "Nc-e 1/26") -> CourtCase:
    reach_stage(case, Reached(stage, day(on), reference), today=TODAY)
    case.refresh_from_db()
    return case


def is_held(firm: Firm, item: Item, on: date = TODAY) -> bool:
    (facts,) = facts_for(firm.creditor, [item.customer_id], on=on).customers[item.customer_id].items
    return facts.held_until == (None,)


def events(item: Item) -> list[tuple[str, date, bool]]:
    rows = LimitationEvent.objects.standing().filter(invoice=item.invoice).order_by("on", "pk")
    return [(row.kind, row.on, row.ends_id is not None) for row in rows]


def test_nobody_is_chased_while_it_is_in_court(firm: Firm) -> None:
    item = firm.owes(amount="600.00")
    case = prepared(item)
    assert not is_held(firm, item)
    reach(case, Stage.FILED, 30)
    assert is_held(firm, item)
    firm.run(40)
    assert firm.arrived(item) == []
    reach(case, Stage.WITHDRAWN, 41)
    assert not is_held(firm, item)


def test_the_whole_way_to_an_ineffective_enforcement_is_told_to_limitation(firm: Firm) -> None:
    item = firm.owes(amount="600.00")
    case = prepared(item)
    for stage, on in ((Stage.FILED, 30), (Stage.ORDER, 40), (Stage.SERVED, 45)):
        reach(case, stage, on)
    with pytest.raises(Refused, match="cannot be final before"):
        reach(case, Stage.TITLE, 59)
    reach(case, Stage.TITLE, 62)
    reach(case, Stage.BAILIFF, 70, "Km 7/26")
    assert Task.objects.get(kind="court", closed_on=None).due_on == date(2027, 1, 10)
    reach(case, Stage.INEFFECTIVE, 90, "")
    assert events(item) == [
        ("suit", day(30), False),
        ("suit", day(62), True),
        ("judgment", day(62), False),
        ("enforcement", day(70), False),
        ("enforcement", day(90), True),
    ]
    assert (case.reference, case.items.get().holds) == ("Km 7/26", True)
    assert Task.objects.get(kind="court", closed_on=None).due_on is None
    assert set(audited(firm.creditor)) >= {"court_case_prepared", "court_stage_reached"}


def test_after_epu_an_ordinary_suit_in_time_keeps_the_day_of_the_claim(firm: Firm) -> None:
    item = firm.owes()
    case = reach(reach(prepared(item), Stage.FILED, 30), Stage.DISCONTINUED, 40)
    assert Task.objects.get(kind="court", closed_on=None).due_on == date(2026, 9, 10)
    reach(case, Stage.SUIT, 80, "I C 5/26")
    assert events(item) == [("suit", day(30), False)]
    assert not Task.objects.filter(kind="court", closed_on=None).exists()


def test_what_was_discontinued_and_given_up_has_interrupted_nothing(firm: Firm) -> None:
    item = firm.owes()
    case = reach(reach(prepared(item), Stage.FILED, 30), Stage.DISCONTINUED, 40)
    reach(case, Stage.CLOSED, 41)
    assert events(item) == []
    take_back_stage(case, reason="za wcześnie", today=TODAY)
    assert events(item) == [("suit", day(30), False)]
    take_back_stage(case, reason="inna sprawa", today=TODAY)
    take_back_stage(case, reason="inna sprawa", today=TODAY)
    case.refresh_from_db()
    assert (events(item), case.stage, case.stage_on, is_held(firm, item)) == ([], "prepared", day(20), False)
    with pytest.raises(Refused, match="only prepared"):
        take_back_stage(case, reason="x", today=TODAY)


def test_an_event_that_a_person_noted_is_left_alone(firm: Firm) -> None:
    item = firm.owes()
    actions.note_event(item.invoice, kind="suit", on=day(30), proof="letter", source="z ręki", today=TODAY)  # type: ignore[arg-type]
    case = reach(prepared(item), Stage.FILED, 30)
    take_back_stage(case, reason="pomyłka", today=TODAY)
    assert events(item) == [("suit", day(30), False)]


def test_a_debt_is_claimed_once_and_moves_are_legal(firm: Firm) -> None:
    item = firm.owes()
    case = prepared(item)
    with pytest.raises(Refused, match="in a court case already"):
        prepared(item)
    with pytest.raises(IllegalMove):
        reach(case, Stage.TITLE, 30)
    with pytest.raises(Refused, match="Give the number"):
        reach(case, Stage.FILED, 30, " ")
    reach(case, Stage.WITHDRAWN, 30, "")
    other = prepared(item)
    with pytest.raises(Refused, match="another court case by now"):
        take_back_stage(case, reason="pomyłka", today=TODAY)
    reach(other, Stage.FILED, 31)
    with pytest.raises(DatabaseError), transaction.atomic():
        CourtStage.objects.filter(case=other).update(note="x")


def test_what_went_elsewhere_since_it_was_prepared_is_not_claimed(firm: Firm) -> None:
    item = firm.owes()
    case = prepared(item)
    Case.objects.filter(item=item).update(state="with_agency", look_again_on=None)
    with pytest.raises(Refused, match="with the agency"):
        reach(case, Stage.FILED, 30)
    assert (case.stages.count(), events(item)) == (1, [])
    reach(case, Stage.WITHDRAWN, 30)
    with pytest.raises(Refused, match="with the agency"):
        take_back_stage(case, reason="pomyłka", today=TODAY)
    Case.objects.filter(item=item).update(state="running", look_again_on=TODAY)
    take_back_stage(case, reason="pomyłka", today=TODAY)
    reach(reach(case, Stage.FILED, 30), Stage.DISCONTINUED, 40)
    Case.objects.filter(item=item).update(state="with_agency", look_again_on=None)
    with pytest.raises(Refused, match="with the agency"):
        reach(case, Stage.SUIT, 80)


def test_what_is_in_court_is_not_sold(firm: Firm) -> None:
    item = firm.owes()
    case = prepared(item)
    with pytest.raises(Refused, match="in a court case"):
        sold(item)
    reach(case, Stage.WITHDRAWN, 30)
    sold(item)


def test_what_cannot_go_to_court_is_refused(firm: Firm) -> None:
    item, foreign = firm.owes(), firm.owes(firm.customer(country="DE"))
    euro = firm.owes(currency="EUR")
    for items, words, more in (
        ([item, firm.owes()], "this customer only", {}),
        ([euro], "zloty", {}),
        ([foreign], "address in Poland", {}),
        ([item], "future", {"on": date(2027, 1, 1)}),
    ):
        with pytest.raises(Refused, match=words):
            prepared(*items, **more)
    assert prepared(euro, path=Path.ORDINARY).currency == "EUR"
    pay(item.customer, "100.00", item)
    with pytest.raises(Refused, match="closed"):
        prepared(item)


def test_a_claim_sheet_from_the_books(firm: Firm) -> None:
    firm.creditor.tax_id, firm.creditor.street, firm.creditor.city = "1234563218", "Prosta 1", "Warszawa"
    firm.creditor.save()
    customer = firm.customer(tax_id=VALID_NIP)
    item = firm.owes(customer, amount="1000.00")
    pay(customer, "400.00", item, booked_on=day(20))
    case = prepared(item)
    found = sheet_of(case, filing_on=day(30))
    assert [fault.fault for fault in found.findings] == [Fault.ATTEMPT]
    principal, flat = found.claims
    assert (principal.value, principal.became_due_on, flat.kind) == (Decimal("600.00"), date(2026, 5, 2), "compensation")
    assert [(span.first_on, span.last_on, span.principal) for span in principal.spans] == [
        (date(2026, 5, 2), day(20), Decimal(1000)),
        (day(21), day(30), Decimal(600)),
        (day(31), None, Decimal(600)),
    ]
    assert found.value == (principal.value + flat.value).to_integral_value("ROUND_CEILING")
    assert [one.proof.name for one in found.evidence] == [f"faktura {item.invoice.number}"]
    claim = actions.post_claimable(customer, kinds=[ClaimKind.INTEREST], on=day(30))[0]
    waive_claim(claim, reason="ugoda", on=day(31))
    assert Fault.SETTLED in {one.fault for one in sheet_of(case, filing_on=day(30)).findings}


def test_a_consumer_owes_no_compensation_and_needs_a_number(firm: Firm) -> None:
    item = firm.owes(firm.customer(kind=Kind.CONSUMER), amount="300.00")
    found = sheet_of(prepared(item), filing_on=day(30))
    assert (found.compensation, [one.kind for one in found.claims]) == (0, ["principal"])
    assert Fault.IDENTITY in {one.fault for one in found.findings}


def test_a_mediation_rests_and_a_settlement_becomes_an_agreement(firm: Firm) -> None:
    item = firm.owes()
    talks = actions.begin_mediation(item.customer, [item], mediator="Anna Rozjemca", began_on=day(20), today=TODAY)
    assert is_held(firm, item)
    with pytest.raises(Refused, match="in a mediation already"):
        actions.begin_mediation(item.customer, [item], mediator="Inny", began_on=day(20), today=TODAY)
    with pytest.raises(DomainError):
        actions.settle_mediation(talks, rates=[(day(120), Decimal(50))], on=day(90), today=TODAY)
    assert Mediation.objects.get().ended_on is None
    rates = [(day(120), Decimal(60)), (day(150), Decimal(40))]
    agreement = actions.settle_mediation(talks, rates=rates, on=day(90), today=TODAY)
    talks.refresh_from_db()
    assert (talks.outcome, talks.agreement, Agreement.objects.count()) == ("settled", agreement, 1)
    assert events(item) == [("mediation", day(20), False), ("mediation", day(90), True)]
    with pytest.raises(Refused, match="ended already"):
        actions.fail_mediation(talks, on=day(95), today=TODAY)


def test_a_mediation_that_failed_lets_the_ladder_go_on(firm: Firm) -> None:
    item = firm.owes()
    talks = actions.begin_mediation(item.customer, [item], mediator="Anna Rozjemca", began_on=day(0), today=day(0))
    actions.fail_mediation(talks, on=day(3), today=day(3))
    assert not is_held(firm, item, on=day(3))
    firm.run(5)
    assert firm.arrived(item)


BUYER = Buyer("Fundusz S.A.", tax_id=VALID_NIP, street="Nowa 1", postcode="00-002", city="Warszawa")


def sold(item: Item, price: str = "40.00", **more: Any) -> Any:
    terms = Terms(Decimal(price), price_due_on=day(110), sold_on=day(90), **more)
    return actions.sell_debt(item.customer, [item], BUYER, terms, today=TODAY)


def test_a_sold_item_closes_as_sold_and_interest_goes_with_it(firm: Firm) -> None:
    item = firm.owes()
    actions.post_claimable(item.customer, kinds=[ClaimKind.INTEREST], on=day(60))
    sale = sold(item)
    item.refresh_from_db()
    assert (item.open_amount, item.closed_as, item.closed_on) == (0, "sold", day(90))
    assert (firm.case(item).state, firm.case(item).reason, sale.principal) == ("closed", "sold", 100)
    rows: Any = Claim.objects.with_figures().order_by("kind")
    assert [(row.kind, bool(row.open)) for row in rows] == [("compensation", True), ("interest", False)]
    actions.take_back_sale(sale, reason="umowa rozwiązana", today=TODAY)
    item.refresh_from_db()
    assert (item.open_amount, item.closed_as, firm.case(item).state) == (100, "", "running")
    with pytest.raises(Refused, match="taken back already"):
        actions.take_back_sale(sale, reason="x", today=TODAY)


def test_a_sale_makes_its_contract_and_the_notice_to_the_debtor(firm: Firm) -> None:
    item = firm.owes()
    actions.post_claimable(item.customer, kinds=[ClaimKind.INTEREST], on=day(60))
    terms = Terms(Decimal("40.00"), price_due_on=day(110), sold_on=day(90))
    buyer = replace(BUYER, account="PL27 1140 2004 0000 3002 0135 5387")
    sale = actions.sell_debt(item.customer, [item], buyer, terms, today=TODAY)
    contract, notice = actions.sale_papers(sale)
    assert (contract.kind, notice.kind) == ("assignment", "assignment_notice")
    assert contract.content.startswith(b"%PDF") and contract.number and notice.number
    facts = contract.facts
    assert (facts["principal"], facts["price"], facts["passes_on"]) == ("100.00", "40.00", day(90).isoformat())
    assert Decimal(facts["interest"]) > 0 and not Decimal(facts["compensation"])
    assert notice.facts["payee"]["bank_account"] == "PL27114020040000300201355387" and "price" not in notice.facts


def test_without_an_account_of_the_buyer_the_debtor_is_not_told_to_pay(firm: Firm) -> None:
    assert [paper.kind for paper in actions.sale_papers(sold(firm.owes()))] == ["assignment"]


def test_a_sale_that_is_refused_makes_no_paper(firm: Firm) -> None:
    with pytest.raises(Refused):
        sold(firm.owes(), "1.001")
    assert not Document.objects.exists()


def test_compensation_that_is_given_up_is_asked_of_nobody(firm: Firm) -> None:
    item = firm.owes()
    actions.post_claimable(item.customer, kinds=[ClaimKind.COMPENSATION], on=day(60))
    sold(item, keeps_compensation=False)
    assert not Claim.objects.all().still_open().exists()


@pytest.mark.parametrize(("price", "words"), [("-1", "below nought"), ("1.001", "below nought")])
def test_a_price_that_cannot_be_is_refused(firm: Firm, price: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        sold(firm.owes(), price)


def test_what_is_disputed_is_not_sold(firm: Firm) -> None:
    item = firm.owes()
    dispute(item, "20.00", on=day(20))
    with pytest.raises(Refused, match="disputed"):
        sold(item)


def rows_of_each(firm: Firm) -> None:
    item = firm.owes()
    reach(prepared(item), Stage.FILED, 30)
    talked = firm.owes()
    actions.begin_mediation(talked.customer, [talked], mediator="Anna Rozjemca", began_on=day(20), today=TODAY)
    sold(firm.owes())


@pytest.mark.parametrize(
    ("model", "values", "name"),
    [
        (CourtCase, {"stage_on": day(19)}, "court_case_goes_on_after_it_began"),
        (CourtItem, {"is_standing": False}, "item_once_per_court_case"),
        (CourtItem, {"case": 0}, "item_in_one_standing_court_case"),
        (CourtItem, {"case": 0, "is_standing": False, "principal": 0}, "court_item_principal_positive"),
        (CourtStage, {"on": day(101)}, "court_stage_has_happened"),
        (CourtStage, {"reverses_id": "itself", "note": ""}, "court_stage_taken_back_says_why"),
        (Mediation, {"mediator": ""}, "mediation_has_a_mediator"),
        (Mediation, {"outcome": "failed"}, "mediation_ends_with_its_outcome"),
        (Mediation, {"ended_on": day(30), "outcome": "settled"}, "mediation_ends_with_its_outcome"),
        (MediatedItem, {}, "item_once_per_mediation"),
        (DebtSale, {"buyer": ""}, "debt_sale_has_a_buyer"),
        (DebtSale, {"principal": 0}, "debt_sale_principal_positive"),
        (DebtSale, {"price": -1}, "debt_sale_price_not_negative"),
        (DebtSale, {"price": Decimal("0.001")}, "debt_sale_amounts_fit_currency"),
        (DebtSale, {"taken_back_on": day(95)}, "debt_sale_taken_back_says_why"),
        (SoldItem, {}, "item_once_per_debt_sale"),
    ],
)
def test_the_database_refuses_what_cannot_be(firm: Firm, model: Any, values: dict[str, Any], name: str) -> None:
    rows_of_each(firm)
    row = model.objects.order_by("-pk").first()
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.fields if field.attname != "id"}
    if "case" in values:
        other = CourtCase.objects.create(**{**_fields(CourtCase.objects.get()), "reference": "inna"})
        values = {**{key: value for key, value in values.items() if key != "case"}, "case_id": other.pk}
    told = {key: row.pk if value == "itself" else value for key, value in values.items()}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model.objects.create(**{**fields, **told})


def _fields(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.fields if field.attname != "id"}


def test_what_is_append_only_is_never_edited(firm: Firm) -> None:
    rows_of_each(firm)
    for model in (CourtStage, CourtEvent, MediatedItem, MediationEvent, SoldItem):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.update(id=1)
