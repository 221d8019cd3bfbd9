"""Settlement reports in the books: one bank line split over its orders, fees apart, held where the sums differ, taken back by new entries."""

import json
from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from dunning.facts import facts_for
from invoices.actions.bank import import_statement, match_lines, set_aside, undo_line
from invoices.actions.settlements import (
    against_undoing,
    book_report,
    discard_report,
    import_settlement,
    name_invoice,
    set_line_aside,
    settle_waiting,
    undo_report,
)  # fmt: skip
from invoices.balances import open_credit
from invoices.books import differences
from invoices.models import BankLine, Deduction, Invoice, Payment, PayoutPartner, SettlementReport
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from tests.builders import make_creditor, make_customer, make_invoice, make_user, pay
from tests.db.test_bank import ACCOUNT, mt940

pytestmark = pytest.mark.django_db
D = Decimal
ON = date(2026, 5, 20)
HEAD = "Numer zamówienia;Kwota;Prowizja;Do wypłaty\n"
TWO = "1001;100,00;2,50;97,50\n1002;50,00;1,00;49,00\n"


@pytest.fixture
def partner() -> PayoutPartner:
    company = make_creditor(bank_account=ACCOUNT)
    return PayoutPartner.objects.create(
        creditor=company, slug="kurier", name="Kurier", kind="courier", payer="klient", methods=["cod"], profile="settlement-pl"
    )


def order(partner: PayoutPartner, number: str, amount: str) -> Invoice:
    invoice = make_invoice(
        make_customer(partner.creditor), amount, number=f"FV/{number}", issued_on=date(2026, 4, 1), due_on=date(2026, 4, 8)
    )
    Invoice.objects.filter(pk=invoice.pk).update(order_number=number, payment_method="cod")
    return Invoice.objects.get(pk=invoice.pk)


def paid_out(company: Creditor, amount: str, title: str = "pobrania") -> BankLine:
    import_statement(company, name="x.sta", data=mt940(f"{amount}|{title}|{title}", number=f"{amount}/1"), on=ON)
    match_lines(company)
    return BankLine.objects.get(creditor=company, title=title)


def report(partner: PayoutPartner, lines: str, **more):
    return import_settlement(partner, name="r.csv", data=(HEAD + lines).encode(), **more)


def owed(*invoices: Invoice) -> list[Decimal]:
    return [invoice.items.get().open_amount for invoice in invoices]


def sums(line: BankLine) -> tuple[Decimal, Decimal]:
    """What the payments of a line and its deductions come to, standing ones."""
    payments = sum((p.amount for p in Payment.objects.filter(bank_line=line, reverses=None, reversal=None)), D(0))
    return payments, sum((d.amount for d in Deduction.objects.filter(bank_line=line, reverses=None, reversal=None)), D(0))


def test_one_line_is_split_over_orders_and_the_fee_is_a_booking_of_its_own(partner: PayoutPartner) -> None:
    first, second = order(partner, "1001", "100.00"), order(partner, "1002", "50.00")
    line = paid_out(partner.creditor, "146,50")
    assert line.state == "waiting"  # never a customer's own money, whatever the amount
    found = report(partner, TWO)
    assert (found.state, found.held, owed(first, second)) == ("booked", (), [D(0), D(0)])
    line.refresh_from_db()
    assert line.state == "booked" and sums(line) == (D("150.00"), D("3.50"))
    assert {payment.payer_name for payment in Payment.objects.filter(bank_line=line)} == {"Kurier"}
    assert list(differences()) == []


def test_the_same_report_again_changes_nothing(partner: PayoutPartner) -> None:
    order(partner, "1001", "100.00"), order(partner, "1002", "50.00")
    paid_out(partner.creditor, "146,50")
    report(partner, TWO)
    assert report(partner, TWO).state == "booked" and SettlementReport.objects.count() == 1 and Payment.objects.count() == 2


