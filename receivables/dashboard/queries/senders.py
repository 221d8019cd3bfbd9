"""What the last check of a company's sender found, topic by topic."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from receivables.accounts.models import Creditor
from receivables.dashboard.words import said
from receivables.messaging.models import SenderCheck
from receivables.messaging.sender.findings import Level, Topic, worst
from receivables.messaging.senders import findings_of

LEVELS: Mapping[str, tuple[str | Promise, str]] = {
    Level.OK: (gettext_lazy("in order"), "ok"),
    Level.UNCLEAR: (gettext_lazy("unclear"), "muted"),
    Level.WARNING: (gettext_lazy("to be improved"), "warn"),
    Level.FAULT: (gettext_lazy("at fault"), "bad"),
}
TOPICS: Mapping[Topic, str | Promise] = {
    Topic.SENDER: gettext_lazy("Sender"),
    Topic.SPF: gettext_lazy("SPF: who may send"),
    Topic.DKIM: gettext_lazy("DKIM: signature"),
    Topic.DMARC: gettext_lazy("DMARC: what receivers do"),
    Topic.RETURN_PATH: gettext_lazy("Return path"),
    Topic.REPLY: gettext_lazy("Mailbox for answers"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing found."""

    says: str
    todo: str
    word: str | Promise
    tone: str


@dataclass(frozen=True, slots=True)
class Part:
    """What was found about one topic."""

    label: str | Promise
    word: str | Promise
    tone: str
    lines: list[Line]


def shown(check: SenderCheck) -> list[Part]:
    """Topics in their order; those that were not looked into are left out."""
    found = findings_of(check)
    parts = []
    for topic, label in TOPICS.items():
        of_topic = [one for one in found if one.topic is topic]
        if of_topic:
            lines = [Line(said(one.says), said(one.todo), *LEVELS[one.level]) for one in of_topic]
            parts.append(Part(label, *LEVELS[worst(of_topic)], lines))
    return parts


def is_at_fault(creditor: Creditor) -> bool:
    """Whether the last check found a fault. One query."""
    return SenderCheck.objects.filter(creditor=creditor, level=Level.FAULT).exists()
