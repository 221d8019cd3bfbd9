"""Two customers that are one: everything goes along, sums stay, and the undo puts back exactly what went."""

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from dunning.actions import agree, hold, merge_customers, promise, record_stop, split_customer, undo_move
from dunning.guard import LadderGuard
from dunning.models import Case, Hold, LadderRules, Notice, Placement, StopFact, Task
from dunning.states import StopKind, TaskKind
from invoices import actions as books
from invoices.actions.bank.known import books_of
from invoices.books import differences
from invoices.joining import PLACES, Side, against_merge, lacks_proof
from invoices.models import AllocationEntry, BankLine, Contact, CreditEntry, Customer, CustomerMove, Invoice, Item, Objection, Payment
from invoices.states import Kind
from receivables.audit.actions import verify
from receivables.core.errors import Refused
from receivables.messaging.models import Message
from receivables.portal.models import Code, PortalSession
from tests.builders import make_invoice, pay
from tests.db.dunning.firm import Firm, Recorder, day

pytestmark = pytest.mark.django_db


def merge(firm: Firm, source: Customer, target: Customer, on: int = 2, **more: Any) -> CustomerMove:
    return merge_customers(source, target, reason="entered twice", on=day(on), now=firm.noon(on), **more)


def undo(firm: Firm, move: CustomerMove, on: int = 3) -> CustomerMove:
    return undo_move(move, reason="two firms after all", on=day(on), now=firm.noon(on))


def figures(*customers: Customer) -> dict[str, Any]:
    """What is open, settled, claimed and left over, in sum."""
    ids = [customer.pk for customer in customers]
    credit: Counter[str] = Counter()
    for left in books.open_credit(ids).values():
        credit.update({code: int(amount * 100) for code, amount in left.items()})
    entries = AllocationEntry.objects.filter(item__customer__in=ids)
    return {
        "open": sum(Item.objects.filter(customer__in=ids).values_list("open_amount", flat=True), Decimal(0)),
        "settled": sum((-e.amount if e.is_reversal else e.amount for e in entries), Decimal(0)),
        "credit": dict(credit),
        "cases": Counter(Case.objects.filter(customer__in=ids).values_list("state", "position", "step")),
        "labels": sorted(Item.objects.filter(customer__in=ids).values_list("label", flat=True)),
    }


def rows_of(customer: Customer) -> dict[str, list[int]]:
    """Ids of all rows that name the customer and would move."""
    found = {}
    for name, place in PLACES.items():
        label, _dot, column = name.rpartition(".")
        if place.moves:
            found[name] = sorted(apps.get_model(label)._default_manager.filter(**{column: customer.pk}).values_list("pk", flat=True))
    return found


# -- which rows there are


def test_every_foreign_key_to_a_customer_says_what_a_merge_does_with_it() -> None:
    named = {
        f"{model._meta.label}.{key.name}"
        for model in apps.get_models(include_auto_created=True)
        for key in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if key.related_model is Customer
    }
    assert named == set(PLACES), (
        "say in invoices/joining.py whether the new key moves with a merge, and by which items it belongs to a side"
    )


def test_places_name_what_there_is() -> None:
    for name, place in PLACES.items():
        rows = apps.get_model(name.rpartition(".")[0])._default_manager
        for lookup in place.items:
            rows.filter(**{f"{lookup}__in": []})
        assert place.moves or place.why, f"{name}: say why it stays"


