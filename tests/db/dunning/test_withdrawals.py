"""A sent letter is taken back: an apology with its number, its step and deadline gone, and everybody who asks is told."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from dunning import actions
from dunning.actions.written import papers_of, why_not_again
from dunning.models import Agency, Notice, RegisterEntry, StepResult, Withdrawal
from invoices.models import Item
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.documents import actions as documents
from receivables.messaging.models import Message
from tests.db.dunning.firm import Firm, Recorder, day, make_firm

pytestmark = pytest.mark.django_db
DEMAND = """\
name: Demands
steps:
  - {key: demand, after_due: 1, channel: [email], document: demand, deadline_days: 7}
"""


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were set; the typesetting itself is tested elsewhere."""
    found: list[str] = []
    monkeypatch.setattr(documents, "render_pdf", lambda html: (found.append(html), b"%PDF")[1])
    return found


@pytest.fixture
def sent(recorder: Recorder, pages: list[str]) -> tuple[Firm, Item, Message]:
    """A demand that left on day 2, with 7 days to pay."""
    firm = make_firm(DEMAND, recorder)
    item = firm.owes()
    firm.run(2)
    for notice in Notice.objects.filter(creditor=firm.creditor, state="proposed"):
        actions.approve(notice, on=day(2), now=firm.noon(2))
        firm.deliver(2)
    return firm, item, Message.objects.get(notice__customer=item.customer)


def test_a_withdrawn_demand_has_an_apology_and_its_step_and_deadline_are_gone(sent: tuple[Firm, Item, Message], pages: list[str]) -> None:
    firm, item, message = sent
    assert message.document and firm.case(item).deadline_on == day(9)
    row = actions.withdraw_letter(message, reason=" Zapłacono przed wezwaniem. ", on=day(3), now=firm.noon(3))
    assert (row.document, row.apology.number, row.reason) == (message.document, f"WP/{day(3).year}/0001", "Zapłacono przed wezwaniem.")
    for words in (message.document.number, "Zapłacono przed wezwaniem.", "przepraszamy"):
        assert words in pages[-1]
    case = firm.case(item)
    assert (case.position, case.deadline_on, case.round) == (0, None, 2)
    assert StepResult.objects.latest("pk").kind == "void"
    assert Entry.objects.filter(verb="letter_withdrawn").count() == 1
    assert row.apology in list(papers_of(item.customer))
    assert "withdrawn" in why_not_again(message, now=firm.noon(3))


def test_the_page_that_checks_letters_says_so(sent: tuple[Firm, Item, Message]) -> None:
    firm, _item, message = sent
    assert message.document
    address = reverse("check_code", args=[message.document.code])
    assert "withdrawn" not in Client().get(address, headers={"accept-language": "en"}).text
    actions.withdraw_letter(message, reason="paid", on=day(3), now=firm.noon(3))
    told = Client().get(address, headers={"accept-language": "en"}).text
    assert "This letter was withdrawn" in told and "paid" not in told.split("<main")[1].split("</main")[0].replace("paid to", "")


def test_whoever_heard_of_the_debt_from_us_is_named(sent: tuple[Firm, Item, Message], pages: list[str]) -> None:
    firm, item, message = sent
    Agency.objects.create(creditor=firm.creditor, slug="a", name="Windykacja S.A.")
    RegisterEntry.objects.create(
        creditor=firm.creditor, customer=item.customer, register="Biuro Przykładowe", entered_on=day(2), amount=item.amount,
        currency="PLN", recorded_at=firm.noon(2),
    )  # fmt: skip
    actions.withdraw_letter(message, reason="paid", on=day(3), now=firm.noon(3))
    assert "Biuro Przykładowe" in pages[-1] and "Windykacja S.A." not in pages[-1]  # nothing is placed there


def test_a_letter_is_withdrawn_once_with_a_reason_and_only_after_it_left(sent: tuple[Firm, Item, Message]) -> None:
    firm, _item, message = sent
    with pytest.raises(Refused, match="Say why"):
        actions.withdraw_letter(message, reason=" ", on=day(3), now=firm.noon(3))
    row = actions.withdraw_letter(message, reason="paid", on=day(3), now=firm.noon(3))
    with pytest.raises(Refused, match="withdrawn already"):
        actions.withdraw_letter(message, reason="paid", on=day(3), now=firm.noon(3))
    with pytest.raises(Refused, match="Only a letter of the ladder"):
        actions.withdraw_letter(Message(pk=0, state="accepted"), reason="paid", on=day(3), now=firm.noon(3))
    whose = {"creditor": row.creditor, "customer": row.customer, "on": day(3), "recorded_at": firm.noon(3)}
    with pytest.raises(IntegrityError, match="withdrawal_says_why"), transaction.atomic():
        Withdrawal.objects.create(**whose, document=row.apology, apology=row.document, reason="")
    with pytest.raises(IntegrityError, match="withdrawal_is_another_letter"), transaction.atomic():
        other = documents.store(row.creditor, kind="demand", name="x.pdf", content=b"x", facts={}, now=firm.noon(3))
        Withdrawal.objects.create(**whose, document=other, apology=other, reason="x")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Withdrawal.objects.filter(pk=row.pk).update(reason="other")
