"""Credit states follow books, process, people and time; limits and decisions; what the database refuses by itself."""

from collections.abc import Callable
from copy import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from dunning import actions as process
from dunning.actions.time import let_time_act
from dunning.states import StopKind
from invoices import actions as books
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.audit.actions import verify
from receivables.core.errors import Refused
from receivables.credit import tasks
from receivables.credit.actions import end_decision, follow_credit, follow_due, look_again_at_all, override, set_limit, take_limit_back
from receivables.credit.models import (
    CreditChange,
    CreditLimit,
    CreditOverride,
    CreditRules,
    CreditStanding,
    InsuranceNotice,
    InsurancePolicy,
)
from receivables.credit.states import Cause, CreditState, LimitKind
from tests.builders import ISSUED, audited, credit, dispute, make_creditor, make_customer, make_invoice, make_user, pay

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
DUE = date(2026, 3, 15)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OWN = LimitKind.OWN


def state(customer: Customer) -> tuple[str, str]:
    return CreditStanding.objects.values_list("state", "cause").get(customer=customer)


def history(customer: Customer) -> list[tuple[str, str, str]]:
    return list(CreditChange.objects.filter(customer=customer).order_by("pk").values_list("before", "state", "cause"))


@pytest.fixture
def customer() -> Customer:
    return make_customer()


@pytest.fixture
def boss(customer: Customer) -> User:
    return make_user("boss", creditor=customer.creditor)


def test_who_buys_for_the_first_time_is_open_without_any_history(customer: Customer) -> None:
    make_invoice(customer)
    assert state(customer) == ("open", "nothing_against")
    assert history(customer) == []


def test_time_alone_leads_to_prepayment_and_to_a_stop_and_payment_lifts_it(customer: Customer) -> None:
    invoice = make_invoice(customer)
    for days, expected in ((30, "open"), (31, "prepayment"), (60, "prepayment"), (61, "stop")):
        follow_due(customer.creditor, on=DUE + days * DAY)
        assert (days, state(customer)[0]) == (days, expected)
    pay(customer, 100, invoice, booked_on=DUE + 62 * DAY)
    assert state(customer) == ("open", "nothing_against")
    changes = [("open", "prepayment", "overdue"), ("prepayment", "stop", "long_overdue"), ("stop", "open", "nothing_against")]
    assert history(customer) == changes
    assert audited(customer.creditor).count("credit_state_changed") == 3
    assert verify(customer.creditor) == []


def test_following_twice_changes_nothing(customer: Customer) -> None:
    make_invoice(customer)
    assert len(follow_credit([customer.pk], on=DUE + 31 * DAY)) == 1
    before = list(CreditStanding.objects.values())
    assert follow_credit([customer.pk], on=DUE + 31 * DAY) == []
    assert list(CreditStanding.objects.values()) == before
    assert follow_due(customer.creditor, on=DUE + 31 * DAY) == 0


def test_a_payment_taken_back_brings_the_state_back(customer: Customer) -> None:
    payment = pay(customer, 100, make_invoice(customer), booked_on=DUE + 40 * DAY)
    assert state(customer)[0] == "open"
    books.reverse_payment(payment, on=DUE + 41 * DAY)
    assert state(customer) == ("prepayment", "overdue")


def test_money_that_nobody_has_allocated_is_not_held_against_who_paid_it(customer: Customer) -> None:
    make_invoice(customer)
    pay(customer, 100, booked_on=DUE + 5 * DAY, unmatched=True)
    follow_due(customer.creditor, on=DUE + 70 * DAY)
    assert state(customer)[0] == "open"


def test_what_is_disputed_or_agreed_is_not_late(customer: Customer) -> None:
    first, second = make_invoice(customer), make_invoice(customer)
    dispute(first)
    process.agree(customer, label="U/1", items=[second], rates=[(DUE + 90 * DAY, Decimal(100))], on=DUE + 5 * DAY)
    follow_credit([customer.pk], on=DUE + 70 * DAY)
    assert state(customer)[0] == "open"
    books.resolve_dispute(first, on=DUE + 71 * DAY, outcome="rejected")
    assert state(customer) == ("stop", "long_overdue")


