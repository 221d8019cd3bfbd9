"""What a public register is asked and what it answers. An adapter takes its own config and touches neither models nor settings.

No answer is `UNKNOWN`, never good or bad; a register that knows nobody of that number says `NOT_LISTED`, which is neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from receivables.core.registry import Registry


class Verdict(StrEnum):
    """What a register says of a number."""

    ACTIVE = "active"
    EXEMPT = "exempt"  # a taxpayer who is exempt from VAT
    NOT_LISTED = "not_listed"
    REMOVED = "removed"  # it was refused or struck off
    ENDED = "ended"  # the business has ended
    UNKNOWN = "unknown"


class Why(StrEnum):
    """Why nothing is known."""

    NO_ANSWER = "no_answer"  # no connection, too slow, broken off, an error of the server
    GARBLED = "garbled"  # not what the register documents
    OTHER_NUMBER = "other_number"  # it answered about another number
    OVER_LIMIT = "over_limit"  # no more questions today
    BUSY = "busy"  # it asks to come back later
    REFUSED = "refused"  # it does not take the question or our key


@dataclass(frozen=True, slots=True)
class Question:
    """A tax number without its country's prefix, and the day as of which it is asked; `account` asks whether it is theirs."""

    country: str  # as in VAT numbers: PL, DE, EL
    number: str
    on: date
    account: str = ""  # 26 digits, an NRB


@dataclass(frozen=True, slots=True)
class Answer:
    """`proof` is the id by which the register finds the question again; `raw` what it sent, to be digested."""

    verdict: Verdict
    proof: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)  # name, regon, krs, accounts … as the register says
    raw: bytes = b""
    why: Why | None = None


class Register(Protocol):
    """A public register."""

    knows_past_days: bool  # else it is asked of today only

    def serves(self, question: Question) -> bool:
        """Whether a question is one for this register."""
        ...

    def ask(self, question: Question) -> Answer:
        """Ask it once. Never raises: whatever goes wrong is `UNKNOWN` with its reason."""
        ...


REGISTERS: Registry[Register] = Registry("register")
"""Those that are configured."""


def unknown(why: Why, raw: bytes = b"") -> Answer:
    """No answer, with the reason."""
    return Answer(Verdict.UNKNOWN, raw=raw, why=why)
