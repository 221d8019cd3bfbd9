"""Mails that a provider received for us: proved, kept as they came, taken once like those of the mailbox."""

import base64
import hashlib
import hmac
import json
import time
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dunning.models import Reply
from receivables import clock
from receivables.messaging.inbound.return_path import return_path_of
from receivables.messaging.inbound.taking import take_mail
from receivables.messaging.models import InboundMail, Message
from tests.web.hooks.conftest import SECRET, sent
from tests.web.hooks.test_mail import basic

POSTMARK = "/hooks/anymail/postmark/inbound/"
MAILGUN = "/hooks/anymail/mailgun/inbound/"
UNFOLDED = SMTP.clone(max_line_length=0)
WORDS = "Zapłaciłem wczoraj.\nZażółć gęślą jaźń."


def mail_to(message: Message, text: str = WORDS) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Jan Żak <jan@example.com>", "biuro@firma.pl", "Odp.: Państwa konto"
    mail["Message-ID"], mail["In-Reply-To"] = "<answer-1@example.com>", message.message_id
    mail["Date"] = "Mon, 04 May 2026 09:00:00 +0200"
    mail.set_content(text)
    return mail


def parsed(message: Message, **more: Any) -> dict[str, Any]:
    """What Postmark posts without the raw mail."""
    head = {"Message-ID": "<answer-1@example.com>", "In-Reply-To": message.message_id}
    return {
        "FromFull": {"Email": "jan@example.com", "Name": "Jan Żak"}, "ToFull": [{"Email": "biuro@firma.pl", "Name": ""}], "CcFull": [],
        "OriginalRecipient": "biuro@firma.pl", "MessageID": "73e6d360-66eb-11e1-8e72-a8904824019b", "Subject": "Odp.: Państwa konto",
        "Date": "Mon, 04 May 2026 09:00:00 +0200", "TextBody": WORDS, "HtmlBody": "", "StrippedTextReply": "",
        "Headers": [{"Name": "Return-Path", "Value": "<jan@example.com>"}, *({"Name": name, "Value": head[name]} for name in head)],
        "Attachments": [{"Name": "przelew.pdf", "Content": "JVBERg==", "ContentType": "application/pdf", "ContentLength": 4}], **more,
    }  # fmt: skip


def postmark(client: Client, body: Any, *, secret: str | None = SECRET, path: str = POSTMARK) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    status: int = client.post(path, raw, content_type="application/json", headers=basic(secret) if secret else {}).status_code
    return status


def test_a_raw_mail_is_kept_as_it_came_and_lands_with_its_message(client: Client) -> None:
    message = sent("email")
    raw = mail_to(message).as_string(policy=UNFOLDED)
    assert postmark(client, parsed(message, RawEmail=raw)) == 200
    row = InboundMail.objects.get()
    assert bytes(row.raw) == b"Delivered-To: biuro@firma.pl\r\n" + raw.encode()
    assert (row.source, row.message, row.sender, row.text, row.outcome) == ("hook", message, "jan@example.com", WORDS, "reply")
    assert Reply.objects.get().mail == row


def test_a_mail_that_comes_in_parts_is_put_together(client: Client) -> None:
    message = sent("email")
    assert postmark(client, parsed(message)) == 200
    row = InboundMail.objects.get()
    assert (row.message, row.sender, row.sender_name, row.subject, row.text) == (
        message, "jan@example.com", "Jan Żak", "Odp.: Państwa konto", WORDS,
    )  # fmt: skip
    assert [one["name"] for one in row.enclosed] == ["przelew.pdf"]
    assert row.outcome == "reply"


def mailgun(client: Client, fields: dict[str, Any], *, key: str = "key-of-mailgun", secret: str | None = SECRET) -> int:
    stamp, token = str(int(time.time())), "a" * 50
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    said = {
        "timestamp": stamp,
        "token": token,
        "signature": signature,
        "sender": "jan@example.com",
        "recipient": "biuro@firma.pl",
        **fields,
    }
    status: int = client.post(MAILGUN, said, headers=basic(secret) if secret else {}).status_code
    return status


def of_mailgun(message: Message) -> dict[str, Any]:
    mail = mail_to(message)
    headers = json.dumps([[name, str(value)] for name, value in mail.items()])
    file = SimpleUploadedFile("przelew.pdf", b"%PDF", "application/pdf")
    return {"message-headers": headers, "body-plain": WORDS, "body-html": "", "attachment-count": "1", "attachment-1": file}


def test_mailgun_proves_itself_and_brings_files(client: Client, settings: Any) -> None:
    settings.EMAIL_PROVIDER = "mailgun"
    message = sent("email")
    assert mailgun(client, of_mailgun(message)) == 200
    row = InboundMail.objects.get()
    assert (row.message, row.text, [one["name"] for one in row.enclosed]) == (message, WORDS, ["przelew.pdf"])


