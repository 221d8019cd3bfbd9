"""Hand-overs by REST against a stand-in for Debitura's interface, and by encrypted mail."""

import io
import json
from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import pytest
import pyzipper

from receivables.messaging.channels.agency_mail import AgencyMail, AgencyMailConfig, locked, new_password, short_case
from receivables.messaging.channels.agency_rest import AgencyRest, AgencyRestConfig, case_body
from receivables.messaging.channels.agency_sftp import NOT_SENDING, NotConnected
from receivables.messaging.channels.smtp import Smtp, SmtpConfig
from receivables.messaging.outgoing import Accepted, Attachment, Failed, Later, Outcome, Unknown
from receivables.outside import Bounds, Reach
from tests.unit.messaging.case_server import KEY, CaseServer, case_server
from tests.unit.messaging.handed_over import CASE, HAND_OVER, hand_over
from tests.unit.messaging.mail_server import mail_server


def rest(server: CaseServer, **changes: Any) -> AgencyRest:
    known = {"reach": Reach.LOOPBACK_TOO, "does_send": True, "bounds": Bounds(total_seconds=0.4)}
    return AgencyRest(AgencyRestConfig(**{"url": server.url, "api_key": KEY, **known, **changes}))


def test_a_case_in_the_words_of_the_interface() -> None:
    body = case_body(CASE, "abc123")
    assert body is not None and b'"amountToRecover": 1234.50' in body
    said = json.loads(body)
    assert (said["currencyCode"], said["date"], said["dueDate"]) == ("PLN", "2026-01-01", "2026-01-15")
    assert said["debtor"] == {
        "type": "Company", "name": "Żółw Budowlany sp. z o.o.", "companyRegistrationNumber": "5260001246", "address": "Długa 1",
        "zipCode": "00-001", "city": "Warszawa", "countryAlpha2": "PL",
    }  # fmt: skip


@pytest.mark.parametrize("amount", ["", "0.00", "-5.00", "NaN", "1e9", "12,50", '1, "x": 2'])
def test_what_is_no_amount_opens_no_case(amount: str) -> None:
    with case_server() as server:
        assert isinstance(rest(server).send(hand_over({**CASE, "outstanding": amount, "principal": amount})), Failed)
    assert server.opened == 0


def test_the_same_key_opens_one_case_and_lays_one_package_beside_it() -> None:
    with case_server() as server:
        answers = [rest(server).send(hand_over()) for _ in range(3)]
    assert answers == [Accepted("case-1"), *[Accepted("case-1", "The case and its package were there already.")] * 2]
    assert server.opened == 1 and server.files == {"case-1": ["abc123.zip"]}
    assert server.idempotency_keys == ["abc123", "abc123-file"]


@pytest.mark.parametrize(
    ("habits", "first"),
    [
        pytest.param({"POST_cases": "hang"}, Later, id="silence, and the case is not there"),
        pytest.param({"POST_cases": "reset"}, Later, id="reset before it was taken"),
        pytest.param({"POST_cases": "taken hang"}, Accepted, id="silence, but asked again the case is there"),
        pytest.param({"POST_cases": "taken reset", "GET_case": ""}, Accepted, id="reset after it was taken"),
        pytest.param({"POST_cases": "503"}, Unknown, id="broke down"),
        pytest.param({"POST_cases": "taken 503"}, Unknown, id="broke down after it was taken"),
        pytest.param({"POST_cases": "401"}, Later, id="our key is not known"),
        pytest.param({"POST_cases": "422"}, Failed, id="refused"),
        pytest.param({"POST_cases": "302"}, Later, id="sent elsewhere"),
        pytest.param({"POST_files": "hang"}, Unknown, id="silence at the package"),
        pytest.param({"POST_files": "taken hang"}, Unknown, id="silence at the package, which is there"),
        pytest.param({"GET_case": "503"}, Unknown, id="cannot be asked"),
        pytest.param({"GET_case": "hang"}, Later, id="silent when asked"),
    ],
)
def test_whatever_is_lost_on_the_way_the_same_key_opens_no_second_case(habits: dict[str, str], first: type[Outcome]) -> None:
    with case_server(**habits) as server:
        assert isinstance(rest(server).send(hand_over()), first)
        server.habits.clear()
        assert isinstance(rest(server).send(hand_over()), Accepted)
    assert server.opened == 1
    assert server.files == {"case-1": ["abc123.zip"]}


def test_silence_to_both_questions_is_unknown() -> None:
    class Deaf(AgencyRest):
        def _found(self, reference: str) -> str:
            found = super()._found(reference)
            server.habits["GET case"] = "hang"
            return found

    with case_server(POST_cases="taken hang") as server:
        config = AgencyRestConfig(server.url, KEY, Reach.LOOPBACK_TOO, does_send=True, bounds=Bounds(total_seconds=0.4))
        assert isinstance(Deaf(config).send(hand_over()), Unknown)
        server.habits.clear()
        assert isinstance(rest(server).send(hand_over()), Accepted)
    assert server.opened == 1


