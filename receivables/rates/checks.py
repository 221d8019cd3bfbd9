"""Warns where a rate that companies here need is missing or soon will be."""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import DatabaseError, transaction
from django.utils import translation

from receivables import clock
from receivables.rates.known import countries_in_use, warnings
from receivables.rates.stored import current_book
from receivables.rates.words import ZONE

HINT = "Run manage.py update_rates (--file FILE without internet), or enter the rate in the admin; a second person approves it."


@checks.register(checks.Tags.database)
def rates_are_known(*, databases: Sequence[str] | None = None, **_options: Any) -> list[checks.CheckMessage]:
    """Looks only where the database is to be looked at: `check --database default`, and `migrate`."""
    if "default" not in (databases or ()):
        return []
    try:
        with transaction.atomic(), translation.override("en"):
            told = warnings(current_book(), countries_in_use(), on=clock.today(ZONE))
    except DatabaseError:  # no tables yet: `migrate` makes them
        return []
    return [checks.Warning(sentence, hint=HINT, id="rates.W001") for sentence in told]
