"""What every channel promises, each against its real counterpart: a mail server on a socket, files on disk."""

import errno
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from receivables.messaging.channels.agency_file import AgencyFile, AgencyFileConfig
from receivables.messaging.channels.agency_mail import AgencyMail, AgencyMailConfig
from receivables.messaging.channels.agency_rest import AgencyRest, AgencyRestConfig
from receivables.messaging.channels.agency_sftp import AgencySftp
from receivables.messaging.channels.anymail import Anymail, AnymailConfig
from receivables.messaging.channels.mailbox import Mailbox, MailboxConfig
from receivables.messaging.channels.mime import compose
from receivables.messaging.channels.sms_file import SmsFile, SmsFileConfig
from receivables.messaging.channels.smsapi import Smsapi, SmsapiConfig
from receivables.messaging.channels.smtp import Security, Smtp, SmtpConfig
from receivables.messaging.channels.twilio import Twilio, TwilioConfig
from receivables.messaging.outgoing import Accepted, Attachment, Channel, Conversing, Failed, Later, Outcome, Outgoing, Unknown
from receivables.outside import Reach
from tests.unit.messaging.case_server import KEY, case_server
from tests.unit.messaging.handed_over import hand_over
from tests.unit.messaging.mail_server import MailServer, mail_server
from tests.unit.messaging.sftp_server import shared_server
from tests.unit.messaging.sms_server import providers

PAPER = Attachment("W-2026-0001.pdf", "application/pdf", b"%PDF-1.7 paper")
MAIL = Outgoing(
    key="abc123",
    message_id="<abc123@example.com>",
    channel="email",
    recipient="klient@example.com",
    recipient_name="Żółć, Jan",
    sender_name="Firma „Ósma” sp. z o.o.",
    sender_address="pay@firma.example.com",
    reply_to="biuro@firma.example.com",
    subject="Wezwanie do zapłaty – 1 234,50 zł",
    text="Szanowni Państwo,\n.kropka na początku\nprosimy o zapłatę.\n",
    html="<p>Szanowni Państwo</p>",
    attachments=(PAPER,),
    language="pl",
    planned_on=date(2026, 5, 4),
)
SMS = replace(MAIL, channel="sms", recipient="+48500100100", subject="", html="", attachments=())


@dataclass
class Case:
    """A channel at work: the adapter, a message that suits it, and the keys that reached the other side."""

    adapter: Channel
    outgoing: Outgoing
    arrived: Callable[[], list[str]]


def smtp(server: MailServer, **changes: float) -> Smtp:
    return Smtp(SmtpConfig(host="127.0.0.1", port=server.port, **changes))  # type: ignore[arg-type]


def ids_in(mails: list[bytes]) -> list[str]:
    return [str(message_from_bytes(mail, policy=policy.default)["Message-ID"]).strip("<>").partition("@")[0] for mail in mails]


def smtp_case(folder: Path, stack: ExitStack) -> Case:
    server = stack.enter_context(mail_server())
    return Case(smtp(server), MAIL, lambda: ids_in(server.taken))


def sms_case(folder: Path, stack: ExitStack) -> Case:
    file = folder / "sms" / "outbox.jsonl"
    return Case(SmsFile(SmsFileConfig(file)), SMS, lambda: [json.loads(line)["key"] for line in file.read_text().splitlines()])


def agency_case(folder: Path, stack: ExitStack) -> Case:
    return Case(
        AgencyFile(AgencyFileConfig(folder)), replace(MAIL, channel="agency"), lambda: [file.stem for file in folder.rglob("*.zip")]
    )


def mailbox_case(folder: Path, stack: ExitStack) -> Case:
    return Case(Mailbox(MailboxConfig(folder)), MAIL, lambda: [file.stem for file in folder.rglob("*.eml")])


def smsapi_case(folder: Path, stack: ExitStack) -> Case:
    server = stack.enter_context(providers())
    return Case(Smsapi(SmsapiConfig(token="t", url=server.url)), SMS, lambda: server.taken)


def twilio_case(folder: Path, stack: ExitStack) -> Case:
    server = stack.enter_context(providers())
    config = TwilioConfig("AC1", "t", "+48500200200", url=server.url, callback_url="https://pay.example.com/hooks/twilio/")
    return Case(Twilio(config), SMS, lambda: server.taken)


