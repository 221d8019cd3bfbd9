"""Callbacks of SMSAPI and Twilio: proved before they are read, known before they are believed. RELIABILITY.md T18."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test import Client

from receivables import clock
from receivables.messaging.hooks.forms import twilio_signature
from receivables.messaging.models import BounceCount, ProviderEvent, Suppression
from tests.web.hooks.conftest import FORM, SECRET, SMSAPI, TOKEN, form, sent, signed, state


def said(message: Any, status: str, **more: str) -> dict[str, str]:
    return {
        "MsgId": "REF1",
        "status": status,
        "idx": message.key,
        "to": "48500600700",
        "donedate": str(int(clock.now().timestamp())),
        **more,
    }


def nothing_happened() -> bool:
    return not ProviderEvent.objects.exists() and not Suppression.objects.exists()


# -- SMSAPI


@pytest.mark.parametrize(
    ("status", "after"),
    [
        *[("401", "accepted"), ("402", "failed"), ("403", "accepted"), ("404", "delivered"), ("405", "failed"), ("406", "failed")],
        *[("407", "failed"), ("408", "accepted"), ("409", "accepted"), ("410", "accepted"), ("411", "accepted"), ("412", "delivered")],
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_each_status_of_smsapi(client: Client, status: str, after: str, method: str) -> None:
    message = sent()
    fields = said(message, status)
    answer = client.get(SMSAPI, fields) if method == "get" else form(client, SMSAPI, fields)
    assert (answer.status_code, answer.content) == (200, b"OK")
    assert state(message) == after
    assert Suppression.objects.exists() is (status == "412")  # the recipient asked us to stop
    assert BounceCount.objects.exists() is (status in ("402", "405", "407"))


def test_five_reports_in_one_call(client: Client) -> None:
    messages = [sent(reference=f"R{number}") for number in range(5)]
    statuses = ["404", "403", "404", "405", "404"]
    now = str(int(clock.now().timestamp()))
    fields = {
        "MsgId": ",".join(f"R{number}" for number in range(5)),
        "status": ",".join(statuses),
        "idx": ",".join(message.key for message in messages),
        "donedate": ",".join([now] * 5),
    }
    assert form(client, SMSAPI, fields).content == b"OK"
    assert [state(message) for message in messages] == ["delivered", "accepted", "delivered", "failed", "delivered"]


def test_the_same_call_again_is_answered_and_changes_nothing(client: Client) -> None:
    message = sent()
    for _ in range(3):
        assert form(client, SMSAPI, said(message, "404")).status_code == 200
    assert ProviderEvent.objects.count() == 1


def test_out_of_order_a_message_never_steps_back(client: Client) -> None:
    message = sent()
    form(client, SMSAPI, said(message, "405"))
    form(client, SMSAPI, said(message, "404"))
    assert state(message) == "failed"


@pytest.mark.parametrize("path", ["/hooks/smsapi/wrong/", f"/hooks/smsapi/{SECRET}x/", f"/hooks/smsapi/{SECRET[:-1]}/"])
def test_without_the_secret_there_is_nothing(client: Client, path: str) -> None:
    message = sent()
    assert form(client, path, said(message, "404")).status_code == 404
    assert nothing_happened() and state(message) == "accepted"


def test_where_no_secret_is_set_there_is_nothing(client: Client, settings: Any) -> None:
    settings.HOOK_SECRET = ""
    assert client.get("/hooks/smsapi//").status_code == 404
    assert client.get("/hooks/smsapi/x/", said(sent(), "404")).status_code == 404


@pytest.mark.parametrize(("address", "status"), [("203.0.113.7", 200), ("203.0.114.7", 403), ("", 403)])
def test_only_the_networks_that_are_named_are_heard(client: Client, settings: Any, address: str, status: int) -> None:
    settings.SMSAPI_NETWORKS = ["203.0.113.0/24", "2001:db8::/32"]
    message = sent()
    assert client.get(SMSAPI, said(message, "404"), REMOTE_ADDR=address).status_code == status
    assert state(message) == ("delivered" if status == 200 else "accepted")


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        pytest.param({"idx": "0" * 63 + "9"}, "", id="unknown idx"),
        pytest.param({"MsgId": "OTHER"}, "refused", id="an id that SMSAPI never gave for it"),
        pytest.param({"idx": "x" * 300, "MsgId": "OTHER"}, "", id="a giant idx"),
        pytest.param({"donedate": "1000000000"}, "refused", id="old: before it left"),
    ],
)
def test_what_is_not_ours_is_answered_and_changes_nothing(client: Client, change: dict[str, str], outcome: str) -> None:
    message = sent()
    assert form(client, SMSAPI, said(message, "404") | change).status_code == 200
    assert state(message) == "accepted"
    assert ProviderEvent.objects.get().outcome == outcome


def test_the_key_of_a_mail_is_none_of_smsapis_business(client: Client) -> None:
    mail = sent("email", reference="REF1")
    assert form(client, SMSAPI, said(mail, "412")).status_code == 200
    assert state(mail) == "accepted" and not Suppression.objects.exists()
    assert ProviderEvent.objects.get().outcome == "refused"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"status=404", id="no MsgId"),
        pytest.param(b"MsgId=1", id="no status"),
        pytest.param(b"MsgId=1&status=999", id="no such status"),
        pytest.param(b"MsgId=1,2&status=404", id="lists of two lengths"),
        pytest.param(b"MsgId=1,2,3,4,5,6&status=404,404,404,404,404,404", id="six values"),
        pytest.param(b"MsgId=1&MsgId=2&status=404", id="a field twice"),
        pytest.param(b"MsgId=1&status=404&idx=%ff%fe", id="no UTF-8 when decoded"),
        pytest.param(b"MsgId=1&status=404&idx=\xff", id="no UTF-8"),
        pytest.param(b"&".join(b"f%d=1" % n for n in range(100)), id="too many fields"),
        pytest.param(b"[" * 5000, id="deep nesting"),
    ],
)
def test_what_cannot_be_read_is_refused(client: Client, raw: bytes) -> None:
    assert form(client, SMSAPI, raw).status_code == 400
    assert nothing_happened()


@pytest.mark.parametrize("donedate", ["99999999999", "-1", "x", "²", "9" * 400])
def test_an_odd_date_is_today(client: Client, donedate: str) -> None:
    message = sent()
    assert form(client, SMSAPI, said(message, "404", donedate=donedate)).status_code == 200
    assert state(message) == "delivered"


def test_what_is_too_big_or_of_another_type_is_refused(client: Client) -> None:
    assert form(client, SMSAPI, b"a=" + b"x" * 20_000).status_code == 413
    assert client.get(f"{SMSAPI}?a={'x' * 20_000}").status_code == 413
    assert client.post(SMSAPI, "{}", content_type="application/json").status_code == 400
    assert client.put(SMSAPI, "MsgId=1", content_type=FORM).status_code == 405
    assert nothing_happened()


def test_failures_are_counted_and_never_shut_the_provider_out(client: Client, settings: Any) -> None:
    settings.CLOCK = clock.now()  # all within one minute
    message = sent()
    codes = [client.get("/hooks/smsapi/guess/").status_code for _ in range(25)]
    assert codes == [404] * 20 + [429] * 5
    assert form(client, SMSAPI, said(message, "404")).status_code == 200
    assert state(message) == "delivered"


def test_no_log_holds_the_secret_or_what_was_said(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    message = sent()
    form(client, SMSAPI, said(message, "404"))
    form(client, SMSAPI, b"MsgId=1")
    client.post(SMSAPI, "{}", content_type="application/json")
    client.get("/hooks/smsapi/guess-of-somebody/")
    for word in (SECRET, "guess-of-somebody", "48500600700", message.key, "REF1"):
        assert word not in caplog.text


def test_no_log_holds_the_secret_where_the_database_fails(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError(f"no connection; the call was {SMSAPI}")

    caplog.set_level("DEBUG")
    message = sent()
    monkeypatch.setattr("receivables.messaging.hooks.views.take", fail)
    assert form(Client(raise_request_exception=False), SMSAPI, said(message, "404")).status_code == 503  # so it is said again later
    assert "OperationalError" in caplog.text
    for word in (SECRET, message.key):
        assert word not in caplog.text


# -- Twilio


@pytest.mark.parametrize(
    ("status", "code", "after", "is_stopped"),
    [
        ("queued", "", "accepted", False),
        ("sent", "", "accepted", False),
        ("delivered", "", "delivered", False),
        ("undelivered", "30003", "failed", False),
        ("undelivered", "30005", "hard_bounced", True),
        ("undelivered", "30007", "failed", False),
        ("failed", "21610", "delivered", True),
        ("failed", "", "failed", False),
    ],
)
def test_each_status_of_twilio(client: Client, status: str, code: str, after: str, is_stopped: bool) -> None:
    message = sent()
    fields = {"MessageSid": "REF1", "MessageStatus": status, **({"ErrorCode": code} if code else {})}
    assert signed(client, message.key, fields).status_code == 204
    assert state(message) == after and Suppression.objects.exists() is is_stopped


def test_the_signature_is_that_of_twilios_own_example() -> None:
    """https://www.twilio.com/docs/usage/webhooks/webhooks-security"""
    fields = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234", "From": "+14158675310", "To": "+18005551212"}
    signature = twilio_signature("https://mycompany.com/myapp.php?foo=1&bar=2", fields, token="12345")
    assert signature == "GvWf1cFY/Q7PnoempGyD5oXAezc="


