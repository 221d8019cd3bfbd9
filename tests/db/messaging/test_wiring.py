"""Which adapter the settings choose, and what is refused at the start."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from receivables.checks import TAG
from receivables.core.errors import Refused
from receivables.messaging.channels.anymail import ESPS, Anymail
from receivables.messaging.channels.sms_file import SmsFile
from receivables.messaging.channels.smsapi import Smsapi
from receivables.messaging.channels.smtp import Smtp
from receivables.messaging.channels.twilio import Twilio
from receivables.messaging.protocols import CHANNELS
from receivables.messaging.wiring import email_channel, part_price, register_channels, sms_channel, smsapi_config, twilio_config
from tests.unit.messaging.sms_server import Providers, providers

TWILIO = {"SMS_PROVIDER": "twilio", "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "TWILIO_FROM": "+48500200200"}
SMSAPI = {"SMS_PROVIDER": "smsapi", "SMSAPI_TOKEN": "t"}


def put(settings: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(settings, name, value)


def errors() -> list[str]:
    return [error.msg for error in run_checks(tags=[TAG]) if error.id in ("receivables.E030", "receivables.E031")]


def test_as_it_comes_mail_goes_by_smtp_and_sms_into_a_file() -> None:
    assert isinstance(email_channel(), Smtp)
    assert isinstance(sms_channel(), SmsFile)
    assert errors() == []
    assert part_price() is None


@pytest.mark.parametrize(("values", "kind"), [(SMSAPI, Smsapi), (TWILIO, Twilio)])
def test_the_provider_of_sms_that_is_named(settings: Any, values: dict[str, str], kind: type) -> None:
    put(settings, **values)
    assert isinstance(sms_channel(), kind)
    assert errors() == []


@pytest.mark.parametrize("esp", list(ESPS))
def test_the_provider_of_mail_that_is_named(settings: Any, esp: str) -> None:
    put(settings, EMAIL_PROVIDER=esp, EMAIL_PROVIDER_KEY="k", EMAIL_PROVIDER_SECRET="s")
    assert isinstance(email_channel(), Anymail)
    assert errors() == []


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"SMS_PROVIDER": "pigeon"}, "SMS_PROVIDER is 'pigeon'. Write one of: file, smsapi, twilio."),
        ({"SMS_PROVIDER": "smsapi"}, "SMS_PROVIDER is smsapi, but SMSAPI_TOKEN is not set."),
        (SMSAPI | {"SMSAPI_URL": "http://api.smsapi.pl"}, "SMSAPI_URL: The address must begin with https://."),
        (SMSAPI | {"SMSAPI_MAX_PARTS": 0}, "SMSAPI_MAX_PARTS must be a number from 1 to 10."),
        (TWILIO | {"TWILIO_AUTH_TOKEN": ""}, "SMS_PROVIDER is twilio, but TWILIO_AUTH_TOKEN is not set."),
        (TWILIO | {"TWILIO_FROM": ""}, "SMS_PROVIDER is twilio, but TWILIO_FROM is not set."),
        ({"EMAIL_PROVIDER": "sendmail"}, "EMAIL_PROVIDER is 'sendmail'. Write smtp, or one of: brevo,"),
        ({"EMAIL_PROVIDER": "postmark"}, "EMAIL_PROVIDER is postmark, but EMAIL_PROVIDER_KEY is not set."),
        ({"EMAIL_PROVIDER": "mailjet", "EMAIL_PROVIDER_KEY": "k"}, "EMAIL_PROVIDER is mailjet, but EMAIL_PROVIDER_SECRET is not set."),
        ({"EMAIL_PROVIDER": "mailgun", "EMAIL_PROVIDER_KEY": "k", "EMAIL_PROVIDER_URL": "http://eu.example.com"}, "EMAIL_PROVIDER_URL: "),
        ({"SMS_PART_PRICE": "cheap"}, "SMS_PART_PRICE is no price."),
        ({"SMS_PART_PRICE": "0.09"}, "SMS_PART_PRICE is no price."),
        ({"SMS_PART_PRICE": "NaN PLN"}, "SMS_PART_PRICE is no price."),
        ({"SMS_PART_PRICE": "-1 PLN"}, "SMS_PART_PRICE is no price."),
    ],
)
def test_half_a_provider_is_refused_at_the_start(settings: Any, values: dict[str, Any], says: str) -> None:
    put(settings, **values)
    [error] = errors()
    assert error.startswith(says)


@pytest.fixture
def no_channels() -> Iterator[None]:
    with CHANNELS.using({}):
        yield


def test_half_a_provider_carries_nothing_by_another_way(settings: Any, no_channels: None) -> None:
    put(settings, SMS_PROVIDER="smsapi", EMAIL_PROVIDER="postmark")
    register_channels()
    for channel in ("sms", "email"):
        with pytest.raises(Refused):
            CHANNELS.get(channel)


@pytest.mark.parametrize(
    ("base", "secret", "notify", "callback"),
    [
        ("https://r.example.com/", "s3cret", "https://r.example.com/hooks/smsapi/s3cret/", "https://r.example.com/hooks/twilio/"),
        ("https://r.example.com", "", "", "https://r.example.com/hooks/twilio/"),
        ("http://127.0.0.1:8000", "s3cret", "", ""),
    ],
)
def test_providers_report_only_where_they_can_find_us(settings: Any, base: str, secret: str, notify: str, callback: str) -> None:
    put(settings, BASE_URL=base, HOOK_SECRET=secret, **SMSAPI, **{name: value for name, value in TWILIO.items() if name != "SMS_PROVIDER"})
    assert (smsapi_config().notify_url, twilio_config().callback_url) == (notify, callback)


@pytest.fixture
def smsapi(settings: Any) -> Iterator[Providers]:
    with providers() as server:
        put(settings, **SMSAPI, SMSAPI_URL=server.url)
        yield server


def tried(*arguments: str) -> str:
    out = StringIO()
    call_command("try_channel", "sms", "--to", "+48500100100", *arguments, stdout=out)
    return out.getvalue()


def test_trying_a_channel_sends_nothing(smsapi: Providers) -> None:
    assert tried() == "SMSAPI would take it. Nothing was sent.\nIt would cost 0.16 points.\n"
    assert (smsapi.asked[0][1]["test"], smsapi.taken) == ("1", [])


def test_trying_a_channel_tells_what_is_wrong(smsapi: Providers, settings: Any) -> None:
    smsapi.does("200, error")
    smsapi.error = {"error": 101, "message": "Authorization failed"}
    with pytest.raises(CommandError, match="Check SMSAPI_TOKEN"):
        tried()
    settings.SMSAPI_TOKEN = ""
    with pytest.raises(CommandError, match="SMSAPI_TOKEN is not set"):
        tried()
    settings.SMS_PROVIDER = "file"
    with pytest.raises(CommandError, match="Only smsapi can check"):
        tried()