def esp_case(folder: Path, stack: ExitStack) -> Case:
    server = stack.enter_context(providers())
    return Case(Anymail(AnymailConfig("postmark", "t", url=server.url)), MAIL, lambda: server.taken)


def agency_sftp_case(folder: Path, stack: ExitStack) -> Case:
    server, mine = shared_server(), uuid4().hex
    (server.folder / mine).mkdir()
    adapter = AgencySftp(server.config(folder=mine))
    return Case(adapter, replace(MAIL, channel="agency"), lambda: [name.removesuffix(".zip") for name in server.names(mine)])


def agency_rest_case(folder: Path, stack: ExitStack) -> Case:
    server = stack.enter_context(case_server())
    adapter = AgencyRest(AgencyRestConfig(server.url, KEY, Reach.LOOPBACK_TOO, does_send=True))
    return Case(adapter, hand_over(), lambda: list(server.cases))


def agency_mail_case(folder: Path, stack: ExitStack) -> Case:
    server = stack.enter_context(mail_server())
    adapter = AgencyMail(AgencyMailConfig("sprawy@agencja.example.com", does_send=True), smtp(server), password="x")
    return Case(adapter, replace(MAIL, channel="agency"), lambda: ids_in(server.taken))


CASES = {
    "email": smtp_case, "sms": sms_case, "agency": agency_case, "mailbox": mailbox_case,
    "smsapi": smsapi_case, "twilio": twilio_case, "esp": esp_case, "agency by sftp": agency_sftp_case, "agency by rest": agency_rest_case,
    "agency by mail": agency_mail_case,
}  # fmt: skip


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    with ExitStack() as stack:
        yield CASES[request.param](tmp_path, stack)


def test_what_is_accepted_has_arrived(case: Case) -> None:
    assert isinstance(case.adapter.send(case.outgoing), Accepted)
    assert case.arrived() == ["abc123"]


def test_the_same_key_arrives_once_where_the_channel_says_so(case: Case) -> None:
    for _ in range(3):
        assert isinstance(case.adapter.send(case.outgoing), Accepted)
    assert case.arrived() == ["abc123"] * (1 if case.adapter.takes_key else 3)


def test_a_channel_that_takes_keys_remembers_them_in_a_new_process(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with ExitStack() as stack:
        for make in (sms_case, agency_case, mailbox_case):
            folder = tmp_path / make.__name__
            for _ in range(2):
                first = make(folder, stack)
                assert isinstance(first.adapter.send(first.outgoing), Accepted)
            assert first.arrived() == ["abc123"]


def test_a_batch_is_positive_and_many_only_where_a_key_protects_or_one_conversation_holds_them(case: Case) -> None:
    """Where no key protects, what is known of each call is noted before the next, so a batch costs no more doubt than one message."""
    assert case.adapter.batch == 1 or case.adapter.takes_key or isinstance(case.adapter, Conversing)


def test_many_at_once_are_answered_in_their_order(tmp_path: Path) -> None:
    mailbox = Mailbox(MailboxConfig(tmp_path))
    answers = mailbox.send_many([replace(MAIL, key=f"k{n}", message_id=f"<k{n}@example.com>") for n in range(40)])
    assert answers == [Accepted(reference=f"<k{n}@example.com>") for n in range(40)]
    assert len(list(tmp_path.rglob("*.eml"))) == 40
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and file.suffix != ".eml"]