# -- who may be one


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [
        pytest.param(Side("A", 1, "business"), Side("B", 2, "business"), "two companies", id="creditors"),
        pytest.param(Side("A", 1, "business"), Side("B", 1, "consumer"), "different kinds", id="kinds"),
        pytest.param(Side("A", 1, "business", "1234563218"), Side("B", 1, "business", "5260001246"), "two firms", id="tax numbers"),
        pytest.param(Side("A", 1, "consumer", "", b"1"), Side("B", 1, "consumer", "", b"2"), "two persons", id="PESEL"),
        pytest.param(Side("A", 1, "business", is_merged=True), Side("B", 1, "business"), "merged already", id="merged"),
        pytest.param(Side("A", 1, "business"), Side("B", 1, "business", is_placed=True), "agency or in court", id="placed"),
        pytest.param(Side("A", 1, "business", has_contract_rate=True), Side("B", 1, "business"), "Contract interest", id="contract"),
        pytest.param(Side("A", 1, "business", "PL123-456-32-18"), Side("B", 1, "business", "1234563218"), "", id="one NIP, two ways"),
        pytest.param(Side("A", 1, "business", ""), Side("B", 1, "business", "1234563218"), "", id="one without"),
    ],
)
def test_against_merge(source: Side, target: Side, says: str) -> None:
    found = [sentence for sentence, _facts in against_merge(source, target)]
    assert [says in sentence for sentence in found] == ([True] if says else [])


def test_one_without_a_tax_number_wants_a_person(firm: Firm) -> None:
    source, target = firm.customer(), firm.customer(tax_id="1234563218")
    assert lacks_proof(Side("A", 1, "business"), Side("B", 1, "business", "1234563218"))
    with pytest.raises(Refused, match="Only one of them has a tax number"):
        merge(firm, source, target)
    merge(firm, target, source, is_vouched=True)
    assert Customer.objects.get(pk=source.pk).tax_id == "1234563218"


# -- what goes along


def test_everything_goes_along_and_back(firm: Firm, recorder: Recorder) -> None:
    source, target = firm.customer(), firm.customer()
    mine, _ = firm.owes(source), firm.owes(target, "50.00")
    firm.run(1)
    hold(mine, on=day(1), until=day(20), reason="asked")
    promise(target, amount=Decimal("50.00"), by=day(10), on=day(1))
    pay(source, "30.00", mine, booked_on=day(1))
    pay(source, "5.00", booked_on=day(1), unmatched=True)
    before, whole = (rows_of(source), rows_of(target)), figures(source, target)
    reached = firm.case(mine).position
    move = merge(firm, source, target)
    assert figures(target) == whole
    assert figures(source)["labels"] == []
    assert firm.case(mine).customer_id == target.pk
    assert firm.case(mine).position == reached == 1
    assert Notice.objects.filter(customer=target).count() == 2
    assert Hold.objects.get().customer_id == target.pk
    assert Customer.objects.get(pk=source.pk).merged_into_id == target.pk
    undo(firm, move)
    assert (rows_of(source), rows_of(target)) == before
    assert figures(source, target) == whole
    assert Customer.objects.get(pk=source.pk).merged_into_id is None
    assert not verify(firm.creditor)
    assert list(differences()) == []


@pytest.mark.parametrize("seed", range(6))
def test_sums_stay_whatever_there_was(firm: Firm, seed: int) -> None:
    lots = random.Random(seed)
    sides = [firm.customer(), firm.customer()]
    for n in range(lots.randint(3, 7)):
        who = lots.choice(sides)
        item = firm.owes(who, f"{lots.randint(10, 300)}.00", due=-n)
        match lots.randint(0, 5):
            case 0:
                pay(who, "7.50", item, booked_on=day(1))
            case 1:
                pay(who, f"{lots.randint(1, 400)}.00", booked_on=day(1))
            case 2:
                books.issue_credit_note(who, number=f"KOR/{seed}/{n}", amount=Decimal(5), issued_on=day(1), invoice=item)
            case 3:
                books.dispute(item, amount=Decimal(4), on=day(1))
            case 4:
                books.reverse_payment(pay(who, "6.00", item, booked_on=day(1)), on=day(1))
            case 5:
                books.write_off(item, reason="small", on=day(1))
    before, whole = (rows_of(sides[0]), rows_of(sides[1])), figures(*sides)
    move = merge(firm, sides[0], sides[1])
    assert figures(sides[1]) == figures(*sides)
    assert figures(*sides) == whole
    undo(firm, move)
    assert (rows_of(sides[0]), rows_of(sides[1])) == before
    assert figures(*sides) == whole
    assert list(differences()) == []


