"""Balance campaigns for their screens: who is asked and why not, what came back, and what it comes to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from dunning.campaign_books import Chosen
from dunning.campaigns import Answer, Asked, Sum, summed
from dunning.models import BalanceCampaign, BalanceRequest
from receivables.accounts.models import Creditor
from receivables.dashboard.queries import lookups  # noqa: F401 - registers `holds`
from receivables.messaging.states import ARRIVED, MessageState

_ARRIVED = Q(left_out="", written__message__state__in=ARRIVED)
_UNDER_WAY = frozenset({MessageState.PLANNED, MessageState.CLAIMED, MessageState.HANDED})
_TOLD = _ARRIVED | ~Q(answer="")
"""Whose paper arrived, as far as is known, or who has answered."""
STATES = {
    "agrees": Q(answer="agrees"),
    "differs": Q(answer="differs"),
    "silent": _ARRIVED & Q(answer=""),
    "waits": Q(left_out="", answer="") & (Q(written=None) | Q(written__message__state__in=_UNDER_WAY)),
    "unsent": Q(left_out="", answer="", written__message__state__in=frozenset(MessageState) - _UNDER_WAY - ARRIVED),
    "left_out": ~Q(left_out=""),
}
_ORDER = (Answer.AGREES, Answer.DIFFERS, None)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What the requests of one currency and answer come to; `answer` empty is silence."""

    currency: str
    answer: str
    sums: Sum


@dataclass(slots=True)
class Preview:
    """Whom a campaign would ask: by currency how many and how much, by reason how many are left out, and the rows of both."""

    asked: dict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    reasons: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    rows: list[Chosen] = field(default_factory=list)

    @property
    def number(self) -> int:
        """How many would be asked."""
        return sum(one.count for one in self.asked.values())

    @property
    def lines(self) -> list[tuple[str, Sum]]:
        """By currency."""
        return sorted(self.asked.items())


def previewed(chosen: Iterable[Chosen]) -> Preview:
    """The selection as its page shows it: who is asked first, then who is not."""
    found, left = Preview(), []
    for one in chosen:
        if reason := one.account.left_out:
            found.reasons[reason] += 1
            left.append(one)
            continue
        line = found.asked[one.currency]
        line.count += 1
        line.owed_to_us += max(one.account.balance, Decimal(0))
        line.owed_by_us += max(-one.account.balance, Decimal(0))
        found.rows.append(one)
    found.rows += left
    return found


def campaigns_of(creditor: Creditor) -> list[Any]:
    """The campaigns of a company, the newest first, each with how many were asked and answered. One query."""
    rows = BalanceCampaign.objects.filter(creditor=creditor).select_related("opened_by")
    counted = {"asked": Count("requests", filter=Q(requests__left_out=""))}
    counted |= {name: Count("requests", filter=Q(requests__answer=name)) for name in ("agrees", "differs")}
    return list(rows.annotate(**counted).order_by("-as_of_on"))


def requests_of(campaign: BalanceCampaign, *, q: str = "", state: str = "") -> QuerySet[BalanceRequest]:
    """The requests that a filter leaves, with what their rows show; no paper's bytes are read."""
    rows = campaign.requests.select_related("customer", "written__message", "written__paper", "reminder__message", "entered_by")
    heavy = ("facts", "text", "html")
    unread = [f"{one}__message__{name}" for one in ("written", "reminder") for name in heavy]
    rows = rows.defer("written__paper__content", "written__paper__facts", *unread)
    if q:
        rows = rows.filter(Q(customer__name__holds=q) | Q(customer__number__holds=q))
    return rows.filter(STATES[state]) if state in STATES else rows


def counts_of(campaign: BalanceCampaign) -> dict[str, int]:
    """How many are in each state, and how many papers have arrived. One query."""
    counted = {name: Count("pk", filter=those) for name, those in STATES.items()}
    arrived = Count("pk", filter=Q(written__message__state__in=ARRIVED))
    to_remind = Count("pk", filter=Q(written__message__state__in=ARRIVED, answer=""))
    return campaign.requests.aggregate(**counted, arrived=arrived, to_remind=to_remind)


def report_of(campaign: BalanceCampaign) -> list[ReportLine]:
    """Counts and sums by currency and answer, of those whose paper arrived. One query."""
    names = ("currency", "balance", "is_ours", "answer", "their_balance", "their_is_ours")
    found = summed(_asked(campaign.requests.filter(_TOLD).values_list(*names)))
    order = sorted(found, key=lambda key: (key[0], _ORDER.index(key[1])))
    return [ReportLine(currency, answer or "", found[currency, answer]) for currency, answer in order]


def _asked(rows: Iterable[Any]) -> Iterator[Asked]:
    for currency, balance, is_ours, answer, theirs, theirs_is_ours in rows:
        ours = balance if is_ours else -balance
        other = None if theirs is None else theirs if theirs_is_ours else -theirs
        yield Asked(currency, ours, Answer(answer) if answer else None, other)
