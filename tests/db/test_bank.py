"""Statements into the books: once, whichever way they come; only the certain is booked alone; undone by new entries."""

import json
import random
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from dunning.models import LadderRules
from invoices.actions.bank import (
    StatementReport,
    Wanted,
    add_bank_account,
    book_line,
    import_statement,
    match_lines,
    put_back,
    release_statement,
    set_aside,
    suggestions,
    take_back_by,
    undo_line,
)
from invoices.books import differences
from invoices.matching import Reason
from invoices.models import BankAccount, BankLine, BankStatement, Payment, StatementFile
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from tests.builders import make_creditor, make_customer, make_invoice, make_user
from tests.shared_files import SHARED, needs_shared

pytestmark = pytest.mark.django_db

ACCOUNT = "PL61109010140000071219812874"
ON = date(2026, 5, 20)
PAYER = "PL27114020040000300201355387"


def mt940(*entries: str, opening: str = "0,00", closing: str | None = None, number: str = "1/1", account: str = ACCOUNT) -> bytes:
    total = sum(Decimal(entry.split("|")[0].replace(",", ".")) for entry in entries) + Decimal(opening.replace(",", "."))
    closing = closing or f"{total:.2f}".replace(".", ",")
    lines = [f":20:ST\n:25:{account}\n:28C:{number}\n:60F:C260504PLN{opening}"]
    for entry in entries:
        amount, title, reference = (*entry.split("|"), "", "")[:3]
        mark, plain = ("D", amount[1:]) if amount.startswith("-") else ("C", amount)
        lines.append(
            f":61:2605040504{mark}{plain}NTRFNONREF{'//' + reference if reference else ''}\n:86:020~00X\n~20{title}\n~32KLIENT\n~38{PAYER}"
        )
    return "\n".join([*lines, f":62F:C260504PLN{closing}\n-"]).encode()


@pytest.fixture
def company() -> Creditor:
    return make_creditor(bank_account=ACCOUNT)


def take(company: Creditor, data: bytes, name: str = "x.sta", **more):
    return import_statement(company, name=name, data=data, on=ON, **more)


def owed(invoice) -> list[Decimal]:
    return list(invoice.items.order_by("position").values_list("open_amount", flat=True))


def said() -> list[tuple]:
    return sorted(BankLine.objects.values_list("booked_on", "amount", "title"))


def test_a_file_is_taken_once_and_its_lines_once(company):
    data = mt940("100,00|FV 1|A", "-5,00|OPLATA|B")
    first, again = take(company, data), take(company, data, "renamed.sta")
    overlapping = take(company, mt940("100,00|FV 1|A", "50,00|FV 2|C"))
    assert (first.new, again.new, again.known, overlapping.new, overlapping.known) == (2, 0, 2, 1, 1)
    assert StatementFile.objects.count() == 2
    assert [line.state for line in BankLine.objects.order_by("pk")] == ["waiting", "set_aside", "waiting"]


def test_two_equal_movements_of_one_day_are_both_real(company):
    assert take(company, mt940("10,00|FV 1", "10,00|FV 1")).new == 2
    assert take(company, mt940("10,00|FV 1", "10,00|FV 1", "3,00|FV 2")).new == 1


@pytest.mark.parametrize("seed", range(5))
def test_in_pieces_overlapping_and_in_any_order_the_lines_are_the_same(company, seed):
    draw = random.Random(seed)
    entries = [f"{n + 1},00|FV {n % 7}|R{n}" for n in range(30)]
    pieces = [entries[at : at + draw.randint(3, 12)] for at in range(0, 30, 3)] + [entries]
    draw.shuffle(pieces)
    for n, piece in enumerate(pieces):
        take(company, mt940(*draw.sample(piece, len(piece)), number=f"{n}/1"))
    assert said() == sorted((date(2026, 5, 4), Decimal(n + 1), f"FV {n % 7}") for n in range(30))


def test_what_does_not_balance_is_held_until_a_person_releases_it(company):
    invoice = make_invoice(make_customer(company), number="FV/1/2026")
    assert take(company, mt940("100,00|FV/1/2026|A", closing="900,00")).held == 1
    assert match_lines(company).lines == 0
    line = BankLine.objects.get()
    with pytest.raises(Refused, match="held"):
        book_line(line, [Wanted(invoice.customer, Decimal(100))], why="x")
    release_statement(BankStatement.objects.get(), reason="The bank has confirmed it", by=make_user(creditor=company))
    assert match_lines(company).alone == 1


def test_a_foreign_account_is_refused_and_leaves_nothing(company):
    report = take(company, mt940("1,00|x", account="PL27114020040000300201355387"))
    assert "not known as one of the company's" in str(report.problems[0])
    assert not StatementFile.objects.exists()
    assert take(company, mt940("1,00|x", account="PL27114020040000300201355387"), account="PL27 1140 2004 0000 3002 0135 5387").new == 1


