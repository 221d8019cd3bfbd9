"""What a paper to a debtor must say and may not say, as data for a check of its text."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from receivables.countries.words import Debtor


class Permit(StrEnum):
    """A fact that makes a word lawful which otherwise is not."""

    TITLE = "title"  # an enforceable title exists
    REGISTER_OPEN = "register_open"  # the conditions of the register are met, or the text is its warning letter
    FEE_BASIS = "fee_basis"  # a law or the contract in force gives the fee


class Content(StrEnum):
    """What a paper of some kind must state."""

    CREDITOR = "creditor"
    DEBTOR = "debtor"
    INVOICE = "invoice"
    ISSUED_ON = "issued_on"
    PRINCIPAL = "principal"
    DUE_ON = "due_on"
    INTEREST = "interest"
    RATE = "rate"
    COMPENSATION = "compensation"
    DEADLINE = "deadline"
    ACCOUNT = "account"
    CONSEQUENCES = "consequences"
    PAPER_DATE = "paper_date"
    SIGNATURE = "signature"
    REGISTER_NAME = "register_name"
    REGISTER_OBJECTION = "register_objection"
    BASIS = "basis"
    EXACT_COSTS = "exact_costs"
    REPLY_FORM = "reply_form"


ALL = frozenset(Debtor)
CONSUMERS = frozenset({Debtor.CONSUMER})
FIRMS = ALL - CONSUMERS


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Words that may not stand in a paper to such debtors without one of the permits. `words` is a regular expression, any case."""

    key: str
    words: str
    source: str
    debtors: frozenset[Debtor] = ALL
    unless: frozenset[Permit] = frozenset()


@dataclass(frozen=True, slots=True)
class Required:
    """What must stand in a kind of paper to such debtors. `is_law` is False where only custom asks for it."""

    paper: str  # demand | register_warning | collection_costs_letter | letter_of_claim
    contents: tuple[Content, ...]
    source: str
    debtors: frozenset[Debtor] = ALL
    is_law: bool = True


@dataclass(frozen=True, slots=True)
class PaperRules:
    """The rules of a country."""

    forbidden: tuple[Forbidden, ...] = ()
    required: tuple[Required, ...] = ()

    def faults(self, text: str, debtor: Debtor, *, permits: Collection[Permit] = ()) -> Iterator[tuple[Forbidden, str]]:
        """Each rule that a text breaks, with the words that break it."""
        for rule in self.forbidden:
            if debtor in rule.debtors and not rule.unless.intersection(permits):
                yield from ((rule, found.group()) for found in re.finditer(rule.words, text, re.IGNORECASE))

    def contents(self, paper: str, debtor: Debtor) -> tuple[Content, ...]:
        """What such a paper must state, in the order of the rules and each once."""
        rules: Iterable[Required] = (rule for rule in self.required if rule.paper == paper and debtor in rule.debtors)
        return tuple(dict.fromkeys(content for rule in rules for content in rule.contents))
