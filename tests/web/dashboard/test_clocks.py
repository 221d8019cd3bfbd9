"""The clocks on the screens: what people note, and what the lists and pages then say."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dunning.models import LimitationEvent
from invoices.models import Invoice
from invoices.states import Kind
from receivables.documents.models import Document
from tests.builders import make_customer, make_invoice
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.test_facts import page
from tests.web.dashboard.world import DAY, OTHER_LETTERS, TODAY, World

ACK = {"kind": "acknowledgement", "on": "2026-11-20", "proof": "email", "source": "Zapłacimy w styczniu"}


def old(world: World, kind: Kind = Kind.BUSINESS, due_on: date = date(2024, 3, 15), **fields: Any) -> Invoice:
    """Goods, due in March 2024: the last day is 31 December 2026, five weeks after the world's today."""
    customer = make_customer(world.ours.creditor, name=OTHER_LETTERS, kind=kind)
    return make_invoice(customer, "1200.00", issued_on=due_on - 14 * DAY, due_on=due_on, **fields)


def csv(world: World, name: str, query: str = "") -> list[str]:
    response = world.client("viewer").get(reverse(f"dashboard:{name}") + query, headers={"accept-language": "en"})
    content = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    return list(content.splitlines())


# -- limitation


def test_the_list_is_empty_in_words_and_today_says_nothing(world: World) -> None:
    assert "Nothing runs out" in page(world, "clocks")
    assert "Near limitation" not in page(world, "today")


def test_what_runs_out_is_listed_exported_and_told_on_the_first_screen(world: World) -> None:
    near, past = old(world), old(world, due_on=date(2023, 3, 15))
    shown = page(world, "clocks")
    for words in (near.number, past.number, OTHER_LETTERS, "31 Dec 2026", "Within 3 months", "past: the debtor may object"):
        assert words.casefold() in shown.casefold()
    assert "Near limitation" in page(world, "today")
    lines = csv(world, "clocks_export")
    assert len(lines) == 3 and past.number in lines[1] and near.number in lines[2] and "1200.00" in lines[2]


@pytest.mark.parametrize(("alert", "number"), [("1", 0), ("3", 1), ("6", 1), ("past", 1), ("unknown", 1), ("", 3), ("nonsense", 3)])
def test_the_list_is_filtered_by_alert(world: World, alert: str, number: int) -> None:
    old(world), old(world, due_on=date(2023, 3, 15)), old(world, due_on=date(2018, 3, 15))
    assert len(csv(world, "clocks_export", f"?alert={alert}")) == number + 1


def test_the_list_is_searched_by_invoice_and_customer(world: World) -> None:
    invoice = old(world)
    for words, number in ((invoice.number, 1), ("zażółć", 1), ("nobody", 0)):
        assert len(csv(world, "clocks_export", f"?q={words}")) == number + 1
    assert "Nothing fits" in page_of(world, "clocks", "?q=nobody")


def page_of(world: World, name: str, query: str) -> str:
    return str(world.client("viewer").get(reverse(f"dashboard:{name}") + query, headers={"accept-language": "en"}).content.decode())


def test_others_debts_are_not_listed(world: World) -> None:
    make_invoice(world.theirs.customer, issued_on=date(2024, 3, 1), due_on=date(2024, 3, 15))
    assert len(csv(world, "clocks_export")) == 1


def test_the_pages_of_invoice_and_customer_show_the_last_day_and_how_it_was_worked_out(world: World) -> None:
    invoice = old(world, Kind.CONSUMER, due_on=date(2023, 12, 31))
    shown = page(world, "invoice", invoice.pk)
    for words in ("31 Dec 2025", "sale of goods, due on 31 December 2023", "2 years, to the end of the calendar year", "31 Dec 2026"):
        assert words in shown
    assert "leaves the ladder by itself" in shown
    assert "31 December 2025" in page(world, "customer", invoice.customer_id)


