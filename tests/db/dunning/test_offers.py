"""Ways to pay: what is offered over real rows, what acceptance makes of it, and that nothing is booked before money comes."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from dunning.actions import (
    AgreementPaper,
    Deliver,
    DemandWish,
    TermsWish,
    accept_offer,
    agree,
    ask_terms,
    close_task,
    defer,
    demand,
    end_agreement,
    hold,
    make_contract,
    promise,
    record_stop,
    set_offers,
    waiting_terms,
)
from dunning.models import AcceptedItem, AcceptedOffer, Agreement, LadderRules, OfferPolicy, Promise, Task, TermsAsked
from dunning.offering import offered_to
from dunning.offers import Offer
from dunning.states import NoDiscount, OfferBar, OfferKind, OfferWay, StopKind, TaskKind
from dunning.texts import publish_text
from invoices.actions import grant_discount
from invoices.models import AllocationEntry, Customer, EarlyPayment, Invoice, Item
from receivables import clock
from receivables.core.errors import Refused
from receivables.documents.letters import letter_html
from receivables.documents.looks import look_of
from receivables.messaging.models import Message
from receivables.texts.catalogue import PAPER, kind_of
from tests.builders import audited, dispute, make_creditor, make_invoice, make_user, open_amounts, pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm
from tests.db.dunning.test_runs import together

pytestmark = pytest.mark.django_db

ON = 10  # days overdue
DAY = timedelta(days=1)
TERMS: dict[str, Any] = {
    "most_sum": Decimal(5000),
    "instalments": 3,
    "smallest_instalment": Decimal(50),
    "deferral_days": 30,
    "waives_interest": True,
    "discount_percent": Decimal(3),
    "discount_until": 30,
    "credit_percent": Decimal(5),
    "credit_days": 14,
}


@pytest.fixture
def firm(recorder: Recorder) -> Firm:
    firm = make_firm(recorder=recorder)
    offering(firm)
    return firm


def offering(firm: Firm, **terms: Any) -> OfferPolicy:
    return set_offers(firm.creditor, "business", "PLN", now=firm.noon(0), **{**TERMS, **terms})


def found(customer: Customer, key: str, *, on: int = ON) -> Offer:
    offer = offered_to(customer, on=day(on))["PLN"].find(key)
    assert offer is not None
    return offer


def take(firm: Firm, customer: Customer, key: str, *, seal: str = "", on: int = ON) -> AcceptedOffer:
    seal = seal or found(customer, key, on=on).seal
    moment = firm.noon(on)
    return accept_offer(customer, key, currency="PLN", seal=seal, way=OfferWay.PORTAL, on=day(on), now=moment, who="Anna Nowak")


def bars(customer: Customer, *, on: int = ON) -> set[OfferBar]:
    return {bar for each in offered_to(customer, on=day(on)).values() for bar in each.barred.values()}


# -- what is offered


def test_all_ways_stand_for_what_is_overdue_and_nothing_else_is_touched(firm: Firm) -> None:
    customer = firm.customer()
    late, _later = firm.owes(customer, "1000.00"), firm.owes(customer, "70.00", due=40)
    keys = [offer.key for offer in offered_to(customer, on=day(ON))["PLN"].offers]
    assert keys == ["discount", "credit", "deferral", "instalments-2", "instalments-3"]
    assert found(customer, "instalments-3").items == (late.pk,)
    assert not Agreement.objects.exists() and not Promise.objects.exists() and not EarlyPayment.objects.exists()


def in_dispute(item: Item) -> None:
    dispute(item, "10.00", on=day(1))


def with_credit(item: Item) -> None:
    pay(item.customer, "10.00", unmatched=True, booked_on=day(1))


def stopped(item: Item) -> None:
    record_stop(item.customer, kind=StopKind.BANKRUPTCY, since=day(1), source="KRZ", on=day(1), now=clock.now())


@pytest.mark.parametrize(
    ("deed", "bar"),
    [
        pytest.param(in_dispute, OfferBar.DISPUTED, id="disputed in part"),
        pytest.param(lambda item: hold(item, on=day(1)), OfferBar.HELD, id="held"),
        pytest.param(lambda item: promise(item.customer, amount=Decimal(1), by=day(20), on=day(1)), OfferBar.AGREED, id="promised"),
        pytest.param(
            lambda item: defer(item.customer, items=[item], until=day(20), interest_runs=True, on=day(1)), OfferBar.AGREED, id="deferred"
        ),
        pytest.param(with_credit, OfferBar.MONEY, id="money waits to be assigned"),
        pytest.param(stopped, OfferBar.HELD, id="in bankruptcy"),
    ],
)
def test_nothing_is_offered_while_something_else_decides(firm: Firm, deed: Callable[[Item], object], bar: OfferBar) -> None:
    item = firm.owes(amount="1000.00")
    firm.noon(1)
    deed(item)
    assert bars(item.customer) == {bar}
    assert offered_to(item.customer, on=day(ON))["PLN"].offers == ()


def test_what_is_time_barred_of_a_consumer_is_not_offered_anything(firm: Firm) -> None:
    set_offers(firm.creditor, "consumer", "PLN", now=firm.noon(0), **TERMS)
    item = firm.owes(firm.customer(kind="unknown"), "1000.00")
    assert offered_to(item.customer, on=day(ON))["PLN"].offers
    assert bars(item.customer, on=365 * 7) == {OfferBar.TIME_BARRED}


def test_each_kind_and_currency_has_its_own_policy_and_the_newest_counts(firm: Firm) -> None:
    consumer = firm.customer(kind="consumer")
    firm.owes(consumer, "1000.00")
    assert offered_to(consumer, on=day(ON))["PLN"].offers == ()
    business = firm.owes(amount="1000.00").customer
    offering(firm, instalments=0, discount_percent=Decimal(0), credit_percent=Decimal(0), deferral_days=5)
    assert [offer.key for offer in offered_to(business, on=day(ON))["PLN"].offers] == ["deferral"]
    in_euro = firm.owes(amount="1000.00", currency="EUR").customer
    assert offered_to(in_euro, on=day(ON))["EUR"].offers == ()


def test_the_same_policy_twice_is_refused(firm: Firm) -> None:
    with pytest.raises(Refused, match="Nothing differs"):
        offering(firm)


# -- acceptance


def test_instalments_become_an_agreement_with_the_plan_as_shown(firm: Firm) -> None:
    item = firm.owes(amount="1000.00")
    plan = found(item.customer, "instalments-3")
    row = take(firm, item.customer, "instalments-3")
    assert row.agreement is not None
    rates = list(row.agreement.rates.values_list("due_on", "amount"))
    assert rates == [(part.due_on, part.amount) for part in plan.parts] and sum(amount for _, amount in rates) == 1000
    assert (row.agreement.waives_interest, row.who, row.way, row.terms["parts"][0]["amount"]) == (True, "Anna Nowak", "portal", "333.33")
    assert audited(firm.creditor)[-1] == "offer_accepted"
    assert bars(item.customer) == {OfferBar.AGREED}
    firm.run(ON + 1)
    assert firm.arrived(item) == []


def test_a_deferral_is_an_agreement_with_one_rate(firm: Firm) -> None:
    item = firm.owes(amount="1000.00")
    row = take(firm, item.customer, "deferral")
    assert row.agreement is not None and row.agreement.rates.get().due_on == found_day(row)


def found_day(row: AcceptedOffer) -> Any:
    return type(day(0)).fromisoformat(row.terms["parts"][-1]["due_on"])


def test_a_discount_books_nothing_until_the_lower_sum_is_paid_in_time(firm: Firm) -> None:
    item = firm.owes(amount="1000.00")
    row = take(firm, item.customer, "discount")
    assert not AllocationEntry.objects.exists() and open_amounts(item.customer)[item.label] == 1000
    assert row.promise is not None and (row.promise.amount, row.amount) == (970, 970)
    firm.run(ON + 1)
    assert firm.arrived(item) == []  # the ladder waits for it
    payment = pay(item.customer, "970.00", item, booked_on=found_day(row))
    grant_discount(payment, item)
    item.refresh_from_db()
    assert (item.open_amount, item.closed_as) == (0, "paid")
    row.promise.refresh_from_db()
    assert row.promise.state == Promise.State.KEPT


def test_paid_a_day_late_the_discount_is_lost(firm: Firm) -> None:
    item = firm.owes(amount="1000.00")
    row = take(firm, item.customer, "discount")
    payment = pay(item.customer, "970.00", item, booked_on=found_day(row) + (day(1) - day(0)))
    with pytest.raises(Refused, match="No discount"):
        grant_discount(payment, item)
    assert open_amounts(item.customer)[item.label] == 30


def test_a_discount_of_several_invoices_closes_each_by_its_own_part(firm: Firm) -> None:
    customer = firm.customer()
    first, second = firm.owes(customer, "100.00"), firm.owes(customer, "333.33", due=2)
    row = take(firm, customer, "discount")
    assert row.amount == Decimal("433.33") - Decimal("3.00") - Decimal("10.00")
    payment = pay(customer, "97.00", first, booked_on=found_day(row))
    grant_discount(payment, first)
    payment = pay(customer, "323.33", second, booked_on=found_day(row))
    grant_discount(payment, second)
    assert set(open_amounts(customer).values()) == {0}


def in_two(firm: Firm) -> Invoice:
    """An invoice of 1000.00 in two instalments, both overdue on the day that offers are looked at."""
    parts = [(day(0), Decimal("333.33")), (day(5), Decimal("666.67"))]
    return make_invoice(firm.customer(), 1000, issued_on=day(-30), instalments=parts)


def test_a_discount_of_an_invoice_in_instalments_is_of_the_whole_and_falls_on_the_last(firm: Firm) -> None:
    invoice = in_two(firm)
    row = take(firm, invoice.customer, "discount")
    first, last = invoice.items.order_by("position")
    assert (row.amount, list(row.lines.values_list("item", flat=True))) == (970, [first.pk, last.pk])
    payment = pay(invoice.customer, "970.00", invoice, booked_on=found_day(row))
    assert open_amounts(invoice.customer) == {first.label: 0, last.label: 30}
    allowance = grant_discount(payment, last)
    assert (allowance.amount, set(open_amounts(invoice.customer).values())) == (30, {0})
    assert row.promise is not None
    row.promise.refresh_from_db()
    assert row.promise.state == Promise.State.KEPT


def test_the_discount_of_the_whole_is_not_offered_where_an_instalment_is_not_overdue(firm: Firm) -> None:
    invoice = in_two(firm)
    found = offered_to(invoice.customer, on=day(3))["PLN"]
    assert found.find("discount") is None
    assert dict(found.undiscounted) == {invoice.items.get(position=1).pk: NoDiscount.NOT_ALL}


def test_a_credit_is_a_task_once_all_is_paid_and_never_before(firm: Firm) -> None:
    item = firm.owes(amount="1000.00")
    row = take(firm, item.customer, "credit")
    assert row.terms["gain"] == "50.00" and not Task.objects.filter(kind=TaskKind.GRANT_CREDIT).exists()
    pay(item.customer, "400.00", item, booked_on=day(ON + 1))
    assert not Task.objects.filter(kind=TaskKind.GRANT_CREDIT).exists()
    pay(item.customer, "600.00", item, booked_on=day(ON + 2), reference="R2")
    task = Task.objects.get(kind=TaskKind.GRANT_CREDIT)
    assert (task.closed_on, task.about) == (None, f"offer:{row.pk}")
    firm.run(ON + 3)
    task.refresh_from_db()
    assert task.closed_on is None  # though nothing is owed any more


def test_who_pays_too_late_gets_no_credit(firm: Firm) -> None:
    item = firm.owes(amount="1000.00")
    take(firm, item.customer, "credit")
    firm.run(ON + 20)
    pay(item.customer, "1000.00", item, booked_on=day(ON + 20))
    assert not Task.objects.filter(kind=TaskKind.GRANT_CREDIT).exists()


def bank_is_seen(firm: Firm, on: int) -> None:
    LadderRules.objects.filter(creditor=firm.creditor).update(bank_seen_until=day(on), bank_read_until=day(on))


def credit_of_the_last_day(firm: Firm) -> tuple[Item, AcceptedOffer]:
    """Accepted, and the run after its last day comes before the bank's statement of it."""
    item = firm.owes(amount="1000.00")
    row = take(firm, item.customer, "credit")
    bank_is_seen(firm, late(row) - 1)
    firm.run(late(row) + 1)
    return item, row


