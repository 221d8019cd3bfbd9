"""When an address is given up: what a provider's words count for, and how much of it is enough. Pure. RELIABILITY.md section 7.

Mailman's rule: a hard bounce counts 1, a soft one 0.5, at most one count a day, three are enough, and 30 days without any make it start
anew. Beyond it, a hard bounce stops an address at once: it says that there is nobody. A full mailbox is soft. What is refused for spam
or policy says something about the sender, and counts for no address.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

HARD, SOFT = Decimal(1), Decimal("0.5")
STOP_AT = Decimal(3)
FORGOTTEN_AFTER = timedelta(days=30)

_STATUS = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.])")  # RFC 3463
_FULL = re.compile(
    r"mail\s?box (is )?(full|over)|over ?quota|quota (is )?exceeded|(full|exceeded).{0,20}quota|skrzynka .{0,20}pełna", re.IGNORECASE
)
_ABOUT_SENDER = re.compile(
    r"\bspam|black ?list|block ?list|\bblocked\b|\bdnsbl\b|reputation|policy (reason|reject|violation)|\bdmarc\b|\bspf\b|\bdkim\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a bounce says: about the address, how final, or about the sender."""

    is_hard: bool
    is_about_sender: bool = False

    @property
    def count(self) -> Decimal:
        """What it counts for the address on its day."""
        return Decimal(0) if self.is_about_sender else HARD if self.is_hard else SOFT


def read_bounce(detail: str, *, is_hard: bool) -> Bounce:
    """A bounce by its status code (RFC 3463), else by its words, else as the provider calls it."""
    codes = [(subject, point) for _, subject, point in _STATUS.findall(detail)]
    if ("2", "2") in codes or (not codes and _FULL.search(detail)):  # X.2.2: mailbox full
        return Bounce(is_hard=False)
    if any(subject == "7" for subject, _ in codes) or (not codes and _ABOUT_SENDER.search(detail)):  # X.7.X: security or policy
        return Bounce(is_hard=is_hard, is_about_sender=True)
    return Bounce(is_hard=is_hard)


def score(counts: Mapping[date, Decimal], *, on: date) -> Decimal:
    """The sum of what was counted, a figure a day, up to `on`; more than 30 days without any end what was before them."""
    total, last = Decimal(0), on
    for day in sorted((day for day in counts if day <= on), reverse=True):
        if last - day > FORGOTTEN_AFTER:
            break
        total, last = total + counts[day], day
    return total


def is_enough(counts: Mapping[date, Decimal], *, on: date) -> bool:
    """Whether the address is to be given up."""
    return score(counts, on=on) >= STOP_AT
