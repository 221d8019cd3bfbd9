from typing import Any

import pytest
from django.db import connection

from invoices import actions
from invoices.actions.customers import set_kind
from invoices.models import Contact, Customer, Invoice, Item, Payment
from invoices.states import Kind
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.core.identifiers import check
from tests.builders import PAID, audited, make_creditor, make_customer, make_invoice, make_user, pay

pytestmark = pytest.mark.django_db

PESEL, OTHER_PESEL = "44051401359", "02270803624"
ACCOUNT = "PL61 1090 1014 0000 0712 1981 2874"


def reached(customer: Customer) -> list[tuple[str, str]]:
    return list(customer.contacts.values_list("email", "phone"))


def test_a_customer_has_a_first_contact_where_one_is_given() -> None:
    customer = make_customer(email="anna@example.com", phone="500 100 100")
    assert reached(customer) == [("anna@example.com", "+48500100100")]
    assert not make_customer(email="", phone="").contacts.exists()
    assert audited(customer.creditor) == ["add_customer"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"number": ""}, "number is empty"),
        ({"number": "x" * 61}, "too long"),
        ({"name": " "}, "name is empty"),
        ({"email": "anna"}, "no e-mail address"),
        ({"phone": "12"}, "no phone number"),
        ({"phone": "brak"}, "no phone number"),
        ({"currency": "zł"}, "no currency code"),
    ],
)
def test_a_customer_is_refused_for(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        make_customer(**fields)
    assert not Customer.objects.exists()


def test_a_customers_number_is_given_once_per_company() -> None:
    creditor = make_creditor()
    make_customer(creditor, number="1")
    with pytest.raises(Refused, match="There is a customer 1 already"):
        make_customer(creditor, number="1")
    make_customer(number="1")


@pytest.mark.parametrize(
    ("change", "after"),
    [
        pytest.param({"email": "new@example.com"}, [("new@example.com", "+48500100100")], id="another e-mail"),
        pytest.param({"email": None}, [("", "+48500100100")], id="no e-mail any more"),
        pytest.param({"phone": None}, [("a@example.com", "")], id="no phone any more"),
        pytest.param({"phone": "+49 30 123456"}, [("a@example.com", "+4930123456")], id="another phone"),
        pytest.param({"email": None, "phone": None}, [], id="nothing any more"),
        pytest.param({}, [("a@example.com", "+48500100100")], id="nothing said"),
    ],
)
def test_a_contact_is_changed(change: dict[str, Any], after: list[tuple[str, str]]) -> None:
    customer = make_customer(email="a@example.com", phone="+48500100100")
    actions.change_contact(customer, on=PAID, **change)
    assert reached(customer) == after
    assert audited(customer.creditor)[-1] == "change_contact"


def test_the_first_contact_that_has_an_e_mail_is_changed() -> None:
    customer = make_customer(email="", phone="+48500100100")
    Contact.objects.create(customer=customer, email="second@example.com", position=2)
    actions.change_contact(customer, on=PAID, email="new@example.com")
    assert reached(customer) == [("", "+48500100100"), ("new@example.com", "")]


def test_a_customer_without_contact_gets_one() -> None:
    customer = make_customer(email="", phone="")
    actions.change_contact(customer, on=PAID, phone="500100100")
    assert reached(customer) == [("", "+48500100100")]


def test_an_address_is_set_or_removed() -> None:
    customer = actions.change_contact(make_customer(), on=PAID, address={"street": "Długa 2", "city": "Łódź", "postcode": "90-001"})
    assert (customer.street, customer.city, customer.has_address) == ("Długa 2", "Łódź", True)
    customer = actions.change_contact(customer, on=PAID, address=None)
    assert (customer.street, customer.city, customer.country, customer.has_address) == ("", "", "PL", False)
    with pytest.raises(Refused, match="no 'planet'"):
        actions.change_contact(customer, on=PAID, address={"planet": "Mars"})


def test_a_further_contact_comes_behind_the_first() -> None:
    customer = make_customer(email="a@example.com", phone="")
    actions.add_contact(customer, on=PAID, email="b@example.com", role=Contact.Role.OWNER, name="Bożena")
    assert list(customer.contacts.values_list("email", "role", "position")) == [
        ("a@example.com", "accounting", 1), ("b@example.com", "owner", 2),
    ]  # fmt: skip
    with pytest.raises(Refused, match="needs an e-mail address or a phone"):
        actions.add_contact(customer, on=PAID)
    assert audited(customer.creditor) == ["add_customer", "add_contact"]


def test_a_contact_objects_to_a_channel_once_until_it_is_lifted() -> None:
    contact = make_customer().contacts.get()
    actions.object_to(contact, channel="sms", on=PAID, reason="by phone")
    with pytest.raises(Refused, match="objected to sms already"):
        actions.object_to(contact, channel="sms", on=PAID)
    with pytest.raises(Refused, match="cannot be objected to"):
        actions.object_to(contact, channel="letter", on=PAID)
    actions.lift_objection(contact, channel="sms", on=PAID)
    with pytest.raises(Refused, match="has not objected"):
        actions.lift_objection(contact, channel="sms", on=PAID)
    assert audited(contact.customer.creditor) == ["add_customer", "object_to", "lift_objection"]


def test_payer_parent_and_recipient_of_letters_are_of_the_same_company() -> None:
    parent = make_customer()
    assert make_customer(parent.creditor, payer=parent, letters_to=parent).payer == parent
    with pytest.raises(Refused, match="another company"):
        make_customer(parent=parent)


@pytest.mark.parametrize(
    ("country", "text", "valid"),
    [
        ("PL", "1234563218", True),
        ("PL", "123-456-32-18", True),
        ("PL", "PL1234563218", True),
        ("PL", "1234563219", False),
        ("DE", "DE136695976", True),
        ("DE", "136695976", True),
        ("DE", "DE136695977", False),
        ("GR", "EL094259216", True),
        ("GB", "980780684", True),
        ("GB", "980780685", False),
        ("US", "anything", True),
    ],
)
def test_a_tax_number_is_checked_by_its_country(country: str, text: str, valid: bool) -> None:
    assert (actions.tax_id_problem(country, text) is None) is valid


def test_a_tax_number_that_is_wrong_is_kept_all_the_same() -> None:
    assert make_customer(tax_id="123-456-32-19").tax_id == "1234563219"


# -- what nobody can read in a dump


def dump(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t::text FROM {table} t")
        return "".join(text for (text,) in cursor.fetchall())


def test_a_pesel_is_sealed_and_found_by_the_whole_of_it() -> None:
    customer = make_customer()
    assert actions.set_pesel(customer, f" {PESEL} ") is None
    assert PESEL not in dump("invoices_customer") + dump("audit_entry")
    assert PESEL.encode().hex() not in dump("invoices_customer")
    assert Customer.objects.get(pk=customer.pk).pesel == PESEL
    assert actions.find_by_pesel(customer.creditor, "440514 01359").get() == customer
    for part in (PESEL[:-1], PESEL[1:], "", OTHER_PESEL):
        assert not actions.find_by_pesel(customer.creditor, part)
    assert not actions.find_by_pesel(make_creditor(), PESEL)


def test_a_doubtful_pesel_is_kept_and_named_and_an_empty_one_removes_it() -> None:
    customer = make_customer()
    assert "wrong check digit" in (actions.set_pesel(customer, PESEL[:-1] + "0") or "")
    assert actions.set_pesel(customer, "") is None
    customer.refresh_from_db()
    assert (customer.pesel, customer.pesel_hash) == (None, None)
    assert not actions.find_by_pesel(customer.creditor, "")


def test_a_payers_account_is_sealed_and_found_by_the_whole_of_it() -> None:
    customer = make_customer()
    payment = pay(customer, payer_account=ACCOUNT)
    plain = ACCOUNT.replace(" ", "")
    assert plain not in dump("invoices_payment") + dump("audit_entry")
    assert Payment.objects.get(pk=payment.pk).payer_account == plain
    assert actions.payments_from_account(customer.creditor, ACCOUNT.lower()).get() == payment
    assert not actions.payments_from_account(customer.creditor, plain[:-1])
    assert not actions.payments_from_account(make_creditor(), ACCOUNT)


def test_a_pesel_is_read_with_a_reason_that_stands_in_the_audit() -> None:
    customer = make_customer()
    with pytest.raises(Refused, match="No PESEL"):
        actions.read_pesel(customer, why="claim")
    actions.set_pesel(customer, PESEL)
    with pytest.raises(Refused, match="reason"):
        actions.read_pesel(customer, why=" ")
    assert actions.read_pesel(customer, why="claim") == PESEL
    assert Entry.objects.get(verb="read_pesel").facts == {"why": "claim"} and PESEL not in dump("audit_entry")


REGON = "12345678512347"


@pytest.mark.parametrize(
    ("regon", "krs", "kept"),
    [
        ("123-456-785", "0000 123456", ("123456785", "0000123456")),
        (REGON, "", (REGON, "")),
        ("", "", ("", "")),
        ("123456784", "", None),
        ("", "123456", None),
    ],
)
def test_numbers_in_registers_are_plain_and_right_or_refused(regon: str, krs: str, kept: tuple[str, str] | None) -> None:
    customer = make_customer()
    if kept is None:
        with pytest.raises(Refused, match=r"is no (REGON|KRS) number"):
            actions.set_registered(customer, {"regon": regon, "krs": krs})
        return
    for _ in range(2):
        actions.set_registered(customer, {"regon": regon, "krs": krs})
    customer.refresh_from_db()
    assert (customer.regon, customer.krs) == kept
    assert Entry.objects.filter(verb="set_registered").count() == bool(any(kept))


@pytest.mark.parametrize(
    "number", ["123456785", REGON, "000331501", "123456784", "12345678412347", REGON[:-1] + "8", "12345678", "12345678x", ""]
)
def test_the_database_checks_a_regon_as_the_program_does(number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT regon_checks(%s)", [number])
        assert cursor.fetchone() == (check("regon", number).is_valid,)


def test_the_same_pesel_is_sealed_differently_each_time() -> None:
    first, second = make_customer(), make_customer()
    for customer in (first, second):
        actions.set_pesel(customer, PESEL)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT pesel), count(DISTINCT pesel_hash) FROM invoices_customer")
        assert cursor.fetchone() == (2, 1)


# -- two companies share nothing


@pytest.mark.parametrize("model", [Customer, Invoice, Item, Payment])
def test_a_user_sees_only_what_belongs_to_their_companies(model: type[Customer | Invoice | Item | Payment]) -> None:
    mine, theirs = make_creditor(), make_creditor()
    for creditor in (mine, theirs):
        customer = make_customer(creditor)
        make_invoice(customer)
        pay(customer, 10)
    user = make_user(creditor=mine)
    assert [row.creditor for row in model.objects.visible_to(user)] == [mine]
    assert not model.objects.visible_to(make_user())
    assert model.objects.visible_to(make_user(is_superuser=True)).count() == 2


def test_what_is_no_public_body_any_more_is_no_medical_entity_either() -> None:
    customer = make_customer(kind=Kind.PUBLIC, is_medical_entity=True)
    set_kind(customer, Kind.BUSINESS, reason="it was sold", on=PAID)
    customer.refresh_from_db()
    assert (customer.kind, customer.is_medical_entity) == (Kind.BUSINESS, False)
