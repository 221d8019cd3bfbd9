"""Two sessions at the same claim: one waits for the other, and nothing is given twice."""

from decimal import Decimal

import pytest

from invoices import actions
from invoices.actions import NewClaim
from invoices.books import differences
from invoices.models import Claim
from invoices.states import ClaimKind
from tests.builders import PAID, make_item, pay
from tests.db.test_claim_ledger import figures, figures_are_made_up, flat, interest, posted
from tests.db.test_parallel import together

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["figures_are_made_up"]


def test_two_who_waive_at_once_never_waive_more_than_there_is() -> None:
    claim = posted(interest(make_item()))
    waive = [lambda: actions.waive_claim(claim, amount=Decimal("6.00"), reason="goodwill", on=PAID)] * 2
    assert together(*waive) == ["Refused", "done"]
    assert (figures(claim), list(differences())) == ((10, 6, 0, 4), [])


def test_money_against_a_waiver_settles_the_claim_once() -> None:
    item = make_item()
    claim = posted(interest(item))
    payment = pay(item.customer, "10.00", unmatched=True)
    outcome = together(
        lambda: actions.waive_claim(claim, reason="goodwill", on=PAID), lambda: actions.pay_claims(payment, [claim], on=PAID)
    )
    assert outcome == ["Refused", "done"]
    assert (figures(claim)[3], list(differences())) == (0, [])


def test_two_who_post_the_same_claim_post_it_once() -> None:
    new: NewClaim = flat(make_item().invoice)
    assert new.kind is ClaimKind.COMPENSATION
    assert together(lambda: posted(new), lambda: posted(new)) == ["Refused", "done"]
    assert Claim.objects.count() == 1
