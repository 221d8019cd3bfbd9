"""The list of addresses that must not be used any more, as people keep it: each change with a reason, in the audit trail.

An entry of the trail names no address: it stays readable when the person behind it has been forgotten.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop
from receivables.messaging.addresses import plain_address
from receivables.messaging.models import Suppression
from receivables.messaging.suppression import lift, suppress_address

CHANNELS = ("email", "sms", "call")
_SHORTEST_NUMBER = 7  # with its plus: nobody can dial less


@transaction.atomic
def stop_address(creditor: Creditor, channel: str, address: str, *, reason: str, now: datetime, by: User) -> Suppression:
    """Use an address no more on a channel. Raises `Refused` for what is none, without a reason, and where it is on the list."""
    plain, why = _checked(channel, address), _said(reason)
    rows = Suppression.objects.filter(creditor=creditor, channel=channel, address=plain)
    if rows.exists():
        raise Refused(gettext_noop("This address is on the list already."))
    suppress_address(creditor.pk, [(channel, plain)], reason=why, now=now)
    row = rows.get()
    record(creditor, "address_stopped", row, by=by, channel=channel, reason=why)
    return row


@transaction.atomic
def use_again(row: Suppression, *, reason: str, by: User) -> None:
    """Take an address off the list; its bounces are forgotten, and count anew. Raises `Refused` without a reason, or where it is gone."""
    why = _said(reason)
    if not Suppression.objects.select_for_update().filter(pk=row.pk).exists():
        raise Refused(gettext_noop("This address is not on the list any more."))
    record(row.creditor, "address_used_again", row, by=by, channel=row.channel, reason=why, was=row.reason)
    lift(row.creditor_id, [(row.channel, row.address)])


def _checked(channel: str, address: str) -> str:
    plain = plain_address(channel, one_line(address))
    if channel not in CHANNELS:
        raise Refused(gettext_noop("Choose e-mail, SMS or call."))
    if channel == "email":
        try:
            validate_email(plain)
        except ValidationError:
            raise Refused(gettext_noop("%(address)r is no e-mail address. Write it as name@example.com."), address=plain) from None
    elif not (plain.startswith("+") and plain[1:].isdigit() and len(plain) >= _SHORTEST_NUMBER):
        raise Refused(gettext_noop("%(text)r is no phone number. Write it with its country code, such as +48 500 100 100."), text=plain)
    return plain


def _said(reason: str) -> str:
    if not reason.strip():
        raise Refused(gettext_noop("Say why, in a few words."))
    return one_line(reason, longest=200)