def test_what_is_queued_is_planned_anew_in_one(firm: Firm, recorder: Recorder) -> None:
    source, target = firm.customer(), firm.customer()
    mine, theirs = firm.owes(source), firm.owes(target)
    firm.plan(1)
    merge(firm, source, target, on=1)
    assert firm.states() == {"withdrawn": 2}
    firm.run(2)
    assert [outgoing.recipient for outgoing in recorder.taken] == [target.contacts.first().email]  # type: ignore[union-attr]
    assert sorted(Notice.objects.get(message__state="accepted").taken.values_list("case__item", flat=True)) == sorted([mine.pk, theirs.pk])


def test_notices_and_caps_count_for_the_survivor(firm: Firm, recorder: Recorder) -> None:
    source, target = firm.customer(), firm.customer()
    firm.owes(source)
    firm.run(1)
    firm.owes(target, due=1)
    merge(firm, source, target, on=1)
    LadderRules.objects.update(cap_messages=1, cap_days=7)
    firm.run(2)
    assert len(recorder.taken) == 1


def test_contacts_are_joined_and_the_stricter_will_holds(firm: Firm) -> None:
    source, target = firm.customer(email="ksiegowosc@example.com"), firm.customer(email="Ksiegowosc@example.com")
    extra = books.add_contact(source, on=day(0), email="szef@example.com", phone="")
    books.object_to(source.contacts.get(email="ksiegowosc@example.com"), channel="email", on=day(0), reason="asked")
    Contact.objects.filter(customer=source).update(portal_access=False)
    move = merge(firm, source, target)
    assert list(target.contacts.values_list("email", flat=True)) == ["Ksiegowosc@example.com", "szef@example.com"]
    assert Objection.objects.filter(contact__customer=target, channel="email").count() == 1
    assert not target.contacts.get(email="Ksiegowosc@example.com").portal_access
    undo(firm, move)
    assert Contact.objects.get(pk=extra.pk).customer_id == source.pk
    assert not Objection.objects.filter(contact__customer=target).exists()
    assert target.contacts.get().portal_access


def test_sessions_and_codes_of_both_end(firm: Firm) -> None:
    source, target = firm.customer(), firm.customer()
    now = firm.noon(1)
    for customer in (source, target):
        session = PortalSession.objects.create(token=str(customer.pk).encode(), address=b"a", began_at=now, seen_at=now)
        session.contacts.set(customer.contacts.all())
        code = Code.objects.create(address=b"a", digest=b"d", made_at=now, expires_at=firm.noon(2))
        code.contacts.set(customer.contacts.all())
    merge(firm, source, target)
    assert not PortalSession.objects.filter(ended_at=None).exists()
    assert not Code.objects.filter(used_at=None).exists()


def test_a_fact_that_both_have_stands_once(firm: Firm) -> None:
    source, target = firm.customer(), firm.customer()
    firm.owes(source), firm.owes(target)
    for customer in (source, target):
        record_stop(customer, kind=StopKind.BANKRUPTCY, since=day(0), source="KRZ", on=day(0), now=firm.noon(0))
    move = merge(firm, source, target)
    assert StopFact.objects.standing().filter(customer=target).count() == 1
    assert Task.objects.filter(customer=target, kind=TaskKind.FILE_CLAIM, closed_on=None).count() == 2  # each about its own fact
    undo(firm, move)
    assert StopFact.objects.standing().filter(customer=source).count() == 1


# -- who was merged


def test_nothing_new_is_booked_on_who_was_merged(firm: Firm) -> None:
    source, target = firm.customer(), firm.customer(name="Alfa Sp. z o.o.")
    merge(firm, source, target)
    for deed in (lambda: pay(source), lambda: make_invoice(source), lambda: hold(source, on=day(3)), lambda: merge(firm, target, source)):
        with pytest.raises(Refused, match="merged"):
            deed()


