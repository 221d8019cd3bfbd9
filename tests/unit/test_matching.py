"""Which item money pays: certain only by what FORMATS.md 9.4 calls certain, and never the neighbour of what was meant."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.early_payment import Offer
from invoices.exchange import Original
from invoices.matching import Books, Credit, Money, MoneyOut, OpenItem, Reason, Tolerance, propose, propose_refunds
from invoices.matching.parts import Borne, BorneAs

ALFA, BETA = 1, 2
KSEF = "5265877635-20250916-010040741B3E-46"


def item(pk: int, number: str, amount: str = "100.00", customer: int = ALFA, day: int = 1, **more) -> OpenItem:
    return OpenItem(pk, more.pop("invoice", pk), number, customer, "PLN", Decimal(amount), date(2026, 5, day), **more)


def books(*items: OpenItem, **known) -> Books:
    return Books(list(items), {ALFA: "ALFA Sp. z o.o.", BETA: "Beta Handel S.A."}, **known)


def money(amount: str = "100.00", title: str = "", **more) -> Money:
    return Money(Decimal(amount), "PLN", title, **more)


def first(line: Money, known: Books):
    found = propose(line, known)
    return found[0] if found else None


@pytest.mark.parametrize(
    "title",
    [
        "FV/7/2026",
        "fv/7/2026",
        "Zapłata za FV 7/2026",
        "FV7/2026",
        "FV 7 / 2026",
        "faktura: FV/7/2026, dziękujemy",
        "FV-7-2026",
        "(FV/7/2026)",
        "FV/7/2026.",
    ],
)
def test_the_exact_number_and_amount_need_nobody(title):
    found = first(money(title=title), books(item(1, "FV/7/2026"), item(2, "FV/17/2026"), item(3, "FV/7/2025")))
    assert (found.reason, found.parts, found.is_alone) == (Reason.NUMBER, ((1, Decimal("100.00")),), True)


@pytest.mark.parametrize(
    ("number", "title"),
    [
        ("INV-1", "INV-10"),
        ("INV-10", "INV-1"),
        ("INV-1", "INV-1-K"),
        ("1/2026", "11/1/2026"),
        ("1/2026", "1/2026/KOR"),
        ("FV/7/2026", "A/FV/7/2026"),
        ("7/2026", "7/20261"),
        ("FV/7/2026", "FV/7-9/2026"),
    ],
)
def test_a_number_within_another_is_none(number, title):
    found = propose(money(title=title), books(item(1, number)))
    assert not any(each.is_alone for each in found)


@pytest.mark.parametrize("title", ["7/2026", "FV 07/2026", "faktura nr 7/2026"])
def test_a_shortened_number_is_only_suggested(title):
    found = first(money(title=title), books(item(1, "FV/7/2026")))
    assert (found.reason, found.is_alone, found.parts[0].item) == (Reason.NEARLY_NUMBER, False, 1)


def test_several_numbers_that_make_the_sum():
    found = first(
        money("300.00", "FV/1/2026, FV/2/2026"), books(item(1, "FV/1/2026"), item(2, "FV/2/2026", "200.00"), item(3, "FV/3/2026"))
    )
    assert found.reason is Reason.NUMBERS and found.is_alone
    assert [part.item for part in found.parts] == [1, 2]


def test_numbers_of_two_customers_are_for_a_person():
    found = propose(money("200.00", "FV/1/2026 FV/2/2026"), books(item(1, "FV/1/2026"), item(2, "FV/2/2026", customer=BETA)))
    assert {each.customer for each in found if each.reason is not Reason.AMOUNT} == {ALFA, BETA}
    assert not any(each.is_alone for each in found)


@pytest.mark.parametrize(
    ("amount", "reason"), [("99.00", Reason.SMALL_DIFFERENCE), ("40.00", Reason.NUMBER_IN_PART), ("140.00", Reason.NUMBER_AND_MORE)]
)
def test_another_amount_than_is_open_asks_a_person(amount, reason):
    found = first(money(amount, "FV/7/2026"), books(item(1, "FV/7/2026"), tolerance={"PLN": Tolerance(Decimal(5))}))
    assert (found.reason, found.is_alone) == (reason, False)
    assert found.rest == max(Decimal(amount) - 100, 0)


def test_the_next_instalments_of_one_invoice():
    rates = [item(n, "FV/7/2026", day=n, invoice=7) for n in (1, 2, 3)]
    found = first(money("200.00", "FV/7/2026"), books(*rates))
    assert (found.reason, [part.item for part in found.parts], found.is_alone) == (Reason.INSTALMENT, [1, 2], True)


@pytest.mark.parametrize(
    ("title", "references"),
    [
        (f"zaplata {KSEF}", ()),
        ("", (KSEF,)),
        ("przelew 123ABCDE56789 dziekuje", ()),
        ("/VAT/0000000018,70/IDC/5265877635/INV/FV/7/2026/TXT/x", ()),
    ],
)
def test_keys_that_only_one_invoice_carries(title, references):
    known = books(item(1, "FV/7/2026", keys=(KSEF, "123ABCDE56789")), item(2, "FV/8/2026"))
    found = first(money("60.00", title, references=references), known)
    assert (found.reason, found.parts, found.is_alone) == (Reason.INVOICE_KEY, ((1, Decimal("60.00")),), True)


def test_a_virtual_account_is_its_customers():
    known = books(item(1, "FV/1/2026", day=1), item(2, "FV/2/2026", "70.00", day=2), virtual={"XX01": ALFA})
    assert [p.item for p in first(money("70.00", virtual="XX01"), known).parts] == [2]
    assert [p.item for p in first(money("150.00", virtual="XX01"), known).parts] == [1, 2]
    assert first(money("500.00", virtual="XX01"), known).rest == Decimal("330.00")


def test_another_currency_is_never_paid():
    assert propose(Money(Decimal(100), "EUR", "FV/7/2026"), books(item(1, "FV/7/2026"))) == []


def test_a_known_account_and_the_amount_are_suggested():
    known = books(item(1, "FV/1/2026"), item(2, "FV/2/2026", "70.00"), accounts={"PL1": frozenset({ALFA})})
    found = propose(money("70.00", account="PL1"), known)
    assert (found[0].reason, found[0].parts[0].item, found[0].is_alone) == (Reason.ACCOUNT_AND_AMOUNT, 2, False)
    assert propose(money("170.00", account="PL1"), known)[0].reason is Reason.ACCOUNT_AND_SUM


@pytest.mark.parametrize(
    "name", ["ALFA SPÓŁKA Z O.O.", "alfa sp z o o", "Beta Handel Spółka Akcyjna", "BETA HANDEL S.A. UL. DŁUGA 5 00-001 WARSZAWA"]
)
def test_names_without_their_legal_forms(name):
    known = books(item(1, "FV/1/2026"), item(2, "FV/2/2026", customer=BETA))
    assert first(money(counterparty=name), known).reason is Reason.NAME_AND_AMOUNT


def test_nothing_is_suggested_where_nothing_fits():
    assert propose(money("12.34", "dziękuję", counterparty="KTOŚ INNY"), books(item(1, "FV/1/2026"))) == []


def test_a_bare_number_may_be_anything():
    known = books(item(1, "5", "99.00"))
    assert not first(money("99.00", "abonament dla 5 osob"), known).is_alone


def test_a_payer_who_is_known_pays_for_itself():
    known = books(item(1, "FV/7/2026"), accounts={"PL1": frozenset({BETA})})
    assert not first(money("100.00", "FV/7/2026", account="PL1"), known).is_alone


AMOUNTS = st.integers(1, 400).map(lambda n: Decimal(n) / 4)


@given(st.lists(st.tuples(AMOUNTS, st.integers(1, 3)), min_size=1, max_size=8), AMOUNTS, st.integers(0, 9), st.booleans())
def test_no_proposal_pays_more_than_money_or_item_or_two_customers(rows, amount, named, has_account):
    items = [OpenItem(n, n, f"FV/{n}/2026", customer, "PLN", owed, date(2026, 5, 1)) for n, (owed, customer) in enumerate(rows)]
    known = Books(items, {1: "Alfa"}, accounts={"PL1": frozenset({1, 2})})
    by_id = {each.item: each for each in items}
    for found in propose(Money(amount, "PLN", f"FV/{named}/2026", account="PL1" if has_account else ""), known):
        assert sum(part.amount for part in found.parts) + found.rest == amount
        assert all(0 < part.amount <= by_id[part.item].open for part in found.parts)
        assert {by_id[part.item].customer for part in found.parts} <= {found.customer}


# -- keys, discounts, other currencies, refunds


def offer(amount: str, day: int) -> Offer:
    return Offer(Decimal(amount), date(2026, 5, day), Decimal(2), 7)


@pytest.mark.parametrize(
    "title",
    [
        KSEF,
        KSEF.lower(),
        "5265877635-20250916-010040 741B3E-46",
        "5265877635 20250916 010040741B3E 46",
        "526587763520250916010040741B3E46",
        f"zaplata {KSEF} dziekujemy",
        f"/VAT/0000000018,70/IDC/5265877635/INV/{KSEF}/TXT/x",
    ],
)
def test_a_ksef_number_however_the_bank_breaks_it(title):
    found = first(money("70.00", title), books(item(1, "FV/7/2026", keys=(KSEF,)), item(2, "FV/8/2026")))
    assert (found.reason, found.parts) == (Reason.INVOICE_KEY, ((1, Decimal("70.00")),))


def test_a_collective_identifier_pays_all_that_it_stands_for():
    known = books(*(item(n, f"FV/{n}/2026", keys=("ZBIOR-2026-0001",)) for n in (1, 2, 3)))
    found = first(money("300.00", "zbior-2026-0001"), known)
    assert (found.reason, len(found.parts), found.is_alone) == (Reason.COLLECTIVE_KEY, 3, True)
    less = first(money("290.00", "ZBIOR-2026-0001"), known)
    assert (less.reason, less.is_alone) == (Reason.NUMBER_IN_PART, False)


def test_several_ksef_numbers_in_one_title():
    other = "5265877635-20250917-010040741B3E-47"
    known = books(item(1, "FV/1/2026", keys=(KSEF,)), item(2, "FV/2/2026", keys=(other,)))
    assert first(money("200.00", f"{KSEF} {other}"), known).reason == Reason.COLLECTIVE_KEY


@pytest.mark.parametrize(
    ("amount", "day", "reason", "alone"),
    [
        pytest.param("98.00", 8, Reason.DISCOUNT, True, id="on the last day"),
        pytest.param("98.00", 9, Reason.DISCOUNT_LATE, False, id="a day late"),
        pytest.param("97.99", 8, Reason.SMALL_DIFFERENCE, False, id="a grosz less"),
        pytest.param("98.01", 8, Reason.SMALL_DIFFERENCE, False, id="a grosz more"),
        pytest.param("100.00", 8, Reason.NUMBER, True, id="without taking it"),
    ],
)
def test_a_discount_is_taken_alone_only_where_it_is_exact_and_in_time(amount, day, reason, alone):
    known = books(item(1, "FV/7/2026", offers=(offer("2.00", 8),)), tolerance={"PLN": Tolerance(Decimal(5))})
    found = first(money(amount, "FV/7/2026", on=date(2026, 5, day)), known)
    assert (found.reason, found.is_alone) == (reason, alone)
    assert sum(part.amount for part in found.parts) == Decimal(amount)
    assert sum(borne.amount for borne in found.borne) + Decimal(amount) == Decimal("100.00")


def in_two(*, bearing: str = "40.00", discount: str = "3.00") -> list[OpenItem]:
    """Two instalments of one invoice of 100.00; the discount of the whole falls on the last."""
    first = item(1, "FV/7/2026", str(Decimal(100) - Decimal(bearing)))
    return [first, item(2, "FV/7/2026", bearing, invoice=1, offers=(offer(discount, 8),), together=2)]


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        pytest.param("97.00", Reason.DISCOUNT, id="all of it less the discount"),
        pytest.param("60.00", Reason.INSTALMENT, id="the first instalment"),
        pytest.param("97.01", Reason.NUMBER_IN_PART, id="a grosz more"),
        pytest.param("57.00", Reason.NUMBER_IN_PART, id="one instalment less a discount of the whole"),
        pytest.param("37.00", Reason.NUMBER_IN_PART, id="the last instalment less a discount of the whole"),
    ],
)
def test_a_discount_of_an_invoice_in_instalments_is_for_who_pays_the_whole(amount, reason):
    found = first(money(amount, "FV/7/2026", on=date(2026, 5, 8)), books(*in_two()))
    assert found.reason == reason
    if reason is Reason.DISCOUNT:
        assert (found.parts, found.borne) == (((1, Decimal(60)), (2, Decimal(37))), (Borne(2, Decimal(3), BorneAs.DISCOUNT),))


@pytest.mark.parametrize(("amount", "parts"), [("97.00", ((1, 60), (2, 37))), ("37.00", ((1, 37),))], ids=["the whole", "the last less it"])
def test_a_virtual_account_pays_instalments_less_a_discount_only_as_a_whole(amount, parts):
    known = books(*in_two(), item(3, "FV/8/2026", "500.00"), virtual={"XX1": ALFA})
    found = first(money(amount, "", virtual="XX1", on=date(2026, 5, 8)), known)
    assert found.parts == parts and bool(found.borne) == (len(parts) == 2)


def test_a_virtual_account_knows_discounts_too():
    known = books(item(1, "FV/1/2026"), item(2, "FV/2/2026", "50.00", offers=(offer("1.00", 8),)), virtual={"XX1": ALFA})
    found = first(money("49.00", "", virtual="XX1", on=date(2026, 5, 8)), known)
    assert (found.reason, found.parts, [borne.amount for borne in found.borne]) == (Reason.VIRTUAL_ACCOUNT, ((2, 49),), [Decimal(1)])
    late = first(money("49.00", "", virtual="XX1", on=date(2026, 5, 9)), known)
    assert (late.parts, late.borne) == (((1, Decimal(49)),), ())


def test_of_two_steps_the_one_that_holds_on_the_day_counts():
    known = books(item(1, "FV/7/2026", offers=(offer("3.00", 5), offer("2.00", 12))))
    assert first(money("98.00", "FV/7/2026", on=date(2026, 5, 8)), known).reason == Reason.DISCOUNT
    assert first(money("97.00", "FV/7/2026", on=date(2026, 5, 8)), known).reason == Reason.DISCOUNT_LATE


def test_each_of_several_invoices_gets_its_own_part():
    known = books(item(1, "FV/1/2026", offers=(offer("2.00", 8),)), item(2, "FV/2/2026"), item(3, "FV/3/2026", offers=(offer("1.00", 8),)))
    every = first(money("297.00", "FV/1/2026 FV/2/2026 FV/3/2026", on=date(2026, 5, 8)), known)
    assert [part.amount for part in every.parts] == [Decimal(98), Decimal(100), Decimal(99)]
    one = first(money("299.00", "FV/1/2026 FV/2/2026 FV/3/2026", on=date(2026, 5, 8)), known)
    assert [borne.item for borne in one.borne] == [3]


def test_of_several_invoices_a_later_discount_is_found_beside_an_older_one_that_still_holds():
    first_one = item(1, "FV/1/2026", offers=(offer("2.00", 8), offer("5.00", 20)))
    known = books(first_one, item(2, "FV/2/2026", offers=(offer("3.00", 20),)))
    both = first(money("192.00", "FV/1/2026 FV/2/2026", on=date(2026, 5, 7)), known)
    assert (both.reason, both.is_alone, [borne.amount for borne in both.borne]) == (Reason.DISCOUNT, True, [Decimal(5), Decimal(3)])
    one = first(money("198.00", "FV/1/2026 FV/2/2026", on=date(2026, 5, 7)), known)
    assert (one.reason, [(borne.item, borne.amount) for borne in one.borne]) == (Reason.DISCOUNT, [(1, Decimal(2))])


def test_two_ways_to_take_discounts_of_two_steps_are_for_a_person():
    known = books(item(1, "FV/1/2026", offers=(offer("2.00", 8), offer("5.00", 20))), item(2, "FV/2/2026", offers=(offer("3.00", 20),)))
    assert not first(money("195.00", "FV/1/2026 FV/2/2026", on=date(2026, 5, 7)), known).is_alone


def test_two_ways_to_take_discounts_are_for_a_person():
    known = books(item(1, "FV/1/2026", offers=(offer("2.00", 8),)), item(2, "FV/2/2026", offers=(offer("2.00", 8),)))
    assert not first(money("198.00", "FV/1/2026 FV/2/2026", on=date(2026, 5, 8)), known).is_alone


def test_a_number_that_is_not_telling_takes_no_discount_alone():
    known = books(item(1, "7", offers=(offer("2.00", 8),)))
    found = first(money("98.00", "7", on=date(2026, 5, 8)), known)
    assert (found.reason, found.is_alone) == (Reason.NEARLY_NUMBER, False)


def test_the_tolerance_ends_at_a_per_cent_of_what_is_open():
    known = books(item(1, "FV/7/2026"), tolerance={"PLN": Tolerance(Decimal(5), Decimal(3))})
    assert first(money("97.00", "FV/7/2026"), known).reason == Reason.SMALL_DIFFERENCE
    assert first(money("96.99", "FV/7/2026"), known).reason == Reason.NUMBER_IN_PART


def test_money_of_another_currency_is_suggested_at_the_rate_of_the_statement_and_never_booked_alone():
    euro = OpenItem(1, 1, "EU/1/2026", ALFA, "EUR", Decimal(1000), date(2026, 5, 1), (KSEF,))
    for title in ("EU/1/2026", KSEF):
        found = first(money("4250.00", title, original=Original(Decimal(1000), "EUR")), books(euro))
        assert (found.reason, found.parts, found.rest, found.is_alone) == (Reason.OTHER_CURRENCY, ((1, Decimal(1000)),), 0, False)
    more = first(money("4300.00", "EU/1/2026", original=Original(Decimal("1010"), "EUR")), books(euro))
    assert (more.reason, more.rest) == (Reason.OTHER_CURRENCY_IN_PART, Decimal("42.57"))
    assert propose(money("4250.00", "EU/1/2026"), books(euro)) == []


CREDIT = Credit(ALFA, "PLN", (("KOR/7/2026", Decimal(40)), ("bank/1", Decimal(60))), "ALFA Sp. z o.o.", frozenset({"PL1"}))


@pytest.mark.parametrize(
    ("out", "reason", "sources"),
    [
        pytest.param(MoneyOut(Decimal(40), "PLN", "zwrot KOR/7/2026"), "refund_number", (0,), id="its credit note"),
        pytest.param(MoneyOut(Decimal(60), "PLN", account="PL1"), "refund_account", (1,), id="its account, one source"),
        pytest.param(MoneyOut(Decimal(70), "PLN", counterparty="Alfa sp z oo"), "refund_name", (0, 1), id="its name, a part"),
        pytest.param(MoneyOut(Decimal(100), "PLN"), "refund_amount", (0, 1), id="all of it"),
        pytest.param(MoneyOut(Decimal(99), "PLN"), None, (), id="nothing but a smaller amount"),
        pytest.param(MoneyOut(Decimal(101), "PLN", account="PL1"), None, (), id="more than there is"),
        pytest.param(MoneyOut(Decimal(40), "EUR", account="PL1"), None, (), id="another currency"),
    ],
)
def test_which_credit_money_out_gives_back(out, reason, sources):
    found = propose_refunds(out, [CREDIT])
    assert [(each.reason, each.sources) for each in found] == ([(reason, sources)] if reason else [])


# -- books that change while lines are booked

AMOUNTS = ("100.00", "70.00", "30.00")


@given(st.data())
def test_books_that_were_changed_propose_what_new_ones_would(data):
    """Whatever was settled, in part or in whole, and whatever came in between."""
    drawn = data.draw(
        st.lists(st.tuples(st.sampled_from(AMOUNTS), st.sampled_from((ALFA, BETA)), st.integers(1, 3)), min_size=1, max_size=6)
    )
    items = {n: item(n, f"FV/{n}/2026", amount, customer, day) for n, (amount, customer, day) in enumerate(drawn, start=1)}
    late = data.draw(st.integers(0, len(items)))
    known = books(*(each for pk, each in items.items() if pk > late))
    for pk, left in data.draw(st.lists(st.tuples(st.sampled_from(sorted(items)), st.sampled_from(("0", "12.00", "70.00"))), max_size=5)):
        if pk > late and items[pk].open:
            known.change(pk, Decimal(left))
            items = {key: each if key != pk else replace(each, open=Decimal(left)) for key, each in items.items()}
    known.add([items[pk] for pk in range(1, late + 1)], {ALFA: "ALFA Sp. z o.o.", BETA: "Beta Handel S.A."})
    anew = books(*(each for each in items.values() if each.open))
    lines = [money(amount, f"FV/{n}/2026", counterparty="ALFA") for n in range(1, 4) for amount in (*AMOUNTS, "12.00")]
    assert [propose(line, known) for line in lines] == [propose(line, anew) for line in lines]


def test_a_discount_goes_with_the_first_money():
    known = books(item(1, "FV/1/2026", offers=(Offer(Decimal(2), date(2026, 5, 9), Decimal(2), 7),)))
    known.change(1, Decimal(50))
    assert propose(money("48.00", "FV/1/2026", on=date(2026, 5, 5)), known)[0].reason is Reason.NUMBER_IN_PART


def test_settled_is_what_a_proposal_gives_and_what_the_company_bears():
    known = books(item(1, "FV/1/2026", offers=(Offer(Decimal(2), date(2026, 5, 9), Decimal(2), 7),)), item(2, "FV/2/2026"))
    for title, amount in (("FV/1/2026", "98.00"), ("FV/2/2026", "40.00")):
        known.settle(propose(money(amount, title, on=date(2026, 5, 5)), known)[0])
    assert [(each.item, each.open) for each in known.items] == [(2, Decimal(60))]


def test_a_discount_on_the_last_instalment_goes_with_the_first_money_on_any():
    offer = Offer(Decimal(2), date(2026, 5, 9), Decimal(2), 7)
    known = books(item(1, "FV/1/2026", "50.00", invoice=1), item(2, "FV/1/2026", "50.00", day=9, invoice=1, offers=(offer,), together=2))
    known.change(1, Decimal(10))
    assert [each.offers for each in known.items] == [(), ()]