def late(row: AcceptedOffer) -> int:
    """The last day of the offer, in days after the due date."""
    return int((found_day(row) - day(0)).days)


def state_of(row: AcceptedOffer) -> str:
    assert row.promise is not None
    row.promise.refresh_from_db()
    return row.promise.state


def test_money_of_the_last_day_earns_the_credit_though_its_statement_comes_after_the_run(firm: Firm) -> None:
    item, row = credit_of_the_last_day(firm)
    assert (state_of(row), bars(item.customer, on=late(row) + 1)) == (Promise.State.STANDING, {OfferBar.AGREED})
    pay(item.customer, "1000.00", item, booked_on=found_day(row))
    firm.run(late(row) + 2)
    assert state_of(row) == Promise.State.KEPT
    assert Task.objects.filter(kind=TaskKind.GRANT_CREDIT, about=f"offer:{row.pk}").exists()


def test_money_of_the_last_day_that_waits_to_be_allocated_earns_it_too(firm: Firm) -> None:
    item, row = credit_of_the_last_day(firm)
    pay(item.customer, "1000.00", unmatched=True, booked_on=found_day(row))
    bank_is_seen(firm, late(row))
    firm.run(late(row) + 2)
    assert state_of(row) == Promise.State.KEPT


@pytest.mark.parametrize("fields", [{}, {"unmatched": True}], ids=["allocated", "waiting"])
def test_money_of_the_day_after_earns_nothing_though_nothing_was_broken_yet(firm: Firm, fields: dict[str, Any]) -> None:
    item, row = credit_of_the_last_day(firm)
    pay(item.customer, "1000.00", *([] if fields else [item]), booked_on=found_day(row) + DAY, **fields)
    assert state_of(row) == Promise.State.STANDING
    bank_is_seen(firm, late(row) + 1)
    firm.run(late(row) + 2)
    assert state_of(row) == (Promise.State.BROKEN if fields else Promise.State.SETTLED)
    assert not Task.objects.filter(kind=TaskKind.GRANT_CREDIT).exists()


