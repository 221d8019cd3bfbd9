"""The clocks on the screens: what people note, and what the lists and pages then say."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dunning.models import LimitationEvent
from invoices.models import Invoice
from invoices.states import Kind
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