def test_a_report_before_its_money_waits_and_is_booked_when_that_comes(partner: PayoutPartner) -> None:
    first, second = order(partner, "1001", "100.00"), order(partner, "1002", "50.00")
    assert report(partner, TWO).state == "awaits_money" and owed(first) == [D(100)]
    facts = facts_for(partner.creditor, [first.customer_id], on=ON)
    assert all(item.is_unsettled for item in facts.customers[first.customer_id].items)  # the courier has the money: nobody is chased
    paid_out(partner.creditor, "146,50")
    assert owed(first, second) == [D(0), D(0)] and settle_waiting(partner.creditor) == 0


def test_a_sum_that_differs_from_the_bank_line_is_held_and_nothing_is_booked(partner: PayoutPartner) -> None:
    first = order(partner, "1001", "100.00")
    order(partner, "1002", "50.00")
    line = paid_out(partner.creditor, "146,49")
    found = report(partner, TWO)
    assert found.state == "held" and "146.50" in found.held[0] and owed(first) == [D(100)]
    assert found.report is not None
    with pytest.raises(Refused, match=r"146\.49"):
        book_report(found.report, line)
    assert Payment.objects.count() == 0 == Deduction.objects.count()


def test_orders_wait_as_unmatched_money_until_the_report_is_in(partner: PayoutPartner) -> None:
    first, second = order(partner, "1001", "100.00"), order(partner, "1002", "50.00")
    other = make_invoice(first.customer, "7.00", issued_on=date(2026, 4, 1), due_on=date(2026, 4, 8))

    def waiting() -> dict[str, bool]:
        facts = facts_for(partner.creditor, [first.customer_id, second.customer_id], on=ON)
        return {item.label: item.is_unsettled for customer in facts.customers.values() for item in customer.items}

    assert not any(waiting().values())
    paid_out(partner.creditor, "146,50")
    assert waiting() == {first.number: True, second.number: True, other.number: False}
    report(partner, TWO)
    assert not any(waiting().values())


def test_a_number_nobody_knows_holds_the_report_until_a_person_says_what_it_is(partner: PayoutPartner) -> None:
    first, by = order(partner, "1001", "100.00"), make_user(creditor=partner.creditor)
    line = paid_out(partner.creditor, "146,50")
    found = report(partner, TWO)
    assert found.state == "held" and "1002" in found.held[0] and found.report is not None
    unknown = found.report.lines.get(number="1002")
    with pytest.raises(Refused, match="1002"):
        book_report(found.report, line, by=by)
    set_line_aside(unknown, reason="Opłacone w sklepie od razu", by=by)
    book_report(found.report, line, by=by)
    assert owed(first) == [D(0)] and sums(line) == (D("100.00"), D("-46.50"))


def test_a_person_names_the_invoice_of_a_number(partner: PayoutPartner) -> None:
    order(partner, "1001", "100.00")
    meant, by = order(partner, "2002", "50.00"), make_user(creditor=partner.creditor)
    line = paid_out(partner.creditor, "146,50")
    found = report(partner, TWO)
    assert found.report is not None
    name_invoice(found.report.lines.get(number="1002"), meant, by=by)
    book_report(found.report, line, by=by)
    assert owed(meant) == [D(0)]
    with pytest.raises(Refused, match="another company"):
        name_invoice(report(partner, "9;1,00;;\n").report.lines.get(), make_invoice(make_customer(), "1.00"), by=by)


def test_a_shop_whose_orders_are_mostly_paid_sets_aside_what_is_not_ours(partner: PayoutPartner) -> None:
    PayoutPartner.objects.update(sets_aside_unknown=True)
    partner.refresh_from_db()
    first = order(partner, "1001", "100.00")
    paid_out(partner.creditor, "146,50")
    assert report(partner, TWO).state == "booked" and owed(first) == [D(0)]


def test_a_number_that_two_documents_carry_is_never_set_aside_alone(partner: PayoutPartner) -> None:
    PayoutPartner.objects.update(sets_aside_unknown=True)
    partner.refresh_from_db()
    order(partner, "1001", "100.00")
    Invoice.objects.filter(pk=order(partner, "1003", "50.00").pk).update(order_number="1001")
    paid_out(partner.creditor, "146,50")
    assert "1001" in report(partner, TWO).held[0]


