"""Reports of providers of e-mail, as django-anymail reads them: proved by name and password, and by their own signature."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from receivables import clock
from receivables.messaging.models import BounceCount, ProviderEvent, Suppression
from receivables.messaging.returns import Taken
from tests.web.hooks.conftest import SECRET, sent, state

POSTMARK = "/hooks/anymail/postmark/tracking/"
MAILGUN = "/hooks/anymail/mailgun/tracking/"


def basic(secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"hooks:{secret}".encode()).decode()}


def postmark(client: Client, body: Any, *, secret: str | None = SECRET) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(POSTMARK, raw, content_type="application/json", headers=basic(secret) if secret else {})


def said(message: Any, kind: str, **more: Any) -> dict[str, Any]:
    at = clock.now().astimezone(UTC).isoformat().replace("+00:00", "Z")
    when = {"Delivery": "DeliveredAt", "Open": "ReceivedAt"}.get(kind, "BouncedAt")
    return {"RecordType": kind, "MessageID": "REF1", "Recipient": message.recipient, "Metadata": {"key": message.key}, when: at, **more}


@pytest.mark.parametrize(
    ("body", "after", "is_stopped"),
    [
        ({"kind": "Delivery"}, "delivered", False),
        ({"kind": "Bounce", "Type": "HardBounce", "ID": 7, "Details": "550 5.1.1 unknown", "Email": "j@example.com"}, "hard_bounced", True),
        ({"kind": "Bounce", "Type": "SoftBounce", "ID": 8, "Details": "", "Email": "j@example.com"}, "soft_bounced", False),
        ({"kind": "Bounce", "Type": "HardBounce", "ID": 9, "Details": "552 5.2.2 full", "Email": "j@example.com"}, "soft_bounced", False),
        ({"kind": "Bounce", "Type": "HardBounce", "ID": 9, "Details": "550 5.7.1 policy", "Email": "j@example.com"}, "failed", False),
        ({"kind": "SpamComplaint", "Type": "SpamComplaint", "ID": 5, "Email": "j@example.com"}, "delivered", True),
        ({"kind": "Open", "FirstOpen": True}, "accepted", False),
    ],
)
def test_what_a_provider_reports(client: Client, body: dict[str, Any], after: str, is_stopped: bool) -> None:
    message = sent("email")
    assert postmark(client, said(message, **body)).status_code == 200
    assert state(message) == after
    assert Suppression.objects.exists() is is_stopped


def test_what_is_only_opened_is_not_stored(client: Client) -> None:
    assert postmark(client, said(sent("email"), "Open", FirstOpen=True)).status_code == 200
    assert not ProviderEvent.objects.exists()


def test_a_soft_bounce_counts_a_half(client: Client) -> None:
    message = sent("email", recipient="Jan@EXAMPLE.com")
    postmark(client, said(message, "Bounce", Type="SoftBounce", ID=1, Email="x@example.com"))
    row = BounceCount.objects.get()
    assert (row.address, str(row.count)) == ("jan@example.com", "0.5")


def test_the_message_is_found_by_the_providers_id_too(client: Client) -> None:
    message = sent("email")
    body = said(message, "Delivery")
    del body["Metadata"]
    assert postmark(client, body).status_code == 200
    assert state(message) == "delivered"


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x"])
def test_without_name_and_password_nothing_is_believed(client: Client, secret: str | None) -> None:
    message = sent("email")
    assert postmark(client, said(message, "Delivery"), secret=secret).status_code == 403
    assert state(message) == "accepted" and not ProviderEvent.objects.exists()


@pytest.mark.parametrize("esp", ["mailgun", "sendgrid", "nobody", "postmark-inbound"])
def test_only_the_provider_that_is_set_may_report(client: Client, esp: str) -> None:
    assert client.post(f"/hooks/anymail/{esp}/tracking/", "{}", content_type="application/json", headers=basic()).status_code == 404


def test_where_no_secret_is_set_there_is_nothing(client: Client, settings: Any) -> None:
    settings.HOOK_SECRET = settings.ANYMAIL_WEBHOOK_SECRET = ""
    assert postmark(client, said(sent("email"), "Delivery")).status_code == 404


def test_a_replayed_call_changes_nothing(client: Client) -> None:
    message = sent("email")
    body = said(message, "Bounce", Type="SoftBounce", ID=1, Email="x@example.com")
    assert [postmark(client, body).status_code for _ in range(3)] == [200] * 3
    assert ProviderEvent.objects.count() == 1 and BounceCount.objects.count() == 1


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"not json", id="no JSON"),
        pytest.param(b'"text"', id="a text"),
        pytest.param(b"[1, 2]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"\xff\xfe{}", id="no UTF-8"),
        pytest.param(b"[" * 200_000, id="deep nesting"),
        pytest.param(b'{"RecordType": "Bounce", "BouncedAt": 5}', id="a number for a date"),
        pytest.param(b'{"RecordType": "Delivery", "DeliveredAt": {"a": []}}', id="an object for a date"),
        pytest.param(b'{"RecordType": ["Delivery"]}', id="a list for a name"),
        pytest.param(b'{"RecordType": "Inbound"}', id="the wrong address"),
    ],
)
def test_what_cannot_be_read_never_breaks_us(client: Client, raw: bytes) -> None:
    assert postmark(client, raw).status_code in (200, 400)
    assert not ProviderEvent.objects.exclude(outcome="").exists()


def test_the_same_key_twice_in_json_is_one_report_at_most(client: Client) -> None:
    message = sent("email")
    body = json.dumps(said(message, "Delivery"))
    twice = body[:-1] + ', "MessageID": "OTHER"}'
    assert postmark(client, twice.encode()).status_code == 200
    assert state(message) == "accepted" and ProviderEvent.objects.get().outcome == "refused"


@pytest.mark.parametrize("metadata", [None, [], "key", {"key": 5}, {"key": ["a"]}, {"key": "x" * 9000}, {"other": "a"}])
def test_odd_metadata_names_nobody_else(client: Client, metadata: Any) -> None:
    message = sent("email")
    body = said(message, "Delivery", MessageID="NOT-OURS") | {"Metadata": metadata}
    assert postmark(client, body).status_code in (200, 400)
    assert state(message) == "accepted"


def test_what_is_too_big_is_refused(client: Client) -> None:
    assert postmark(client, b'{"a": "' + b"x" * 1_000_001 + b'"}').status_code == 413


def test_no_log_holds_what_was_said(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    message = sent("email", recipient="very.private@example.com")
    postmark(client, said(message, "Bounce", Type="HardBounce", ID=7, Details="550 marked-word", Email="very.private@example.com"))
    postmark(client, b'{"marked-word": ')
    for word in ("very.private", "marked-word", SECRET):
        assert word not in caplog.text


# -- a provider that signs


def mailgun(message: Any, event: str = "delivered", *, key: str = "key-of-mailgun", **more: Any) -> dict[str, Any]:
    now = datetime.now(UTC).timestamp()
    said = {"timestamp": str(int(now)), "token": "t" * 50}
    sign = hmac.new(key.encode(), (said["timestamp"] + said["token"]).encode(), hashlib.sha256).hexdigest()
    data = {
        "event": event,
        "id": "E1",
        "timestamp": now,
        "recipient": message.recipient,
        "message": {"headers": {"message-id": "REF1"}},
        "user-variables": {"key": message.key},
        **more,
    }
    return {"signature": {**said, "signature": sign}, "event-data": data}


def test_a_signature_of_the_provider_is_asked_for_besides(client: Client, settings: Any) -> None:
    settings.EMAIL_PROVIDER = "mailgun"
    message = sent("email", reference="<REF1>")

    def post(body: dict[str, Any], headers: dict[str, str]) -> int:
        return client.post(MAILGUN, json.dumps(body), content_type="application/json", headers=headers).status_code

    right, wrong = mailgun(message), mailgun(message, key="other")
    missing = {"event-data": right["event-data"]}
    assert [post(wrong, basic()), post(missing, basic()), post(right, {}), post(right, basic("wrong"))] == [403] * 4
    assert state(message) == "accepted" and not ProviderEvent.objects.exists()
    assert post(right, basic()) == 200
    assert state(message) == "delivered"


def test_settings_that_are_not_complete_are_our_fault(client: Client, settings: Any) -> None:
    settings.EMAIL_PROVIDER = "mailgun"
    del settings.ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY
    answer = client.post(MAILGUN, "{}", content_type="application/json", headers=basic())
    assert answer.status_code == 503


def test_a_fault_of_ours_is_not_called_a_bad_body(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider must say it again: a 400 would be the end of it."""

    def breaks(*_: Any, **__: Any) -> Taken:
        raise ValueError("the database is away")

    monkeypatch.setattr("receivables.messaging.hooks.views.take", breaks)
    client.raise_request_exception = False
    assert postmark(client, said(sent("email"), "Delivery")).status_code == 503
