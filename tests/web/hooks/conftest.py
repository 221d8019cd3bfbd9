"""Messages that real channels had, and callbacks that speak of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client

from receivables import clock
from receivables.messaging.hooks.forms import twilio_signature
from receivables.messaging.models import Attempt, Message
from tests.db.messaging.conftest import make_creditor

SECRET = "a-long-random-word-of-this-system"
TOKEN = "token-of-twilio"
FORM = "application/x-www-form-urlencoded"
SMSAPI = f"/hooks/smsapi/{SECRET}/"


@pytest.fixture(autouse=True)
def settled(settings: Any, db: None) -> Iterator[None]:
    settings.HOOK_SECRET = SECRET
    settings.ANYMAIL_WEBHOOK_SECRET = f"hooks:{SECRET}"
    settings.TWILIO_AUTH_TOKEN = TOKEN
    settings.EMAIL_PROVIDER = "postmark"
    settings.ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY = "key-of-mailgun"
    settings.BASE_URL = "https://dunning.example.com"
    cache.clear()
    yield
    cache.clear()


def sent(channel: str = "sms", *, reference: str = "REF1", **fields: Any) -> Message:
    """A message that its provider has accepted."""
    number, now = Message.objects.count() + 1, clock.now()
    values = {
        "creditor": make_creditor(),
        "key": f"{number:064d}",
        "message_id": f"<{number:064d}@example.com>",
        "purpose": "dunning",
        "channel": channel,
        "recipient": "jan@example.com" if channel == "email" else "+48500600700",
        "facts": {},
        "not_before": now,
        "created_at": now,
        "handed_at": now - timedelta(minutes=1),
        "state": "accepted",
        "attempts": 1,
        **fields,
    }
    message = Message.objects.create(**values)
    Attempt.objects.create(message=message, number=1, at=now, outcome="accepted", reference=reference)
    return message


def state(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


def form(client: Client, address: str, fields: dict[str, str] | bytes, **headers: Any) -> Any:
    raw = fields if isinstance(fields, bytes) else urlencode(fields)
    return client.post(address, raw, content_type=FORM, **headers)


def signed(client: Client, key: str, fields: dict[str, str], *, token: str = TOKEN, base: str = "https://dunning.example.com") -> Any:
    """A callback of Twilio about the message with that key."""
    path = f"/hooks/twilio/{key}/"
    return form(client, path, fields, headers={"X-Twilio-Signature": twilio_signature(base + path, fields, token=token)})
