"""Claims on the screens: what the company sets, what contracts agree, and what is refused."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from dunning import actions as process
from invoices.models import Claim, ClaimRules, ContractRate, SparedCustomer
from invoices.states import ClaimKind
from tests.builders import make_customer, make_invoice, pay
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.world import ATTACK, NOW, TODAY, World

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


# -- the ledger


def test_claims_are_posted_after_a_look_and_stand_on_the_pages(world: World) -> None:
    customer = world.ours.customer
    invoice = make_invoice(customer, "700.00", issued_on=date(2026, 7, 1), due_on=date(2026, 8, 10))
    form = page(world, "invoice_claims_post", invoice.pk)
    assert "Compensation for recovery costs" in form and "NBP" in form
    totals = hidden(form)
    answer = post(world.client("clerk"), "invoice_claims_post", [invoice.pk], kinds=["compensation"], **totals)
    assert answer.status_code == 302, answer.content.decode()
    row = Claim.objects.with_figures().get(invoice=invoice, kind="compensation")
    assert f"{row.posted:.2f}" == f"{Decimal(totals['compensation']):.2f}"
    for shown in (page(world, "customer_claims", customer.pk), page(world, "invoice", invoice.pk), page(world, "claim", row.pk)):
        assert "Compensation for recovery costs" in shown
    assert "Claims" in page(world, "customer", customer.pk) and "beside the balance" in page(world, "customer", customer.pk)


def hidden(form: str) -> dict[str, str]:
    """The sums that a form says were shown."""
    found = re.findall(r'<input type="hidden" name="(interest|compensation|fee)" value="([0-9.]+)"', form)
    return dict(found)


def test_a_missing_rate_of_the_euro_is_told_and_keeps_no_interest_back(world: World) -> None:
    shown = page(world, "invoice_claims_post", world.ours.invoice.pk)
    assert "PL, mid rate of the euro, ends of months: not known for days from 15.10.2026" in shown and "Interest 23.11.2026" in shown


def test_figures_that_changed_meanwhile_are_not_posted(world: World) -> None:
    answer = post(world.client("clerk"), "claims_post", [world.ours.customer.pk], kinds=["interest"], interest="0.01")
    assert answer.status_code == 422 and "have changed since they were shown" in answer.content.decode()
    assert Claim.objects.filter(customer=world.ours.customer).count() == 1


def test_a_claim_shows_its_days_rates_and_sources(world: World) -> None:
    shown = page(world, "claim", world.ours.claim.pk, role="viewer")
    for words in ("Working", "Principal", "13.75", "365", "M.P. 2026", "Entries", "No letter has stated it."):
        assert words in shown, words
    assert reverse("dashboard:claim_waive", args=[world.ours.claim.pk]) not in shown


def test_a_claim_is_waived_in_part_and_reversed_by_an_approver(world: World) -> None:
    claim = world.ours.claim
    assert post(world.client("clerk"), "claim_waive", [claim.pk], reason="x").status_code == 403
    answer = post(world.client("approver"), "claim_waive", [claim.pk], amount="1,00", reason=f"Ugoda {ATTACK}")
    assert answer.status_code == 302 and "waived" in said(answer)
    assert Claim.objects.with_figures().get(pk=claim.pk).waived == 1
    answer = post(world.client("approver"), "claim_waive", [claim.pk], amount="99999", reason="x")
    assert answer.status_code == 422 and "cannot be waived" in answer.content.decode()
    assert post(world.client("approver"), "claim_reverse", [claim.pk], reason="Wyrok").status_code == 302
    shown = page(world, "claim", claim.pk)
    assert "Wyrok" in shown and "Ugoda &lt;script&gt;" in shown and ATTACK not in shown


def test_another_kind_of_customer_books_anew_and_the_page_says_so(world: World) -> None:
    customer = make_customer(world.ours.creditor)
    make_invoice(customer, "1000.00", issued_on=date(2026, 5, 1), due_on=date(2026, 6, 1))
    (claim,) = process.post_claimable(customer, kinds=[ClaimKind.INTEREST], on=date(2026, 7, 31))
    before = Claim.objects.with_figures().get(pk=claim.pk).posted
    answer = post(world.client("approver"), "customer_kind", [customer.pk], kind="consumer", reason="Zakup prywatny")
    assert answer.status_code == 302 and "worked out anew" in said(answer)
    assert 0 < Claim.objects.with_figures().get(pk=claim.pk).posted < before
    assert "the books have changed" in page(world, "claim", claim.pk)
    answer = post(world.client("approver"), "customer_kind", [customer.pk], kind="consumer", reason="x")
    assert answer.status_code == 422


def test_there_is_nothing_to_book_anew_where_nothing_differs(world: World) -> None:
    assert "Nothing differs" in page(world, "claims_rerun", world.ours.customer.pk)
    assert "Nothing differs." in said(post(world.client("clerk"), "claims_rerun", [world.ours.customer.pk], reason="x"))


# -- money


def test_a_payment_is_allocated_to_claims_and_its_page_says_so(world: World) -> None:
    claim = world.ours.claim
    money = pay(world.ours.customer, "3.00", unmatched=True, booked_on=TODAY)
    form = page(world, "payment_allocate", money.pk)
    assert "or pays these claims" in form and "Interest" in form
    neither = post(world.client("clerk"), "payment_allocate", [money.pk], on=TODAY.isoformat())
    assert neither.status_code == 422 and "items or claims" in neither.content.decode()
    answer = post(world.client("clerk"), "payment_allocate", [money.pk], claims=[str(claim.pk)], on=TODAY.isoformat())
    assert answer.status_code == 302, answer.content.decode()
    assert Claim.objects.with_figures().get(pk=claim.pk).paid == 3
    assert "What it paid of claims" in page(world, "payment", money.pk)


def test_what_the_debtor_names_as_interest_pays_posted_interest(world: World) -> None:
    customer = world.ours.customer
    values = {"amount": "2,00", "currency": "PLN", "booked_on": TODAY.isoformat(), "names": "interest"}
    assert post(world.client("clerk"), "customer_payment", [customer.pk], **values).status_code == 302
    assert Claim.objects.with_figures().get(pk=world.ours.claim.pk).paid == 2
