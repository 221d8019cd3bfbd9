"""Papers made by hand say what the books say: a statement ends with what is owed, a balance is that of its day, no claim is asked twice."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dunning import actions
from dunning.actions import (
    AgreementPaper,
    AssignmentPaper,
    OrderPaper,
    PaperWish,
    Party,
    contract_facts,
    make_contract,
    make_paper,
    paper_facts,
    papers_by_hand,
)
from dunning.actions.written import papers_of
from dunning.models import Hold, StopFact
from dunning.states import StopKind
from invoices import actions as books
from invoices.balances import open_claims_of, open_credit
from invoices.models import Claim, Customer, InvoiceQuestion, Item
from invoices.states import ClaimKind, Kind, Outcome
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.documents import actions as documents
from receivables.documents.letters import letter_html
from tests.builders import credit, dispute, make_customer, make_item, pay
from tests.db.dunning.firm import Firm, day

pytestmark = pytest.mark.django_db
D = Decimal
ALL = tuple(ClaimKind)


@pytest.fixture(autouse=True)
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were set; the typesetting itself is tested elsewhere."""
    pages: list[str] = []
    monkeypatch.setattr(documents, "render_pdf", lambda html: (pages.append(html), b"%PDF")[1])
    return pages


def wish(kind: str, on: date, **changes: Any) -> PaperWish:
    values = {"language": "pl", "currency": "PLN", "to_on": on, "deadline_on": on + timedelta(days=14), **changes}
    return PaperWish(kind, **values)


def lived(customer: Customer) -> Item:
    """A customer to whom everything has happened: paid, overpaid, sent back, credited, written off, withdrawn, disputed."""
    first = make_item(customer, "100.00")
    pay(customer, "60.00", first)
    back = pay(customer, "25.00", first)
    books.reverse_payment(back, on=date(2026, 3, 22))
    pay(customer, "7.00", title="za dużo")
    credit(customer, "10.00", first)
    gone = make_item(customer, "5.55")
    books.write_off(gone, on=date(2026, 3, 25), reason="drobne")
    contested = make_item(customer, "80.00")
    dispute(contested, "30.00")
    make_item(customer, "33.00", currency="EUR")
    return first


def test_a_statement_ends_with_all_that_is_owed_less_open_credit(printed: list[str]) -> None:
    customer = make_customer()
    lived(customer)
    on = date(2026, 4, 30)
    said = paper_facts(customer, wish("statement", on, from_on=date(2026, 3, 1)), on=on)
    owed = sum(customer.items.filter(currency="PLN").values_list("open_amount", flat=True))
    left = open_credit([customer]).get(customer.pk, {}).get("PLN", D(0))
    assert D(said["closing"]) == owed - left
    assert (said["opening"], D(said["overdue"]), said["disputed"]) == ("0.00", owed, "30.00")
    assert {line["what"] for line in said["lines"]} == {"invoice", "payment", "returned", "credit_note", "written_off"}
    later = paper_facts(customer, wish("statement", on, from_on=date(2026, 3, 24)), on=on)
    assert D(later["opening"]) + sum(D(line["debit"] or 0) - D(line["credited"] or 0) for line in later["lines"]) == D(later["closing"])
    assert later["closing"] == said["closing"]


def test_a_note_asks_for_posted_claims_once_and_the_statement_counts_them(firm: Firm) -> None:
    item, on = firm.owes(amount="1000.00"), day(10)
    actions.post_claimable(item.customer, kinds=ALL, on=on)
    pay(item.customer, "2.00", booked_on=on, title="na odsetki")
    claim = Claim.objects.get(customer=item.customer, kind="interest")
    books.waive_claim(claim, amount=D("1.00"), reason="ugoda", on=on)
    made = [make_paper(item.customer, wish(f"{kind}_note", on), on=on, now=firm.noon(10)) for kind in ("interest", "compensation")]
    interest, flat = (paper.facts for paper in made)
    assert (interest["asks"], interest["claims"][0]["settled"], flat["asks"]) == ("2.84", "1.00", "170.36")
    assert interest["claims"][0]["periods"][0]["days"] and flat["claims"][0]["table"]
    assert [paper.number for paper in made] == ["NO/2026/0001", "NR/2026/0001"]
    for kind in ("interest", "compensation"):
        with pytest.raises(Refused, match="Nothing of this kind"):
            make_paper(item.customer, wish(f"{kind}_note", on), on=on, now=firm.noon(10))
    said = paper_facts(item.customer, wish("statement", on, from_on=day(-40)), on=on)
    claims, left = open_claims_of([item.customer.pk])[item.customer.pk], open_credit([item.customer])
    item.refresh_from_db()
    assert D(said["closing"]) == item.open_amount + claims["PLN"] - left.get(item.customer.pk, {}).get("PLN", D(0))