@pytest.mark.parametrize(("seen", "on"), [(0, 1), (-1, 15)], ids=["the bank shows none", "no statement came"])
def test_a_credit_is_broken_once_the_bank_is_seen_or_has_kept_us_waiting(firm: Firm, seen: int, on: int) -> None:
    _item, row = credit_of_the_last_day(firm)
    bank_is_seen(firm, late(row) + seen)
    firm.run(late(row) + on)
    assert state_of(row) == Promise.State.BROKEN


def test_the_same_press_twice_is_one_acceptance(firm: Firm) -> None:
    item = firm.owes(amount="1000.00")
    seal = found(item.customer, "instalments-2").seal
    first = take(firm, item.customer, "instalments-2", seal=seal)
    assert take(firm, item.customer, "instalments-2", seal=seal) == first
    assert (Agreement.objects.count(), AcceptedItem.objects.count()) == (1, 1)


@pytest.mark.parametrize("deed", [lambda item: pay(item.customer, "1.00", item, booked_on=day(ON)), in_dispute], ids=["paid", "disputed"])
def test_what_changed_since_it_was_shown_is_not_accepted(firm: Firm, deed: Callable[[Item], object]) -> None:
    item = firm.owes(amount="1000.00")
    seal = found(item.customer, "instalments-2").seal
    deed(item)
    with pytest.raises(Refused, match="changed since you looked"):
        take(firm, item.customer, "instalments-2", seal=seal)
    assert not Agreement.objects.exists()


