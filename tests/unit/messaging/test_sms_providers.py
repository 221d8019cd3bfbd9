"""SMSAPI and Twilio: what each answer means, against a server with every bad habit and against real answers."""

import base64
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from receivables.messaging.channels import smsapi, twilio
from receivables.messaging.channels.smsapi import Smsapi, SmsapiConfig
from receivables.messaging.channels.twilio import Twilio, TwilioConfig
from receivables.messaging.outgoing import Accepted, Channel, Failed, Later, Outcome, Unknown, identity_of
from receivables.outside import Answered, Bounds
from tests.servers import ROOT
from tests.shared_files import SHARED, needs_shared
from tests.unit.messaging.sms_server import HABITS, Providers, providers
from tests.unit.messaging.test_channel_contract import SMS

SHORT = Bounds(connect_seconds=1.0, total_seconds=0.4)
PATIENT = Bounds(connect_seconds=5.0, total_seconds=20.0)


def by_smsapi(url: str, bounds: Bounds = PATIENT, *, is_trial: bool = False) -> Smsapi:
    hook = "https://pay.example.com/hooks/smsapi/secret/"
    return Smsapi(SmsapiConfig(token="token", sender="Firma", url=url, notify_url=hook, is_trial=is_trial, bounds=bounds))


def by_twilio(url: str, bounds: Bounds = PATIENT) -> Twilio:
    hooks = "https://pay.example.com/hooks/twilio/"
    return Twilio(TwilioConfig("AC123", "token", "+48500200200", url=url, callback_url=hooks, bounds=bounds))


@pytest.fixture
def server() -> Iterator[Providers]:
    with providers() as plan:
        yield plan


OUTCOMES: dict[str, tuple[type[Outcome], type[Outcome]]] = {  # SMSAPI, Twilio
    "answers": (Accepted, Accepted),
    "time-out, taken": (Unknown, Unknown),
    "time-out, not taken": (Unknown, Unknown),
    "reset, taken": (Unknown, Unknown),
    "reset, not taken": (Unknown, Unknown),
    "drips, taken": (Unknown, Unknown),
    "429": (Later, Later),
    "500": (Unknown, Unknown),
    "503, taken": (Unknown, Unknown),
    "200, error": (Unknown, Failed),  # 201: their fault
    "200, unreadable, taken": (Unknown, Unknown),
    "200, unreadable, not taken": (Unknown, Unknown),
    "200, empty, taken": (Unknown, Unknown),
    "409": (Accepted, Unknown),
    "401": (Later, Later),
    "404": (Later, Later),
    "302": (Later, Later),
}


def test_every_habit_has_its_outcome() -> None:
    assert set(OUTCOMES) == set(HABITS)


@pytest.mark.parametrize("habit", list(HABITS))
@pytest.mark.parametrize("name", ["smsapi", "twilio"])
def test_what_a_provider_does_decides_what_we_know(name: str, habit: str, server: Providers) -> None:
    bounds = SHORT if habit.startswith(("time-out", "drips")) else PATIENT
    adapter: Channel = by_smsapi(server.url, bounds) if name == "smsapi" else by_twilio(server.url, bounds)
    server.does(habit)
    answer = adapter.send(SMS)
    assert isinstance(answer, OUTCOMES[habit][name == "twilio"]), answer
    if server.taken:
        assert isinstance(answer, Accepted | Unknown), "what was taken is never called refused"
    assert SMS.recipient.lstrip("+") not in answer.detail and SMS.text not in answer.detail


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://no-such-host.invalid", "http://192.0.2.1", "nonsense"])
def test_who_was_never_asked_took_nothing(url: str) -> None:
    for adapter in (by_smsapi(url), by_twilio(url)):
        assert isinstance(adapter.send(SMS), Later)


@pytest.mark.parametrize("habit", ["time-out, taken", "time-out, not taken", "reset, taken", "500", "503, taken", "200, empty, taken"])
def test_by_smsapi_the_same_key_arrives_once_whatever_became_of_the_first_call(habit: str, server: Providers) -> None:
    server.does(habit, "answers")
    assert isinstance(by_smsapi(server.url, SHORT).send(SMS), Unknown)
    assert isinstance(by_smsapi(server.url).send(SMS), Accepted)
    assert server.taken == ["abc123"]