def test_a_case_opened_meanwhile_is_the_same_case() -> None:
    """Two workers: the other opened it between our question and our order."""

    class Late(AgencyRest):
        asked = False

        def _found(self, reference: str) -> str:
            if not self.asked:
                self.asked = True
                rest(server).send(hand_over())
                return ""
            return super()._found(reference)

    with case_server() as server:
        config = AgencyRestConfig(server.url, KEY, Reach.LOOPBACK_TOO, does_send=True, bounds=Bounds(total_seconds=2.0))
        assert isinstance(Late(config).send(hand_over()), Accepted)
    assert server.opened == 1


def test_what_changes_later_goes_to_the_same_case() -> None:
    update = {
        "case_id": "abc123", "action": "update", "about": "dispute", "paid_total": "500.00", "outstanding": "734.50", "currency": "PLN",
        "documents": [{"number": "FV 1/2026"}, {"number": "FV 2/2026"}], "note": "Goods came late",
    }  # fmt: skip
    with case_server() as server:
        assert isinstance(rest(server).send(hand_over(update, key="def456")), Failed)  # nobody there knows the case
        rest(server).send(hand_over())
        assert rest(server).send(hand_over(update, key="def456")) == Accepted("case-1")
        assert rest(server).send(hand_over(update, key="def456")) == Accepted("case-1", "The case and its package were there already.")
    assert server.files == {"case-1": ["abc123.zip", "def456.zip"]}
    assert server.descriptions[-1] == (
        "update dispute; paid in all 500.00 PLN; still owed 734.50 PLN; FV 1/2026, FV 2/2026; Goods came late"
    )


def test_until_sending_is_on_nobody_is_asked() -> None:
    with case_server() as server:
        assert rest(server, does_send=False).send(hand_over()) == Later(NOT_SENDING)
        assert rest(server, reach=Reach.PUBLIC).send(hand_over()) == Later(
            "The agency's interface was not asked: The address must begin with https://."
        )
    assert server.calls == []


def test_a_package_without_a_case_is_refused() -> None:
    with case_server() as server:
        bare = replace(HAND_OVER, attachments=(Attachment("x.zip", "application/zip", b"no zip"),))
        assert isinstance(rest(server).send(bare), Failed)
    assert server.calls == []


# -- by mail


def test_a_mailed_package_opens_with_its_password_alone_and_the_mail_tells_of_nobody() -> None:
    password = new_password()
    outgoing = replace(hand_over(), recipient_name="Dłużnik", subject="Dłużnik 1 234,50 zł", text="Dłużnik", html="<p>Dłużnik</p>")
    with mail_server() as server:
        adapter = AgencyMail(
            AgencyMailConfig("sprawy@agencja.example.com", does_send=True),
            Smtp(SmtpConfig(host="127.0.0.1", port=server.port)),
            password=password,
        )
        assert isinstance(adapter.send(outgoing), Accepted)
    [raw] = server.taken
    mail = message_from_bytes(raw, policy=policy.default)
    assert server.recipients == ["RCPT TO:<sprawy@agencja.example.com>"] or "agencja" in server.recipients[0]
    said = " ".join(f"{name} {value}" for name, value in mail.items()) + mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Dłużnik" not in said and "1 234" not in said and password not in raw.decode()
    assert mail["Message-ID"] == outgoing.message_id
    [paper] = mail.iter_attachments()
    with pyzipper.AESZipFile(io.BytesIO(paper.get_content())) as archive:
        assert archive.namelist() == ["abc123.zip"]
        with pytest.raises(RuntimeError):
            archive.read("abc123.zip")
        archive.setpassword(password.encode())
        assert archive.read("abc123.zip") == outgoing.attachments[0].content


def test_the_lock_is_aes_and_the_wrong_password_opens_nothing() -> None:
    content = locked(b"secret of a debtor", "abc.zip", "right")
    assert b"secret" not in content
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        assert archive.infolist()[0].wz_aes_strength == 3
        archive.setpassword(b"wrong")
        with pytest.raises(RuntimeError):
            archive.read("abc.zip")


def test_passwords_are_long_new_each_time_and_easy_to_type() -> None:
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(one) == 23 and not set(one) & set("ilo01") for one in made)


def test_a_mail_in_doubt_stays_in_doubt() -> None:
    with mail_server(at_end="reset") as server:
        adapter = AgencyMail(AgencyMailConfig("a@b.example.com", does_send=True), Smtp(SmtpConfig("127.0.0.1", server.port)), password="x")
        assert isinstance(adapter.send(hand_over()), Unknown)
        off = AgencyMail(AgencyMailConfig("a@b.example.com"), Smtp(SmtpConfig("127.0.0.1", server.port)), password="x")
        assert off.send(hand_over()) == Later(NOT_SENDING)
    assert len(server.taken) == 1


def test_a_case_is_named_by_its_key_alone() -> None:
    assert short_case("0123456789abcdef") == "0123456789ab"
    assert len(short_case("a/b")) == 12


def test_a_look_asks_for_a_case_and_opens_none() -> None:
    with case_server() as server:
        rest(server, does_send=False).look("abc123")
        assert (server.calls, server.opened) == (["GET case"], 0)
        with pytest.raises(NotConnected):
            rest(server, api_key="wrong").look("abc123")
    with pytest.raises(NotConnected, match="was not asked"):
        rest(server).look("abc123")
