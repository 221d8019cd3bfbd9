"""Bank lines with discounts, differences, keys, other currencies, refunds; the same money in two kinds of files; what waits for its invoice."""

from datetime import date
from decimal import Decimal

import pytest

from dunning.models import LadderRules
from invoices import actions
from invoices.actions.bank import (
    Wanted,
    add_bank_account,
    book_line,
    book_together,
    match_lines,
    put_back,
    refund_by,
    refund_candidates,
    refund_candidates_shown,
    refund_suggestions,
    suggestions,
    suggestions_together,
    undo_line,
    wanted,
)
from invoices.actions.bank.collective import note_collective_id
from invoices.actions.bank.refunded import meant_by
from invoices.actions.bank.refunding import money_out
from invoices.actions.papers import import_papers
from invoices.books import differences
from invoices.matching import Reason
from invoices.models import Allowance, BankLine, EarlyPayment, InvoiceSource, Payment, Prepayment
from invoices.states import DocumentKind
from receivables.accounts.models import Creditor
from receivables.clock import now
from receivables.core.errors import Refused
from tests.builders import credit, credit_of, make_creditor, make_customer, make_invoice, make_user, open_amounts, parts, pay
from tests.db.test_bank import ACCOUNT, ON, PAYER, mt940, take
from tests.unit.intake.files import BUYER_NIP, SELLER_NIP, ksef, transfer

pytestmark = pytest.mark.django_db

DAY = date(2026, 5, 4)
KSEF = "5265877635-20260416-010040741B3E-46"


@pytest.fixture
def company():
    return make_creditor(bank_account=ACCOUNT)


@pytest.fixture
def customer(company):
    return make_customer(company, name="Alfa Sp. z o.o.")


def only() -> BankLine:
    return BankLine.objects.get()


# -- discounts and small differences


def test_a_discount_in_time_is_booked_alone_with_its_own_booking(company, customer):
    invoice = make_invoice(customer, number="FV/7/2026", issued_on=date(2026, 4, 28))
    actions.note_early_payment(invoice, percent=Decimal(2), days=7)
    take(company, mt940("98,00|FV/7/2026|A"))
    assert match_lines(company).alone == 1
    allowance = Allowance.objects.get()
    assert (allowance.kind, allowance.amount, allowance.by, only().why) == ("discount", 2, None, "matched alone: discount")
    assert open_amounts(customer) == {"FV/7/2026": 0}
    undo_line(only(), on=ON, by=make_user(creditor=company))
    assert open_amounts(customer) == {"FV/7/2026": Decimal(100)}
    assert list(differences()) == []


def test_an_invoice_in_instalments_is_paid_as_a_whole_less_its_discount_alone(company, customer):
    invoice = make_invoice(customer, 100, number="FV/7/2026", issued_on=date(2026, 4, 28), instalments=parts(60, 40))
    actions.note_early_payment(invoice, percent=Decimal(2), days=7)
    take(company, mt940("98,00|FV/7/2026|A"))
    assert match_lines(company).alone == 1
    allowance = Allowance.objects.get()
    assert (allowance.item, allowance.amount) == (invoice.items.get(position=2), 2)
    assert set(open_amounts(customer).values()) == {Decimal(0)}
    undo_line(only(), on=ON, by=make_user(creditor=company))
    assert set(open_amounts(customer).values()) == {Decimal(60), Decimal(40)}
    assert list(differences()) == []


def test_an_instalment_less_the_discount_of_the_whole_is_not_booked_alone(company, customer):
    invoice = make_invoice(customer, 100, number="FV/7/2026", issued_on=date(2026, 4, 28), instalments=parts(60, 40))
    actions.note_early_payment(invoice, percent=Decimal(2), days=7)
    take(company, mt940("38,00|FV/7/2026|A"))
    assert match_lines(company).alone == 0 and not Allowance.objects.exists()


