"""Text messages that come to our number: proved before they are read, stored once, and filed as replies."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from dunning.models import Reply
from receivables.messaging.hooks.forms import twilio_signature
from receivables.messaging.models import InboundMail, Suppression
from tests.web.hooks.conftest import SECRET, TOKEN, form, sent

SMSAPI = f"/hooks/smsapi/{SECRET}/incoming/"
TWILIO = "/hooks/twilio/incoming/"
NUMBER = "+48500600700"


def said(text: str = "Zapłacę jutro, żółw", **more: str) -> dict[str, str]:
    return {"sms_to": "48799100200", "sms_from": "48500600700", "sms_text": text, "sms_date": "1777888999", "username": "firma", **more}


def by_twilio(client: Client, text: str, *, token: str = TOKEN, path: str = TWILIO, **more: str) -> Any:
    fields = {"MessageSid": "SM1", "From": NUMBER, "To": "+48799100200", "Body": text, "NumMedia": "0", **more}
    signature = twilio_signature(f"https://dunning.example.com{path}", fields, token=token)
    return form(client, TWILIO, fields, headers={"X-Twilio-Signature": signature})


@pytest.mark.parametrize("method", ["get", "post"])
def test_one_of_smsapi_is_filed_once_however_often_it_is_told(client: Client, method: str) -> None:
    for _ in range(2):
        answer = client.get(SMSAPI, said()) if method == "get" else form(client, SMSAPI, said())
        assert (answer.status_code, answer.content) == (200, b"OK")
    [row] = InboundMail.objects.all()
    assert (row.source, row.channel, row.sender, row.recipients) == ("smsapi", "sms", NUMBER, ["+48799100200"])
    assert (row.text, row.outcome) == ("Zapłacę jutro, żółw", "reply")
    assert Reply.objects.get().mail == row


def test_one_of_twilio_is_filed_once_and_nothing_is_answered_to_it(client: Client) -> None:
    for _ in range(2):
        answer = by_twilio(client, "Zapłacę jutro")
        assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"<Response/>", "text/xml")
    assert InboundMail.objects.get().sender == NUMBER
    assert Reply.objects.count() == 1


@pytest.mark.parametrize("path", ["/hooks/smsapi/wrong/incoming/", f"/hooks/smsapi/{SECRET[:-1]}/incoming/"])
def test_without_the_secret_there_is_nothing(client: Client, path: str) -> None:
    assert client.get(path, said()).status_code == 404
    assert not InboundMail.objects.exists()


def test_only_the_networks_that_are_named_are_heard(client: Client, settings: Any) -> None:
    settings.SMSAPI_NETWORKS = ["203.0.113.0/24"]
    assert client.get(SMSAPI, said(), REMOTE_ADDR="203.0.114.7").status_code == 403
    assert client.get(SMSAPI, said(), REMOTE_ADDR="203.0.113.7").status_code == 200


@pytest.mark.parametrize("forged", [{"token": "another"}, {"path": "/hooks/twilio/key/"}])
def test_what_twilio_did_not_sign_for_this_address_is_nothing(client: Client, forged: dict[str, str]) -> None:
    assert by_twilio(client, "STOP", **forged).status_code == 403
    assert not InboundMail.objects.exists() and not Suppression.objects.exists()


def test_where_twilio_is_not_set_there_is_nothing(client: Client, settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN = ""
    assert by_twilio(client, "Halo").status_code == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({"sms_from": "48500600700"}, 400, id="without a text"),
        pytest.param({"sms_text": "Halo"}, 400, id="without a sender"),
        pytest.param(said("x" * 20_000), 413, id="too long"),
        pytest.param(urlencode(said()).encode() + b"&sms_text=b", 400, id="a field twice"),
        pytest.param(b"sms_from=48500600700&sms_text=%FF", 400, id="no UTF-8"),
    ],
)
def test_what_cannot_be_read_is_refused(client: Client, fields: Any, status: int) -> None:
    assert form(client, SMSAPI, fields).status_code == status
    assert not InboundMail.objects.exists()


def test_a_name_instead_of_a_number_and_odd_signs_are_kept_and_harm_nobody(client: Client) -> None:
    assert client.get(SMSAPI, said("a\x00b\u202ec", sms_from="INFO\x00")).status_code == 200
    row = InboundMail.objects.get()
    assert (row.sender, row.sender_name, row.text) == ("", "INFO", "abc")
    assert Reply.objects.get().customer is None


def test_stop_ends_text_messages_to_that_number_of_every_company_that_sent_some(client: Client) -> None:
    first, other = sent(), sent()
    client.get(SMSAPI, said("Stop!"))
    assert set(Suppression.objects.values_list("creditor", "channel", "address")) == {
        (message.creditor_id, "sms", NUMBER) for message in (first, other)
    }
    assert Reply.objects.get().handled_at is None, "a person reads it all the same"


def test_twilio_says_by_itself_that_somebody_opted_out(client: Client) -> None:
    message = sent()
    by_twilio(client, "ARRÊT", OptOutType="STOP")
    assert Suppression.objects.get().creditor_id == message.creditor_id