def test_a_balance_is_that_of_its_day_without_what_is_disputed() -> None:
    customer = make_customer()
    lived(customer)
    on = date(2026, 4, 30)
    before = paper_facts(customer, wish("balance_confirmation", on, to_on=date(2026, 3, 19)), on=on)
    assert [(item["debit"], item["credited"]) for item in before["items"]] == [("100.00", None), ("5.55", None)]
    now = paper_facts(customer, wish("balance_confirmation", on), on=on)
    shown = sum(D(item["debit"] or 0) - D(item["credited"] or 0) for item in now["items"])
    assert (shown, now["balance"], now["is_ours"]) == (D("23.00"), "23.00", True)
    assert "80.00" not in str(now["items"])


def test_a_paper_is_numbered_kept_audited_and_can_be_attached(printed: list[str]) -> None:
    customer = make_customer()
    lived(customer)
    on = date(2026, 4, 30)
    made = make_paper(customer, wish("statement", on, language="de"), on=on, now=_noon(on))
    assert (made.number, made.kind) == ("WK/2026/0001", "statement")
    assert "Kontoauszug" in printed[-1] and re.search(r"/check/|check", printed[-1])
    assert Entry.objects.filter(verb="paper_made", creditor=customer.creditor).count() == 1
    assert list(papers_of(customer)) == [made]
    assert list(papers_of(make_customer(customer.creditor))) == []


@pytest.mark.parametrize(
    ("changes", "match"),
    [({"to_on": date(2026, 5, 1)}, "known through today"), ({"deadline_on": date(2026, 4, 29)}, "has passed")],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], match: str) -> None:
    on = date(2026, 4, 30)
    with pytest.raises(Refused, match=match):
        paper_facts(make_customer(), wish("statement", on, **changes), on=on)
    with pytest.raises(Refused, match="no such paper"):
        paper_facts(make_customer(), wish("demand", on), on=on)


@pytest.mark.parametrize("kind", [Kind.CONSUMER, Kind.UNKNOWN])
def test_whoever_is_not_known_to_be_a_firm_is_protected(kind: Kind) -> None:
    on, customer = date(2026, 4, 30), make_customer(kind=kind)
    make_item(customer)
    for paper, match in (("balance_confirmation", "keeps no books"), ("compensation_note", "owes no compensation")):
        with pytest.raises(Refused, match=match):
            paper_facts(customer, wish(paper, on), on=on)


def _noon(on: date) -> datetime:
    return datetime.combine(on, time(12), UTC)


def old_debt_with_claims(firm: Firm) -> Item:
    """Goods for a consumer, due in the middle of 2023, barred from 2026; the interest was posted while nobody knew."""
    item = firm.owes(firm.customer(kind=Kind.BUSINESS), amount="1000.00", due=(date(2023, 6, 15) - day(0)).days)
    actions.post_claimable(item.customer, kinds=(ClaimKind.INTEREST,), on=day(0))
    Customer.objects.filter(pk=item.customer_id).update(kind=Kind.CONSUMER)
    item.customer.refresh_from_db()
    return item


def test_what_is_barred_for_a_consumer_is_asked_by_no_note_and_no_statement(firm: Firm) -> None:
    item, on = old_debt_with_claims(firm), day(0)
    with pytest.raises(Refused, match="Nothing of this kind"):
        paper_facts(item.customer, wish("interest_note", on), on=on)
    said = paper_facts(item.customer, wish("statement", on), on=on)
    assert D(said["closing"]) > 1000 and said["barred"] == said["closing"]
    assert (said["asks"], said["overdue"]) == ("0.00", "0.00")
    page = letter_html("statement", language="pl", facts=said, number="X")
    assert "przedawnionych" in page and "Jak zapłacić" not in page
    firm.owes(item.customer, amount="50.00", due=-5)
    said = paper_facts(item.customer, wish("statement", on), on=on)
    assert (said["asks"], said["overdue"]) == ("50.00", "50.00")


def test_a_note_leaves_out_what_the_ladder_leaves_alone(firm: Firm) -> None:
    item, on = firm.owes(amount="1000.00"), day(10)
    actions.post_claimable(item.customer, kinds=ALL, on=on)
    dispute(item, "1.00", on=on)
    for kind in ("interest_note", "compensation_note"):
        with pytest.raises(Refused, match="Nothing of this kind"):
            paper_facts(item.customer, wish(kind, on), on=on)
    books.resolve_dispute(item, outcome=Outcome.REJECTED, on=on)
    assert paper_facts(item.customer, wish("interest_note", on), on=on)["claims"]
    question = InvoiceQuestion.objects.create(invoice=item.invoice, question="factor", stops=True, asked_on=on)
    with pytest.raises(Refused, match="Nothing of this kind"):
        paper_facts(item.customer, wish("interest_note", on), on=on)
    question.delete()