def test_an_agreement_that_ends_brings_its_debts_back(customer: Customer) -> None:
    agreement = process.agree(customer, label="U/1", items=[make_invoice(customer)], rates=[(DUE + 90 * DAY, Decimal(100))], on=DUE)
    process.end_agreement(agreement, on=DUE + 40 * DAY, reason="x")
    assert state(customer) == ("prepayment", "overdue")


def test_a_broken_promise_counts_until_its_invoices_are_paid(customer: Customer) -> None:
    invoice = make_invoice(customer)
    process.promise(customer, amount=Decimal(100), by=DUE + 3 * DAY, on=DUE)
    let_time_act(customer.creditor, [customer.pk], on=DUE + 4 * DAY)
    assert state(customer) == ("prepayment", "broken_promise")
    pay(customer, 100, invoice, booked_on=DUE + 5 * DAY)
    assert state(customer)[0] == "open"


def test_a_stop_fact_counts_at_once_and_until_two_people_end_it(customer: Customer, boss: User) -> None:
    fact = process.record_stop(customer, kind=StopKind.BANKRUPTCY, since=DUE, source="KRZ", on=DUE, now=NOW)
    assert state(customer) == ("stop", "stop_fact")
    process.propose_stop_end(fact, reason="umorzone", on=DUE, by=boss)
    process.end_stop(fact, on=DUE + DAY, by=make_user())
    assert state(customer)[0] == "open"


def test_a_lawyer_who_speaks_for_somebody_is_no_reason(customer: Customer) -> None:
    who = process.Representative("mec. Nowak")
    process.record_stop(customer, kind=StopKind.REPRESENTED, since=DUE, source="list", on=DUE, now=NOW, representative=who)
    assert state(customer)[0] == "open"


class TestLimits:
    def test_over_the_limit_is_prepayment_until_enough_is_paid(self, customer: Customer, boss: User) -> None:
        invoice = make_invoice(customer, 300)
        set_limit(customer, kind=OWN, amount=Decimal("200.00"), currency="PLN", reason="nowy", on=ISSUED, by=boss)
        assert state(customer) == ("prepayment", "over_limit")
        pay(customer, 100, invoice, booked_on=ISSUED)
        assert state(customer)[0] == "open"

    def test_a_limit_ends_with_its_last_day(self, customer: Customer) -> None:
        make_invoice(customer, 300)
        set_limit(customer, kind=OWN, amount=Decimal(200), currency="PLN", reason="x", on=ISSUED, valid_until=ISSUED + 5 * DAY)
        assert follow_due(customer.creditor, on=ISSUED + 5 * DAY) == 0
        assert follow_due(customer.creditor, on=ISSUED + 6 * DAY) == 1
        assert state(customer)[0] == "open"

    def test_a_newer_limit_replaces_the_older_one_and_the_history_stays(self, customer: Customer, boss: User) -> None:
        for amount in (100, 50):
            set_limit(customer, kind=OWN, amount=Decimal(amount), currency="PLN", reason="x", on=ISSUED, by=boss)
        take_limit_back(customer, kind=OWN, reason="y", on=ISSUED, by=boss)
        assert list(CreditLimit.objects.order_by("pk").values_list("amount", "reason")) == [(100, "x"), (50, "x"), (None, "y")]
        with pytest.raises(Refused, match="no such limit"):
            take_limit_back(customer, kind=OWN, reason="y", on=ISSUED, by=boss)

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"reason": " "}, "Say why"),
            ({"amount": Decimal(-1)}, "not negative"),
            ({"amount": Decimal("NaN")}, "not negative"),
            ({"amount": Decimal("1.005")}, "more decimals"),
            ({"currency": "XXX"}, "no currency code"),
            ({"valid_until": ISSUED - DAY}, "in the past"),
            ({"kind": LimitKind.INSURED}, "insurer"),
        ],
    )
    def test_what_cannot_be_a_limit(self, wrong: dict[str, Any], says: str, customer: Customer) -> None:
        said = {"kind": OWN, "amount": Decimal(1), "currency": "PLN", "reason": "x", "on": ISSUED, **wrong}
        with pytest.raises(Refused, match=says):
            set_limit(customer, **said)
        assert not CreditLimit.objects.exists()


