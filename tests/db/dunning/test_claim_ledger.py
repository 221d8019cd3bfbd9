"""Posting what could be claimed, working it out anew when the books change, and what letters got wrong. Day 0 is 1 May 2026."""

from decimal import Decimal
from typing import Any

import pytest

from dunning import actions
from dunning.actions.claims import follow_claims
from dunning.claimable import claimable, differences, wrong_demands
from dunning.models import NoticeClaim, Task
from dunning.states import TaskKind
from invoices import actions as books
from invoices.balances import open_credit
from invoices.books import differences as faults
from invoices.models import Claim, ClaimEntry, Item
from invoices.states import ClaimKind, Kind
from receivables.accounts.models import Creditor
from receivables.audit.actions import verify
from receivables.core.errors import Refused
from receivables.countries.rates import MissingRate
from tests.builders import pay
from tests.db.dunning.firm import Firm, Recorder, day, make_firm
from tests.db.dunning.test_claims import CLAIMING, COMPENSATION, sent

pytestmark = pytest.mark.django_db
ALL = tuple(ClaimKind)
INTEREST = Decimal("3.84")  # 10 days at 14 % on 1000.00


def owed(firm: Firm, **fields: Any) -> Item:
    return firm.owes(amount="1000.00", **fields)


def post(item: Item, on: int = 10, kinds: Any = ALL) -> list[Claim]:
    return actions.post_claimable(item.customer, kinds=kinds, on=day(on))


def stands(item: Item, kind: str = "interest") -> list[tuple[Decimal, ...]]:
    rows: Any = Claim.objects.filter(invoice=item.invoice, kind=kind).with_figures().order_by("pk")
    return [(row.posted, row.waived, row.paid, row.open) for row in rows]


# -- what could be posted


def test_interest_and_compensation_can_be_posted_once_and_interest_goes_on_from_the_day_after(firm: Firm) -> None:
    item = owed(firm)
    firm.noon(10)
    assert [(new.kind, new.amount) for new in claimable(item.customer, on=day(10))] == [
        ("interest", INTEREST),
        ("compensation", COMPENSATION),
    ]
    post(item)
    assert claimable(item.customer, on=day(10)) == []
    with pytest.raises(Refused, match="Nothing of that kind"):
        post(item)
    (more,) = claimable(item.customer, on=day(20))
    assert (more.kind, more.first_on, more.last_on, more.amount) == ("interest", day(11), day(20), INTEREST)
    post(item, 20)
    assert stands(item) == [(INTEREST, 0, 0, INTEREST)] * 2


def test_nothing_can_be_posted_before_the_day_after_the_due_date_and_nothing_flat_of_a_consumer(firm: Firm) -> None:
    item = owed(firm)
    assert claimable(item.customer, on=day(0)) == []
    private = owed(firm, customer=firm.customer(kind=Kind.CONSUMER))
    (only,) = claimable(private.customer, on=day(10))
    assert (only.kind, only.amount) == ("interest", Decimal("2.53"))


def test_what_was_paid_late_bears_interest_to_its_day_and_what_was_paid_in_time_none(firm: Firm) -> None:
    late, in_time = owed(firm), owed(firm)
    pay(late.customer, "1000.00", late, booked_on=day(10))
    pay(in_time.customer, "1000.00", in_time, booked_on=day(0))
    interest, flat = claimable(late.customer, on=day(40))
    assert (interest.amount, interest.last_on, flat.kind) == (INTEREST, day(10), "compensation")
    assert claimable(in_time.customer, on=day(40)) == []


def test_the_firms_rules_keep_compensation_out_of_what_can_be_posted(firm: Firm) -> None:
    item = owed(firm)
    books.spare_customer(item.customer, reason="a friend", on=day(0))
    assert [new.kind for new in claimable(item.customer, on=day(10))] == ["interest"]


def test_figures_that_changed_since_they_were_shown_are_not_posted(firm: Firm) -> None:
    item = owed(firm)
    with pytest.raises(Refused, match="have changed since"):
        actions.post_claimable(item.customer, kinds=ALL, on=day(10), expected=Decimal("1.00"))
    assert not Claim.objects.exists()