def test_an_acknowledgement_is_noted_with_its_paper_and_taken_back(world: World) -> None:
    invoice = old(world)
    paper = SimpleUploadedFile("mail.pdf", b"%PDF-1.7 x")
    answer = post(world.client("clerk"), "limitation_note", [invoice.pk], **ACK, document=paper)
    assert answer.status_code == 302 and "worked out anew" in said(answer)
    event = LimitationEvent.objects.get(invoice=invoice)
    assert (event.author, event.recorded_on, event.document is not None) == (world.people["clerk"], TODAY, True)
    shown = page(world, "invoice", invoice.pk)
    assert "31 Dec 2028" in shown and "Zapłacimy w styczniu" in shown and "Began anew on" in shown
    answer = post(world.client("clerk"), "limitation_take_back", [event.pk], reason="Inny dług")
    assert answer.status_code == 302 and "31 Dec 2026" in page(world, "invoice", invoice.pk)


def test_what_is_refused_leaves_no_paper_behind(world: World) -> None:
    invoice, client = old(world), world.client("clerk")
    assert post(client, "limitation_note", [invoice.pk], **ACK).status_code == 302
    before = Document.objects.count()
    paper = SimpleUploadedFile("mail.pdf", b"%PDF-1.7 x")
    assert post(client, "limitation_note", [invoice.pk], **ACK, document=paper).status_code == 422
    assert Document.objects.count() == before


def test_a_pending_suit_stops_the_clock_until_its_end(world: World) -> None:
    shown = page(world, "invoice", world.ours.invoice.pk)
    assert "time does not run while proceedings are pending" in shown and "<script>alert" not in shown
    values = {"on": "2026-11-22", "proof": "court_paper", "source": "Umorzono"}
    assert post(world.client("clerk"), "limitation_end", [world.ours.suit.pk], **values).status_code == 302
    shown = page(world, "invoice", world.ours.invoice.pk)
    assert "Umorzono" in shown and "Take back the end" in shown


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"on": "2026-12-01"}, "future"),
        ({"source": ""}, "required"),
        ({"kind": "reminder"}, "valid choice"),
        ({"on": "2020-01-01"}, "before"),
    ],
)
def test_what_cannot_be_noted_is_refused(world: World, values: dict[str, str], words: str) -> None:
    answer = post(world.client("clerk"), "limitation_note", [world.ours.invoice.pk], **{**ACK, **values})
    assert answer.status_code == 422 and words in answer.content.decode()


# -- VAT relief

VAT = {"net_23": "1 000,00", "vat_23": "230"}


def unpaid(world: World, kind: Kind = Kind.BUSINESS, due_on: date = date(2026, 8, 10)) -> Invoice:
    """Due on 10 August 2026: day 90 is 8 November, in the world's month."""
    customer = make_customer(world.ours.creditor, name=OTHER_LETTERS, kind=kind, tax_id="1234563218")
    return make_invoice(customer, "1230.00", issued_on=due_on - 14 * DAY, due_on=due_on)


def test_a_month_lists_what_passes_day_90_asks_for_vat_and_notes_the_relief(world: World) -> None:
    invoice = unpaid(world)
    item = invoice.items.get()
    shown = page(world, "relief")
    assert invoice.number in shown and "State net and VAT" in shown and "VAT relief this month" in page(world, "today")
    refused = post(world.client("clerk"), "relief_take", [item.pk], period="2026-11")
    assert refused.status_code == 422 and "State them first" in refused.content.decode()
    assert post(world.client("clerk"), "invoice_vat", [invoice.pk], **VAT).status_code == 302
    assert "Note as taken" in page(world, "relief")
    answer = post(world.client("clerk"), "relief_take", [item.pk], period="2026-11")
    assert answer.status_code == 302 and "noted" in said(answer)
    shown = page(world, "relief")
    assert "1,000.00" in shown and "230.00" in shown
    line = next(line for line in csv(world, "relief_export") if invoice.number in line)
    assert {"1234563218", "2026-08-10", "1230.00", "23", "-1000.00", "-230.00", "K_19", "K_20"} <= set(line.split(","))
    assert "Relief taken" in page(world, "invoice", invoice.pk)