@pytest.mark.parametrize("case", ["missing", "wrong", "other token", "other host", "changed body", "other message", "field added"])
def test_without_its_signature_nothing_is_believed(client: Client, case: str) -> None:
    message, other = sent(), sent(reference="REF2")
    fields = {"MessageSid": "REF1", "MessageStatus": "delivered"}
    path = f"/hooks/twilio/{message.key}/"
    signature = twilio_signature(f"https://dunning.example.com{path}", fields, token=TOKEN)
    calls = {
        "missing": lambda: form(client, path, fields),
        "wrong": lambda: form(client, path, fields, headers={"X-Twilio-Signature": "żle"}),
        "other token": lambda: signed(client, message.key, fields, token="other"),
        "other host": lambda: signed(client, message.key, fields, base="https://evil.example.com"),
        "changed body": lambda: form(client, path, fields | {"MessageStatus": "failed"}, headers={"X-Twilio-Signature": signature}),
        "other message": lambda: form(client, f"/hooks/twilio/{other.key}/", fields, headers={"X-Twilio-Signature": signature}),
        "field added": lambda: form(client, path, fields | {"x": "1"}, headers={"X-Twilio-Signature": signature}),
    }
    assert calls[case]().status_code == 403
    assert nothing_happened() and state(message) == state(other) == "accepted"