def test_its_number_and_its_account_mean_the_survivor(firm: Firm) -> None:
    source, target = firm.customer(number="OLD-1", virtual_account="PL00VIRTUAL1"), firm.customer(number="NEW-1")
    merge(firm, source, target)
    file = b"Invoice number,Customer number,Issued,Due,Gross amount\nF/900,OLD-1,2026-05-01,2026-05-15,12.00\n"
    report = books.import_file(firm.creditor, name="a.csv", data=file, profile=books.profile_named("generic", firm.creditor), on=day(3))
    assert not report.problems
    assert Invoice.objects.get(number="F/900").customer_id == target.pk
    line = BankLine(virtual_account="PL00VIRTUAL1", booked_on=day(3))
    assert books_of(firm.creditor, [line]).virtual == {"PL00VIRTUAL1": target.pk}


def test_one_merged_into_one_that_is_merged_later(firm: Firm) -> None:
    first, second, third = firm.customer(), firm.customer(), firm.customer()
    item = firm.owes(first)
    one = merge(firm, first, second)
    two = merge(firm, second, third)
    assert Customer.objects.get(pk=first.pk).merged_into_id == third.pk
    with pytest.raises(Refused, match="Undo that first"):
        undo(firm, one)
    undo(firm, two)
    undo(firm, one)
    assert Item.objects.get(pk=item.pk).customer_id == first.pk


# -- what came in between


def test_what_came_since_goes_back_by_its_item_or_stays(firm: Firm, recorder: Recorder) -> None:
    source, target = firm.customer(), firm.customer()
    mine, theirs = firm.owes(source), firm.owes(target)
    move = merge(firm, source, target, on=0)
    mine.refresh_from_db()
    of_mine, of_theirs = pay(target, "10.00", mine, booked_on=day(1)), pay(target, "10.00", theirs, booked_on=day(1))
    loose = pay(target, "1.00", booked_on=day(1), unmatched=True)
    later = firm.owes(target)
    undo(firm, move)
    went = dict(Payment.objects.values_list("pk", "customer"))
    assert went == {of_mine.pk: source.pk, of_theirs.pk: target.pk, loose.pk: target.pk}
    assert Item.objects.get(pk=later.pk).customer_id == target.pk


def test_what_became_of_money_since_goes_back_with_it(firm: Firm) -> None:
    source, target = firm.customer(), firm.customer()
    firm.owes(source)
    wrong, spare = (pay(source, amount, booked_on=day(0), unmatched=True) for amount in ("7.00", "9.00"))
    move = merge(firm, source, target, on=0)
    wrong.refresh_from_db()
    spare.refresh_from_db()
    back = books.reverse_payment(wrong, on=day(1))
    books.give_back(spare, amount=Decimal(4), on=day(1))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at the end of a transaction
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    undo(firm, move)
    assert set(Payment.objects.values_list("pk", "customer")) == {(row.pk, source.pk) for row in (wrong, spare, back)}
    assert CreditEntry.objects.get().customer_id == source.pk
    assert books.open_credit([source.pk, target.pk]) == {source.pk: {"PLN": Decimal(5)}}
    assert list(differences()) == []


def test_an_undo_that_would_tear_is_refused(firm: Firm) -> None:
    source, target = firm.customer(), firm.customer()
    mine, theirs = firm.owes(source), firm.owes(target)
    move = merge(firm, source, target, on=0)
    mine.refresh_from_db()
    both = pay(target, "150.00", mine, theirs, booked_on=day(1))
    with pytest.raises(Refused, match="settles invoices of both sides"):
        undo(firm, move)
    books.reverse_payment(both, on=day(2))
    agree(target, label="R/1", items=[mine, theirs], rates=[(day(20), Decimal(200))], on=day(2))
    with pytest.raises(Refused, match="agreement covers"):
        undo(firm, move)