def test_money_that_came_later_is_to_be_given_back_in_its_month(world: World) -> None:
    shown = page(world, "relief")
    assert "to be given back" in shown and "50.00" in shown and "1 to be given back" in page(world, "today")
    assert post(world.client("clerk"), "relief_give_back", [world.ours.relief.pk]).status_code == 302
    lines = csv(world, "relief_export", "?state=given_back")[1:]
    assert len(lines) == 1 and "2026-11-22" in lines[0] and "50.00" in lines[0] and "11.50" in lines[0] and lines[0].endswith(",,")
    june = csv(world, "relief_export", "?month=2026-06&state=taken")
    assert {"-100.00", "-23.00"} <= set(june[1].split(","))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"net_23": "1000", "vat_23": "200"}, "does not fit"),
        ({"net_23": "100", "vat_23": "23"}, "add up to"),
        ({}, "at least one rate"),
        ({"net_other": "10", "vat_other": "1"}, "Say which rate"),
        ({"net_23": "x"}, "Enter a number"),
    ],
)
def test_net_and_vat_that_cannot_be_are_refused(world: World, values: dict[str, str], words: str) -> None:
    answer = post(world.client("clerk"), "invoice_vat", [unpaid(world).pk], **values)
    assert answer.status_code == 422 and words in answer.content.decode()


def test_a_consumers_relief_asks_for_its_proof(world: World) -> None:
    invoice = unpaid(world, Kind.CONSUMER)
    post(world.client("clerk"), "invoice_vat", [invoice.pk], **VAT)
    assert "needs proof" in page(world, "relief")
    item = invoice.items.get()
    assert post(world.client("clerk"), "relief_take", [item.pk], period="2026-11").status_code == 422
    assert post(world.client("clerk"), "relief_take", [item.pk], period="2026-11", proof="Wyrok I C 1/26").status_code == 302


def test_what_was_missed_says_so(world: World) -> None:
    unpaid(world, due_on=date(2026, 5, 10))
    assert len(csv(world, "relief_export", "?state=missed")) == 2
    assert len(csv(world, "relief_export", "?month=2026-08&state=open")) == 2
    assert len(csv(world, "relief_export", "?month=2026-07&state=open")) == 1


def test_a_month_without_anything_says_so(world: World) -> None:
    assert "Nothing fits" in page_of(world, "relief", "?month=2024-01")


# -- claimable, not claimed


def test_what_nobody_has_claimed_is_listed_by_customer_and_by_item_and_exported(world: World) -> None:
    invoice = unpaid(world)
    shown = page(world, "unclaimed")
    assert OTHER_LETTERS in shown and "No debt was late" not in shown
    number = invoice.customer.number
    row = csv(world, "unclaimed_export", f"?q={number}")[1].split(",")
    assert row[0] == number and row[4] == "PLN" and all(float(cell) > 0 for cell in row[5:])
    items = csv(world, "unclaimed_export", f"?by=item&q={number}")
    assert len(items) == 2 and invoice.number in items[1]
    assert invoice.number in page_of(world, "unclaimed", f"?by=item&q={number}")
    earlier = csv(world, "unclaimed_export", f"?q={number}&through=2026-09-10")[1].split(",")
    assert float(earlier[5]) < float(row[5]) and earlier[6] == row[6]


@pytest.mark.parametrize(
    ("query", "number"), [("?kind=consumer", 0), ("?kind=business", 1), ("?currency=EUR", 0), ("?through=nonsense", 1)]
)
def test_the_list_of_what_is_unclaimed_is_filtered(world: World, query: str, number: int) -> None:
    invoice = unpaid(world)
    make_invoice(world.ours.customer, currency="EUR")
    assert len(csv(world, "unclaimed_export", f"{query}&q={invoice.customer.number}")) == number + 1


def test_invoice_and_customer_show_what_could_be_claimed_with_its_working(world: World) -> None:
    invoice = unpaid(world)
    shown = page(world, "invoice", invoice.pk)
    for words in ("Claimable, not claimed", "Interest through", "Compensation: PLN", "13.75", "11 Aug 2026"):
        assert words in shown
    assert "Interest not claimed" in page(world, "customer", invoice.customer_id)


# -- payment terms