@pytest.mark.parametrize("name", ["sms", "agency", "mailbox"])
def test_on_a_full_disk_nothing_is_half_there(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    case = CASES[name](tmp_path, ExitStack())
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert case.adapter.send(case.outgoing) == Later("It could not be written to disk: No space left on device.")
    assert isinstance(case.adapter.send(case.outgoing), Accepted)
    assert case.arrived() == ["abc123"]


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/b", "x" * 300, "a\nb", "…"])
def test_no_key_leaves_its_folder(case: Case, tmp_path: Path, key: str) -> None:
    case.adapter.send(replace(case.outgoing, key=key))
    for file in tmp_path.rglob("*"):
        assert file.resolve().is_relative_to(tmp_path)
    assert not list(tmp_path.rglob("passwd*"))


HABITS = [
    pytest.param({"at_end": "250 ok"}, Accepted, id="accepts"),
    pytest.param({"greeting": "421 too busy"}, Later, id="421 at the greeting"),
    pytest.param({"greeting": "554 no service"}, Later, id="554 at the greeting: we are refused, not the message"),
    pytest.param({"at_mail": "450 wait"}, Later, id="450 at MAIL"),
    pytest.param({"at_mail": "550 sender refused"}, Failed, id="550 at MAIL"),
    pytest.param({"at_rcpt": "450 greylisted"}, Later, id="450 at RCPT"),
    pytest.param({"at_rcpt": "452 mailbox full"}, Later, id="452 at RCPT"),
    pytest.param({"at_rcpt": "550 5.1.1 no such user"}, Failed, id="550 at RCPT"),
    pytest.param({"at_data": "451 not now"}, Later, id="451 at DATA"),
    pytest.param({"at_data": "554 no valid recipients"}, Failed, id="554 at DATA"),
    pytest.param({"at_mail": "421 closing"}, Later, id="421 at MAIL"),
    pytest.param({"at_rcpt": "421 closing"}, Later, id="421 at RCPT"),
    pytest.param({"at_data": "421 closing"}, Later, id="421 at DATA"),
    pytest.param({"at_end": "421 closing"}, Later, id="421 after the content"),
    pytest.param({"at_rcpt": "451 local error"}, Later, id="451 at RCPT"),
    pytest.param({"at_rcpt": "552 mailbox full"}, Failed, id="552 at RCPT"),
    pytest.param({"at_end": "451 local error"}, Later, id="451 after the content"),
    pytest.param({"at_end": "452 no space"}, Later, id="452 after the content"),
    pytest.param({"at_end": "550 refused"}, Failed, id="550 after the content"),
    pytest.param({"at_end": "552 too large"}, Failed, id="552 after the content"),
    pytest.param({"at_mail": "drip"}, Later, id="a byte now and then at MAIL"),
    pytest.param({"at_data": "hang"}, Later, id="hangs at DATA, before the content"),
    pytest.param({"at_end": "450 try again"}, Later, id="450 after the content"),
    pytest.param({"at_end": "554 spam"}, Failed, id="554 after the content"),
    pytest.param({"at_end": "777 ?"}, Unknown, id="nonsense after the content"),
    pytest.param({"at_end": "hang"}, Unknown, id="hangs after the content"),
    pytest.param({"at_end": "reset"}, Unknown, id="reset before the 250"),
    pytest.param({"at_end": "drip"}, Unknown, id="a byte now and then after the content"),
    pytest.param({"greeting": "hang"}, Later, id="hangs before the greeting"),
    pytest.param({"greeting": "drip"}, Later, id="a byte now and then before the greeting"),
    pytest.param({"at_mail": "reset"}, Later, id="reset at MAIL"),
    pytest.param({"at_rcpt": "hang"}, Later, id="hangs at RCPT"),
    pytest.param({"at_data": "reset"}, Later, id="reset at DATA, before the content"),
]


@pytest.mark.parametrize(("habits", "outcome"), HABITS)
def test_what_a_mail_server_says_decides_what_we_know(habits: dict[str, str], outcome: type) -> None:
    with mail_server(**habits) as server:
        answer = smtp(server, connect_seconds=0.4, total_seconds=0.6).send(MAIL)
    assert isinstance(answer, outcome), answer
    assert len(server.taken) == (1 if outcome in (Accepted, Unknown) else 0)
    assert "klient@example.com" not in getattr(answer, "detail", "")


@pytest.mark.parametrize(
    ("answer", "is_dead"),
    [
        ("550 no such user", True),
        ("551 moved", True),
        ("553 bad name", True),
        ("552 too large", False),
        ("550 5.7.1 blocked as spam", False),
    ],
)
def test_only_a_refused_mailbox_is_a_bad_address(answer: str, is_dead: bool) -> None:
    with mail_server(at_rcpt=answer) as server:
        assert smtp(server).send(MAIL) == Failed(f"The mail server refuses: {answer}", bad_address=is_dead)


def said_to(server: MailServer, *mails: Outgoing, **changes: float) -> list[Outcome]:
    """What becomes of these in one conversation."""
    with smtp(server, **changes).conversation() as say:
        return [say(mail) for mail in mails]


SEVERAL = [replace(MAIL, key=f"k{n}", message_id=f"<k{n}@example.com>") for n in range(5)]


def test_a_batch_goes_over_one_connection() -> None:
    with mail_server() as server:
        assert [type(answer) for answer in said_to(server, *SEVERAL)] == [Accepted] * 5
    assert ids_in(server.taken) == ["k0", "k1", "k2", "k3", "k4"]
    assert server.connections == 1


@pytest.mark.parametrize("at_limit", ["421 enough for one connection", "reset", ""])
def test_a_server_that_ends_the_connection_between_two_mails_refuses_none(at_limit: str) -> None:
    with mail_server(per_connection=2, at_limit=at_limit) as server:
        assert [type(answer) for answer in said_to(server, *SEVERAL)] == [Accepted] * 5
    assert ids_in(server.taken) == ["k0", "k1", "k2", "k3", "k4"]
    assert server.connections == 3


@pytest.mark.parametrize(
    ("bad", "outcome"),
    [
        pytest.param({"at_rcpt": "550 no such user"}, Failed, id="refused"),
        pytest.param({"at_rcpt": "421 closing"}, Later, id="421 to a new connection too"),
        pytest.param({"at_end": "reset"}, Unknown, id="nobody knows"),
        pytest.param({"at_end": "452 no space"}, Later, id="not now"),
    ],
)
def test_what_becomes_of_one_of_a_batch_is_no_matter_of_the_others(bad: dict[str, str], outcome: type) -> None:
    with mail_server() as server, smtp(server).conversation() as say:
        good = {name: getattr(server, name) for name in bad}
        assert isinstance(say(SEVERAL[0]), Accepted)
        vars(server).update(bad)
        assert isinstance(say(SEVERAL[1]), outcome)
        vars(server).update(good)
        assert isinstance(say(SEVERAL[2]), Accepted)
    assert [key for key in ids_in(server.taken) if key != "k1"] == ["k0", "k2"]
    assert ids_in(server.taken).count("k1") == (1 if outcome is Unknown else 0)


def test_a_mail_that_no_server_may_see_does_not_end_the_conversation() -> None:
    with mail_server() as server:
        answers = said_to(server, SEVERAL[0], replace(SEVERAL[1], subject="a\r\nBcc: all@example.com"), SEVERAL[2])
    assert [type(answer) for answer in answers] == [Accepted, Failed, Accepted]
    assert server.connections == 1


def test_who_hangs_instead_of_a_goodbye_is_not_waited_for_long() -> None:
    with mail_server(at_quit="hang") as server:
        assert said_to(server, MAIL, total_seconds=0.3) == [Accepted(detail="250 taken as 4711")]


def test_nobody_listens() -> None:
    with mail_server() as server:
        pass
    assert isinstance(smtp(server).send(MAIL), Later)
    assert isinstance(Smtp(SmtpConfig(host="no-such-host.invalid")).send(MAIL), Later)


def test_without_the_encryption_asked_for_nothing_is_said() -> None:
    with mail_server() as server:
        adapter = Smtp(SmtpConfig(host="127.0.0.1", port=server.port, security=Security.STARTTLS))
        assert isinstance(adapter.send(MAIL), Later)
        assert isinstance(replace_security(server, Security.TLS).send(MAIL), Later)
    assert server.recipients == []


def replace_security(server: MailServer, security: Security) -> Smtp:
    return Smtp(SmtpConfig(host="127.0.0.1", port=server.port, security=security, connect_seconds=0.5, total_seconds=1.0))


def test_a_mail_as_it_arrives() -> None:
    with mail_server() as server:
        smtp(server).send(MAIL)
    [raw] = server.taken
    assert raw.isascii()
    assert b"\n..kropka" in raw
    mail = message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=policy.default)
    assert mail["Message-ID"] == MAIL.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == MAIL.subject
    assert mail["To"].addresses[0].display_name == "Żółć, Jan"
    assert mail["Reply-To"].addresses[0].addr_spec == MAIL.reply_to
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == MAIL.text  # type: ignore[union-attr]
    assert "Szanowni" in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    [paper] = mail.iter_attachments()
    assert (paper.get_filename(), paper.get_content()) == (PAPER.name, PAPER.content)