def test_too_late_or_after_a_part_payment_a_person_decides(company, customer):
    late = make_invoice(customer, number="FV/7/2026", issued_on=date(2026, 4, 20))
    begun = make_invoice(customer, number="FV/8/2026", issued_on=date(2026, 4, 28))
    for invoice in (late, begun):
        actions.note_early_payment(invoice, percent=Decimal(2), days=7)
    pay(customer, "10.00", begun, booked_on=date(2026, 5, 1))
    take(company, mt940("98,00|FV/7/2026|A", "88,20|FV/8/2026|B"))
    assert match_lines(company).alone == 0
    first, second = BankLine.objects.order_by("pk")
    found = suggestions([first, second])
    assert (found[first.pk][0].reason, found[second.pk][0].reason) == (Reason.DISCOUNT_LATE, Reason.SMALL_DIFFERENCE)
    book_line(first, [wanted(found[first.pk][0], first.amount)], why="confirmed", by=make_user(creditor=company))
    assert "granted though it came later" in Allowance.objects.get().reason


def test_a_small_difference_is_suggested_by_the_companys_rule_and_booked_by_a_person(company, customer):
    make_invoice(customer, number="FV/7/2026")
    take(company, mt940("92,00|FV/7/2026|A"))
    assert suggestions([only()])[only().pk][0].reason == Reason.NUMBER_IN_PART
    actions.set_difference_rule(company, currency="PLN", most=Decimal(10), on=DAY)
    (found, *_rest) = suggestions([only()])[only().pk]
    assert (found.reason, found.borne[0].amount, found.is_alone) == (Reason.SMALL_DIFFERENCE, Decimal(8), False)
    assert match_lines(company).alone == 0
    book_line(only(), [wanted(found, only().amount)], why="confirmed", by=make_user(creditor=company))
    assert (open_amounts(customer), Allowance.objects.get().kind) == ({"FV/7/2026": 0}, "bank_fee")
    assert list(differences()) == []


# -- keys


def source_of(invoice, **said) -> InvoiceSource:
    return InvoiceSource.objects.create(invoice=invoice, creditor=invoice.creditor, form="ksef_fa3", sha256="x", at=now(), **said)


def test_ksef_number_and_ipksef_find_their_invoice(company, customer):
    first, second, third = (make_invoice(customer, number=f"FV/{n}/2026") for n in (1, 2, 3))
    source_of(first, ksef_number=KSEF)
    source_of(second, payment_id="001ABC123DEF4")
    source_of(third, payment_id="4711")  # too short to be a key
    take(company, mt940(f"40,00|{KSEF[:27]} {KSEF[27:]}|A", "50,00|oplata 001ABC123DEF4|B", "60,00|4711|C"))
    assert match_lines(company).alone == 2
    assert open_amounts(customer) == {"FV/1/2026": Decimal(60), "FV/2/2026": Decimal(50), "FV/3/2026": Decimal(100)}


def test_a_collective_identifier_pays_all_its_invoices(company, customer):
    invoices = [make_invoice(customer, number=f"FV/{n}/2026") for n in (1, 2)]
    by = make_user(creditor=company)
    note_collective_id(company, "ZBIOR-2026-0001", ["FV/1/2026", "FV/2/2026"], by=by)
    note_collective_id(company, "zbior-2026-0001", ["FV/1/2026"], by=by)
    with pytest.raises(Refused, match="FV/9/2026"):
        note_collective_id(company, "ZBIOR-2026-0002", ["FV/1/2026", "FV/9/2026"], by=by)
    assert [row.number for row in invoices[0].collective_ids.all()] == ["ZBIOR-2026-0001"]
    take(company, mt940("200,00|ZBIOR-2026-0001|A"))
    assert match_lines(company).alone == 1
    assert set(open_amounts(customer).values()) == {0}


# -- several lines for one debt


