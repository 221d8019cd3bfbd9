"""Checking somebody before selling: whom a text means, what is put together, and the command."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from dunning import actions as process
from dunning.actions.time import let_time_act
from invoices.actions import set_pesel
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.credit.actions import set_limit
from receivables.credit.checking import check_of, find_subject
from receivables.credit.models import RegisterAnswer
from receivables.credit.registers.protocol import REGISTERS
from receivables.credit.registers.white_list import WhiteList, WhiteListConfig
from receivables.credit.states import LimitKind
from tests.builders import make_creditor, make_customer, make_invoice, pay
from tests.db.credit import answers
from tests.db.credit.answers import NIP
from tests.loopback import Stub, reply, serving

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
DUE = date(2026, 3, 15)


@pytest.fixture
def creditor() -> Creditor:
    return make_creditor("firma")


@pytest.fixture(autouse=True)
def stub() -> Iterator[Stub]:
    with serving(reply(answers.listed())) as server, REGISTERS.using({"white_list": WhiteList(WhiteListConfig(server.url))}):
        yield server


def checked(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("check_customer", *arguments, "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def words(*arguments: str) -> str:
    out = StringIO()
    call_command("check_customer", *arguments, stdout=out)
    return out.getvalue()


class TestWho:
    @pytest.mark.parametrize("text", ["K-7", " K-7 ", "1234563218", "123-456-32-18", "PL1234563218", "PL 123 456 32 18"])
    def test_a_customer_by_number_or_tax_number(self, text: str, creditor: Creditor) -> None:
        customer = make_customer(creditor, number="K-7", tax_id=NIP)
        subject = find_subject(creditor, text)
        assert subject.customer == customer

    def test_our_number_comes_before_a_tax_number(self, creditor: Creditor) -> None:
        make_customer(creditor, tax_id=NIP)
        numbered = make_customer(creditor, number=NIP)
        assert find_subject(creditor, NIP).customer == numbered

    @pytest.mark.parametrize(
        ("text", "country", "plain"),
        [("1234563218", "PL", NIP), ("DE136695976", "DE", "DE136695976"), ("EL094259216", "GR", "EL094259216"), ("1234563219", "PL", "1234563219")],
    )  # fmt: skip
    def test_a_number_that_is_no_customer_yet(self, text: str, country: str, plain: str, creditor: Creditor) -> None:
        subject = find_subject(creditor, text)
        assert subject.customer is None and subject.tax_id is not None
        assert (subject.country, subject.tax_id.plain) == (country, plain)

    @pytest.mark.parametrize(
        ("text", "asked"), [("DE136695976", ("DE", "136695976")), ("EL094259216", ("EL", "094259216")), ("1234563218", ("PL", NIP))]
    )
    def test_registers_are_asked_about_the_number_without_its_country(self, text: str, asked: tuple[str, str], creditor: Creditor) -> None:
        question = find_subject(creditor, text).question(on=DUE)
        assert question is not None and (question.country, question.number) == asked

    def test_a_number_that_cannot_be_right_is_not_asked_about(self, creditor: Creditor) -> None:
        assert find_subject(creditor, "1234563219").question(on=DUE) is None

    def test_nobody_and_several_are_refused(self, creditor: Creditor) -> None:
        for number in ("A", "B"):
            make_customer(creditor, number=number, tax_id=NIP)
        with pytest.raises(Refused, match="Several customers have this tax number: A, B"):
            find_subject(creditor, NIP)
        for text in ("", "?", "nobody", "\x00"):
            with pytest.raises(Refused, match="There is no customer"):
                find_subject(creditor, text)

    def test_customers_of_another_company_are_nobodys_business(self, creditor: Creditor) -> None:
        make_customer(number="K-7", tax_id=NIP)
        assert find_subject(creditor, NIP).customer is None


class TestCommand:
    def test_a_number_that_is_no_customer_yet(self, creditor: Creditor) -> None:
        told = checked(NIP)
        assert (told["number"], told["state"], told["reason"]) == (None, "open", "nothing_against")
        assert told["registers"][0]["verdict"] == "active" and told["registers"][0]["proof"] == answers.REQUEST_ID
        assert [(one["kind"], one["problem"]) for one in told["identifiers"]] == [
            ("nip", None),
            ("regon", None),
            ("krs", None),
            ("iban", None),
        ]
        assert told["suggestion"] == {
            "kind": "terms", "terms_days": 7, "reasons": ["Too little is known of how they pay.", "A register says active: white_list."],
        }  # fmt: skip

    def test_no_answer_is_unknown_and_takes_nothing_away(self, creditor: Creditor, stub: Stub) -> None:
        customer = make_customer(creditor, number="K-7", tax_id=NIP)
        for _ in range(3):
            pay(customer, 100, make_invoice(customer), booked_on=DUE)
        with REGISTERS.using({}):
            before = checked("K-7", "--on", "2026-06-01")["suggestion"]
        stub.answers(reply("x", status=500))
        told = checked("K-7", "--on", "2026-06-01")
        assert told["registers"][0]["verdict"] == "unknown"
        assert told["suggestion"] == before
        assert before["kind"] == "terms" and before["terms_days"] == 30

    def test_a_customer_with_history_exposure_and_limits(self, creditor: Creditor) -> None:
        customer = make_customer(creditor, number="K-7", tax_id="1234563219")
        set_pesel(customer, "44051401358")
        for late in (0, 10, 20):
            pay(customer, 100, make_invoice(customer), booked_on=DUE + late * DAY)
        make_invoice(customer, 50, due_on=date(2026, 5, 1))
        make_invoice(customer, 70, due_on=date(2026, 12, 1))
        set_limit(customer, kind=LimitKind.OWN, amount=Decimal(500), currency="PLN", reason="x", on=DUE)
        told = checked("K-7", "--on", "2026-05-11")
        assert told["exposure"] == [{"currency": "PLN", "open": "120.00", "overdue": "50.00", "not_due": "70.00", "credit": "0.00"}]
        assert told["limits"] == [{"kind": "own", "amount": "500.00", "currency": "PLN", "left": "380.00", "valid_until": None}]
        assert told["history"]["rating"] in ("B", "C", "D") and told["history"]["average_delay_days"] == "10.0"
        assert [(one["kind"], one["number"], bool(one["problem"])) for one in told["identifiers"]] == [
            ("nip", "1234563219", True),
            ("pesel", None, True),
        ]
        assert "44051401358" not in json.dumps(told)
        assert told["registers"] == []
        assert told["suggestion"]["reasons"][0] == "Something is 10 days overdue."

    def test_promises_are_counted(self, creditor: Creditor) -> None:
        customer = make_customer(creditor, number="K-7")
        make_invoice(customer)
        process.promise(customer, amount=Decimal(100), by=DUE, on=DUE)
        let_time_act(creditor, [customer.pk], on=DUE + DAY)
        told = checked("K-7", "--on", "2026-03-17")
        assert told["history"]["promises"] == {"broken": 1}
        assert (told["state"], told["suggestion"]["kind"]) == ("prepayment", "prepayment")

    def test_an_account_is_asked_about_besides(self, creditor: Creditor, stub: Stub) -> None:
        stub.answers(reply(answers.listed()), reply(answers.assigned("NIE")))
        told = checked(NIP, "--account", "61 1090 1014 0000 0712 1981 2874")
        assert [(one["account"], one["verdict"]) for one in told["registers"]] == [
            (None, "active"),
            ("61109010140000071219812874", "not_listed"),
        ]
        assert told["suggestion"]["kind"] == "terms"

    def test_it_reads_as_lines(self, creditor: Creditor) -> None:
        told = words(NIP)
        for line in (
            "not a customer yet: 1234563218",
            "Suggested: terms, 7 days",
            f"white_list: active - {answers.REQUEST_ID}",
            "Rating: too little",
        ):
            assert line in told
        with REGISTERS.using({}):
            assert "No register was asked" in words(NIP)

    def test_running_it_twice_asks_once(self, creditor: Creditor, stub: Stub) -> None:
        assert checked(NIP) == checked(NIP)
        assert len(stub.asked) == RegisterAnswer.objects.count() == 1

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["nobody"], "There is no customer"),
            ([NIP, "--account", "1"], "no Polish account"),
            ([NIP, "--account", "DE89370400440532013000"], "no Polish account"),
            ([NIP, "--creditor", "other"], "There is no company 'other'"),
        ],
    )
    def test_wrong_input_is_a_sentence_and_exit_2(self, arguments: list[str], says: str, creditor: Creditor) -> None:
        with pytest.raises(CommandError, match=says) as refusal:
            call_command("check_customer", *arguments)
        assert refusal.value.returncode == 2
        assert not RegisterAnswer.objects.exists()


def test_a_check_writes_nothing_about_the_customer(creditor: Creditor, django_assert_max_num_queries: Any) -> None:
    customer = make_customer(creditor, tax_id=NIP)
    make_invoice(customer)
    with django_assert_max_num_queries(14) as queries:
        check_of(find_subject(creditor, NIP), [], on=DUE)
    assert [query for query in queries.captured_queries if not query["sql"].lstrip("(").startswith("SELECT")] == []