IMAGE = Attachment("qr.png", "image/png", b"\x89PNG picture", content_id="qr.abc123@example.com")
WITH_IMAGE = replace(MAIL, html='<p>Szanowni Państwo</p><img src="cid:qr.abc123@example.com" alt="">', attachments=(IMAGE, PAPER))


def as_mail(outgoing: Outgoing) -> EmailMessage:
    """The mail as a reader gets it, out of its bytes."""
    return message_from_bytes(compose(outgoing).as_bytes(), policy=policy.default)


def test_an_image_belongs_to_the_html_and_a_paper_to_the_mail() -> None:
    mail = as_mail(WITH_IMAGE)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png", "application/pdf",
    ]  # fmt: skip
    [image] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert (image["Content-ID"], image.get_content_disposition(), image.get_content()) == (
        "<qr.abc123@example.com>", "inline", IMAGE.content,
    )  # fmt: skip
    [paper] = mail.iter_attachments()
    assert paper.get_filename() == PAPER.name
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == MAIL.text  # type: ignore[union-attr]


def test_without_html_an_image_is_a_paper() -> None:
    mail = as_mail(replace(WITH_IMAGE, html=""))
    assert [part.get_filename() for part in mail.iter_attachments()] == ["qr.png", "W-2026-0001.pdf"]


