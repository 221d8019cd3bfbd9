"""Registers, with recorded answers from a server on this machine: what each says, every way of not answering, and what is kept of it."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from receivables.accounts.models import Creditor
from receivables.checks import TAG, registers_by_https
from receivables.credit.actions import ask_registers, known_answers
from receivables.credit.models import RegisterAnswer
from receivables.credit.registers.protocol import REGISTERS, Answer, Question, Register, Verdict, Why
from receivables.credit.registers.regon import Regon, RegonConfig
from receivables.credit.registers.vies import Vies, ViesConfig
from receivables.credit.registers.white_list import WhiteList, WhiteListConfig
from receivables.outside import Bounds
from tests.builders import audited, make_creditor
from tests.db.credit import answers
from tests.db.credit.answers import NIP
from tests.loopback import Stub, hangs_up, reply, serving, silent, truncated

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = date(2026, 11, 23)
SHORT = Bounds(connect_seconds=1.0, total_seconds=0.3)
POLISH, GERMAN = Question("PL", NIP, TODAY), Question("DE", "136695976", TODAY)
ACCOUNT = Question("PL", NIP, TODAY, "61109010140000071219812874")
UNKNOWN = Verdict.UNKNOWN


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving(reply("{}")) as server:
        yield server


def register(kind: str, stub: Stub) -> Register:
    made: dict[str, Register] = {
        "white_list": WhiteList(WhiteListConfig(stub.url, SHORT)),
        "vies": Vies(ViesConfig(stub.url, "PL1234563218", SHORT)),
        "regon": Regon(RegonConfig(stub.url, "abcde12345abcde12345", SHORT)),
    }
    return made[kind]


def said(answer: Answer) -> tuple[Verdict, Why | None]:
    return answer.verdict, answer.why


@pytest.mark.parametrize(
    ("kind", "question", "body", "expected"),
    [
        pytest.param("white_list", POLISH, answers.listed(), (Verdict.ACTIVE, None), id="an active taxpayer"),
        pytest.param("white_list", POLISH, answers.listed(statusVat="Zwolniony"), (Verdict.EXEMPT, None), id="an exempt one"),
        pytest.param("white_list", POLISH, answers.listed(statusVat="Niezarejestrowany"), (Verdict.REMOVED, None), id="a removed one"),
        pytest.param("white_list", POLISH, answers.NOBODY, (Verdict.NOT_LISTED, None), id="nobody is not invalid"),
        pytest.param("white_list", POLISH, answers.listed(nip="5265877635"), (UNKNOWN, Why.OTHER_NUMBER), id="another NIP"),
        pytest.param("white_list", POLISH, answers.listed(statusVat="?"), (UNKNOWN, Why.GARBLED), id="a status nobody knows"),
        pytest.param("white_list", POLISH, '{"result": {}}', (UNKNOWN, Why.GARBLED), id="no request id"),
        pytest.param("white_list", POLISH, "[1]", (UNKNOWN, Why.GARBLED), id="JSON, but no object"),
        pytest.param("white_list", ACCOUNT, answers.assigned("TAK"), (Verdict.ACTIVE, None), id="their account"),
        pytest.param("white_list", ACCOUNT, answers.assigned("NIE"), (Verdict.NOT_LISTED, None), id="not their account"),
        pytest.param("white_list", ACCOUNT, answers.assigned("?"), (UNKNOWN, Why.GARBLED), id="neither yes nor no"),
        pytest.param("vies", GERMAN, answers.vies(), (Verdict.ACTIVE, None), id="a valid VAT number"),
        pytest.param("vies", GERMAN, answers.vies(valid=False), (Verdict.NOT_LISTED, None), id="not valid for trade in the Union"),
        pytest.param("vies", GERMAN, answers.vies(vatNumber="1"), (UNKNOWN, Why.OTHER_NUMBER), id="another VAT number"),
        pytest.param("vies", GERMAN, answers.vies(valid="yes"), (UNKNOWN, Why.GARBLED), id="valid is no yes or no"),
        pytest.param("vies", GERMAN, answers.vies_error("MS_UNAVAILABLE"), (UNKNOWN, Why.NO_ANSWER), id="the country is away"),
        pytest.param("vies", GERMAN, answers.vies_error("MS_MAX_CONCURRENT_REQ"), (UNKNOWN, Why.BUSY), id="too many ask"),
        pytest.param("vies", GERMAN, answers.vies_error("INVALID_INPUT"), (UNKNOWN, Why.REFUSED), id="the question is refused"),
    ],
)
def test_what_a_register_says(kind: str, question: Question, body: str, expected: tuple[Verdict, Why | None], stub: Stub) -> None:
    stub.answers(reply(body))
    assert said(register(kind, stub).ask(question)) == expected


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        pytest.param([answers.LOGGED_IN, answers.found()], (Verdict.ACTIVE, None), id="it works"),
        pytest.param([answers.LOGGED_IN, answers.found(multipart=False)], (Verdict.ACTIVE, None), id="without MIME"),
        pytest.param([answers.LOGGED_IN, answers.found(ended="2025-01-31")], (Verdict.ENDED, None), id="it has ended"),
        pytest.param([answers.LOGGED_IN, answers.bir_error("4")], (Verdict.NOT_LISTED, None), id="nobody"),
        pytest.param([answers.LOGGED_IN, answers.found(nip="5265877635")], (UNKNOWN, Why.OTHER_NUMBER), id="another NIP"),
        pytest.param([answers.LOGGED_IN, answers.bir_error("1")], (UNKNOWN, Why.REFUSED), id="it minds the question"),
        pytest.param([answers.LOGGED_IN, answers.SESSION_GONE, answers.LOGGED_IN, answers.found()], (Verdict.ACTIVE, None), id="the session was over"),
        pytest.param([answers.LOGGED_IN, answers.bir_error("7"), answers.LOGGED_IN, answers.found()], (Verdict.ACTIVE, None), id="the session was over, it says"),
        pytest.param([answers.LOGGED_IN, answers.SESSION_GONE, answers.LOGGED_IN, answers.SESSION_GONE], (UNKNOWN, Why.REFUSED), id="no session lasts"),
        pytest.param([answers.NO_KEY], (UNKNOWN, Why.REFUSED), id="our key is not taken"),
        pytest.param([answers.ENTITIES], (UNKNOWN, Why.GARBLED), id="a document type"),
        pytest.param([answers.LOGGED_IN, answers.soap("DaneSzukajPodmioty", "<root><dane>")], (UNKNOWN, Why.GARBLED), id="broken XML within"),
        pytest.param([answers.LOGGED_IN, answers.soap("DaneSzukajPodmioty", "<root/>")], (UNKNOWN, Why.GARBLED), id="an empty table"),
        pytest.param([answers.LOGGED_IN, answers.LOGGED_IN], (UNKNOWN, Why.GARBLED), id="the answer to something else"),
    ],
)  # fmt: skip
def test_what_regon_says(bodies: list[str], expected: tuple[Verdict, Why | None], stub: Stub) -> None:
    stub.answers(*(reply(body, media_type="multipart/related") for body in bodies))
    assert said(register("regon", stub).ask(POLISH)) == expected


def test_a_session_is_kept_for_the_next_question(stub: Stub) -> None:
    regon = register("regon", stub)
    stub.answers(*(reply(body) for body in (answers.LOGGED_IN, answers.found(), answers.found())))
    assert [regon.ask(POLISH).verdict for _ in range(2)] == [Verdict.ACTIVE] * 2
    assert [asked.headers.get("sid") for asked in stub.asked] == [None, "g27nve38fj2n4v5c6d7e", "g27nve38fj2n4v5c6d7e"]
    assert b"abcde12345abcde12345" in stub.asked[0].body and b"<dat:Nip>1234563218</dat:Nip>" in stub.asked[1].body


BAD = [
    pytest.param(silent, Why.NO_ANSWER, id="it says nothing"),
    pytest.param(hangs_up, Why.NO_ANSWER, id="it hangs up"),
    pytest.param(reply("x", status=500), Why.NO_ANSWER, id="an error of the server"),
    pytest.param(reply("", status=302, Location="http://127.0.0.1/"), Why.NO_ANSWER, id="a redirect"),
    pytest.param(reply(answers.LIST_LIMIT, status=429), Why.OVER_LIMIT, id="too many questions"),
    pytest.param(reply("x", status=400), Why.REFUSED, id="the question is refused"),
    pytest.param(reply("<html>Przerwa techniczna</html>", media_type="text/html"), Why.GARBLED, id="a page instead"),
    pytest.param(reply(""), Why.GARBLED, id="nothing"),
    pytest.param(reply(b"\xff\xfe\x00"), Why.GARBLED, id="rubbish"),
    pytest.param(reply("[" * 100_000), Why.GARBLED, id="deep nesting"),
    pytest.param(truncated(answers.listed()), Why.NO_ANSWER, id="it breaks off"),
    pytest.param(reply("x" * 1_000_001), Why.NO_ANSWER, id="it is too big"),
]


@pytest.mark.parametrize("kind", ["white_list", "vies", "regon"])
@pytest.mark.parametrize(("bad", "why"), BAD)
def test_no_answer_is_unknown_never_good_or_bad(kind: str, bad: Any, why: Why, stub: Stub) -> None:
    stub.answers(bad)
    question = GERMAN if kind == "vies" else POLISH
    assert said(register(kind, stub).ask(question)) == (Verdict.UNKNOWN, why)


def test_the_proof_and_the_facts_are_the_registers_own(stub: Stub) -> None:
    stub.answers(reply(answers.listed()))
    answer = register("white_list", stub).ask(POLISH)
    assert answer.proof == answers.REQUEST_ID
    assert answer.facts["accounts"] == "61109010140000071219812874" and answer.facts["krs"] == "0000123456"
    assert stub.asked[0].path == "/api/search/nip/1234563218?date=2026-11-23"
    stub.answers(reply(answers.vies(name="Muster GmbH")))
    answer = register("vies", stub).ask(GERMAN)
    assert (answer.proof, dict(answer.facts)) == ("WAPIAAAAY1234567", {"name": "Muster GmbH"})
    assert b'"requesterMemberStateCode": "PL", "requesterNumber": "1234563218"' in stub.asked[-1].body


class TestKept:
    """What is stored, and when a register is asked again."""

    pytestmark = pytest.mark.django_db

    @pytest.fixture
    def creditor(self) -> Creditor:
        return make_creditor()

    @pytest.fixture(autouse=True)
    def only_the_white_list(self, stub: Stub) -> Iterator[None]:
        stub.answers(reply(answers.listed()))
        with REGISTERS.using({"white_list": register("white_list", stub)}):
            yield

    def test_an_answer_is_kept_with_its_proof_and_digest(self, creditor: Creditor) -> None:
        (row,) = ask_registers(creditor, POLISH, now=NOW)
        assert (row.verdict, row.proof, row.on) == ("active", answers.REQUEST_ID, TODAY)
        assert row.digest == hashlib.sha256(answers.listed().encode()).hexdigest()
        assert audited(creditor) == ["register_asked"]

    def test_it_is_asked_once_a_day(self, creditor: Creditor, stub: Stub) -> None:
        first = ask_registers(creditor, POLISH, now=NOW)
        assert ask_registers(creditor, POLISH, now=NOW + timedelta(hours=13, minutes=59)) == first
        tomorrow = Question("PL", NIP, TODAY + timedelta(days=1))
        assert ask_registers(creditor, tomorrow, now=NOW + timedelta(hours=14)) != first
        assert len(stub.asked) == 2

    def test_no_answer_is_asked_for_again_a_minute_later(self, creditor: Creditor, stub: Stub) -> None:
        stub.answers(reply("x", status=500), reply(answers.listed()))
        for seconds, verdict in ((0, "unknown"), (59, "unknown"), (61, "active")):
            assert ask_registers(creditor, POLISH, now=NOW + timedelta(seconds=seconds))[0].verdict == verdict
        assert len(stub.asked) == 2
        assert [row.verdict for row in known_answers(creditor, POLISH)] == ["active"]

    def test_a_register_that_has_had_enough_is_left_alone_until_midnight(self, creditor: Creditor, stub: Stub) -> None:
        stub.answers(reply("", status=429), reply(answers.listed()))
        others = [POLISH, Question("PL", "5265877635", TODAY)]
        assert [ask_registers(creditor, one, now=NOW)[0].why for one in others] == ["over_limit", "over_limit"]
        assert len(stub.asked) == 1
        assert ask_registers(creditor, Question("PL", NIP, TODAY + timedelta(days=1)), now=NOW + timedelta(days=1))[0].verdict == "active"

    def test_we_stop_before_the_register_blocks_us(self, creditor: Creditor, stub: Stub, settings: Settings) -> None:
        settings.WHITE_LIST_PER_DAY = 1
        ask_registers(creditor, POLISH, now=NOW)
        (row,) = ask_registers(creditor, Question("PL", "5265877635", TODAY), now=NOW)
        assert (row.verdict, row.why, len(stub.asked)) == ("unknown", "over_limit", 1)

    def test_another_company_has_answers_of_its_own(self, creditor: Creditor) -> None:
        ask_registers(creditor, POLISH, now=NOW)
        assert known_answers(make_creditor(), POLISH) == []

    def test_only_registers_that_know_the_past_are_asked_about_it(self, creditor: Creditor, stub: Stub) -> None:
        past = Question("PL", NIP, TODAY - timedelta(days=9))
        with REGISTERS.using({"white_list": register("white_list", stub), "regon": register("regon", stub)}):
            assert [row.register for row in ask_registers(creditor, past, now=NOW)] == ["white_list"]

    def test_nothing_is_asked_where_nothing_is_configured(self, creditor: Creditor, stub: Stub) -> None:
        with REGISTERS.using({}):
            assert ask_registers(creditor, POLISH, now=NOW) == []
        assert stub.asked == []

    @pytest.mark.parametrize("deed", ["UPDATE credit_registeranswer SET proof = ''", "DELETE FROM credit_registeranswer"])
    def test_an_answer_is_never_changed(self, deed: str, creditor: Creditor) -> None:
        ask_registers(creditor, POLISH, now=NOW)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(deed)

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("only_an_unknown_answer_has_a_reason", {"why": "busy"}),
            ("only_an_unknown_answer_has_a_reason", {"verdict": "unknown"}),
            ("register_answer_has_a_digest", {"digest": "x"}),
        ],
    )
    def test_the_database_keeps_the_promise(self, name: str, values: dict[str, str], creditor: Creditor) -> None:
        (row,) = ask_registers(creditor, POLISH, now=NOW)
        fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            RegisterAnswer.objects.create(**{**fields, **values})

    def test_logs_hold_no_numbers(self, creditor: Creditor, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")
        ask_registers(creditor, POLISH, now=NOW)
        assert "white_list" in caplog.text and NIP not in caplog.text


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WHITE_LIST_URL", "http://wl-api.mf.gov.pl", "must begin with https"),
        ("VIES_URL", "https://user:password@example.com", "without a user name"),
        ("REGON_URL", "https://example.com", "REGON_KEY"),
    ],
)
def test_an_address_that_is_not_safe_is_refused_at_the_start(name: str, value: str, says: str, settings: Settings) -> None:
    setattr(settings, name, value)
    assert says in " ".join(str(problem.msg) for problem in run_checks(tags=[TAG]))


def test_a_register_on_this_machine_may_be_asked_without_encryption(settings: Settings) -> None:
    settings.WHITE_LIST_URL = "http://127.0.0.1:9999"
    assert registers_by_https() == []


@pytest.mark.parametrize("odd", ["A\0B", "A\ud800B", "A\x1b[2JB"])
def test_signs_that_no_column_or_screen_holds_are_left_out(stub: Stub, db: None, odd: str) -> None:
    stub.answers(reply(answers.listed(name=odd)))
    answer = register("white_list", stub).ask(POLISH)
    assert answer.verdict is Verdict.ACTIVE
    assert answer.facts["name"].isprintable() and answer.facts["name"].startswith("A") and answer.facts["name"].endswith("B")


@pytest.mark.parametrize("session", ["one\ntwo: three", "zażółć", "a\u2028b"])
def test_a_session_that_no_header_holds_is_garbled(stub: Stub, session: str) -> None:
    stub.answers(reply(answers.soap("Zaloguj", session)))
    assert said(register("regon", stub).ask(POLISH)) == (UNKNOWN, Why.GARBLED)