@pytest.mark.parametrize("written", [ACCOUNT, f"/{ACCOUNT}", ACCOUNT[2:], f"{ACCOUNT} PLN"])
def test_the_companys_account_however_the_bank_writes_it(company, written):
    assert take(company, mt940("1,00|x", account=written)).new == 1


def test_an_amount_that_cannot_be_read_keeps_the_file_out_with_its_place(company):
    report = take(company, mt940("1,00|x").replace(b"C1,00N", b"C1,x0N"))
    assert report.is_refused and "line 5" in str(report.problems[0])
    assert not BankLine.objects.exists()


def test_the_bank_is_seen_until_the_last_day_of_the_statement(company):
    take(company, mt940("1,00|x"))
    assert LadderRules.objects.get(creditor=company).bank_seen_until == date(2026, 5, 4)
    take(company, mt940("1,00|y", closing="7,00").replace(b"260504", b"260510"))  # held: nobody has looked
    assert LadderRules.objects.get(creditor=company).bank_seen_until == date(2026, 5, 4)


def test_a_day_is_read_by_a_file_taken_in_on_a_later_one(company):
    def told() -> tuple[date, date]:
        return LadderRules.objects.values_list("bank_seen_until", "bank_read_until").get(creditor=company)

    day = date(2026, 5, 4)
    import_statement(company, name="noon", data=mt940("1,00|x"), on=day)
    assert told() == (day, date(2026, 5, 3))
    import_statement(company, name="all of it", data=mt940("1,00|x", "2,00|y"), on=date(2026, 5, 5))
    assert told() == (day, day)


def test_the_certain_is_booked_alone_and_the_rest_waits_with_its_reasons(company):
    customer = make_customer(company)
    paid, other = make_invoice(customer, number="FV/1/2026"), make_invoice(customer, 70, number="FV/11/2026")
    take(company, mt940("100,00|zaplata za FV/1/2026|A", "70,00|przelew|B", "12,34|nic|C"))
    assert (match_lines(company).alone, match_lines(company).alone) == (1, 0)
    line = BankLine.objects.get(amount=100)
    assert (line.state, line.why, line.by) == ("booked", "matched alone: number", None)
    assert owed(paid) == [0] and owed(other) == [Decimal(70)]
    waiting = list(BankLine.objects.waiting().order_by("-amount"))
    found = suggestions(waiting)
    assert found[waiting[0].pk][0].reason is Reason.ACCOUNT_AND_AMOUNT  # learned from what was booked
    assert [each.reason for each in found[waiting[1].pk]] == [Reason.ACCOUNT]
    assert list(differences()) == []


def test_two_lines_for_one_invoice_pay_it_once(company):
    make_invoice(make_customer(company), number="FV/1/2026")
    take(company, mt940("100,00|FV/1/2026|A", "100,00|FV/1/2026|B"))
    assert match_lines(company).alone == 1
    assert BankLine.objects.waiting().count() == 1


def test_what_another_file_says_a_little_differently_is_for_a_person(company):
    make_invoice(make_customer(company), number="FV/1/2026")
    take(company, mt940("100,00|FV/1/2026|A", closing="9,00"))  # held
    take(company, mt940("100,00|FV/1/2026|A-2"))
    assert match_lines(company).alone == 0


def test_a_line_is_split_over_customers_and_undone(company):
    clerk = make_user(creditor=company)
    one, two = make_invoice(make_customer(company), 60, number="A/1"), make_invoice(make_customer(company), 40, number="A/2")
    take(company, mt940("100,00|zbiorczy|A"))
    line = BankLine.objects.get()
    shares = [Wanted(one.customer, Decimal(60), (one,)), Wanted(two.customer, Decimal(40), (two,))]
    with pytest.raises(Refused, match="all of the line"):
        book_line(line, shares[:1], why="by hand", by=clerk)
    book_line(line, shares, why="by hand", by=clerk)
    assert owed(one) + owed(two) == [0, 0]
    with pytest.raises(Refused, match="decided already"):
        book_line(line, shares, why="by hand", by=clerk)
    undo_line(line, on=ON, by=clerk)
    assert owed(one) + owed(two) == [60, 40]
    book_line(line, shares, why="by hand", by=clerk)
    assert Payment.objects.filter(bank_line=line, reverses=None).count() == 4
    assert list(differences()) == []


def test_set_aside_and_put_back(company):
    clerk = make_user(creditor=company)
    take(company, mt940("100,00|ODSETKI|A"))
    line = BankLine.objects.get()
    set_aside(line, reason="Interest of the bank", by=clerk)
    with pytest.raises(Refused):
        set_aside(line, reason="again", by=clerk)
    put_back(line, by=clerk)
    with pytest.raises(Refused, match="not set aside"):
        put_back(line, by=clerk)


