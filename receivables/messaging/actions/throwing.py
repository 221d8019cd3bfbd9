"""What all verbs of the switches share."""

from receivables.core.errors import Refused
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop
from receivables.messaging.models import Dispatch


def throw(**changes: object) -> Dispatch:
    """Write these columns of the one row. Hold the switch alone."""
    dispatch, _ = Dispatch.objects.update_or_create(pk=1, defaults=changes)
    return dispatch


def reason_of(reason: str) -> str:
    """What a person gave as reason, on one line. Raises `Refused` where that is nothing."""
    if not reason.strip():
        raise Refused(gettext_noop("Say why, in a few words."))
    return one_line(reason, longest=200)
