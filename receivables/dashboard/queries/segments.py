"""Segments in words: what each rule asks, and which can never apply."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dunning.choosing import complaints
from dunning.models import Segment
from dunning.segments import Between, Complaint, Condition, Is, OneOf, conditions_from
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.dashboard.templatetags.look import amount
from receivables.dashboard.words import said

FACTS: Mapping[str, str | Promise] = {
    "kind": gettext_lazy("kind of customer"),
    "country": gettext_lazy("country"),
    "language": gettext_lazy("language"),
    "tags": gettext_lazy("tags"),
    "source": gettext_lazy("shop or source"),
    "payment_method": gettext_lazy("payment method"),
    "balance": gettext_lazy("balance"),
    "relation_days": gettext_lazy("days since the first invoice"),
    "rating": gettext_lazy("paid in time, %"),
    "late_invoices": gettext_lazy("earlier late invoices"),
    "turnover": gettext_lazy("turnover in 12 months"),
    "purchases": gettext_lazy("purchases in 12 months"),
    "amount": gettext_lazy("invoice amount"),
    "subscription": gettext_lazy("subscription"),
    "insured": gettext_lazy("insured"),
}
MONEY = frozenset({"balance", "turnover", "amount"})


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """A row of the list; `complaint` says why it can never apply."""

    segment: Segment
    conditions: tuple[str, ...]
    complaint: str
    is_first: bool
    is_last: bool


def segments(creditor: Creditor) -> list[SegmentLine]:
    """All rules in their order. Two queries."""
    rows = list(Segment.objects.filter(creditor=creditor).select_related("policy").order_by("position"))
    wrong = {complaint.rule.name: complaint_words(complaint) for complaint in complaints(creditor)}
    last = len(rows) - 1
    return [SegmentLine(row, words_of(row), wrong.get(row.name, ""), n == 0, n == last) for n, row in enumerate(rows)]


def words_of(segment: Segment) -> tuple[str, ...]:
    """What a rule asks, condition by condition."""
    try:
        conditions = conditions_from(segment.conditions)
    except Refused as refusal:
        return (said(refusal),)
    return tuple(_words(conditions, segment.creditor.currency))


def complaint_words(complaint: Complaint) -> str:
    """Why a rule can never apply."""
    if complaint.facts:
        facts = _listed(str(FACTS[fact]) for fact in complaint.facts)
        return _("It can never apply: nothing meets its condition on %(facts)s.") % {"facts": facts}
    rules = _listed(f"“{rule.name}”" for rule in complaint.shadowed_by)
    return _("It can never apply: %(rules)s above takes all that it could apply to.") % {"rules": rules}


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _words(conditions: Mapping[str, Condition], currency: str) -> Iterator[str]:
    either = _(" or ")
    for name, condition in conditions.items():
        if isinstance(condition, Is):
            yield _("%(fact)s: yes") % {"fact": FACTS[name]} if condition.wanted else _("%(fact)s: no") % {"fact": FACTS[name]}
        elif isinstance(condition, OneOf):
            kinds: dict[str, Any] = {str(kind): word for kind, word in Customer.KINDS} if name == "kind" else {}
            words = (str(kinds.get(word, word)) for word in sorted(condition.words))
            yield f"{FACTS[name]}: {either.join(words)}"
        else:
            yield f"{FACTS[name]}: {_range(condition, currency if name in MONEY else '')}"


def _range(condition: Between, currency: str) -> str:
    low, high = (
        end if end is None else amount(end, currency) if currency else f"{end:f}" for end in (condition.at_least, condition.at_most)
    )
    if low is not None and high is not None:
        return _("%(low)s to %(high)s") % {"low": low, "high": high}
    return _("at least %(low)s") % {"low": low} if low is not None else _("at most %(high)s") % {"high": high}
