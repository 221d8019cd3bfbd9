"""A text message that came in, as plain values, and whether it asks us to stop. Pure; strangers write it: nothing in it is believed."""

import re
import unicodedata
from dataclasses import dataclass

from receivables.core.sentences import gettext_noop

STOPPED = gettext_noop("They ask for no more text messages, so their number is not used any more.")
"""Stands with the problems of such a message, and so on its page."""

_NUMBER = re.compile(r"[1-9][0-9]{6,14}")  # E.164
_WORDS = re.compile(r"[^\W_]+")
_PLAIN = str.maketrans({"ł": "l", "ß": "ss"})
STOP_WORDS = frozenset(
    {
        # what operators and Twilio take as an objection
        *("stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "optout", "opt out"),
        *("stop sms", "rezygnuje", "rezygnacja", "wypisz", "wypisz mnie", "nie pisac", "nie pisz", "prosze nie pisac"),
        *("stopp", "abmelden", "abbestellen"),
    }
)
"""The whole of a message that asks us to stop, whatever its case, signs and diacritics. One that says more is for a person to read."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a text message says. `own_id` is the same for the same message, however often a provider tells us of it."""

    source: str  # the provider
    own_id: str
    sender: str  # E.164, "+48500100100"; empty: a name, or nothing that can be called
    sender_name: str  # as it was given, where it is no number
    recipient: str
    text: str
    answers: str = ""  # the provider's id of the message of ours that it answers, where it says so
    asks_to_stop: bool = False


def number_in(given: str) -> str:
    """The number that a provider names, with or without its plus; empty where it is none."""
    digits = given.strip().removeprefix("+").removeprefix("00")
    return f"+{digits}" if digits.isascii() and _NUMBER.fullmatch(digits) else ""


def asks_to_stop(text: str) -> bool:
    """Whether the text is one of the words that stop a channel, and says nothing else."""
    lowered = unicodedata.normalize("NFKD", text[:200].casefold().translate(_PLAIN))
    words = _WORDS.findall("".join(sign for sign in lowered if not unicodedata.combining(sign)))
    return len(words) <= 3 and " ".join(words) in STOP_WORDS