def test_another_customers_offer_is_not_accepted(firm: Firm) -> None:
    mine, theirs = firm.owes(amount="1000.00"), firm.owes(amount="1000.00")
    seal = found(theirs.customer, "instalments-2").seal
    with pytest.raises(Refused):
        take(firm, mine.customer, "instalments-2", seal=seal)
    take(firm, theirs.customer, "instalments-2", seal=seal)
    with pytest.raises(Refused):
        take(firm, mine.customer, "instalments-2", seal=seal)


def test_after_an_offer_that_was_not_kept_a_person_decides(firm: Firm) -> None:
    item = firm.owes(amount="1000.00")
    row = take(firm, item.customer, "deferral")
    assert row.agreement is not None
    end_agreement(row.agreement, on=day(ON + 1))
    assert not AcceptedItem.objects.filter(is_standing=True).exists()
    standing = offered_to(item.customer, on=day(ON + 1))["PLN"]
    assert (standing.offers, standing.may_ask, set(standing.barred.values())) == ((), True, {OfferBar.HAD_ONE})


def test_a_promise_that_replaces_an_accepted_one_ends_the_offer(firm: Firm) -> None:
    item = firm.owes(amount="1000.00")
    take(firm, item.customer, "credit")
    promise(item.customer, amount=Decimal(1000), by=day(ON + 30), on=day(ON))
    assert not AcceptedItem.objects.filter(is_standing=True).exists()
    assert not Task.objects.filter(kind=TaskKind.GRANT_CREDIT).exists()


