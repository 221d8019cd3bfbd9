"""What people find out about a package in doubt is written where its call stands, so that the channel asks no more."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from dunning.models import PackageCall
from receivables.messaging.models import Message
from receivables.messaging.states import ARRIVED


def on_delivery_changed(sender: Any, *, message_ids: Collection[int], now: datetime, **_: Any) -> None:
    """Receiver of `messaging.delivery_changed`: what was in doubt and arrived was taken, its password may be told. Runs twice safely."""
    arrived = PackageCall.objects.filter(message__in=message_ids, is_open=True, message__state__in=ARRIVED)
    arrived.update(is_open=False, is_taken=True)


def end_doubt(messages: Collection[Message]) -> None:
    """A person knows that these did not leave: nobody has their key, so they may go again, and by another way. Safe to run twice."""
    PackageCall.objects.filter(message__in=messages, is_open=True).update(is_open=False)