def test_a_fee_that_a_letter_claimed_can_be_posted_once(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    firm.run(10)
    post(item, kinds=[ClaimKind.FEE])
    assert stands(item, "fee") == [(10, 0, 0, 10)]
    firm.run(20)
    post(item, 20, kinds=[ClaimKind.FEE])
    assert stands(item, "fee") == [(10, 0, 0, 10), (100, 0, 0, 100)]


# -- letters do not claim again


def test_what_is_waived_or_paid_is_taken_off_the_next_letter_and_said(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    firm.run(10)
    interest, flat, fee = post(item)
    books.waive_claim(interest, amount=Decimal("2.00"), reason="goodwill", on=day(11))
    books.waive_claim(flat, reason="goodwill", on=day(11))
    books.pay_claims(pay(item.customer, "4.00", unmatched=True, booked_on=day(11)), [fee], on=day(11))
    firm.run(20)
    notice = sent(firm, "second")
    # 20 days of interest less 2.00; no compensation; 10.00 less 4.00 and 10 % of 1000.00
    assert (notice.interest, notice.compensation, notice.fees) == (Decimal("5.67"), 0, 106)
    said = notice.message.facts["claims"] if notice.message else []
    assert [(claim["kind"], claim["amount"], claim.get("settled")) for claim in said] == [
        ("interest", "5.67", "2.00"), ("fee", "6.00", "4.00"), ("fee", "100.00", None),
    ]  # fmt: skip


def test_what_a_person_reversed_is_not_claimed_again(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    firm.run(10)
    for claim in post(item):
        books.reverse_claim(claim, reason="a court refused it", on=day(12))
    firm.run(20)
    notice = sent(firm, "second")
    assert (notice.interest, notice.compensation, notice.fees) == (INTEREST, 0, 100), "days 11 to 20 alone"
    assert [(new.kind, new.first_on, new.step) for new in claimable(item.customer, on=day(12))] == [
        ("interest", day(11), ""), ("fee", None, "second"),
    ]  # fmt: skip


def test_a_message_on_its_way_is_stopped_by_a_waiver(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    firm.plan(10)
    (claim,) = post(item, kinds=[ClaimKind.COMPENSATION])
    books.waive_claim(claim, reason="goodwill", on=day(10))
    firm.deliver(10)
    assert firm.reasons() == ["what it claims beside the principal has changed"]


# -- worked out anew


def test_money_booked_late_lowers_posted_interest_by_a_contra_entry(firm: Firm) -> None:
    item = owed(firm)
    firm.noon(20)
    post(item, kinds=[ClaimKind.INTEREST])
    pay(item.customer, "500.00", item, booked_on=day(5))
    assert stands(item) == [(Decimal("2.88"), 0, 0, Decimal("2.88"))]  # 5 days on 1000.00, 5 on 500.00
    rows = list(ClaimEntry.objects.order_by("pk").values_list("type", "amount", "is_reversal", "is_rerun", "on"))
    assert rows == [
        ("posted", INTEREST, False, False, day(10)), ("posted", INTEREST, True, True, day(20)), ("posted", Decimal("2.88"), False, True, day(20)),
    ]  # fmt: skip
    assert differences(item.customer, on=day(20)) == []
    assert actions.rerun_claims(item.customer, on=day(20)) == []


def test_a_chargeback_raises_it_again_and_a_withdrawal_takes_all_back(firm: Firm) -> None:
    item = owed(firm)
    firm.noon(20)
    payment = pay(item.customer, "500.00", item, booked_on=day(5))
    post(item)
    assert stands(item) == [(Decimal("2.88"), 0, 0, Decimal("2.88"))]
    books.reverse_payment(payment, on=day(12))
    assert stands(item)[0][0] == Decimal("2.88"), "the money was there on those days"
    books.cancel_invoice(item.invoice, on=day(20))
    assert stands(item) == [(0, 0, 0, 0)] and stands(item, "compensation") == [(0, 0, 0, 0)]


def test_money_on_a_claim_that_falls_becomes_credit(firm: Firm) -> None:
    item = owed(firm)
    firm.noon(20)
    (claim,) = post(item, kinds=[ClaimKind.INTEREST])
    books.pay_claims(pay(item.customer, "3.84", unmatched=True, booked_on=day(11)), [claim], on=day(11))
    pay(item.customer, "500.00", item, booked_on=day(5))
    assert stands(item) == [(Decimal("2.88"), 0, Decimal("2.88"), 0)]
    assert open_credit([item.customer])[item.customer_id] == {"PLN": Decimal("0.96")}
    assert list(faults()) == [] and verify(firm.creditor) == []


def test_a_dispute_opened_later_takes_nothing_back(firm: Firm) -> None:
    item = owed(firm)
    firm.noon(20)
    post(item, kinds=[ClaimKind.INTEREST])
    books.dispute(item, on=day(12), reason="too dear")
    assert stands(item)[0][0] == INTEREST


def test_interest_left_out_for_a_dispute_is_posted_when_the_dispute_is_lost(firm: Firm) -> None:
    item = owed(firm)
    firm.noon(20)
    books.dispute(item, on=day(2), amount=Decimal(400), reason="too dear")
    post(item, kinds=[ClaimKind.INTEREST])
    assert stands(item)[0][0] == Decimal("2.30")
    actions.decide_dispute(item.invoice, outcome="rejected", on=day(20))
    assert stands(item)[0][0] == INTEREST


def test_a_missing_rate_asks_a_person_and_refuses_no_payment(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    item = owed(firm)
    firm.noon(20)
    post(item, kinds=[ClaimKind.INTEREST])

    def missing(*_: Any, **__: Any) -> None:
        raise MissingRate("PL: no rate is known")

    monkeypatch.setattr("dunning.actions.claims.differences", missing)
    pay(item.customer, "500.00", item, booked_on=day(5))
    item.refresh_from_db()
    assert item.open_amount == 500 and Task.objects.filter(kind=TaskKind.WRONG_DEMAND, closed_on=None).count() == 1


# -- another kind of debtor


def test_a_consumer_owes_no_compensation_and_no_commercial_interest(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    firm.run(10)
    post(item)
    actions.change_kind(item.customer, Kind.CONSUMER, reason="a private purchase", on=day(12))
    assert stands(item) == [(Decimal("2.53"), 0, 0, Decimal("2.53"))]
    assert stands(item, "compensation") == stands(item, "fee") == [(0, 0, 0, 0)]
    wrong = wrong_demands(item.customer.__class__.objects.get(pk=item.customer_id), on=day(12))
    assert [(each.said.kind, each.amount, each.right) for each in wrong] == [
        ("interest", INTEREST, Decimal("2.53")), ("compensation", COMPENSATION, 0), ("fee", 10, 0),
    ]  # fmt: skip
    assert {each.said.notice for each in wrong} == {sent(firm, "first")}
    assert Task.objects.get(customer=item.customer, kind=TaskKind.WRONG_DEMAND).closed_on is None


@pytest.mark.parametrize("country", ["GB", "NL"])
def test_where_no_interest_is_known_against_a_consumer_none_stands_and_the_letter_was_wrong(recorder: Recorder, country: str) -> None:
    firm = make_firm("name: P\nsteps: [{key: first, after_due: 10, channel: [email], interest: true}]", recorder)
    Creditor.objects.update(country=country)
    firm.creditor.refresh_from_db()
    item = owed(firm)
    firm.run(10)
    post(item, kinds=[ClaimKind.INTEREST])
    ((posted, *_),) = stands(item)
    changed = actions.change_kind(item.customer, Kind.CONSUMER, reason="a private purchase", on=day(12))
    assert (posted > 0, stands(item)) == (True, [(0, 0, 0, 0)])
    assert [(each.amount, each.right) for each in wrong_demands(changed, on=day(12))] == [(posted, 0)]
    assert Task.objects.filter(customer=changed, kind=TaskKind.WRONG_DEMAND, closed_on=None).exists()


def test_a_fee_is_taken_back_of_whom_the_policy_was_not_for(recorder: Recorder) -> None:
    text = (
        "name: For firms\naudience: [business]\nfee_basis: clause 7\nsteps: [{key: first, after_due: 10, channel: [email], fee: '10.00'}]"
    )
    firm = make_firm(recorder=recorder)
    version = actions.publish(firm.creditor, text, now=firm.noon(-60))
    actions.assign(firm.creditor, version.policy, kind=Kind.BUSINESS)
    item = owed(firm)
    firm.run(10)
    post(item, kinds=[ClaimKind.FEE])
    assert stands(item, "fee") == [(10, 0, 0, 10)]
    changed = actions.change_kind(item.customer, Kind.PUBLIC, reason="a school", on=day(12))
    assert [(each.amount, each.right) for each in wrong_demands(changed, on=day(12))] == [(10, 0)]
    assert stands(item, "fee") == [(0, 0, 0, 0)]


def test_a_kind_is_changed_also_where_the_letters_cannot_be_worked_out_anew(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    firm.run(10)

    def missing(*_: Any, **__: Any) -> Any:
        raise MissingRate("no rate is known")

    monkeypatch.setattr("dunning.claimable.interest_through", missing)
    changed = actions.change_kind(item.customer, Kind.CONSUMER, reason="a private purchase", on=day(12))
    assert changed.kind == Kind.CONSUMER
    assert Task.objects.filter(customer=changed, kind=TaskKind.WRONG_DEMAND, closed_on=None).exists()


def test_what_the_program_took_back_is_owed_again_when_the_kind_was_right_after_all(firm: Firm) -> None:
    item = owed(firm)
    firm.noon(20)
    post(item)
    actions.change_kind(item.customer, Kind.CONSUMER, reason="so it seemed", on=day(12))
    actions.change_kind(item.customer, Kind.BUSINESS, reason="a mistake", on=day(13))
    assert (stands(item), stands(item, "compensation")) == ([(INTEREST, 0, 0, INTEREST)], [(COMPENSATION, 0, 0, COMPENSATION)])
    with pytest.raises(Refused, match="of that kind already"):
        actions.change_kind(item.customer, Kind.BUSINESS, reason="again", on=day(13))


def test_money_booked_late_shows_the_letter_that_demanded_too_much(recorder: Recorder) -> None:
    firm = make_firm(CLAIMING, recorder)
    item = owed(firm)
    firm.run(10)
    assert wrong_demands(item.customer, on=day(10)) == []
    pay(item.customer, "500.00", item, booked_on=day(5))
    (wrong,) = wrong_demands(item.customer, on=day(12))
    assert (wrong.said.kind, wrong.amount, wrong.right) == ("interest", INTEREST, Decimal("2.88"))


def test_who_has_no_posted_claims_costs_one_query(firm: Firm, django_assert_num_queries: Any) -> None:
    item = owed(firm)
    with django_assert_num_queries(1):
        follow_claims([item.customer_id])
    assert not NoticeClaim.objects.exists()