def test_what_smsapi_is_asked(server: Providers) -> None:
    assert by_smsapi(server.url).send(SMS) == Accepted(reference="smsapi-1", detail="0.16 points")
    assert server.asked == [
        (
            "smsapi",
            {
                "to": "48500100100", "message": SMS.text, "from": "Firma", "format": "json", "encoding": "utf-8", "normalize": "1",
                "max_parts": "3", "idx": "abc123", "check_idx": "1", "notify_url": "https://pay.example.com/hooks/smsapi/secret/",
            },
        )
    ]  # fmt: skip
    assert server.headers[0]["Authorization"] == "Bearer token"
    assert "token" not in json.dumps(server.asked)


def test_a_trial_sends_nothing(server: Providers) -> None:
    assert isinstance(by_smsapi(server.url, is_trial=True).send(SMS), Accepted)
    assert server.asked[0][1]["test"] == "1"
    assert server.taken == []


def test_what_twilio_is_asked(server: Providers) -> None:
    assert by_twilio(server.url).send(SMS) == Accepted(reference="twilio-1", detail="1 parts")
    assert server.asked == [
        (
            "twilio",
            {
                "To": "+48500100100", "From": "+48500200200", "Body": SMS.text,
                "StatusCallback": "https://pay.example.com/hooks/twilio/abc123/",
            },
        )
    ]  # fmt: skip
    assert base64.b64decode(server.headers[0]["Authorization"].removeprefix("Basic ")) == b"AC123:token"


def test_twilio_sends_by_a_messaging_service_where_one_is_named(server: Providers) -> None:
    config = TwilioConfig("AC123", "token", "MG77", url=server.url)
    Twilio(config).send(SMS)
    assert server.asked[0][1] == {"To": "+48500100100", "MessagingServiceSid": "MG77", "Body": SMS.text}


@pytest.mark.parametrize("recipient", ["klient@example.com", "", "+", "+48 500", "+٤٨٥٠٠١٠٠١٠٠", "+1234567890123456", "12"])
def test_what_is_no_number_is_never_asked_about(recipient: str, server: Providers) -> None:
    for adapter in (by_smsapi(server.url), by_twilio(server.url)):
        assert adapter.send(replace(SMS, recipient=recipient)) == Failed("The phone number is none.", bad_address=True)
    assert server.asked == []


CODES = [
    (11, Failed, False),
    (12, Failed, False),
    (13, Failed, True),
    (14, Failed, False),
    (53, Accepted, False),
    (70, Later, False),
    (101, Later, False),
    (103, Later, False),
    (105, Later, False),
    (200, Unknown, False),
    (201, Unknown, False),
    (999, Unknown, False),
    (77, Later, False),
]


@pytest.mark.parametrize(("code", "outcome", "is_bad"), CODES)
@pytest.mark.parametrize("status", [200, 400, 401])
def test_what_the_error_codes_of_smsapi_mean(code: int, outcome: type, is_bad: bool, status: int, server: Providers) -> None:
    server.does("200, error")
    server.status, server.error = status, {"error": code, "message": "secret words"}
    answer = by_smsapi(server.url).send(SMS)
    assert isinstance(answer, outcome)
    assert getattr(answer, "bad_address", False) == is_bad
    assert "secret words" not in answer.detail


@pytest.mark.parametrize(
    ("status", "code", "outcome", "is_bad"),
    [
        (400, 21211, Failed, True),
        (400, 21614, Failed, True),
        (400, 21610, Failed, True),
        (400, 21617, Failed, False),
        (400, 21606, Later, False),
        (403, 21408, Later, False),
        (401, 20003, Later, False),
        (429, 20429, Later, False),
        (429, 63038, Later, False),
        (500, 20500, Unknown, False),
        (503, 21211, Unknown, False),
    ],
)
def test_what_the_error_codes_of_twilio_mean(status: int, code: int, outcome: type, is_bad: bool, server: Providers) -> None:
    server.does("200, error")
    server.status, server.error = status, {"code": code, "message": "secret words", "status": status}
    answer = by_twilio(server.url).send(SMS)
    assert isinstance(answer, outcome)
    assert getattr(answer, "bad_address", False) == is_bad
    assert "secret words" not in answer.detail