def test_a_mail_belongs_to_its_thread_and_names_no_way_out_unless_asked() -> None:
    plain, threaded = as_mail(MAIL), as_mail(replace(MAIL, thread=f"<case-{'k' * 64}@firma.example.com>"))
    assert [plain[name] for name in ("References", "In-Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post")] == [None] * 4
    assert threaded["References"] == threaded["In-Reply-To"] == f"<case-{'k' * 64}@firma.example.com>"


def test_a_long_id_is_neither_broken_nor_encoded() -> None:
    long = f"<{'k' * 64}@{'a-very-long-host-name.' * 2}example.com>"
    raw = compose(replace(MAIL, message_id=long, thread=long)).as_bytes()
    for name in ("Message-ID", "References", "In-Reply-To"):
        assert f"\r\n{name}: {long}\r\n".encode() in raw


@pytest.mark.parametrize("length", [10, 60, 300, 700])
def test_one_press_stops_mails_of_a_friendly_kind(length: int) -> None:
    url = f"https://pay.example.com/u/{'t' * length}/?k=1&l=pl"
    raw = compose(replace(MAIL, unsubscribe_url=url)).as_bytes()
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_bounces_go_to_the_return_path() -> None:
    with mail_server() as server:
        smtp(server).send(MAIL)
        smtp(server).send(replace(MAIL, return_path="bounces+abc123.sig@firma.example.com"))
    assert [line.lower() for line in server.senders] == [
        "mail from:<pay@firma.example.com>", "mail from:<bounces+abc123.sig@firma.example.com>",
    ]  # fmt: skip
    assert all(b"<pay@firma.example.com>" in mail and b"bounces+" not in mail for mail in server.taken)


HOSTILE = [
    ("return_path", "bounces@example.com>\r\nRCPT TO:<all@example.com"),
    ("thread", "<a@b>\r\nBcc: all@example.com"),
    ("thread", "case 17"),
    ("unsubscribe_url", "https://pay.example.com/u/1>, <mailto:all@example.com"),
    ("unsubscribe_url", "https://pay.example.com/u/1\r\nBcc: all@example.com"),
    ("unsubscribe_url", "javascript:alert(1)"),
    ("attachments", (replace(IMAGE, content_id="a>\r\nBcc: all@example.com"),)),
    ("attachments", (replace(IMAGE, name="a.png\r\nBcc: all@example.com"),)),
    ("recipient", "klient@example.com\r\nBcc: all@example.com"),
    ("recipient", "a@example.com, b@example.com"),
    ("recipient", "a@example.com b@example.com"),
    ("recipient", "no address"),
    ("recipient", ""),
    ("recipient", "zażółć@example.com"),
    ("recipient", "<klient@example.com>"),
    ("recipient", "undisclosed:a@example.com;"),
    ("recipient", f"{'x' * 400}@example.com\n"),
    ("recipient_name", "Eve\r\nBcc: all@example.com"),
    ("recipient_name", "Eve\nBcc: all@example.com"),
    ("recipient_name", "=?utf-8?q?Eve=0D=0ABcc:_all@example.com?="),
    ("recipient_name", "Eve \u202egnp.exe"),
    ("subject", "Hello\r\nBcc: all@example.com"),
    ("subject", "=?utf-8?b?SGVsbG8NCkJjYzogYWxs?="),
    ("subject", "Hello\x00"),
    ("sender_name", "Firm\r\nBcc: all@example.com"),
    ("reply_to", "office@example.com\r\nBcc: all@example.com"),
    ("message_id", "<a@b>\r\nBcc: all@example.com"),
]