def test_lines_are_joined(company, customer):
    make_invoice(customer, number="FV/7/2026", gross="150.00")
    take(company, mt940("90,00|FV/7/2026 cz. 1|A", "70,00|FV/7/2026 cz. 2|B"))
    lines = list(BankLine.objects.order_by("pk"))
    best = suggestions_together(lines)[0]
    assert (best.reason, best.rest) == (Reason.NUMBER_AND_MORE, Decimal(10))
    invoice = customer.invoices.get()
    book_together(lines, customer, list(invoice.items.all()), why="joined", by=make_user(creditor=company))
    assert (open_amounts(customer), credit_of(customer)) == ({"FV/7/2026": 0}, {"PLN": Decimal(10)})
    assert Payment.objects.count() == 2
    with pytest.raises(Refused, match="decided already"):
        book_together(lines, customer, [invoice], why="joined", by=make_user(creditor=company))
    with pytest.raises(Refused, match="two or more"):
        book_together(lines[:1], customer, [invoice], why="joined", by=None)


# -- another currency


def test_what_the_statement_says_of_the_original_settles_it(company, customer):
    make_invoice(customer, "1000.00", number="EU/1/2026", currency="EUR")
    take(company, mt940("4250,00|EU/1/2026 /OCMT/EUR1000,00/EXCH/4,25/|A"))
    line = only()
    assert line.references["original"] == "EUR 1000.00"
    assert match_lines(company).alone == 0
    (found, *_rest) = suggestions([line])[line.pk]
    book_line(line, [wanted(found, line.amount)], why="confirmed", by=make_user(creditor=company))
    assert (open_amounts(customer), credit_of(customer)) == ({"EU/1/2026": 0}, {})
    entry = Payment.objects.get().credit_entries.get()
    assert (entry.rate, entry.rate_told, entry.reason) == (Decimal("4.25"), "statement", "1000.00 EUR")
    undo_line(line, on=ON, by=make_user(creditor=company))
    assert open_amounts(customer) == {"EU/1/2026": Decimal(1000)}
    assert list(differences()) == []


# -- refunds


def test_a_transfer_out_gives_credit_back(company, customer):
    payment = pay(customer, "50.00", payer_account=PAYER, booked_on=DAY)
    take(company, mt940("-50,00|zwrot nadplaty|A", "-50,00|czynsz|B", "-3,00|oplata|C"))
    ids = refund_candidates(company, on=ON)
    found = refund_candidates_shown(BankLine.objects.filter(pk__in=ids).order_by("pk"))
    assert [(line.amount, each.customer, each.proposal.reason) for line, each in found if line.amount == -50] == [
        (Decimal(-50), customer, "refund_account"), (Decimal(-50), customer, "refund_account"),
    ]  # fmt: skip
    line, by = found[0][0], make_user(creditor=company)
    (entry,) = refund_by(line, customer, [payment], by=by)
    assert (credit_of(customer), entry.bank_line, refund_candidates(company, on=ON)) == ({}, line, [])
    with pytest.raises(Refused, match="decided already"):
        refund_by(line, customer, [payment], by=by)
    with pytest.raises(Refused, match="less open credit"):
        refund_by(found[1][0], customer, [payment], by=by)
    with pytest.raises(Refused, match="Take the refund back first"):
        put_back(line, by=by)
    actions.undo_refund(entry, on=ON, reason="wrong customer", by=by)
    assert refund_suggestions(put_back(line, by=by))[0].customer == customer
    assert list(differences()) == []


def test_another_companys_credit_is_never_given_back(company, customer):
    other = make_customer()
    payment = pay(other, "50.00", booked_on=DAY)
    take(company, mt940("-50,00|zwrot|A"))
    assert refund_suggestions(only()) == []
    with pytest.raises(Refused, match="one customer"):
        refund_by(only(), customer, [payment], by=make_user(creditor=company))


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("-50,00|zwrot", id="the account it paid from"),
        pytest.param("-50,00|zwrot kor 7/2026", id="a credit note, written otherwise"),
        pytest.param("-50,00|zwrot za wplate B-77/1.", id="a payment, as it is written"),
        pytest.param("-50,00|przelew~32ALFA UL. DLUGA 3", id="the name"),
    ],
)
def test_only_whom_a_line_names_is_looked_at(company, customer, line, django_assert_max_num_queries):
    account = PAYER if line.endswith("zwrot") else None
    pay(customer, "50.00", payer_account=account, reference="B-77/1", booked_on=DAY)
    credit(customer, "50.00", number="KOR/7/2026")
    for n in range(3):
        pay(make_customer(company, name=f"Obcy {n}"), "50.00", booked_on=DAY)
    data = mt940(f"{line}|A")
    take(company, data if account else data.replace(f"~38{PAYER}".encode(), b""))
    with django_assert_max_num_queries(17):
        (found,) = refund_candidates(company, on=ON)
    assert found == only().pk and meant_by(company, [money_out(only())]) == {customer.pk}
    ((shown, each),) = refund_candidates_shown([only()])
    assert (shown, each.customer) == (only(), customer)


