"""What a company decides about claims: kept with its history, under the customer's lock, with an entry in the audit."""

from datetime import date
from decimal import Decimal

import pytest

from invoices import actions
from invoices.models import ClaimRules, ContractRate, SparedCustomer
from receivables.core.errors import Refused
from tests.builders import PAID, audited, make_creditor, make_customer, make_invoice, make_user

pytestmark = pytest.mark.django_db
LATER = date(2026, 6, 1)


def test_rules_keep_their_history_and_the_newest_that_has_begun_counts() -> None:
    creditor = make_creditor()
    assert ClaimRules.objects.in_force(creditor, on=PAID) is None
    first = actions.set_claim_rules(creditor, claims_compensation=True, minimum_amount=Decimal("200.00"), minimum_days=7, on=PAID)
    second = actions.set_claim_rules(creditor, claims_compensation=False, on=LATER)
    again = actions.set_claim_rules(creditor, claims_compensation=True, on=LATER)
    assert ClaimRules.objects.in_force(creditor, on=date(2026, 5, 31)) == first
    assert ClaimRules.objects.in_force(creditor, on=LATER) == again != second
    assert audited(creditor) == ["set_claim_rules"] * 3


@pytest.mark.parametrize("amount", ["-1.00", "1.001"])
def test_a_smallest_invoice_that_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(Refused, match="smallest invoice"):
        actions.set_claim_rules(make_creditor(), claims_compensation=True, minimum_amount=Decimal(amount), on=PAID)


def test_days_beyond_all_measure_are_refused() -> None:
    with pytest.raises(Refused, match="0 to 3650"):
        actions.set_claim_rules(make_creditor(), claims_compensation=True, minimum_days=3651, on=PAID)


def test_a_customer_is_spared_once_with_a_reason_and_no_longer_from_the_day_it_ends() -> None:
    customer, user = make_customer(), make_user()
    row = actions.spare_customer(customer, reason="oldest customer", on=PAID, by=user)
    with pytest.raises(Refused, match="on the list already"):
        actions.spare_customer(customer, reason="again", on=PAID)
    actions.end_sparing(row, on=LATER, by=user)
    with pytest.raises(Refused, match="off the list already"):
        actions.end_sparing(row, on=LATER)
    standing = [SparedCustomer.objects.standing(on=day).exists() for day in (PAID, date(2026, 5, 31), LATER)]
    assert standing == [True, True, False]
    assert audited(customer.creditor)[-2:] == ["spare_customer", "end_sparing"]
    with pytest.raises(Refused, match="reason is empty"):
        actions.spare_customer(customer, reason=" ", on=LATER)


def test_a_contract_rate_is_recorded_ended_and_never_edited() -> None:
    customer = make_customer()
    invoice = make_invoice(customer)
    actions.agree_rate(customer, percent=Decimal("16.5"), since=PAID, contract="7/2026 § 4", on=PAID)
    actions.agree_rate(customer, percent=None, since=LATER, contract="annex 1", invoice=invoice, on=PAID)
    assert list(ContractRate.objects.order_by("pk").values_list("percent", "invoice")) == [(Decimal("16.5"), None), (None, invoice.pk)]
    assert audited(customer.creditor)[-2:] == ["agree_rate", "agree_rate"]


@pytest.mark.parametrize("percent", ["0", "-1", "100.01", "1.00001"])
def test_a_rate_that_is_none_is_refused(percent: str) -> None:
    with pytest.raises(Refused, match="The rate must be above 0"):
        actions.agree_rate(make_customer(), percent=Decimal(percent), since=PAID, contract="7", on=PAID)


def test_a_rate_for_anothers_invoice_or_without_a_known_ceiling_is_refused() -> None:
    customer = make_customer()
    with pytest.raises(Refused, match="another customer"):
        actions.agree_rate(
            customer, percent=Decimal(9), since=PAID, contract="7", invoice=make_invoice(make_customer(customer.creditor)), on=PAID
        )
    with pytest.raises(Refused, match="ceiling of contract interest in DE is not known"):
        actions.agree_rate(make_customer(make_creditor(country="DE")), percent=Decimal(9), since=PAID, contract="7", on=PAID)


def test_a_penalty_is_refused_and_interest_offered() -> None:
    with pytest.raises(Refused, match=r"art\. 483 KC.*Agree contract interest instead"):
        actions.refuse_penalty(make_creditor())
    with pytest.raises(Refused, match="in DE is not known"):
        actions.refuse_penalty(make_creditor(country="DE"))
