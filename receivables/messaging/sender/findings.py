"""What the check of a sender is about, and what it finds. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from receivables.core.sentences import Sentence
from receivables.messaging.sender.names import domain_of

NOTHING = Sentence("")
UNANSWERED, SPF_APART, DKIM_APART = "unanswered", "spf_apart", "dkim_apart"


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    UNCLEAR = "unclear"  # could not be looked up, or cannot be judged from here
    WARNING = "warning"
    FAULT = "fault"


class Topic(StrEnum):
    """What it is about."""

    SENDER = "sender"
    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    RETURN_PATH = "return_path"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Sending:
    """How a firm sends. Domains empty: that of the sender's address."""

    address: str
    reply_to: str = ""
    return_path: str = ""  # address or domain of the envelope sender
    selectors: tuple[str, ...] = ()
    signing_domain: str = ""  # d= of the signature
    hosts: tuple[str, ...] = ()  # mail servers that send for it, where they are known by name
    includes: tuple[str, ...] = ()  # domains that a mail service wants in the SPF record

    @property
    def domain(self) -> str:
        return domain_of(self.address)

    @property
    def envelope_domain(self) -> str:
        return (domain_of(self.return_path) or self.return_path.lower()) or self.domain

    @property
    def signs_as(self) -> str:
        return self.signing_domain.lower() or self.domain


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: what is so, and what to do about it."""

    topic: Topic
    level: Level
    says: Sentence
    todo: Sentence = NOTHING
    code: str = ""  # of what other rules ask for: UNANSWERED, SPF_APART, DKIM_APART


def worst(findings: Iterable[Finding]) -> Level:
    """The worst of all; ok where there is none."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)
