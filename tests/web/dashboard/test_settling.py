"""The screens of discounts, small differences, refunds, other currencies and prepayments; lines that are joined."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoices import actions as books
from invoices.actions.bank import import_statement
from invoices.models import (
    Allowance,
    BankLine,
    CollectiveId,
    CreditEntry,
    DifferenceRule,
    EarlyPayment,
    ExchangeDifference,
    Matching,
    Prepayment,
)
from receivables.clock import now
from receivables.dashboard import tasks
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.views import bank
from receivables.rates.models import DayRate
from tests.builders import make_customer, make_invoice, pay
from tests.web.dashboard.test_bank import page, url
from tests.web.dashboard.world import TODAY, World

pytestmark = pytest.mark.django_db
ON = TODAY.isoformat()


def post(world: World, name: str, *pk: int, **said: Any) -> Any:
    return world.client("clerk").post(url(name, *pk), said)


def test_credit_is_given_back_and_taken_back(world: World) -> None:
    payment = world.ours.payment
    assert "Book the refund" in page(world.client("clerk"), "payment_give_back", payment.pk)
    assert post(world, "payment_give_back", payment.pk, amount="1000", on=ON).status_code == UNPROCESSABLE
    assert post(world, "payment_give_back", payment.pk, amount="15,00", on=ON, reference="R-1").status_code == 302
    row = CreditEntry.objects.get(reference="R-1")
    assert (row.amount, row.by.username) == (Decimal(15), "clerk")
    shown = page(world.client("viewer"), "payment", payment.pk)
    assert "R-1" in shown
    assert "Take the refund back" not in shown
    assert post(world, "refund_undo", row.pk, on=ON, reason="").status_code == UNPROCESSABLE
    assert post(world, "refund_undo", row.pk, on=ON, reason="came back").status_code == 302
    assert post(world, "credit_note_give_back", world.ours.invoice.pk, on=ON).status_code == 404  # no credit note
    assert "Open credit" in page(world.client("clerk"), "customer", world.ours.note.customer_id)


def test_the_rest_is_closed_and_a_discount_noted(world: World) -> None:
    invoice = make_invoice(make_customer(world.ours.creditor), number="FV/901/2026", issued_on=date(2026, 11, 20), due_on=TODAY)
    assert post(world, "invoice_discount", invoice.pk, percent="21", days="7").status_code == UNPROCESSABLE
    assert post(world, "invoice_discount", invoice.pk, percent="2", days="7", said="2 % / 7 dni").status_code == 302
    assert EarlyPayment.objects.get().percent == 2
    assert "less to who pays by" in page(world.client("viewer"), "invoice", invoice.pk)
    payment = pay(invoice.customer, "98.00", invoice, booked_on=TODAY)
    item = invoice.items.get()
    assert post(world, "payment_rest", payment.pk, item=item.pk, kind="discount").status_code == 302
    assert Allowance.objects.get().amount == 2
    for name, pk in (("payment", payment.pk), ("invoice", invoice.pk)):
        assert "needs a correction invoice" in page(world.client("viewer"), name, pk)
    assert post(world, "payment_rest", payment.pk, item=item.pk, kind="bank_fee").status_code == UNPROCESSABLE


def test_another_currency_and_its_difference(world: World) -> None:
    customer = make_customer(world.ours.creditor)
    invoice = make_invoice(customer, "1000.00", number="EU/901/2026", currency="EUR", issued_on=date(2026, 11, 20), due_on=TODAY)
    payment = pay(customer, "4250.00", currency="PLN", unmatched=True, booked_on=TODAY)
    said = {"item": invoice.items.get().pk, "settles": "1000,00", "paid": "4250,00", "on": ON, "note": "potwierdzenie"}
    assert post(world, "payment_exchange", payment.pk, **{**said, "paid": "4250,01"}).status_code == UNPROCESSABLE
    assert post(world, "payment_exchange", payment.pk, **said).status_code == 302
    entry = invoice.items.get().entries.get()
    rate = {"entry": entry.pk, "settled_rate": "4,3012", "settled_on": "2026-11-19", "source": "NBP, tabela 224/A/NBP/2026"}
    wrong = post(world, "payment_difference", payment.pk, **{**rate, "settled_on": "2026-11-18"})
    assert wrong.status_code == UNPROCESSABLE
    assert "2026-11-19" in wrong.content.decode()
    assert post(world, "payment_difference", payment.pk, **rate).status_code == 302
    assert ExchangeDifference.objects.get().amount == Decimal("51.20")
    shown = page(world.client("viewer"), "payment", payment.pk)
    assert "224/A/NBP/2026" in shown
    assert "loss" in shown
    assert "4.25" in page(world.client("viewer"), "invoice", invoice.pk)


def test_rates_that_were_fetched_are_shown_and_taken_where_none_is_stated(world: World) -> None:
    customer = make_customer(world.ours.creditor)
    invoice = make_invoice(customer, "1000.00", number="EU/902/2026", currency="EUR", issued_on=date(2026, 11, 20), due_on=TODAY)
    payment = pay(customer, "1000.00", invoice, currency="EUR", booked_on=date(2026, 11, 24))
    entry = payment.entries.get()
    assert post(world, "payment_difference", payment.pk, entry=entry.pk).status_code == UNPROCESSABLE
    for day, price, table in (("2026-11-19", "4.3012", "224"), ("2026-11-23", "4.2512", "226")):
        DayRate.objects.create(
            country="PL",
            currency="EUR",
            on=day,
            table_on=day,
            price=price,
            table_number=f"{table}/A/NBP/2026",
            source="NBP, table A",
            at=now(),
        )
    shown = page(world.client("clerk"), "payment_difference", payment.pk)
    assert "1 EUR = 4.2512 (NBP, table 226/A/NBP/2026, 23.11.2026)" in shown and "224/A/NBP/2026" in shown
    stated = {"entry": entry.pk, "received_rate": "4,25", "received_on": "2026-11-23"}
    assert post(world, "payment_difference", payment.pk, **stated).status_code == UNPROCESSABLE  # from where?
    assert post(world, "payment_difference", payment.pk, entry=entry.pk).status_code == 302
    made = ExchangeDifference.objects.get(entry=entry)
    assert (made.amount, made.is_gain, made.source) == (Decimal("50.00"), False, "NBP, table 226/A/NBP/2026; NBP, table 224/A/NBP/2026")


def test_money_waits_for_its_invoice(world: World) -> None:
    row = world.ours.prepayment
    assert row.order_number.split()[0] in page(world.client("viewer"), "payment", row.payment_id)
    assert post(world, "payment_prepaid", row.payment_id, order_number="Z/8").status_code == UNPROCESSABLE
    assert post(world, "prepayment_end", row.pk).status_code == 302
    assert post(world, "payment_prepaid", row.payment_id).status_code == UNPROCESSABLE
    assert post(world, "payment_prepaid", row.payment_id, order_number="Z/8").status_code == 302
    assert Prepayment.objects.filter(ended_on=None, order_number="Z/8").exists()


def test_rules_and_collective_identifiers(world: World) -> None:
    boss = world.client("manager")
    assert "up to" in page(boss, "difference_rules")
    assert boss.post(url("difference_rules"), {"currency": "PLN", "most": "1001", "most_percent": "100"}).status_code == UNPROCESSABLE
    assert boss.post(url("difference_rules"), {"currency": "PLN", "most": "8,50", "most_percent": "2"}).status_code == 302
    assert DifferenceRule.objects.get().most == Decimal("8.50")
    theirs = world.theirs.invoice.number
    unknown = post(world, "collective_id", number="ZBIOR-2026-1", invoices=f"{theirs}-x\n")
    assert unknown.status_code == UNPROCESSABLE
    assert post(world, "collective_id", number="ZBIOR-2026-1", invoices=f"{world.ours.invoice.number}\n").status_code == 302
    assert CollectiveId.objects.get().invoice == world.ours.invoice


def lines(world: World, *entries: str) -> list[BankLine]:
    creditor = world.ours.creditor
    known = set(BankLine.objects.values_list("pk", flat=True))
    body = "".join(
        f":61:2611231123{'D' if amount[0] == '-' else 'C'}{amount.lstrip('-')}NTRFNONREF//S{n}\n:86:020~00X\n~20{title}\n~32ODBIORCA\n"
        for n, (amount, title) in enumerate(entry.split("|") for entry in entries)
    )
    text = f":20:ST\n:25:{creditor.bank_account}\n:28C:88/1\n:60F:C261120PLN0,00\n{body}-\n"
    report = import_statement(creditor, name="s.sta", data=text.encode(), on=TODAY)
    assert not report.problems
    return list(BankLine.objects.exclude(pk__in=known).order_by("pk"))


def test_lines_are_joined(world: World) -> None:
    invoice = make_invoice(make_customer(world.ours.creditor), "150.00", number="FV/902/2026")
    first, second = lines(world, "90,00|FV/902/2026 1", "60,00|FV/902/2026 2")
    client = world.client("clerk")
    assert "Join the chosen lines" in page(client, "bank")
    assert "Choose two or more lines" in client.get(url("bank_join"), {"line": [first.pk]}).content.decode()
    asked = client.get(url("bank_join"), {"line": [first.pk, second.pk, world.theirs.line.pk, "x"]}).content.decode()
    assert "FV/902/2026" in asked
    assert f'value="{world.theirs.line.pk}"' not in asked
    chosen = {"line": [first.pk, second.pk]}
    assert client.post(url("bank_join"), {**chosen, "numbers": "NIC"}).status_code == UNPROCESSABLE
    done = client.post(url("bank_join"), {**chosen, "customer": invoice.customer_id, "item": [invoice.items.get().pk]})
    assert done.status_code == 302
    assert invoice.items.get().open_amount == 0
    assert "joined with other lines" in page(client, "bank_line", first.pk)


def test_a_refund_is_booked_from_its_line(world: World) -> None:
    customer = make_customer(world.ours.creditor, name="Odbiorca")
    pay(customer, "33.00", booked_on=TODAY, unmatched=True)
    (line,) = lines(world, "-33,00|zwrot nadplaty")
    client = world.client("clerk")
    assert "Odbiorca" in page(client, "bank_refunds")
    client.post(url("bank_line_refund", line.pk), {"customer": world.theirs.customer.pk})
    assert not line.refunds.exists()
    client.post(url("bank_line_refund", line.pk), {"customer": customer.pk})
    assert line.refunds.get().amount == 33
    shown = page(client, "bank_line", line.pk)
    assert "gave credit back to" in shown
    assert "Take the refund back" in shown


def test_a_suggestion_says_what_is_borne_and_may_leave_it_open(world: World) -> None:
    invoice = make_invoice(make_customer(world.ours.creditor), number="FV/903/2026")
    (line,) = lines(world, "97,00|FV/903/2026")
    client = world.client("clerk")
    assert "is borne by the company" in page(client, "bank_line", line.pk)
    said = {"customer": invoice.customer_id, "item": [invoice.items.get().pk]}
    client.post(url("bank_line_book", line.pk), {**said, "leave": "1"})
    assert invoice.items.get().open_amount == 3
    client.post(url("bank_line_back", line.pk))
    client.post(url("bank_line_book", line.pk), said)
    assert (invoice.items.get().open_amount, Allowance.objects.get().amount) == (0, 3)
    assert books.left_of(line.payments.latest("pk")) == 0


def test_a_long_matching_is_shown_and_stopped(world: World) -> None:
    Matching.objects.create(creditor=world.ours.creditor, lines=9000, done=2000, alone=1500, began_at=now(), told_at=now())
    client = world.client("clerk")
    shown = page(client, "bank")
    assert "2,000 of 9,000" in shown and "1,500" in shown and f'action="{url("bank_match")}"' not in shown
    client.post(url("bank_match_stop"))
    assert Matching.objects.get().stop_asked_at is not None
    assert "The matching is being stopped" in page(client, "bank")


def test_many_lines_are_matched_by_a_worker(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(bank, "LONG", 1)
    monkeypatch.setattr(tasks, "tell_to_match", lambda creditor: not told.append(creditor))
    make_invoice(make_customer(world.ours.creditor), number="FV/904/2026")
    (line,) = lines(world, "100,00|FV/904/2026")
    client = world.client("clerk")
    client.post(url("bank_match"))
    assert told == [world.ours.creditor] and not line.payments.exists()
    tasks.match.run(world.ours.creditor.pk)
    assert line.payments.exists()


def test_without_a_worker_lines_are_matched_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, "LONG", 1)
    monkeypatch.setattr(tasks, "tell_to_match", lambda creditor: False)
    make_invoice(make_customer(world.ours.creditor), number="FV/905/2026")
    (line,) = lines(world, "100,00|FV/905/2026")
    world.client("clerk").post(url("bank_match"))
    assert line.payments.exists()
