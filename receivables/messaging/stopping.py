"""The address in a friendly mail by which its reader stops such mails with one press (RFC 8058), and the message it stands for.

Only a reminder before the due date and a thank-you have one: what demands is no advertising, and whoever owes cannot refuse it (FORMATS.md
4.2). The address holds the message's key, which is a hash, and our signature under it; nothing of the customer. It never grows old: a mail
is read when its reader likes.
"""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from receivables.messaging.models import Message

FIELD, ONE_CLICK = "List-Unsubscribe", "One-Click"  # RFC 8058, 3.1: the whole body of the POST
_REMINDER, _THANKS = "reminder", "courtesy_thanks"


def stop_url_of(message: Message, *, now: datetime) -> str:
    """The address for a mail that leaves now; empty for what has none. Mail programs press it over https alone, so there is no other."""
    today = now.astimezone(ZoneInfo(message.creditor.time_zone)).date()
    if message.channel != "email" or not is_friendly(message.template, message.facts, on=today):
        return ""
    return f"{settings.BASE_URL}{reverse('stop', args=[_signer().sign(message.key)])}" if settings.BASE_URL.startswith("https://") else ""


def is_friendly(template: str, facts: dict[str, Any], *, on: date) -> bool:
    """Whether a message of that template and those facts demands nothing on that day."""
    if template == _THANKS:
        return True
    days = [str(item.get("due_on", "")) for item in facts.get("items", [])]
    return template == _REMINDER and facts.get("is_overdue") is False and bool(days) and min(days) >= on.isoformat()


def stopped_by(token: str) -> Message | None:
    """The message whose address it is; None for one that we did not sign."""
    try:
        key = _signer().unsign(token)
    except BadSignature:
        return None
    return Message.objects.filter(key=key).select_related("creditor").first()


def _signer() -> Signer:
    return Signer(sep=".", salt="receivables.messaging.stopping")