def test_an_invoice_that_comes_after_the_report_is_found_when_the_money_comes(partner: PayoutPartner) -> None:
    PayoutPartner.objects.update(sets_aside_unknown=True)
    partner.refresh_from_db()
    assert report(partner, TWO).state == "awaits_money"
    first = order(partner, "1001", "100.00")
    paid_out(partner.creditor, "146,50")
    assert owed(first) == [D(0)]


def test_what_was_paid_before_is_not_booked_again(partner: PayoutPartner) -> None:
    first, second = order(partner, "1001", "100.00"), order(partner, "1002", "50.00")
    pay(first.customer, "100.00", first)
    paid_out(partner.creditor, "146,50")
    found = report(partner, TWO)
    assert found.state == "held" and "1001" in found.held[0] and owed(second) == [D(50)]
    assert found.report is not None
    set_line_aside(found.report.lines.get(number="1001"), reason="Już zaksięgowane", by=make_user(creditor=partner.creditor))
    book_report(found.report, BankLine.objects.get(title="pobrania"))
    assert owed(first, second) == [D(0), D(0)] and open_credit([first.customer]) == {}


def test_money_given_back_takes_the_payment_back_that_came_by_the_partner(partner: PayoutPartner) -> None:
    first, second = order(partner, "1001", "100.00"), order(partner, "1002", "50.00")
    paid_out(partner.creditor, "146,50")
    report(partner, TWO)
    third = order(partner, "1003", "80.00")
    line = paid_out(partner.creditor, "29,00", "druga")
    assert report(partner, "1003;80,00;1,00;79,00\n1002;-50,00;;\n").state == "booked"
    assert owed(first, second, third) == [D(0), D(50), D(0)] and sums(line) == (D("80.00"), D("51.00"))


def test_undone_everything_is_taken_back_by_new_entries_and_can_be_booked_again(partner: PayoutPartner) -> None:
    first, second, by = order(partner, "1001", "100.00"), order(partner, "1002", "50.00"), make_user(creditor=partner.creditor)
    line = paid_out(partner.creditor, "146,50")
    found = report(partner, TWO)
    assert found.report is not None
    with pytest.raises(Refused, match="settlement report"):
        undo_line(BankLine.objects.get(pk=line.pk), on=ON, by=by)
    undo_report(found.report, reason="Zła linia", on=ON, by=by)
    line.refresh_from_db()
    assert line.state == "waiting" and owed(first, second) == [D(100), D(50)] and sums(line) == (D(0), D(0))
    assert Payment.objects.count() == 4 and Deduction.objects.count() == 2
    book_report(SettlementReport.objects.get(), line, by=by)
    assert owed(first, second) == [D(0), D(0)] and list(differences()) == []


@pytest.fixture
def given_back(partner: PayoutPartner) -> tuple[Invoice, SettlementReport, SettlementReport]:
    """An order paid by one report and given back by the next, which brought money of another order."""
    order(partner, "1001", "100.00")
    second = order(partner, "1002", "50.00")
    paid_out(partner.creditor, "146,50")
    first_report = report(partner, TWO).report
    order(partner, "1003", "80.00")
    paid_out(partner.creditor, "29,00", "druga")
    second_report = report(partner, "1003;80,00;1,00;79,00\n1002;-50,00;;\n").report
    assert first_report is not None and second_report is not None and owed(second) == [D(50)]
    return second, first_report, second_report


def test_a_report_that_gave_money_back_is_undone_and_the_money_stands_again(
    partner: PayoutPartner, given_back: tuple[Invoice, SettlementReport, SettlementReport]
) -> None:
    second, first_report, second_report = given_back
    by = make_user(creditor=partner.creditor)
    assert against_undoing(second_report) is None
    undo_report(second_report, reason="Zła linia", on=ON, by=by)
    assert owed(second) == [D(0)] and open_credit([second.customer]) == {} and list(differences()) == []
    again = Payment.objects.filter(customer=second.customer, reverses=None, reversal=None).get()
    assert again.bank_line == first_report.bank_line and again.booked_on >= ON
    book_report(SettlementReport.objects.get(pk=second_report.pk), BankLine.objects.get(title="druga"), by=by)
    assert owed(second) == [D(50)] and list(differences()) == []
    undo_report(SettlementReport.objects.get(pk=second_report.pk), reason="Zła linia", on=ON, by=by)
    undo_report(SettlementReport.objects.get(pk=first_report.pk), reason="Zła linia", on=ON, by=by)
    assert owed(second) == [D(50)] and not Payment.objects.filter(reverses=None, reversal=None).exists()
    assert list(differences()) == []