@pytest.mark.parametrize(("key", "secret"), [("another", SECRET), ("key-of-mailgun", "wrong"), ("key-of-mailgun", None)])
def test_mailgun_with_a_wrong_proof_is_refused(client: Client, settings: Any, key: str, secret: str | None) -> None:
    settings.EMAIL_PROVIDER = "mailgun"
    assert mailgun(client, of_mailgun(sent("email")), key=key, secret=secret) == 403
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "żółw"])
def test_without_name_and_password_nothing_is_taken(client: Client, secret: str | None) -> None:
    assert postmark(client, parsed(sent("email")), secret=secret) == 403
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize("esp", ["mailgun", "nobody"])
def test_only_the_provider_that_is_set_may_bring_mails(client: Client, esp: str) -> None:
    assert postmark(client, parsed(sent("email")), path=f"/hooks/anymail/{esp}/inbound/") == 404


@pytest.mark.parametrize("esp", ["resend", "brevo", "mailtrap"])
def test_what_would_have_to_be_fetched_is_not(client: Client, settings: Any, esp: str) -> None:
    settings.EMAIL_PROVIDER = esp
    assert postmark(client, parsed(sent("email")), path=f"/hooks/anymail/{esp}/inbound/") == 404


def test_where_no_secret_is_set_there_is_nothing(client: Client, settings: Any) -> None:
    settings.HOOK_SECRET = settings.ANYMAIL_WEBHOOK_SECRET = ""
    assert postmark(client, parsed(sent("email"))) == 404
    assert client.get(POSTMARK).status_code == 405


def test_the_same_mail_is_taken_once_by_whatever_way(client: Client) -> None:
    message = sent("email")
    body = parsed(message, RawEmail=mail_to(message).as_string(policy=UNFOLDED))
    assert [postmark(client, body) for _ in range(3)] == [200] * 3
    take_mail(mail_to(message).as_bytes(policy=UNFOLDED), source="imap", now=clock.now())
    assert InboundMail.objects.count() == Reply.objects.count() == 1


def test_the_address_it_came_to_proves_a_bounce(client: Client, settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "zwroty@firma.pl"
    message = sent("email")
    came_to = return_path_of("zwroty@firma.pl", message.pk, message.key, secret=settings.SECRET_KEY)
    mail = mail_to(message)
    del mail["In-Reply-To"]
    assert postmark(client, parsed(message, RawEmail=mail.as_string(policy=UNFOLDED), OriginalRecipient=came_to)) == 200
    assert InboundMail.objects.get().message == message


@pytest.mark.parametrize("came_to", ["biuro@firma.pl\r\nBcc: x@example.com", "", None, "żółw@firma.pl", "x" * 400 + "@firma.pl"])
def test_an_odd_address_is_not_written_above_the_mail(client: Client, came_to: str | None) -> None:
    message = sent("email")
    raw = mail_to(message).as_string(policy=UNFOLDED)
    assert postmark(client, parsed(message, RawEmail=raw, OriginalRecipient=came_to)) == 200
    assert bytes(InboundMail.objects.get().raw) == raw.encode()


def test_a_mail_with_big_files_fits_and_what_is_too_big_does_not(client: Client) -> None:
    message = sent("email")
    file = {"Name": "skan.jpg", "Content": "QUJD" * 1_500_000, "ContentType": "image/jpeg"}
    assert postmark(client, parsed(message, Attachments=[file])) == 200
    assert InboundMail.objects.get().message == message
    assert postmark(client, b" " * 15_000_001) == 413


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"not json", id="no JSON"),
        pytest.param(b"[1, 2]", id="a list"),
        pytest.param(b"\xff\xfe{}", id="no UTF-8"),
        pytest.param(b'{"RecordType": "Delivery"}', id="a report"),
        pytest.param(b'{"RawEmail": 5}', id="a number for a mail"),
        pytest.param(b'{"Headers": [{"Name": 5}]}', id="a number for a name"),
        pytest.param(b'{"TextBody": "\\ud800", "Subject": "\\ud800"}', id="half a character"),
    ],
)
def test_what_cannot_be_read_never_breaks_us(client: Client, raw: bytes) -> None:
    assert postmark(client, raw) in (200, 400)


def mandrill(client: Client, raw: str, *, key: str = "key-of-mandrill") -> int:
    """One call with a mail, to the address that it signs."""
    path = "/hooks/anymail/mandrill/tracking/"
    events = json.dumps([{"event": "inbound", "ts": 1_777_000_000, "msg": {"raw_msg": raw, "email": "biuro@firma.pl"}}])
    said = f"https://hooks:{SECRET}@dunning.example.com{path}mandrill_events{events}"
    signature = base64.b64encode(hmac.new(key.encode(), said.encode(), hashlib.sha1).digest()).decode()
    status: int = client.post(path, {"mandrill_events": events}, headers={**basic(), "X-Mandrill-Signature": signature}).status_code
    return status


@pytest.mark.parametrize(("key", "status"), [("key-of-mandrill", 200), ("another", 403)])
def test_mandrill_brings_mails_to_the_address_that_it_signs(client: Client, settings: Any, key: str, status: int) -> None:
    settings.EMAIL_PROVIDER, settings.ANYMAIL_MANDRILL_WEBHOOK_KEY = "mandrill", "key-of-mandrill"
    settings.ANYMAIL_MANDRILL_WEBHOOK_URL = f"https://hooks:{SECRET}@dunning.example.com/hooks/anymail/mandrill/tracking/"
    message = sent("email")
    assert mandrill(client, mail_to(message).as_string(policy=UNFOLDED), key=key) == status
    assert [row.message for row in InboundMail.objects.all()] == ([message] if status == 200 else [])
