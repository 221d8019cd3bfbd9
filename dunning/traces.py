"""How a message of the ladder is known again after the database was restored: by what it says about which item, not by its row."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models.functions import Coalesce

from dunning.facts import facts_for
from dunning.grouping import judge
from dunning.models import Notice, StepTaken
from receivables.messaging.models import Message


class LadderTrace:
    """A mark for each item and step of a message. Ids of rows are not in it: an invoice that is read in again has others."""

    def marks(self, messages: Sequence[Message]) -> Mapping[int, tuple[str, ...]]:
        """Company, item, episode, step and round; not the channel, for the other channel would say the same again. Two queries."""
        notices = Notice.objects.filter(message__in=messages).annotate(line=Coalesce("main", "pk"))
        lines: dict[int, list[int]] = defaultdict(list)
        for message_id, line in notices.values_list("message_id", "line"):
            lines[line] += [message_id] if message_id else []
        label = Coalesce("case__item__label", "case__rate__label")
        taken = StepTaken.objects.filter(notice__in=lines).order_by("pk")
        found: dict[int, list[str]] = defaultdict(list)
        for row in taken.values_list("notice", "notice__creditor__slug", label, "episode", "step", "round"):
            for message in lines[row[0]]:
                found[message].append(_mark(row[1:]))
        return {pk: tuple(marks) for pk, marks in found.items()}

    def due_by(self, messages: Sequence[Message], moment: datetime, *, now: datetime) -> set[int]:
        """Those with a step that had opened by the end of that day, as the books are now."""
        due: set[int] = set()
        notices = Notice.objects.filter(message__in=messages).select_related("creditor")
        by_firm: dict[int, list[Notice]] = defaultdict(list)
        for notice in notices:
            by_firm[notice.creditor_id].append(notice)
        for together in by_firm.values():
            due |= _opened(together, moment, now=now)
        return due


def _mark(said: Sequence[object]) -> str:
    return hashlib.sha256("\x1f".join(map(str, said)).encode()).hexdigest()[:32]


def _opened(notices: Sequence[Notice], moment: datetime, *, now: datetime) -> set[int]:
    creditor, zone = notices[0].creditor, ZoneInfo(notices[0].creditor.time_zone)
    on, by = now.astimezone(zone).date(), moment.astimezone(zone).date()
    customers = {notice.customer_id for notice in notices}
    loaded = facts_for(creditor, customers, on=on, ignoring=[notice.pk for notice in notices])
    opened = {
        look.item.case
        for customer in customers
        for look in judge(loaded.customers[customer], loaded.rules, on=on).looks
        if look.opens_on is None or look.opens_on <= by
    }
    lines: dict[int, set[int]] = defaultdict(set)
    taken = StepTaken.objects.filter(notice__in=[_line_of(notice) for notice in notices])
    for notice, case in taken.values_list("notice", "case"):
        lines[notice].add(case)
    return {notice.message_id for notice in notices if notice.message_id and lines[_line_of(notice)] & opened}


def _line_of(notice: Notice) -> int:
    return notice.main_id or notice.pk
