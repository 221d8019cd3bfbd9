"""The ledger of claims: each verb, what it refuses, and that two at once never give more than there is."""

import random
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from invoices import actions
from invoices.actions import NewClaim
from invoices.balances import left_of, open_claims_of
from invoices.books import differences
from invoices.models import Claim, ClaimEntry, Invoice, Item, Payment
from invoices.states import ClaimKind, PaidPart
from receivables.accounts.models import Creditor
from receivables.audit.actions import verify
from receivables.core.errors import Refused
from tests.builders import PAID, audited, credit, credit_of, make_customer, make_item, make_user, pay

pytestmark = pytest.mark.django_db
LATER = date(2026, 4, 10)


@pytest.fixture(autouse=True)
def figures_are_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process does not work them out anew here; see tests/db/dunning/test_claim_ledger.py."""
    monkeypatch.setattr("dunning.actions.cases.follow_claims", lambda customers: None)


def interest(item: Item, amount: str = "10.00", first: date = date(2026, 3, 16), last: date = PAID) -> NewClaim:
    return NewClaim(item.invoice, ClaimKind.INTEREST, Decimal(amount), {"periods": []}, item, first_on=first, last_on=last)


def flat(invoice: Invoice, amount: str = "170.00") -> NewClaim:
    return NewClaim(invoice, ClaimKind.COMPENSATION, Decimal(amount))


def fee(item: Item, amount: str = "5.00", step: str = "demand") -> NewClaim:
    return NewClaim(item.invoice, ClaimKind.FEE, Decimal(amount), item=item, step=step)


def posted(new: NewClaim, on: date = PAID, **more: Any) -> Claim:
    return actions.post_claims(new.invoice.customer_id, [new], on=on, **more)[0]


def figures(claim: Claim, on: date | None = None) -> tuple[Decimal, ...]:
    row = Claim.objects.with_figures(on=on).get(pk=claim.pk)
    return tuple(getattr(row, name) for name in ("posted", "waived", "paid", "open"))


def sound(claim: Claim) -> None:
    assert list(differences()) == []
    assert verify(claim.creditor) == []


# -- posting


def test_a_claim_is_posted_with_its_working_and_never_touches_the_invoice() -> None:
    item, user = make_item(), make_user()
    claim = posted(interest(item), by=user)
    entry = claim.entries.get()
    assert (entry.type, entry.amount, entry.on, entry.by, entry.working) == ("posted", 10, PAID, user, {"periods": []})
    item.refresh_from_db()
    assert (item.open_amount, item.invoice.gross) == (100, 100)
    assert open_claims_of([item.customer_id]) == {item.customer_id: {"PLN": 10}}
    assert audited(item.creditor)[-1] == "post_claim"
    sound(claim)


@pytest.mark.parametrize(
    ("make", "again", "says"),
    [
        (lambda item: flat(item.invoice), lambda item: flat(item.invoice, "1.00"), "Compensation for this invoice"),
        (lambda item: fee(item), lambda item: fee(item, "1.00"), "This fee"),
        (lambda item: interest(item), lambda item: interest(item, first=PAID, last=LATER), "for some of these days"),
    ],
)
def test_each_is_posted_once(make: Any, again: Any, says: str) -> None:
    item = make_item()
    posted(make(item))
    with pytest.raises(Refused, match=says):
        posted(again(item))
    assert Claim.objects.count() == 1


def test_the_days_after_and_another_step_are_other_claims() -> None:
    item = make_item()
    for new in (interest(item), interest(item, first=date(2026, 3, 21), last=LATER), fee(item), fee(item, step="final")):
        posted(new)
    assert Claim.objects.count() == 4


def test_nothing_is_posted_that_is_no_amount_or_of_anothers_invoice() -> None:
    item, other = make_item(), make_customer()
    with pytest.raises(Refused, match="above zero"):
        posted(interest(item, "0"))
    with pytest.raises(Refused, match="another customer"):
        actions.post_claims(other.pk, [interest(item)], on=PAID)
    assert not Claim.objects.exists()


# -- waiving and reversing


def test_a_claim_is_waived_in_part_then_whole() -> None:
    claim = posted(interest(make_item()))
    actions.waive_claim(claim, amount=Decimal("4.00"), reason="goodwill", on=PAID)
    assert figures(claim) == (10, 4, 0, 6)
    actions.waive_claim(claim, reason="rest", on=LATER)
    assert (figures(claim), figures(claim, PAID)) == ((10, 10, 0, 0), (10, 4, 0, 6))
    with pytest.raises(Refused, match="Nothing is open"):
        actions.waive_claim(claim, reason="again", on=LATER)
    sound(claim)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"amount": Decimal("10.01")}, r"Only 10\.00"),
        ({"amount": Decimal("-1")}, "above zero"),
        ({"reason": " "}, "reason is empty"),
        ({"on": date(2026, 3, 1)}, "before 2026-03-20"),
    ],
)
def test_a_waiver_that_cannot_be_changes_nothing(values: dict[str, Any], says: str) -> None:
    claim = posted(interest(make_item()))
    with pytest.raises(Refused, match=says):
        actions.waive_claim(claim, **{"reason": "goodwill", "on": PAID, **values})
    assert figures(claim) == (10, 0, 0, 10)


def test_a_reversal_takes_all_back_and_money_becomes_credit() -> None:
    item = make_item()
    claim = posted(flat(item.invoice))
    payment = pay(item.customer, "50.00", unmatched=True)
    actions.pay_claims(payment, [claim], on=PAID)
    actions.waive_claim(claim, amount=Decimal(20), reason="goodwill", on=PAID)
    assert (figures(claim), credit_of(item.customer)) == ((170, 20, 50, 100), {})
    actions.reverse_claim(claim, reason="a court refused it", on=LATER)
    assert (figures(claim), credit_of(item.customer)) == ((0, 0, 0, 0), {"PLN": 50})
    assert figures(claim, PAID) == (170, 20, 50, 100)
    with pytest.raises(Refused, match="reversed already"):
        actions.reverse_claim(claim, reason="again", on=LATER)
    with pytest.raises(Refused, match="Nothing is open"):
        actions.waive_claim(claim, reason="again", on=LATER)
    sound(claim)


# -- money


def test_money_pays_claims_in_the_order_named_and_the_rest_is_credit() -> None:
    item = make_item()
    first, second = posted(interest(item)), posted(flat(item.invoice))
    payment = pay(item.customer, "200.00", unmatched=True)
    assert actions.pay_claims(payment, [second, first], on=PAID) == {second.pk: 170, first.pk: 10}
    assert credit_of(item.customer) == {"PLN": 20}
    assert actions.left_of(payment) == 20
    with pytest.raises(Refused, match="Choose open claims"):
        actions.pay_claims(payment, [first], on=PAID)
    sound(first)


def test_money_on_claims_is_not_there_for_items_and_comes_back_with_a_chargeback() -> None:
    item = make_item()
    claim = posted(flat(item.invoice))
    payment = pay(item.customer, "200.00", unmatched=True)
    actions.pay_claims(payment, [claim], on=PAID, amount=Decimal(150))
    actions.allocate(payment, [item], on=PAID)
    item.refresh_from_db()
    assert (item.open_amount, credit_of(item.customer)) == (50, {})
    actions.reverse_payment(payment, on=LATER)
    assert (figures(claim), credit_of(item.customer)) == ((170, 0, 0, 170), {})
    assert figures(claim, PAID) == (170, 0, 150, 20)
    sound(claim)


@pytest.mark.parametrize("what", ["another customer", "another currency", "too much", "taken back", "too early"])
def test_money_that_cannot_pay_a_claim_is_refused(what: str) -> None:
    item = make_item()
    claim = posted(interest(item))
    other = make_customer(item.creditor) if what == "another customer" else item.customer
    payment = pay(other, "5.00", unmatched=True, currency="EUR" if what == "another currency" else "PLN")
    if what == "taken back":
        actions.reverse_payment(payment, on=PAID)
    on = date(2026, 3, 19) if what == "too early" else PAID
    with pytest.raises(Refused):
        actions.pay_claims(payment, [claim], on=on, amount=Decimal("5.01") if what == "too much" else None)
    assert figures(claim) == (10, 0, 0, 10)


# -- booked anew


def rebooked(claim: Claim, amount: str) -> None:
    actions.rebook_claim(claim, Decimal(amount), working={"periods": ["new"]}, reason="a payment was booked late", on=LATER)


@pytest.mark.parametrize(
    ("amount", "stands", "credit"),
    [
        ("12.00", (12, 3, 5, 4), {}),
        ("6.00", (6, 3, 3, 0), {"PLN": 2}),
        ("2.00", (2, 2, 0, 0), {"PLN": 5}),
        ("0", (0, 0, 0, 0), {"PLN": 5}),
    ],
)
def test_a_new_figure_supersedes_and_what_it_no_longer_bears_is_given_back(
    amount: str, stands: tuple[int, ...], credit: dict[str, int]
) -> None:
    item = make_item()
    claim = posted(interest(item))
    actions.waive_claim(claim, amount=Decimal(3), reason="goodwill", on=PAID)
    actions.pay_claims(pay(item.customer, "5.00", unmatched=True), [claim], on=PAID)
    rebooked(claim, amount)
    assert (figures(claim), credit_of(item.customer)) == (stands, credit)
    assert figures(claim, PAID) == (10, 3, 5, 2), "what stood then, stood then"
    contra = ClaimEntry.objects.get(claim=claim, type="posted", is_reversal=True)
    assert (contra.reason, contra.is_rerun, contra.on) == ("a payment was booked late", True, LATER)
    sound(claim)


# -- art. 451 KC: what money on a debt settles first


def interest_first(item: Item) -> None:
    Creditor.objects.filter(pk=item.creditor_id).update(allocation_order="interest_first")


def opened(*claims: Claim) -> list[Decimal]:
    return [figures(claim)[3] for claim in claims]


def left(*items: Item) -> list[Decimal]:
    return [Item.objects.get(pk=item.pk).open_amount for item in items]


@pytest.mark.parametrize(
    ("order", "names", "amount", "principal", "claim", "credit"),
    [
        ("principal_first", None, "60.00", 40, 10, {}),
        ("principal_first", None, "105.00", 0, 10, {"PLN": 5}),
        ("principal_first", "interest", "60.00", 100, 0, {"PLN": 50}),
        ("principal_first", "principal", "105.00", 0, 10, {"PLN": 5}),
        ("interest_first", None, "60.00", 50, 0, {}),
        ("interest_first", None, "115.00", 0, 0, {"PLN": 5}),
        ("interest_first", "principal", "60.00", 50, 0, {}),
        ("interest_first", "interest", "4.00", 100, 6, {}),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_money_falls_as_the_company_has_set_and_the_debtor_said(
    order: str, names: str | None, amount: str, principal: int, claim: int, credit: dict[str, int], named: bool
) -> None:
    item = make_item()
    posting = posted(interest(item))
    posted(flat(item.invoice))
    if order == "interest_first":
        interest_first(item)
    pay(item.customer, amount, *([item] if named else []), names=PaidPart(names) if names else None)
    assert (left(item), opened(posting), credit_of(item.customer)) == ([principal], [claim], credit)
    sound(posting)


def test_interest_goes_before_the_principal_of_its_own_debt_alone() -> None:
    customer = make_customer()
    old, new = make_item(customer, due_on=date(2026, 3, 1)), make_item(customer)
    on_old, on_new = posted(interest(old)), posted(interest(new))
    interest_first(old)
    pay(customer, "115.00")
    assert (left(old, new), opened(on_old, on_new)) == ([0, 100], [0, 5])
    pay(customer, "5.00", new)
    assert (left(old, new), opened(on_new)) == ([0, 100], [0])


def test_allocating_by_hand_keeps_to_the_order_and_a_credit_note_pays_no_interest() -> None:
    item = make_item()
    claim = posted(interest(item))
    interest_first(item)
    actions.allocate(pay(item.customer, "30.00", unmatched=True), [item.invoice], on=PAID)
    assert (left(item), opened(claim)) == ([80], [0])
    other = make_item()
    on_other = posted(interest(other))
    interest_first(other)
    credit(other.customer, "30.00", other.invoice)
    assert (left(other), opened(on_other)) == ([70], [10])


def test_money_that_came_before_the_posting_pays_it_from_the_day_of_the_posting() -> None:
    item = make_item()
    claim = posted(interest(item), on=LATER)
    interest_first(item)
    payment = pay(item.customer, "30.00", item)
    assert claim.entries.get(type="paid").on == LATER
    actions.reverse_payment(payment, on=PAID)
    assert (left(item), opened(claim)) == ([100], [10])
    sound(claim)


# -- whatever happens


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_the_entries_add_up_and_nothing_is_below_nought(seed: int) -> None:
    """Posted less waived less paid is open; money is somewhere once; the books agree with themselves after each verb."""
    chance, item = random.Random(seed), make_item()
    claims = [posted(interest(item, "40.00")), posted(flat(item.invoice)), posted(fee(item))]
    payments = [pay(item.customer, amount, unmatched=True) for amount in ("25.00", "90.00")]
    for _ in range(14):
        claim, payment = chance.choice(claims), chance.choice(payments)
        amount = Decimal(chance.randint(1, 6000)) / 100
        deeds = [
            partial(actions.waive_claim, claim, amount=amount, reason="x", on=PAID),
            partial(actions.pay_claims, payment, [claim], amount=amount, on=PAID),
            partial(actions.allocate, payment, [item], amount=amount, on=PAID),
            partial(actions.rebook_claim, claim, amount, working={}, reason="x", on=PAID),
            partial(actions.reverse_claim, claim, reason="x", on=PAID),
            partial(actions.reverse_payment, payment, on=PAID),
        ]
        with suppress(Refused), transaction.atomic():
            chance.choice(deeds)()
        for each in claims:
            booked, waived, paid, still = figures(each)
            assert booked - waived - paid == still >= 0 and min(booked, waived, paid) >= 0
        assert list(differences()) == []
    kept = sum(left_of(money) for money in payments if not Payment.objects.filter(reverses=money).exists())
    assert credit_of(item.customer).get("PLN", 0) == kept