class TestDecisions:
    def test_a_decision_counts_through_its_last_day_and_ends_by_itself(self, customer: Customer, boss: User) -> None:
        make_invoice(customer)
        on = DUE + 31 * DAY
        follow_due(customer.creditor, on=on)
        override(customer, state=CreditState.OPEN, until=on + 5 * DAY, reason="obietnica", on=on, by=boss)
        assert state(customer) == ("open", "set_by_person")
        follow_due(customer.creditor, on=on + 5 * DAY)
        assert state(customer)[0] == "open"
        follow_due(customer.creditor, on=on + 6 * DAY)
        assert state(customer) == ("prepayment", "overdue")
        row = CreditOverride.objects.get()
        assert (row.ended_on, row.ended_by) == (on + 5 * DAY, None)
        assert "credit_decision_over" in audited(customer.creditor)

    def test_a_person_ends_it_earlier_and_the_rules_count_again(self, customer: Customer, boss: User) -> None:
        override(customer, state=CreditState.STOP, until=DUE, reason="x", on=DUE, by=boss)
        assert state(customer) == ("stop", "set_by_person")
        end_decision(customer, on=DUE, by=boss)
        assert state(customer) == ("open", "nothing_against")
        assert [change.author for change in CreditChange.objects.order_by("pk")] == [boss, boss]
        with pytest.raises(Refused, match="No decision stands"):
            end_decision(customer, on=DUE, by=boss)

    def test_a_newer_decision_replaces_the_older_one(self, customer: Customer, boss: User) -> None:
        for wanted in (CreditState.STOP, CreditState.PREPAYMENT):
            override(customer, state=wanted, until=DUE + DAY, reason="x", on=DUE, by=boss)
        assert state(customer)[0] == "prepayment"
        assert CreditOverride.objects.filter(ended_on=None).count() == 1

    @pytest.mark.parametrize(("wrong", "says"), [({"until": DUE - DAY}, "cannot be over"), ({"reason": ""}, "Say why")])
    def test_what_cannot_be_decided(self, wrong: dict[str, Any], says: str, customer: Customer) -> None:
        with pytest.raises(Refused, match=says):
            override(customer, **{"state": CreditState.STOP, "until": DUE, "reason": "x", "on": DUE, **wrong})


def test_a_later_judgement_is_not_taken_back_by_news_of_an_earlier_day(customer: Customer) -> None:
    make_invoice(customer)
    follow_due(customer.creditor, on=DUE + 31 * DAY)
    make_invoice(customer, due_on=DUE + 90 * DAY)
    assert state(customer)[0] == "prepayment"


def test_changed_rules_are_judged_with_the_next_follow_up(customer: Customer) -> None:
    make_invoice(customer)
    follow_due(customer.creditor, on=DUE + 5 * DAY)
    CreditRules.objects.create(creditor=customer.creditor, overdue_days=3)
    look_again_at_all(customer.creditor, on=DUE + 5 * DAY)
    follow_due(customer.creditor, on=DUE + 5 * DAY)
    assert state(customer) == ("prepayment", "overdue")


def test_a_company_whose_rating_counts(customer: Customer) -> None:
    CreditRules.objects.create(creditor=customer.creditor, rating="prepayment", worst_rating="B")
    for _ in range(3):
        pay(customer, 100, make_invoice(customer), booked_on=DUE + 20 * DAY)
    assert state(customer) == ("prepayment", "rating")


def test_the_wake_up_judges_who_was_never_judged_and_runs_twice(customer: Customer) -> None:
    make_invoice(customer)
    CreditStanding.objects.all().delete()
    tasks.follow()
    tasks.follow()
    assert CreditStanding.objects.filter(customer=customer).count() == 1


def test_a_batch_costs_the_same_whatever_its_size(django_assert_max_num_queries: Callable[..., Any]) -> None:
    creditor = make_creditor()
    customers = [make_customer(creditor).pk for _ in range(12)]
    for pk in customers:
        make_invoice(Customer.objects.get(pk=pk))
    with django_assert_max_num_queries(18):
        assert follow_credit(customers, on=DUE + 5 * DAY) == []