@pytest.mark.parametrize(("stands", "match"), [("stop", "stop fact"), ("hold", "A hold"), ("first", "first contact")])
def test_no_note_is_made_where_nothing_may_be_asked(firm: Firm, stands: str, match: str) -> None:
    item, on = firm.owes(amount="1000.00"), day(10)
    actions.post_claimable(item.customer, kinds=ALL, on=on)
    if stands == "stop":
        StopFact.objects.create(
            creditor=firm.creditor, recorded_on=on, customer=item.customer, kind=StopKind.BANKRUPTCY, since=on, source="KRZ"
        )
    elif stands == "hold":
        Hold.objects.create(creditor=firm.creditor, customer=item.customer, since=on, reason="rozmowy")
    else:
        Customer.objects.filter(pk=item.customer_id).update(waits_for_release=True)
        item.customer.refresh_from_db()
    for kind in ("interest_note", "compensation_note"):
        with pytest.raises(Refused, match=match):
            make_paper(item.customer, wish(kind, on), on=on, now=firm.noon(10))
    assert paper_facts(item.customer, wish("statement", on), on=on)["lines"]


WISLA = Party(
    "Fundusz Wisła sp. z o.o.", "ul. Długa 5", "31-147", "Kraków", tax_id="7010001454", bank_account="PL24160000035175530643314956"
)


def test_the_paper_of_an_agreement_says_what_was_agreed_also_after_the_first_rate_is_paid(firm: Firm) -> None:
    item, on = firm.owes(amount="900.00"), day(10)
    rates = [(day(20), D("400.00")), (day(50), D("500.00"))]
    made = actions.agree(item.customer, label="UG/1", items=[item], rates=rates, on=on, waives_interest=True)
    pay(item.customer, "400.00", item, booked_on=day(19))
    [(kind, facts)] = contract_facts(item.customer, AgreementPaper(agreement=made), on=day(21), language="pl")
    assert (kind, facts["asks"], [rate["amount"] for rate in facts["rates"]]) == ("agreement", "900.00", ["400.00", "500.00"])
    page = letter_html(kind, language="pl", facts=facts, number="X")
    assert "słownie" in page and "uznaje" in page.casefold()


def test_an_assignment_makes_the_contract_and_the_notice_and_leaves_compensation_out(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    item, on = firm.owes(amount="900.00"), day(20)
    actions.post_claimable(item.customer, kinds=ALL, on=on)
    wish = AssignmentPaper(items=[item], assignee=WISLA, price=D("700.00"), price_due_on=day(30), passes_on=day(30), proofs=["umowa 1"])
    facts = dict(contract_facts(item.customer, wish, on=on, language="pl"))["assignment"]
    assert D(facts["interest"]) > 0 and D(facts["compensation"]) == 0 and facts["proofs"] == [item.invoice.number, "umowa 1"]
    monkeypatch.setattr(documents, "render_pdf", lambda html: b"%PDF")
    made = make_contract(item.customer, wish, language="pl", on=on, now=firm.noon(20))
    assert [paper.kind for paper in made] == ["assignment", "assignment_notice"]
    assert "price" not in made[1].facts and made[1].facts["payee"]["bank_account"] == WISLA.bank_account
    assert set(made) <= set(papers_by_hand(item.customer))
    dispute(item, "1.00", on=on)
    with pytest.raises(Refused, match="Leave out what is disputed"):
        contract_facts(item.customer, wish, on=on, language="pl")


def test_an_order_to_an_agency_names_what_is_open_and_posted(firm: Firm) -> None:
    item, on = firm.owes(amount="900.00"), day(20)
    actions.post_claimable(item.customer, kinds=ALL, on=on)
    order = OrderPaper(items=[item], agency=WISLA, percent=D("12.5"), contact_person="Anna Lis")
    [(kind, facts)] = contract_facts(item.customer, order, on=on, language="pl")
    assert kind == "agency_order" and D(facts["compensation"]) > 0 and "12,5" in letter_html(kind, language="pl", facts=facts, number="X")
    other = firm.owes()
    with pytest.raises(Refused, match="of this customer"):
        contract_facts(item.customer, OrderPaper(items=[other], agency=WISLA, percent=D(1), contact_person="x"), on=on, language="pl")