@pytest.mark.parametrize("amount", ["50.00", "30.00", "20.00"])
def test_an_equal_amount_is_suggested_on_the_page_of_the_line_alone(company, customer, amount):
    """All of a customer's credit, or what is left of one payment of it."""
    pay(customer, "130.00", make_invoice(customer, "100.00"), booked_on=DAY)
    pay(customer, "20.00", booked_on=DAY, unmatched=True)
    pay(make_customer(name="Obca"), amount, booked_on=DAY)
    take(company, mt940(f"-{amount.replace('.', ',')}|przelew|A").replace(b"KLIENT", b"KTOS").replace(f"~38{PAYER}".encode(), b""))
    (found,) = refund_suggestions(only())
    assert (found.customer, found.proposal.reason, refund_candidates(company, on=ON)) == (customer, "refund_amount", [])


# -- the same money in two kinds of files


def camt(kind: str, *entries: tuple[str, str, tuple[str, ...]], number: str = "1") -> bytes:
    message, element = {"053": ("BkToCstmrStmt", "Stmt"), "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}[kind]
    body = ""
    for amount, reference, details in entries:
        inner = "".join(
            f"<TxDtls><Refs><EndToEndId>{n}</EndToEndId></Refs><Amt Ccy='PLN'>{part.split('|')[0]}</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
            f"<RmtInf><Ustrd>{part.split('|')[1]}</Ustrd></RmtInf></TxDtls>"
            for n, part in enumerate(details)
        )
        body += (
            f"<Ntry><Amt Ccy='PLN'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-05-04</Dt></BookgDt>"
            f"<AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls>{inner}</NtryDtls></Ntry>"
        )
    return (
        f"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.02'><{message}><{element}><Id>{number}</Id>"
        f"<Acct><Id><IBAN>{ACCOUNT}</IBAN></Id></Acct>{body}</{element}></{message}></Document>"
    ).encode()


WHOLE, PARTS = ("300.00", "B1", ()), ("300.00", "B1", ("100.00|FV/1/2026", "200.00|FV/2/2026"))


def states() -> list[tuple[Decimal, str]]:
    return [(line.amount, line.state) for line in BankLine.objects.order_by("pk")]


@pytest.mark.parametrize("order", [("053", "054"), ("054", "053")])
def test_a_collective_entry_and_its_details_are_the_same_money(company, customer, order):
    for n in (1, 2):
        make_invoice(customer, f"{n}00.00", number=f"FV/{n}/2026")
    for kind in order:
        take(company, camt(kind, WHOLE if kind == "053" else PARTS), name=f"{kind}.xml")
        match_lines(company)
    assert sorted(state for _amount, state in states()) == ["booked", "booked", "set_aside"]
    assert sum(payment.amount for payment in Payment.objects.all()) == 300
    assert set(open_amounts(customer).values()) == {0}


def test_a_notice_is_seen_and_makes_no_day_read(company):
    def told() -> tuple[date | None, date | None]:
        return LadderRules.objects.values_list("bank_seen_until", "bank_read_until").get(creditor=company)

    take(company, camt("054", PARTS), name="notice.xml")
    assert told() == (date(2026, 5, 4), None)
    take(company, camt("053", WHOLE), name="statement.xml")
    assert told() == (date(2026, 5, 4), date(2026, 5, 4))


def test_once_a_person_has_booked_the_sum_its_details_are_set_aside(company, customer):
    take(company, camt("053", WHOLE))
    book_line(only(), [Wanted(customer, Decimal(300))], why="by hand", by=make_user(creditor=company))
    take(company, camt("054", PARTS), name="later.xml")
    assert states() == [(300, "booked"), (100, "set_aside"), (200, "set_aside")]
    assert BankLine.objects.last().why == "told already by x.sta"


def test_two_equal_entries_of_one_day_are_both_real_in_both_files(company):
    both = (("50.00", "B1", ()), ("50.00", "B2", ()))
    take(company, camt("053", *both))
    take(company, camt("054", *both, ("50.00", "B3", ())), name="n.xml")
    assert states() == [(50, "waiting"), (50, "waiting"), (50, "waiting")]


def unnamed(kind: str, *titles: str, number: str = "1", payer: str = "PL27114020040000300201355387") -> bytes:
    """Entries of 100.00 without the bank's reference, each of one payment."""
    entries = camt(kind, *(("100.00", "NONREF", (f"100.00|{title}",)) for title in titles), number=number)
    parties = f"<RltdPties><DbtrAcct><Id><IBAN>{payer}</IBAN></Id></DbtrAcct></RltdPties><RmtInf>" if payer else "<RmtInf>"
    return entries.replace(b"<RmtInf>", parties.encode())


@pytest.mark.parametrize("order", [("053", "054"), ("054", "053")])
def test_without_a_reference_payer_and_title_say_which_entry_it_is(company, customer, order):
    for letter in "AB":
        make_invoice(customer, "100.00", number=f"FV/{letter}/2026")
    for kind in order:
        titles = ("FV/A/2026", "FV/B/2026") if kind == "053" else ("FV/B/2026",)
        take(company, unnamed(kind, *titles, number=kind), name=f"{kind}.xml")
    match_lines(company)
    assert [line.title for line in BankLine.objects.filter(state="set_aside")] == ["FV/B/2026"]
    assert sorted(BankLine.objects.exclude(state="set_aside").values_list("title", flat=True)) == ["FV/A/2026", "FV/B/2026"]


@pytest.mark.parametrize("payer", ["", "PL27114020040000300201355387"])
def test_what_nothing_proves_to_be_the_same_waits(company, customer, payer):
    make_invoice(customer, "100.00", number="FV/A/2026")
    make_invoice(customer, "100.00", number="FV/B/2026")
    take(company, unnamed("053", "FV/A/2026", payer=payer))
    match_lines(company)
    take(company, unnamed("054", "FV/B/2026", payer=payer), name="n.xml")
    match_lines(company)
    assert states() == [(100, "booked"), (100, "waiting")]


def test_a_sum_without_a_reference_and_its_details_are_not_booked_both(company, customer):
    for n in (1, 2):
        make_invoice(customer, f"{n}00.00", number=f"FV/{n}/2026")
    take(company, camt("053", ("300.00", "NONREF", ())))
    take(company, camt("054", ("300.00", "NONREF", PARTS[2])), name="n.xml")
    match_lines(company)
    assert states() == [(300, "waiting"), (100, "waiting"), (200, "waiting")]


# -- a table without a currency


TABLE = b"Data;Kwota;Tytul\n2026-05-04;100,00;FV/1/2026\n2026-05-05;20,00;x\n"
LAYOUT = "name: own\ncolumns:\n  booked_on: [Data]\n  amount: [Kwota]\n  title: [Tytul]\ndelimiter: semicolon\n"


def test_a_table_that_names_no_currency_is_refused_once_unless_the_layout_says_it(company):
    own = add_bank_account(company, ACCOUNT)
    own.profile = LAYOUT
    own.save()
    report = take(company, TABLE)
    assert [problem.reason.split(".")[0] for problem in report.problems] == ["The file names no currency"]
    own.profile = f"{LAYOUT}currency: PLN\n"
    own.save()
    assert take(company, TABLE).new == 2
    assert {line.currency for line in BankLine.objects.all()} == {"PLN"}
    assert take(company, mt940("1,00|x"), name="y.sta").new == 1  # other formats of the same account are read as what they are


# -- money before its invoice


def test_money_for_an_order_settles_the_invoice_that_names_it(company, customer):
    payment = pay(customer, "80.00")
    row = actions.note_prepayment(payment, order_number="ZAM 7/2026", on=ON)
    make_invoice(customer, number="FV/1/2026", order_number="other")
    assert credit_of(customer) == {"PLN": Decimal(80)}
    make_invoice(customer, number="FV/2/2026", order_number="zam7/2026")
    assert (open_amounts(customer), credit_of(customer)) == ({"FV/1/2026": Decimal(100), "FV/2/2026": Decimal(20)}, {})
    assert Prepayment.objects.get(pk=row.pk).ended_on is not None
    assert list(differences()) == []


def test_money_for_a_pro_forma_settles_the_invoice_that_names_it(company, customer):
    paper = make_invoice(customer, number="PRO/1", kind=DocumentKind.PROFORMA, due_on=None)
    payment = pay(customer, "150.00")
    actions.note_prepayment(payment, paper=paper, on=ON)
    with pytest.raises(Refused, match="waits for something already"):
        actions.note_prepayment(payment, order_number="x", on=ON)
    make_invoice(customer, number="FV/2/2026", order_number="PRO/1")
    assert (open_amounts(customer), credit_of(customer)) == ({"FV/2/2026": 0}, {"PLN": Decimal(50)})
    row = Prepayment.objects.get()
    assert row.ended_on is None  # something is left, and a further part may come
    actions.call_prepayment_off(row, on=ON)
    make_invoice(customer, number="FV/3/2026", order_number="PRO/1")
    assert credit_of(customer) == {"PLN": Decimal(50)}


def test_an_invoice_that_is_there_already_is_settled_at_once(company, customer):
    make_invoice(customer, number="FV/2/2026", order_number="Z/1")
    payment = pay(customer, "30.00", unmatched=True)
    actions.note_prepayment(payment, order_number="Z/1", on=ON)
    assert open_amounts(customer) == {"FV/2/2026": Decimal(70)}
    with pytest.raises(Refused, match="Nothing is left"):
        actions.note_prepayment(payment, order_number="Z/2", on=ON)


@pytest.mark.parametrize(("paid_on", "booked"), [("2026-05-05", 1), ("2026-05-20", 2)])
def test_an_advance_invoice_that_says_it_is_paid_takes_the_money_that_the_bank_brought(paid_on, booked):
    company = make_creditor(bank_account=ACCOUNT, tax_id=SELLER_NIP, name="Nasza sp. z o.o.")
    customer = make_customer(company, tax_id=BUYER_NIP)
    take(company, mt940("1230,00|zaliczka|A"))
    book_line(only(), [Wanted(customer, Decimal("1230.00"))], why="by hand", by=make_user(creditor=company))
    paid = f"<Zaplacono>1</Zaplacono><DataZaplaty>{paid_on}</DataZaplaty>"
    import_papers(company, name="zal.xml", data=ksef("ZAL/1", kind="ZAL", lines=False, payment=transfer(paid=paid)), on=ON)
    assert open_amounts(customer) == {"ZAL/1": 0}
    assert Payment.objects.count() == booked
    assert bool(credit_of(customer)) == (booked == 2)


def test_terms_of_a_file_are_noted_once(company):
    Creditor.objects.filter(pk=company.pk).update(tax_id=SELLER_NIP)
    skonto = "<Skonto><WarunkiSkonta>w ciągu 7 dni</WarunkiSkonta><WysokoscSkonta>2%</WysokoscSkonta></Skonto>"
    for name in ("a.xml", "b.xml"):
        import_papers(None, name=name, data=ksef("FV/1", payment=transfer() + skonto), on=ON)
    row = EarlyPayment.objects.get()
    assert (row.percent, row.days, row.invoice.number) == (2, 7, "FV/1")
