"""A sentence with its facts apart: plain English as it is; a page translates it and writes amounts and days its own way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from receivables.core.errors import gettext_noop as gettext_noop  # from here too, where sentences are written
from receivables.core.money import Money

Fact = str | int | date | Decimal | Money


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` has a placeholder "%(name)s" for each fact."""

    text: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.facts


def sentence(text: str, /, **facts: Fact) -> Sentence:
    """Shorter to write."""
    return Sentence(text, facts)