def test_money_that_goes_back_takes_its_payment_back(company):
    clerk = make_user(creditor=company)
    invoice = make_invoice(make_customer(company), number="FV/1/2026")
    take(company, mt940("100,00|FV/1/2026|A"))
    match_lines(company)
    take(company, mt940("100,00|FV/1/2026|A", "-100,00|ZWROT|B").replace(b"0504D100", b"0504RC100"))
    returned = BankLine.objects.waiting().get()
    assert (returned.amount, returned.is_reversal) == (Decimal(-100), True)
    assert match_lines(company).lines == 0
    with pytest.raises(Refused, match="went out"):
        book_line(returned, [Wanted(invoice.customer, Decimal(-100))], why="x", by=clerk)
    take_back_by(returned, Payment.objects.get(), by=clerk)
    assert owed(invoice) == [Decimal(100)]


def test_a_virtual_account_pays_its_customers_oldest(company):
    customer = make_customer(company)
    customer.virtual_account = "XX000000000001"
    customer.save(update_fields=["virtual_account"])
    invoice = make_invoice(customer, number="FV/1/2026")
    text = (
        mt940("40,00|x|A")
        .decode()
        .replace(":86:020~00X\n~20x\n~32KLIENT\n", ":86:911 COLLECT; ID IPH: XX000000000001; OD: JAN; TYT.: x; TNR: 1")
    )
    take(company, text.replace(f"~38{PAYER}", "").encode())
    assert match_lines(company).alone == 1
    assert owed(invoice) == [Decimal(60)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"amount": 5}, "never edited"),
        ({"title": "x"}, "never edited"),
        ({"state": "booked", "why": ""}, "bank_line_decided_with_a_reason"),
    ],
)
def test_what_the_bank_said_is_kept_by_the_database(company, change, says):
    take(company, mt940("100,00|FV|A"))
    with pytest.raises(DatabaseError, match=says), transaction.atomic():
        BankLine.objects.update(**change)


def test_payments_never_exceed_their_line(company):
    customer = make_customer(company)
    take(company, mt940("100,00|FV|A"))
    line = BankLine.objects.get()
    with pytest.raises(DatabaseError, match="exceed it"), transaction.atomic():
        Payment.objects.create(
            creditor=company,
            customer=customer,
            amount=101,
            currency="PLN",
            booked_on=ON,
            reference="r",
            recorded_at="2026-05-20T10:00Z",
            bank_line=line,
        )


def test_a_line_is_taken_once_by_the_database_too(company):
    take(company, mt940("100,00|FV|A"))
    line = BankLine.objects.get()
    line.pk = None
    with pytest.raises(DatabaseError, match="bank_line_taken_once"), transaction.atomic():
        line.save(force_insert=True)