def test_money_given_back_that_was_paid_since_is_not_booked_twice(
    partner: PayoutPartner, given_back: tuple[Invoice, SettlementReport, SettlementReport]
) -> None:
    second, _first, second_report = given_back
    pay(second.customer, "50.00", second)
    assert "less is open" in str(against_undoing(second_report))
    with pytest.raises(Refused, match="less is open"):
        undo_report(second_report, reason="Zła linia", on=ON, by=make_user(creditor=partner.creditor))


def test_money_given_back_whose_report_is_taken_back_stays_given_back(
    partner: PayoutPartner, given_back: tuple[Invoice, SettlementReport, SettlementReport]
) -> None:
    _second, first_report, second_report = given_back
    by = make_user(creditor=partner.creditor)
    undo_report(first_report, reason="Zła linia", on=ON, by=by)
    with pytest.raises(Refused, match="taken back itself"):
        undo_report(second_report, reason="Zła linia", on=ON, by=by)


def test_a_discarded_report_can_come_again_and_a_line_set_aside_lets_orders_go(partner: PayoutPartner) -> None:
    first, by = order(partner, "1001", "100.00"), make_user(creditor=partner.creditor)
    line = paid_out(partner.creditor, "1,00")
    found = report(partner, TWO)
    assert found.report is not None
    discard_report(found.report, reason="Zły plik", by=by)
    again = report(partner, TWO).report
    assert again is not None and again != found.report
    discard_report(again, reason="Zły plik", by=by)
    set_aside(line, reason="Zwrot opłaty", by=by)
    facts = facts_for(partner.creditor, [first.customer_id], on=ON)
    assert not any(item.is_unsettled for item in facts.customers[first.customer_id].items)


def test_the_database_lets_no_payment_exceed_the_line_with_what_was_kept_of_it(partner: PayoutPartner) -> None:
    order(partner, "1001", "100.00"), order(partner, "1002", "50.00")
    line = paid_out(partner.creditor, "146,50")
    kept = report(partner, TWO).report
    assert kept is not None
    payment = Payment.objects.filter(bank_line=line).earliest("pk")
    payment.pk, payment.reference, payment.amount = None, "more", D("0.01")
    payment._state.adding = True
    with pytest.raises(DatabaseError, match="exceed"), transaction.atomic():
        payment.save()
    fee = Deduction.objects.get(bank_line=line)
    with pytest.raises(DatabaseError, match="exceed"), transaction.atomic():
        Deduction.objects.create(
            creditor=fee.creditor, report=kept, bank_line=line, kind="fee", amount=fee.amount, currency="PLN", on=fee.on, reverses=fee,
            recorded_at=fee.recorded_at,
        )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        SettlementReport.objects.update(net=D(1), gross=D(1), fees=D(0))


def test_the_command_says_what_it_did(partner: PayoutPartner, tmp_path: Path) -> None:
    order(partner, "1001", "100.00"), order(partner, "1002", "50.00")
    paid_out(partner.creditor, "146,50")
    (tmp_path / "r.csv").write_text(HEAD + TWO, encoding="utf-8")
    (tmp_path / "bad.csv").write_text(HEAD + "1001;100,00;2,50;99,00\n", encoding="utf-8")

    def run(name: str, *more: str) -> dict:
        out = StringIO()
        with nullcontext() if name == "r.csv" else pytest.raises(SystemExit):
            call_command("import_settlement", tmp_path / name, "--partner", "kurier", "--json", *more, stdout=out)
        return json.loads(out.getvalue())["reports"][0]

    tried = run("r.csv", "--dry-run")
    assert (tried["state"], tried["net"], SettlementReport.objects.count()) == ("booked", "146.50", 0)
    assert run("r.csv")["state"] == "booked"
    assert run("bad.csv")["problems"][0]["line"] == 2 and SettlementReport.objects.count() == 1
