"""E-mail by a provider: the same mail as by SMTP, and what each answer means, against a server with every bad habit."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_string, policy

import pytest

from receivables.messaging.channels.anymail import ESPS, Anymail, AnymailConfig
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Outgoing, Unknown
from receivables.outside import Bounds
from tests.loopback import Stub, reply, serving
from tests.unit.messaging.sms_server import HABITS, Providers, providers
from tests.unit.messaging.test_channel_contract import HOSTILE, IMAGE, MAIL, PAPER, WITH_IMAGE

SHORT = Bounds(connect_seconds=1.0, total_seconds=0.4)
PATIENT = Bounds(connect_seconds=5.0, total_seconds=20.0)
WHOLE = replace(
    WITH_IMAGE, thread="<case-17@firma.example.com>", unsubscribe_url="https://pay.example.com/u/1", return_path="bounces@firma.example.com"
)


def by(url: str, esp: str = "postmark", bounds: Bounds = PATIENT) -> Anymail:
    return Anymail(AnymailConfig(esp, "the-key", secret="the-secret", url=url, bounds=bounds))


@pytest.fixture
def server() -> Iterator[Providers]:
    with providers() as plan:
        yield plan


OUTCOMES: dict[str, type[Outcome]] = {
    "answers": Accepted,
    "time-out, taken": Unknown,
    "time-out, not taken": Unknown,
    "reset, taken": Unknown,
    "reset, not taken": Unknown,
    "drips, taken": Unknown,
    "429": Later,
    "500": Unknown,
    "503, taken": Unknown,
    "200, error": Failed,
    "200, unreadable, taken": Unknown,
    "200, unreadable, not taken": Unknown,
    "200, empty, taken": Unknown,
    "409": Unknown,
    "401": Later,
    "404": Later,
    "302": Later,
}


def test_every_habit_has_its_outcome() -> None:
    assert set(OUTCOMES) == set(HABITS)


@pytest.mark.parametrize("habit", list(HABITS))
def test_what_a_provider_does_decides_what_we_know(habit: str, server: Providers) -> None:
    server.does(habit)
    server.error = {"ErrorCode": 409, "Message": "secret words"}
    answer = by(server.url, bounds=SHORT if habit.startswith(("time-out", "drips")) else PATIENT).send(MAIL)
    assert isinstance(answer, OUTCOMES[habit]), answer
    if server.taken:
        assert isinstance(answer, Accepted | Unknown), "what was taken is never called refused"
    assert not getattr(answer, "bad_address", False)
    assert MAIL.recipient not in answer.detail and "secret words" not in answer.detail
    assert len(server.asked) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://no-such-host.invalid", "http://192.0.2.1"])
def test_who_was_never_asked_took_nothing(url: str) -> None:
    assert isinstance(by(url).send(MAIL), Later)


@pytest.mark.parametrize(
    ("code", "words", "is_bad"),
    [
        (406, "Found inactive addresses: klient@example.com. Inactive recipients are ones that …", True),
        (300, "Invalid 'To' address: 'klient@example.com'.", True),
        (300, "Invalid 'From' address: 'pay@firma.example.com'.", False),
        (405, "Not allowed to send: no credit.", False),
    ],
)
def test_only_a_refused_recipient_is_a_bad_address(code: int, words: str, is_bad: bool, server: Providers) -> None:
    server.does("200, error")
    server.status, server.error = 422, {"ErrorCode": code, "Message": words}
    answer = by(server.url).send(MAIL)
    assert isinstance(answer, Failed)
    assert answer.bad_address == is_bad
    assert "@" not in answer.detail


def test_the_mail_is_the_one_that_smtp_carries(server: Providers) -> None:
    assert by(server.url).send(WHOLE) == Accepted(reference="postmark-1", detail="sent")
    [(_, mail)] = server.asked
    assert mail["Metadata"] == {"key": WHOLE.key}
    assert (mail["Subject"], mail["TextBody"], mail["HtmlBody"]) == (WHOLE.subject, WHOLE.text, WHOLE.html)
    assert mail["ReplyTo"] == WHOLE.reply_to
    read = message_from_string(f"From: {mail['From']}\nTo: {mail['To']}\n\n", policy=policy.default)
    assert [(a.display_name, a.addr_spec) for a in (*read["From"].addresses, *read["To"].addresses)] == [
        (WHOLE.sender_name, WHOLE.sender_address), (WHOLE.recipient_name, WHOLE.recipient),
    ]  # fmt: skip
    assert {header["Name"]: header["Value"] for header in mail["Headers"]} == {
        "Message-ID": WHOLE.message_id, "Auto-Submitted": "auto-generated", "Content-Language": "pl",
        "References": WHOLE.thread, "In-Reply-To": WHOLE.thread,
        "List-Unsubscribe": "<https://pay.example.com/u/1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }  # fmt: skip
    files = {each["Name"]: (each["ContentType"], base64.b64decode(each["Content"]), each.get("ContentID")) for each in mail["Attachments"]}
    assert files == {
        PAPER.name: ("application/pdf", PAPER.content, None),
        IMAGE.name: ("image/png", IMAGE.content, "cid:qr.abc123@example.com"),
    }
    assert server.headers[0]["X-Postmark-Server-Token"] == "the-key"
    assert server.headers[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(("field", "value"), [(name, value) for name, value in HOSTILE if name != "return_path"])
def test_what_no_header_may_hold_is_never_asked(field: str, value: object, server: Providers) -> None:
    answer = by(server.url).send(replace(MAIL, **{field: value}))  # type: ignore[arg-type]
    assert isinstance(answer, Failed)
    assert answer.bad_address == (field == "recipient")
    assert server.asked == []


ANSWERS: dict[str, tuple[int, str, str]] = {  # status, body, reference: as each provider documents a mail that it takes
    "brevo": (201, '{"messageId": "<b1@relay>"}', "<b1@relay>"),
    "mailgun": (200, '{"id": "<m1@firma.example.com>", "message": "Queued."}', "<m1@firma.example.com>"),
    "mailjet": (
        200,
        '{"Messages": [{"Status": "success", "To": [{"Email": "klient@example.com", "MessageUUID": "u", "MessageID": 4711}]}]}',
        "4711",
    ),
    "mailtrap": (200, '{"success": true, "message_ids": ["t1"]}', "t1"),
    "mandrill": (200, '[{"email": "klient@example.com", "status": "sent", "_id": "a1"}]', "a1"),
    "postmark": (200, '{"To": "klient@example.com", "ErrorCode": 0, "Message": "OK", "MessageID": "p1"}', "p1"),
    "resend": (200, '{"id": "r1"}', "r1"),
    "sparkpost": (200, '{"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "s1"}}', "s1"),
}


@pytest.fixture
def web() -> Iterator[Stub]:
    with serving(reply()) as stub:
        yield stub


def test_every_provider_that_is_offered_is_tried() -> None:
    assert set(ANSWERS) == set(ESPS)


@pytest.mark.parametrize("esp", list(ANSWERS))
def test_every_provider_takes_the_whole_mail_and_our_key(esp: str, web: Stub) -> None:
    status, body, reference = ANSWERS[esp]
    web.answers(reply(body, status=status))
    answer = by(f"{web.url}/v1/", esp).send(WHOLE)
    assert isinstance(answer, Accepted), answer
    assert answer.reference == reference if reference else answer.reference
    [asked] = web.asked
    said = asked.body.decode(errors="replace")
    for needed in (WHOLE.key, "case-17@firma.example.com", "List-Unsubscribe-Post", "Auto-Submitted", "qr.", PAPER.name):
        assert needed in said, needed


@pytest.mark.parametrize("esp", list(ANSWERS))
@pytest.mark.parametrize(("status", "outcome"), [(500, Unknown), (503, Unknown), (429, Later), (401, Later), (413, Failed)])
def test_the_status_of_every_provider_counts(esp: str, status: int, outcome: type, web: Stub) -> None:
    web.answers(reply('{"message": "secret words"}', status=status))
    answer = by(f"{web.url}/v1/", esp).send(MAIL)
    assert isinstance(answer, outcome), answer
    assert "secret words" not in answer.detail


def test_where_no_image_can_be_shown_it_is_attached(web: Stub) -> None:
    web.answers(reply(ANSWERS["brevo"][1], status=201))
    without: Outgoing = replace(WHOLE, attachments=(IMAGE,))
    by(f"{web.url}/v1/", "brevo").send(without)
    assert '"name": "qr.png"' in web.asked[0].body.decode()