def test_undone_once(firm: Firm) -> None:
    move = merge(firm, firm.customer(), firm.customer())
    back = undo(firm, move)
    with pytest.raises(Refused, match="undone already"):
        undo(firm, move)
    with pytest.raises(Refused, match="put something back"):
        undo(firm, back)


# -- split


def test_a_split_takes_the_invoices_with_their_money(firm: Firm, recorder: Recorder) -> None:
    one, other = firm.customer(), firm.customer()
    going, staying = firm.owes(one), firm.owes(one, "70.00")
    firm.run(1)
    own = pay(one, "20.00", going, booked_on=day(1))
    rest = pay(one, "20.00", staying, booked_on=day(1))
    whole = figures(one, other)
    split = split_customer(one, other, [going.invoice_id], reason="another branch", on=day(2), now=firm.noon(2))
    assert dict(Payment.objects.values_list("pk", "customer")) == {own.pk: other.pk, rest.pk: one.pk}
    assert firm.case(going).customer_id == other.pk
    assert figures(one, other) == whole
    undo(firm, split)
    assert figures(other)["labels"] == []
    assert list(differences()) == []


def test_a_split_that_would_tear_is_refused(firm: Firm) -> None:
    one, other = firm.customer(), firm.customer()
    going, staying = firm.owes(one), firm.owes(one)
    pay(one, "150.00", going, staying, booked_on=day(1))
    with pytest.raises(Refused, match="settles invoices of both sides"):
        split_customer(one, other, [going.invoice_id], reason="x", on=day(2), now=firm.noon(2))
    for wrong in (firm.customer(kind=Kind.CONSUMER), Firm.customer(firm, number="x") and one):
        with pytest.raises(Refused):
            split_customer(one, wrong, [going.invoice_id], reason="x", on=day(2), now=firm.noon(2))


# -- agencies, and the guard


def test_while_something_is_placed(firm: Firm, recorder: Recorder) -> None:
    source, target = firm.customer(), firm.customer()
    firm.owes(source)
    firm.run(1)
    Placement.objects.create(creditor=firm.creditor, customer=source, currency="PLN", notice=Notice.objects.get(), sent_on=day(1))
    with pytest.raises(Refused, match="agency or in court"):
        merge(firm, source, target)


def test_the_guard_locks_and_judges_the_survivor(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that a merge passed over is judged as the survivor's: here its customer has another address."""
    source, target = firm.customer(), firm.customer()
    firm.owes(source)
    firm.plan(1)
    monkeypatch.setattr("dunning.actions.merging.withdraw_queued", lambda *args, **kwargs: frozenset())
    move = merge(firm, source, target, on=1)
    message = Message.objects.get()
    assert move.target_id == Notice.objects.get().customer_id
    guard = LadderGuard()
    with transaction.atomic():
        guard.lock([Customer.objects.filter(pk=source.pk).values("pk")])  # as it stood when the guard began to wait
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM invoices_customer WHERE id = %s AND xmax::text::bigint <> 0", [target.pk])
            assert cursor.fetchone() == (1,)
        assert list(guard.judge([message], now=firm.noon(1))) == []  # the contact went along: the same words to the same reader


# -- the database


def test_append_only_rows_change_their_customer_under_a_move_alone(firm: Firm) -> None:
    source, target, third = firm.customer(), firm.customer(), firm.customer()
    payment = pay(source, booked_on=day(1))
    rows = Payment.objects.filter(pk=payment.pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(customer=target)
    with transaction.atomic():
        CustomerMove.objects.create(
            creditor=firm.creditor, kind="merge", source=source, target=target, reason="x", on=day(1), at=firm.noon(1)
        )
        for wrong in ({"customer": third}, {"customer": target, "amount": Decimal(1)}, {"title": "x"}):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                rows.update(**wrong)
        rows.update(customer=target)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(customer=source)
