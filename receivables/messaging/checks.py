"""Refuses a provider that is named without what it needs, before anything is sent by another way than the one meant."""

from typing import Any

from django.core import checks

from receivables.checks import TAG
from receivables.messaging.wiring import missing_for_email, missing_for_printing, missing_for_sms, part_price


@checks.register(TAG)
def providers_are_whole(**_options: Any) -> list[checks.CheckMessage]:
    """Each provider of messages has its keys, and its address may be asked."""
    return [
        checks.Error(sentence, id="receivables.E030") for sentence in [*missing_for_email(), *missing_for_sms(), *missing_for_printing()]
    ]


@checks.register(TAG)
def part_price_can_be_read(**_options: Any) -> list[checks.CheckMessage]:
    """Better now than at the first preview."""
    try:
        part_price()
    except ValueError:
        return [checks.Error("SMS_PART_PRICE is no price. Write it like 0.09 PLN, or leave it out.", id="receivables.E031")]
    return []