def test_a_term_longer_than_the_law_allows_is_shown_with_the_lawful_day_and_changes_nothing(world: World) -> None:
    customer = make_customer(world.ours.creditor, kind=Kind.PUBLIC)
    long = make_invoice(customer, issued_on=date(2026, 11, 1), due_on=date(2026, 12, 2))
    lawful = make_invoice(customer, issued_on=date(2026, 11, 1), due_on=date(2026, 12, 1))
    shown = page(world, "terms")
    assert long.number in shown and lawful.number not in shown and "longer than a public body may have" in shown
    line = next(line for line in csv(world, "terms_export") if long.number in line)
    assert ",31,2026-12-01," in line
    invoice = page(world, "invoice", long.pk)
    assert "Payment term too long: lawful until" in invoice and "2 Dec 2026" in invoice
    assert "Payment term too long" not in page(world, "invoice", lawful.pk)


@pytest.mark.parametrize(
    ("kind", "days", "is_long"),
    [(Kind.BUSINESS, 60, False), (Kind.BUSINESS, 61, True), (Kind.CONSUMER, 90, False), (Kind.PUBLIC, 30, False), (Kind.PUBLIC, 31, True)],
)
def test_the_caps_of_terms(world: World, kind: Kind, days: int, is_long: bool) -> None:
    invoice = make_invoice(make_customer(world.ours.creditor, kind=kind), issued_on=TODAY, due_on=TODAY + days * DAY)
    assert (len(csv(world, "terms_export", f"?q={invoice.number}")) == 2) is is_long


# -- debtor registers

LETTER = {"register": "BIG InfoMonitor, Warszawa", "sent_on": "2026-11-02", "way": "registered_letter", "proof": "R 77"}


def test_who_may_be_entered_is_listed_with_what_is_missing_and_the_letter_is_noted(world: World) -> None:
    invoice = unpaid(world)
    item = invoice.items.get()
    number = invoice.customer.number
    assert "send the register&#x27;s notice by registered letter first" in page(world, "registers")
    answer = post(world.client("clerk"), "register_warning", [invoice.customer_id], **LETTER, items=[item.pk])
    assert answer.status_code == 302 and "noted" in said(answer)
    line = csv(world, "registers_export", f"?q={number}")[1]
    assert "2026-11-02" in line and "2026-12-03" in line and "not over yet" in line
    shown = page(world, "customer", invoice.customer_id)
    assert "R 77" in shown and "3 Dec 2026" in shown


def test_an_entry_that_follows_a_payment_is_a_duty_with_its_day(world: World) -> None:
    entry = world.ours.entry
    assert len(csv(world, "registers_export", "?state=duty")) == 2
    assert "2026-12-06" in csv(world, "registers_export", "?state=duty")[1]
    assert "registers to be told" in page(world, "today").casefold()
    refused = post(world.client("clerk"), "register_update", [entry.pk], kind="updated", on="2026-11-23")
    assert refused.status_code == 422 and "needed" in refused.content.decode()
    answer = post(world.client("clerk"), "register_update", [entry.pk], kind="updated", on="2026-11-23", amount="600")
    assert answer.status_code == 302
    assert "600.00" in page(world, "customer", entry.customer_id)


def test_an_entry_is_noted_by_an_approver(world: World) -> None:
    customer = world.ours.warning.customer
    item = customer.items.get()
    values = {"register": "KRD", "entered_on": "2026-11-20", "amount": "900", "items": [item.pk]}
    assert post(world.client("clerk"), "register_entry", [customer.pk], **values).status_code == 403
    assert post(world.client("approver"), "register_entry", [customer.pk], **values).status_code == 302
    assert "KRD" in page(world, "customer", customer.pk)


@pytest.mark.parametrize(
    ("state", "number"), [("eligible", 1), ("waiting", 0), ("entered", 1), ("duty", 1), ("missing", 9), ("nonsense", 10)]
)
def test_the_list_of_registers_is_filtered(world: World, state: str, number: int) -> None:
    assert len(csv(world, "registers_export", f"?state={state}")) == number + 1


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("unclaimed", "?through=0001-01-01"),
        ("unclaimed", "?through=9999-12-31"),
        ("relief", "?month=0001-01"),
        ("relief", "?month=9999-12"),
    ],
)
def test_a_day_at_the_end_of_the_calendar_breaks_no_list(world: World, name: str, query: str) -> None:
    assert world.client("viewer").get(reverse(f"dashboard:{name}") + query).status_code == 200