def test_many_changes_at_once_make_one_audit_entry() -> None:
    creditor = make_creditor()
    customers = [make_customer(creditor) for _ in range(21)]
    for one in customers:
        make_invoice(one)
    assert len(follow_credit([one.pk for one in customers], on=DUE + 31 * DAY)) == 21
    assert audited(creditor).count("credit_states_changed") == 1 and "credit_state_changed" not in audited(creditor)
    assert CreditChange.objects.count() == 21


def test_two_companies_are_judged_by_their_own_rules() -> None:
    strict, mild = make_customer(), make_customer()
    CreditRules.objects.create(creditor=strict.creditor, overdue_days=3)
    for one in (strict, mild):
        make_invoice(one)
    follow_credit([strict.pk, mild.pk], on=DUE + 5 * DAY)
    assert (state(strict)[0], state(mild)[0]) == ("prepayment", "open")


def _again(row: models.Model, **values: Any) -> None:
    twin = copy(row)
    twin._state = copy(row._state)
    twin.pk, twin._state.adding = None, True
    for name, value in values.items():
        setattr(twin, name, value)
    twin.save()


def a_limit() -> CreditLimit:
    return set_limit(make_customer(), kind=OWN, amount=Decimal(5), currency="PLN", reason="x", on=DUE)


def a_decision() -> CreditOverride:
    return override(make_customer(), state=CreditState.STOP, until=DUE, reason="x", on=DUE)


def a_policy() -> InsurancePolicy:
    terms = {"insurer": "A", "number": "1", "notify_days": 60, "percent": Decimal(90)}
    return InsurancePolicy.objects.create(creditor=make_creditor(), since=DUE, recorded_on=DUE, **terms)


def a_notice() -> InsuranceNotice:
    item, policy = make_invoice().items.select_related("customer").get(), a_policy()
    return InsuranceNotice.objects.create(
        creditor=policy.creditor, customer=item.customer, item=item, policy=policy, on=DUE, recorded_on=DUE
    )


PROMISES: dict[str, Callable[[], Any]] = {
    "credit_limit_not_negative": lambda: _again(a_limit(), amount=Decimal(-1)),
    "credit_limit_fits_currency": lambda: _again(a_limit(), amount=Decimal("1.005")),
    "credit_limit_has_a_reason": lambda: _again(a_limit(), reason=""),
    "credit_limit_ends_after_it_begins": lambda: _again(a_limit(), valid_until=DUE - DAY),
    "one_standing_credit_override": lambda: _again(a_decision()),
    "credit_override_has_a_reason": lambda: CreditOverride.objects.filter(pk=a_decision().pk).update(reason=""),
    "credit_override_ends_after_it_begins": lambda: CreditOverride.objects.filter(pk=a_decision().pk).update(until=DUE - DAY),
    "credit_override_ended_once": lambda: CreditOverride.objects.filter(pk=a_decision().pk).update(ended_by=make_user()),
    "only_a_decision_has_a_last_day": lambda: CreditStanding.objects.filter(pk=CreditStanding.objects.get(customer=a_decision().customer).pk).update(cause=Cause.NOTHING),
    "insurance_policy_has_a_name": lambda: _again(a_policy(), number=""),
    "insurance_covers_a_share": lambda: _again(a_policy(), percent=Decimal(0)),
    "insurance_policy_ends_after_it_begins": lambda: _again(a_policy(), until=DUE - DAY),
    "insurer_was_notified": lambda: _again(a_notice(), on=DUE + DAY),
    "insurance_notice_taken_back_says_why": lambda: _again(row := a_notice(), reverses=row),
    "long_overdue_is_longer_than_overdue": lambda: CreditRules.objects.create(creditor=make_creditor(), overdue_days=61),
}  # fmt: skip


@pytest.mark.parametrize("name", PROMISES)
def test_the_database_keeps_the_promise(name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PROMISES[name]()


@pytest.mark.parametrize("table", ["credit_creditlimit", "credit_creditchange"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET customer_id = customer_id", "DELETE FROM {}"])
def test_history_is_only_added_to(table: str, deed: str) -> None:
    a_limit()
    a_decision()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(deed.format(table))


def test_credit_notes_standing_alone_count_as_money() -> None:
    customer = make_customer()
    make_invoice(customer)
    credit(customer, 100)
    follow_credit([customer.pk], on=DUE + 70 * DAY)
    assert state(customer)[0] == "open"