def test_what_runs_already_counts_towards_the_sum(firm: Firm) -> None:
    customer = firm.customer()
    firm.owes(customer, "3000.00")
    take(firm, customer, "deferral")
    firm.owes(customer, "2000.01", due=1)
    assert offered_to(customer, on=day(ON))["PLN"].offers == ()


# -- asking


def asked(firm: Firm, customer: Customer, **wish: Any) -> TermsAsked:
    return ask_terms(customer, TermsWish(**wish), currency="PLN", on=day(ON), now=firm.noon(ON), who="Anna Nowak")


def test_asking_for_more_is_one_task_until_it_is_answered(firm: Firm) -> None:
    item = firm.owes(amount="9000.00")
    row = asked(firm, item.customer, instalments=12, note="sezon  się kończy")
    assert (row.amount, row.kind, row.note) == (9000, OfferKind.INSTALMENTS, "sezon się kończy")
    assert asked(firm, item.customer, instalments=6) == row == waiting_terms(item.customer)
    task = Task.objects.get(kind=TaskKind.TERMS_ASKED)
    close_task(task, on=day(ON), result="no", by=make_user(creditor=firm.creditor))
    assert asked(firm, item.customer, until=day(ON + 60)) != row


@pytest.mark.parametrize(
    "wish",
    [{}, {"instalments": 1}, {"instalments": 61}, {"until": day(ON)}, {"until": day(ON + 400)}, {"instalments": 3, "until": day(20)}],
)
def test_what_cannot_be_meant_is_refused(firm: Firm, wish: dict[str, Any]) -> None:
    item = firm.owes(amount="9000.00")
    with pytest.raises(Refused):
        asked(firm, item.customer, **wish)
    assert not Task.objects.exists()


def test_who_owes_nothing_or_only_what_is_disputed_cannot_ask(firm: Firm) -> None:
    with pytest.raises(Refused, match="Nothing is overdue"):
        asked(firm, firm.customer(), instalments=3)
    item = firm.owes(amount="9000.00")
    in_dispute(item)
    with pytest.raises(Refused, match="Nothing is overdue"):
        asked(firm, item.customer, instalments=3)


def test_a_wish_in_another_currency_is_not_dropped_in_silence(firm: Firm) -> None:
    customer = firm.customer()
    firm.owes(customer, "9000.00"), firm.owes(customer, "500.00", currency="EUR")
    asked(firm, customer, instalments=3)
    with pytest.raises(Refused, match="in PLN waits for an answer"):
        ask_terms(customer, TermsWish(instalments=3), currency="EUR", on=day(ON), now=firm.noon(ON))


