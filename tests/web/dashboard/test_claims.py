"""Claims on the screens: what the company sets, what contracts agree, and what is refused."""

from decimal import Decimal

import pytest
from django.urls import reverse

from dunning import actions as process
from invoices.models import ClaimRules, ContractRate, SparedCustomer
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.world import NOW, TODAY, World

RATE = {"agreed": "interest", "percent": "16,5", "since": "2026-01-01", "contract": "Umowa 7/2026 § 4"}


def page(world: World, name: str, *parts: int, role: str = "clerk") -> str:
    response = world.client(role).get(reverse(f"dashboard:{name}", args=parts), headers={"accept-language": "en"})
    assert response.status_code == 200
    return str(response.content.decode())


def test_compensation_is_set_from_today_and_the_page_keeps_what_was_set(world: World) -> None:
    answer = post(world.client("manager"), "claim_settings", claims_compensation="on", minimum_amount="200,00", minimum_days="7")
    assert answer.status_code == 302 and "Set from today" in said(answer)
    rules = ClaimRules.objects.get(creditor=world.ours.creditor)
    assert (rules.since, rules.minimum_amount, rules.minimum_days, rules.by) == (TODAY, 200, 7, world.people["manager"])
    post(world.client("manager"), "claim_settings")
    shown = page(world, "claim_settings", role="manager")
    assert "not claimed" in shown and "200.00" in shown and "Stały klient &lt;script&gt;" in shown


def test_contract_interest_is_recorded_for_a_customer_and_for_one_invoice(world: World) -> None:
    customer, invoice = world.ours.customer, world.ours.invoice
    assert post(world.client("clerk"), "customer_rate", [customer.pk], **RATE).status_code == 302
    assert post(world.client("clerk"), "invoice_rate", [invoice.pk], **{**RATE, "agreed": "none", "percent": ""}).status_code == 302
    rows = list(ContractRate.objects.filter(customer=customer).order_by("pk").values_list("percent", "invoice"))
    assert rows == [(Decimal("16.5"), None), (None, invoice.pk)]
    shown = page(world, "customer_claims", customer.pk)
    assert "Umowa 7/2026 § 4" in shown and "16.5" in shown and "statutory" in shown


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"agreed": "penalty"}, "art. 483 KC"),
        ({"percent": ""}, "Give the rate."),
        ({"percent": "0"}, "greater than or equal"),
        ({"percent": "100,5"}, "at most 100 %"),
        ({"contract": ""}, "required"),
    ],
)
def test_what_no_contract_can_agree_is_refused(world: World, values: dict[str, str], words: str) -> None:
    answer = post(world.client("clerk"), "customer_rate", [world.ours.customer.pk], **{**RATE, **values})
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not ContractRate.objects.exists()


def test_a_customer_is_put_on_the_list_and_taken_off_by_an_approver(world: World) -> None:
    customer = world.ours.customer
    assert post(world.client("clerk"), "customer_spare", [customer.pk], reason="x").status_code == 403
    assert post(world.client("approver"), "customer_spare", [customer.pk], reason="Negocjujemy").status_code == 302
    assert "Negocjujemy" in page(world, "customer_claims", customer.pk)
    row = SparedCustomer.objects.get(customer=customer)
    assert post(world.client("approver"), "spared_end", [row.pk]).status_code == 302
    assert "Negocjujemy" not in page(world, "customer_claims", customer.pk)


def test_the_page_before_publishing_says_what_no_law_allows(world: World) -> None:
    text = 'name: Fees\nsteps: [{key: first, after_due: 1, channel: [email], fee: "10.00"}]\n'
    draft = process.save_draft(world.ours.creditor, text, now=NOW)
    shown = page(world, "policy_publish", draft.policy_id, role="manager")
    assert "Cannot be published yet" in shown and "steps[1].fee may not be asked of consumers" in shown
    answer = post(world.client("manager"), "policy_publish", [draft.policy_id], reason="")
    assert answer.status_code == 422 and "fee_basis" in answer.content.decode()