def run(*arguments: str) -> dict:
    out = StringIO()
    call_command("import_statement", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_prints_what_it_read_and_what_was_matched(company, tmp_path: Path):
    make_invoice(make_customer(company), number="FV/1/2026")
    file = tmp_path / "may.sta"
    file.write_bytes(mt940("100,00|FV/1/2026|A", "-3,00|OPLATA|B"))
    found = run(str(file))
    (statement,) = found["statements"]
    assert {key: statement[key] for key in ("file", "account", "currency", "opening", "closing", "entries", "credits", "debits", "balanced")} == {
        "file": "may.sta", "account": ACCOUNT, "currency": "PLN", "opening": "0.00", "closing": "97.00", "entries": 2, "credits": "100.00",
        "debits": "3.00", "balanced": True,
    }  # fmt: skip
    assert [line["matched"] for line in statement["lines"]] == [["FV/1/2026"], []]
    assert found["problems"] == []


@needs_shared
def test_the_command_reads_all_shared_samples_without_storing_them():
    files = [str(path) for folder in ("mt940", "camt053", "csv_bank") for path in sorted((SHARED / "samples" / folder).iterdir())]
    found = run(*files, "--dry-run")
    assert found["problems"] == []
    assert not StatementFile.objects.exists()


def test_accounts_are_known_once(company):
    assert add_bank_account(company, "pl61 1090 1014 0000 0712 1981 2874") == add_bank_account(company, ACCOUNT)


def test_what_a_person_has_undone_is_not_booked_again_by_the_program(company):
    make_invoice(make_customer(company), number="FV/1/2026")
    take(company, mt940("100,00|FV/1/2026|A"))
    match_lines(company)
    undo_line(BankLine.objects.get(), on=ON, by=make_user(creditor=company))
    assert match_lines(company).alone == 0


def test_a_line_takes_one_payment_back_and_no_second(company):
    clerk = make_user(creditor=company)
    make_invoice(make_customer(company), number="FV/1/2026")
    take(company, mt940("100,00|FV/1/2026|A", "-100,00|ZWROT|B").replace(b"0504D100", b"0504RC100"))
    match_lines(company)
    returned = BankLine.objects.get(amount=-100)
    take_back_by(returned, Payment.objects.get(), by=clerk)
    assert returned.payments.get().reverses_id
    with pytest.raises(Refused, match="taken a payment back"):
        put_back(returned, by=clerk)


def test_money_of_ours_that_comes_back_is_no_payment(company):
    make_invoice(make_customer(company), number="FV/1/2026")
    take(company, mt940("100,00|zwrot FV/1/2026|A").replace(b"0504C100", b"0504RD100"))
    assert match_lines(company).lines == 0


def test_a_statement_that_stands_in_its_file_twice_is_taken_once(company):
    data = mt940("100,00|FV 1|A", "100,00|FV 1|A")
    assert take(company, data + b"\n" + data).new == 2


def test_two_formats_of_one_movement_pay_a_virtual_account_once(company):
    customer = make_customer(company)
    customer.virtual_account = "XX1"
    customer.save(update_fields=["virtual_account"])
    make_invoice(customer, 500, number="FV/1/2026")
    body = ":86:911 COLLECT; ID IPH: XX1; OD: JAN; TYT.: {}; TNR: {}"
    for title in ("wplata", "wplata za towar"):
        text = mt940("40,00|x|" + title[:8]).decode().replace(":86:020~00X\n~20x\n~32KLIENT\n", body.format(title, len(title)))
        take(company, text.replace(f"~38{PAYER}", "").encode())
    assert match_lines(company).alone == 0


def test_a_named_account_never_overrides_the_one_that_the_file_says(company):
    report = take(company, mt940("1,00|x", account="PL27114020040000300201355387"), account=ACCOUNT)
    assert "not known as one of the company's" in str(report.problems[0])
    assert take(company, mt940("1,00|x", account="RACH-7"), account=ACCOUNT).new == 1


def test_a_table_without_signs_is_held(company):
    table = "Data;Kwota;Tytuł;Saldo;Waluta\n2026-05-04;100,00;czynsz;900,00;PLN\n2026-05-05;50,00;prąd;850,00;PLN\n2026-05-06;200,00;FV 1;1050,00;PLN\n"
    report = import_statement(company, name="x.csv", data=table.encode(), on=ON)
    assert (report.new, report.held) == (3, 1)


def test_equal_movements_in_two_tables_are_told_apart_by_their_balances(company):
    head = "Data;Kwota;Tytuł;Saldo;Waluta\n"
    for balance in ("110,00", "120,00"):
        import_statement(company, name="x.csv", data=f"{head}2026-05-04;10,00;kawa;{balance};PLN\n".encode(), on=ON)
    assert BankLine.objects.count() == 2


def test_of_several_accounts_a_layout_is_known_by_the_header_and_the_account_only_by_name():
    creditor = make_creditor(bank_account="PL61109010140000071219812874")
    one, other = (add_bank_account(creditor, number) for number in ("PL61109010140000071219812874", "PL27114020040000300201355387"))
    layout = "name: x\ncolumns: {booked_on: [Day], amount: [Sum], title: [What]}\ncurrency: PLN\n"
    BankAccount.objects.filter(pk=other.pk).update(profile=layout)

    def taken(title: str, **named: str) -> StatementReport:
        return import_statement(creditor, name="x.csv", data=f"Day;Sum;What\n2026-05-04;1,00;{title}\n".encode(), on=ON, **named)

    assert "which account it is of" in str(taken("first").problems[0])  # the other may have the same header
    assert taken("first", account=other.number).new == 1 and BankLine.objects.get(title="first").account == other
    BankAccount.objects.filter(pk=one.pk).update(profile=layout)
    assert "which account it is of" in str(taken("second").problems[0])
    own = layout.replace("[What]", "[What], own_account: [Own]")
    BankAccount.objects.filter(pk=other.pk).update(profile=own)
    BankAccount.objects.filter(pk=one.pk).update(profile=layout.replace("Sum", "Amount"))
    data = f"Day;Sum;What;Own\n2026-05-04;1,00;third;{one.number}\n".encode()
    assert import_statement(creditor, name="x.csv", data=data, on=ON).new == 1
    assert BankLine.objects.get(title="third").account == one  # as the file states
    BankAccount.objects.filter(pk=other.pk).update(profile=layout)
    BankAccount.objects.filter(pk=one.pk).update(profile=layout.replace("PLN", "EUR"))
    assert taken("fourth").lacks_layout