ODD = [
    b"", b"[]", b"null", b"3", b"{", b'{"count": 1}', b'{"count": 1, "list": []}', b'{"count": 1, "list": [3]}', b'{"count": 1, "list": {}}',
    b'{"count": 2, "list": [{"id": "1"}, {"id": "2"}]}', b'{"count": 1, "list": [{"id": ""}]}', b'{"count": 1, "list": [{"id": null}]}',
    b'{"count": null, "list": [{"id": "1"}]}', b'{"error": "x"}', b'{"error": true}', b"\xff\xfe", b"[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("body", ODD)
def test_an_odd_answer_leaves_nobody_knowing(body: bytes) -> None:
    assert isinstance(smsapi.outcome_of(Answered(200, "application/json", body)), Unknown)
    assert isinstance(twilio.outcome_of(Answered(201, "application/json", body)), Unknown)


def test_an_error_of_the_one_message_counts_too() -> None:
    body = json.dumps({"count": 1, "list": [{"id": "1", "error": 13}]}).encode()
    assert smsapi.outcome_of(Answered(200, "application/json", body)) == Failed(
        "SMSAPI says that the number is none (13).", bad_address=True
    )


@needs_shared
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sms_send", Accepted(reference="1", detail="0.1 points")),
        ("sms_detailed_response", Accepted(reference="1")),
        ("sms_send_to_invalid_number", Failed("SMSAPI says that the number is none (13).", bad_address=True)),
        ("sender_list", Unknown("SMSAPI gave an answer that cannot be read.")),
    ],
)
def test_real_answers_of_smsapi(name: str, expected: Outcome) -> None:
    sample = json.loads((SHARED / "samples" / "smsapi" / f"{name}.json").read_text())
    body = json.dumps(sample["response"]).encode()
    assert smsapi.outcome_of(Answered(sample["status_code"], "application/json", body)) == expected


def test_the_providers_run_as_a_process_of_their_own(tmp_path: Path) -> None:
    """For the campaigns of kills: what it took stands on disk before it answers, and habits come by chance."""
    command = [
        sys.executable,
        "-m",
        "tests.unit.messaging.sms_server",
        str(tmp_path / "taken.jsonl"),
        "--habit",
        "503, taken=0.5",
        "--seed",
        "7",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = f"http://127.0.0.1:{int(process.stdout.readline())}"
            answers = [by_smsapi(url).send(replace(SMS, key=f"k{n}")) for n in range(20)]
        finally:
            process.kill()
    taken = [json.loads(line)["key"] for line in (tmp_path / "taken.jsonl").read_text().splitlines()]
    assert taken == [f"k{n}" for n in range(20)]
    assert {type(answer) for answer in answers} == {Accepted, Unknown}


@pytest.mark.parametrize("habit", [habit for habit in HABITS if habit.endswith(", taken") and not habit.startswith(("time-out", "drips"))])
def test_a_key_that_is_known_is_taken_once_however_badly_smsapi_answers(server: Providers, habit: str) -> None:
    server.does(habit)
    channel = by_smsapi(server.url)
    assert [type(channel.send(SMS)) for _ in range(2)] == [Unknown, Unknown]
    server.does("answers")
    assert isinstance(channel.send(SMS), Accepted)
    assert server.taken == [SMS.key]


def test_of_calls_at_once_with_the_same_key_smsapi_takes_one(server: Providers) -> None:
    channel = by_smsapi(server.url)
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(channel.send, [SMS] * 8))
    assert {type(answer) for answer in answers} == {Accepted}
    assert server.taken == [SMS.key]


def test_who_dies_while_speaking_has_said_nothing(server: Providers) -> None:
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port))) as caller:
        caller.sendall(b"POST /sms.do HTTP/1.0\r\nContent-Length: 100\r\n\r\nidx=k1&to=48500")
        caller.shutdown(socket.SHUT_WR)
        assert caller.recv(100) == b""
    assert server.taken == server.asked == []


def test_an_account_is_known_by_a_fingerprint_that_tells_no_secret() -> None:
    """Keys given to one account are unknown to another: what is in doubt is never handed to that by a machine."""
    names = {identity_of(Smsapi(SmsapiConfig(token=token, url=url))) for token in ("one", "two") for url in ("https://a", "https://b")}
    assert len(names) == 4 and not any("one" in name or "two" in name for name in names)
    assert identity_of(Smsapi(SmsapiConfig(token="one", url="https://a/", sender="Firma"))) in names
    assert identity_of(Twilio(TwilioConfig("AC1", "token", "+48500"))) == "Twilio"