@pytest.mark.parametrize(("field", "value"), HOSTILE)
def test_a_header_says_what_it_should_or_nothing(field: str, value: Any, tmp_path: Path) -> None:
    outgoing = replace(MAIL, **{field: value})
    with mail_server() as server:
        answer = smtp(server).send(outgoing)
    assert isinstance(answer, Failed)
    assert answer.bad_address == (field == "recipient")
    assert server.recipients == []
    if field != "return_path":  # no header, so a file does not show it
        assert isinstance(Mailbox(MailboxConfig(tmp_path)).send(outgoing), Failed)


def test_an_address_with_letters_in_its_domain_is_written_in_ascii() -> None:
    with mail_server() as server:
        smtp(server).send(replace(MAIL, recipient="biuro@żółw.example.com"))
    assert [line.lower() for line in server.recipients] == ["rcpt to:<biuro@xn--w-uga1v8h.example.com>"]


def test_the_mailbox_keeps_what_is_no_mail_readable(tmp_path: Path) -> None:
    Mailbox(MailboxConfig(tmp_path)).send(SMS)
    mail = message_from_bytes((tmp_path / "2026-05-04" / "abc123.eml").read_bytes(), policy=policy.default)
    assert mail["To"].addresses[0].addr_spec == "sms@captured.invalid"
    assert mail["X-Recipient"] == "+48500100100"
    assert mail.get_content().replace("\r\n", "\n") == SMS.text


def test_a_line_cut_off_by_a_crash_is_written_anew(tmp_path: Path) -> None:
    case = sms_case(tmp_path, ExitStack())
    case.adapter.send(replace(SMS, key="first"))
    file = tmp_path / "sms" / "outbox.jsonl"
    with file.open("ab") as tail:
        tail.write(b'{"key": "abc123", "to"')
    for adapter in (case.adapter, sms_case(tmp_path, ExitStack()).adapter):
        assert isinstance(adapter.send(SMS), Accepted)
    assert case.arrived() == ["first", "abc123"]


def test_two_processes_share_a_file(tmp_path: Path) -> None:
    one, two = (sms_case(tmp_path, ExitStack()) for _ in range(2))
    for key in ("a", "b", "c"):
        one.adapter.send(replace(SMS, key=key))
        two.adapter.send(replace(SMS, key=key))
    two.adapter.send(replace(SMS, key="d"))
    one.adapter.send(replace(SMS, key="d"))
    assert one.arrived() == ["a", "b", "c", "d"]


def test_an_sms_needs_a_number(tmp_path: Path) -> None:
    assert sms_case(tmp_path, ExitStack()).adapter.send(replace(SMS, recipient="klient@example.com")) == Failed(
        "The phone number is none.", bad_address=True
    )


def test_a_package_is_the_one_that_comes_along_or_made_of_what_does(tmp_path: Path) -> None:
    case = agency_case(tmp_path, ExitStack())
    case.adapter.send(case.outgoing)
    with zipfile.ZipFile(tmp_path / "2026-05-04" / "abc123.zip") as package:
        assert set(package.namelist()) == {"manifest.json", "handover.txt", "W-2026-0001.pdf"}
    ready = Attachment("package.zip", "application/zip", b"PK ready")
    case.adapter.send(replace(case.outgoing, key="ready", attachments=(ready,)))
    assert (tmp_path / "2026-05-04" / "ready.zip").read_bytes() == b"PK ready"