def test_a_time_barred_debt_is_not_in_what_is_asked_about(firm: Firm) -> None:
    customer, years = firm.customer(kind="consumer"), 365 * 7
    old = firm.owes(customer, "4000.00")
    firm.run(years)
    assert firm.case(old).state == "closed"
    firm.owes(customer, "100.00", due=years - 10)
    row = ask_terms(customer, TermsWish(instalments=3), currency="PLN", on=day(years), now=firm.noon(years))
    assert row.amount == 100


# -- races


@pytest.mark.django_db(transaction=True)
def test_an_acceptance_and_a_payment_at_once_never_agree_on_money_that_has_come(recorder: Recorder) -> None:
    firm = make_firm(recorder=recorder)
    offering(firm)
    for _ in range(5):
        item = firm.owes(amount="1000.00")
        seal, moment = found(item.customer, "instalments-2").seal, firm.noon(ON)

        def accept(item: Item = item, seal: str = seal, moment: Any = moment) -> object:
            try:
                return accept_offer(
                    item.customer, "instalments-2", currency="PLN", seal=seal, way=OfferWay.PORTAL, on=day(ON), now=moment
                )  # fmt: skip
            except Refused as refusal:
                return refusal

        answers = together(accept, accept, lambda item=item: pay(item.customer, "400.00", item, booked_on=day(ON)))
        agreements = Agreement.objects.filter(customer=item.customer)
        assert agreements.count() == AcceptedOffer.objects.filter(customer=item.customer).count() <= 1
        assert {type(answer) for answer in answers[:2]} in ({AcceptedOffer}, {Refused})
        for agreement in agreements:
            assert sum(agreement.rates.values_list("open_amount", flat=True)) == 600


# -- the database


def policy(**values: Any) -> OfferPolicy:
    fields = {"creditor": make_creditor(), "kind": "business", "currency": "PLN", "most_sum": Decimal(5000), **values}
    return OfferPolicy.objects.create(recorded_at=clock.now(), **fields)


def terms_asked(**values: Any) -> TermsAsked:
    customer = values.pop("customer", None) or make_firm().customer()
    fields = {"kind": "instalments", "instalments": 3, "currency": "PLN", "amount": Decimal(1), **values}
    return TermsAsked.objects.create(creditor=customer.creditor, customer=customer, asked_at=clock.now(), **fields)


def accepted() -> AcceptedOffer:
    firm = make_firm()
    offering(firm)
    return take(firm, firm.owes(amount="1000.00").customer, "deferral")


def accepted_with(**values: Any) -> None:
    AcceptedOffer.objects.filter(pk=accepted().pk).update(**values)


def another_standing() -> None:
    line = accepted().lines.get()
    other = accepted()
    AcceptedItem.objects.create(offer=other, item=line.item)


def a_line_twice() -> None:
    line = accepted().lines.get()
    AcceptedItem.objects.create(offer=line.offer, item=line.item, is_standing=False)


def a_seal_twice() -> None:
    row = accepted()
    agreement = agree(row.customer, label="X/1", items=[Firm(row.creditor).owes(row.customer)], rates=[(day(30), Decimal(100))], on=day(ON))
    row.pk, row._state.adding, row.agreement = None, True, agreement
    row.save()