def test_a_replayed_call_changes_nothing(client: Client) -> None:
    message = sent()
    fields = {"MessageSid": "REF1", "MessageStatus": "delivered"}
    assert [signed(client, message.key, fields).status_code for _ in range(3)] == [204] * 3
    assert ProviderEvent.objects.count() == 1 and state(message) == "delivered"


def test_the_sid_of_another_message_is_refused(client: Client) -> None:
    message = sent()
    assert signed(client, message.key, {"MessageSid": "REF9", "MessageStatus": "failed"}).status_code == 204
    assert state(message) == "accepted" and ProviderEvent.objects.get().outcome == "refused"


def test_twilio_is_off_without_a_token(client: Client, settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN = ""
    assert signed(client, "k", {"MessageSid": "S", "MessageStatus": "sent"}, token="").status_code == 404


@pytest.mark.parametrize("raw", [b"MessageSid=1&MessageSid=2&MessageStatus=sent", b"MessageSid=%ff", b"\xff=1"])
def test_what_cannot_be_read_of_twilio_is_refused(client: Client, raw: bytes) -> None:
    assert form(client, "/hooks/twilio/key/", raw).status_code == 400


def test_a_signed_call_without_a_status_is_refused(client: Client) -> None:
    assert signed(client, "key", {"MessageSid": "1"}).status_code == 400
    assert signed(client, "key", {"MessageSid": "1", "MessageStatus": "odd"}).status_code == 400


def test_callbacks_need_no_session_and_no_csrf_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    message = sent()
    answer = strict.post(SMSAPI, urlencode(said(message, "404")), content_type=FORM)
    assert answer.status_code == 200 and not answer.cookies


def test_a_report_from_before_yesterday_about_a_later_message_is_refused(client: Client) -> None:
    message = sent()
    old = str(int((clock.now() - timedelta(days=2)).timestamp()))
    assert form(client, SMSAPI, said(message, "405", donedate=old)).status_code == 200
    assert state(message) == "accepted" and ProviderEvent.objects.get().outcome == "refused"