BREAKS: dict[str, Callable[[], object]] = {
    "offers_are_for_a_known_kind": lambda: policy(kind="unknown"),
    "offer_bounds_not_negative": lambda: policy(most_sum=Decimal(-1)),
    "offer_bounds_fit_currency": lambda: policy(smallest_instalment=Decimal("0.001")),
    "offered_instalments_are_several": lambda: policy(instalments=1),
    "first_instalment_within_two_months": lambda: policy(first_days=0),
    "offered_days_within_half_a_year": lambda: policy(deferral_days=181),
    "offered_discount_has_its_last_day": lambda: policy(discount_percent=Decimal(2)),
    "offered_discount_begins_before_it_ends": lambda: policy(discount_from=2, discount_until=1),
    "offered_credit_has_its_last_day": lambda: policy(credit_percent=Decimal(2)),
    "offer_accepted_once": a_seal_twice,
    "accepted_offer_amount_positive": lambda: accepted_with(amount=Decimal(0)),
    "accepted_offer_amount_fits_currency": lambda: accepted_with(amount=Decimal("0.001")),
    "accepted_offer_lives_on_in_its_kind": lambda: accepted_with(kind="discount"),
    "accepted_offer_way_fits_who": lambda: accepted_with(by=make_user()),
    "item_once_per_accepted_offer": a_line_twice,
    "one_standing_offer_per_item": another_standing,
    "terms_asked_amount_positive": lambda: terms_asked(amount=Decimal(0)),
    "terms_asked_amount_fits_currency": lambda: terms_asked(amount=Decimal("0.001")),
    "terms_asked_say_what": lambda: terms_asked(kind="deferral"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses_what_breaks(name: str) -> None:
    with pytest.raises(IntegrityError) as refused:
        BREAKS[name]()
    assert refused.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


def test_every_constraint_of_offers_is_broken_once() -> None:
    models = (OfferPolicy, AcceptedOffer, AcceptedItem, TermsAsked)
    assert {each.name for model in models for each in model._meta.constraints} == set(BREAKS)


@pytest.mark.parametrize("make", [policy, terms_asked])
def test_policies_and_wishes_are_never_changed(make: Callable[[], Any]) -> None:
    row = make()
    with pytest.raises(IntegrityError, match="append-only"):
        type(row).objects.filter(pk=row.pk).update(currency="EUR")


# -- letters


@pytest.mark.parametrize(("deliver", "told"), [(Deliver.POST, True), (Deliver.SELF, True), (Deliver.EMAIL, False)])
def test_a_demand_that_a_person_makes_states_the_offers_in_a_letter_alone(recorder: Recorder, deliver: Deliver, told: bool) -> None:
    firm = make_firm(recorder=recorder)
    offering(firm)
    item = firm.owes(amount="1000.00")
    moment = firm.noon(ON)
    notice = demand(item.customer, DemandWish(deliver=deliver, currency="PLN"), on=day(ON), now=moment, may_approve=True)
    assert notice.message is not None
    offers = notice.message.facts.get("offers", [])
    assert [each["kind"] for each in offers] == (["discount", "credit", "deferral", "instalments", "instalments"] if told else [])
    assert all(each["until"] == min(day(ON + 14).isoformat(), each["parts"][0]["due_on"]) for each in offers)
    assert offered_to(item.customer, on=day(ON))["PLN"].offers  # they stand still, letter or not


def told_letter(firm: Firm) -> tuple[Item, str]:
    """A letter of today states what stands; the seal of its two instalments."""
    item = firm.owes(amount="1000.00")
    demand(item.customer, DemandWish(deliver=Deliver.SELF, currency="PLN"), on=day(ON), now=firm.noon(ON), may_approve=True)
    return item, found(item.customer, "instalments-2").seal


def answers(firm: Firm, item: Item, seal: str, *, on: int) -> AcceptedOffer:
    return accept_offer(
        item.customer, "instalments-2", currency="PLN", seal=seal, way=OfferWay.LETTER, on=day(on), now=firm.noon(on),
        by=make_user(creditor=firm.creditor),
    )  # fmt: skip


@pytest.mark.parametrize("after", [1, 7])
def test_what_a_letter_told_is_accepted_as_told_through_its_last_day(firm: Firm, after: int) -> None:
    item, seal = told_letter(firm)
    plan = found(item.customer, "instalments-2")
    row = answers(firm, item, seal, on=ON + after)
    assert row.agreement is not None
    assert list(row.agreement.rates.values_list("due_on", "amount")) == [(part.due_on, part.amount) for part in plan.parts]


def paid_in_part(firm: Firm, item: Item) -> object:
    return pay(item.customer, "1.00", item, booked_on=day(ON))


CHANGES: dict[str, tuple[Callable[[Firm, Item], object], int]] = {
    "too late": (lambda firm, item: None, 20),
    "paid in part": (paid_in_part, 1),
    "disputed": (lambda firm, item: in_dispute(item), 1),
    "no more offered": (lambda firm, item: offering(firm, instalments=0), 1),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_letter_told_is_refused_once_it_is_over_or_something_changed(firm: Firm, change: str) -> None:
    item, seal = told_letter(firm)
    deed, after = CHANGES[change]
    deed(firm, item)
    with pytest.raises(Refused, match="changed since you looked"):
        answers(firm, item, seal, on=ON + after)


def test_the_portal_never_accepts_an_older_day(firm: Firm) -> None:
    item, seal = told_letter(firm)
    with pytest.raises(Refused, match="changed since you looked"):
        take(firm, item.customer, "instalments-2", seal=seal, on=ON + 1)


LETTERS = """\
name: Letters
steps:
  - {{key: first, after_due: 1, channel: [{channel}], document: demand{more}}}
"""


def says(firm: Firm, kind: str, part: str, text: str) -> None:
    """From now on the company's own words for that paper."""
    known = kind_of(PAPER, kind)
    assert known is not None
    publish_text(firm.creditor, known, "pl", {part: text}, based_on=0, reason="x", on=day(0), now=firm.noon(0), by=None)


def test_a_letter_of_the_ladder_by_post_states_the_offers_where_the_companys_words_do(recorder: Recorder) -> None:
    firm = make_firm(LETTERS.format(channel="letter", more=""), recorder)
    item = firm.owes(amount="1000.00")
    offering(firm)
    says(firm, "demand", "before", "Tak: {offers}.")
    seal = found(item.customer, "instalments-2").seal
    firm.run(ON)
    facts = Message.objects.get().facts
    assert [each["kind"] for each in facts["offers"]] == ["discount", "credit", "deferral", "instalments", "instalments"]
    page = letter_html("demand", language="pl", facts=facts, number="W/1", look=look_of(firm.creditor, "demand", "pl", facts))
    assert "500,00" in page and "propozycja ważna do dnia" in page
    assert answers(firm, item, seal, on=ON + 3).agreement is not None  # and it is accepted as told


@pytest.mark.parametrize(
    "otherwise",
    [
        pytest.param({"text": "Prosimy o zapłatę {pay_by}."}, id="the company's words do not"),
        pytest.param({"channel": "email"}, id="by e-mail"),
        pytest.param({"more": ", also: [email]"}, id="an e-mail goes along"),
    ],
)
def test_any_other_message_of_the_ladder_offers_nothing(recorder: Recorder, otherwise: dict[str, str]) -> None:
    firm = make_firm(LETTERS.format(channel=otherwise.get("channel", "letter"), more=otherwise.get("more", "")), recorder)
    firm.owes(amount="1000.00")
    offering(firm)
    says(firm, "demand", "before", otherwise.get("text", "Tak: {offers}."))
    firm.run(ON)
    assert Message.objects.exists() and not [message for message in Message.objects.all() if "offers" in message.facts]


def test_an_agreement_on_paper_states_the_offers_for_what_else_is_overdue(firm: Firm) -> None:
    customer = firm.customer()
    agreed, other = firm.owes(customer, "100.00"), firm.owes(customer, "1000.00")
    made = agree(customer, label="U/1", items=[agreed], rates=[(day(ON + 20), Decimal(100))], on=day(ON))
    seal = found(customer, "instalments-2").seal
    says(firm, "agreement", "after", "Także: {offers}.")
    customer = Customer.objects.get(pk=customer.pk)
    [paper] = make_contract(customer, AgreementPaper(agreement=made), language="pl", on=day(ON), now=firm.noon(ON))
    assert "offers" in paper.facts
    assert answers(firm, other, seal, on=ON + 3).agreement is not None


def test_no_message_of_a_run_offers_anything(firm: Firm) -> None:
    item = firm.owes(amount="1000.00")
    for on in range(1, 12):
        firm.run(on)
    assert firm.arrived(item) == ["first", "second", "third"]
    assert not [message for message in Message.objects.all() if "offers" in message.facts]
