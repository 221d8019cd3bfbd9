"""Further channels of a step: they go along when its main message was taken, or its call reached somebody. They complete nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef

from dunning.actions.messages import firm_facts, key_of_steps, message_facts, new_message, stated_by
from dunning.facts import Loaded, facts_for, policy_of
from dunning.grouping import room_left, told
from dunning.models import Notice
from dunning.policy import Channel, Step
from dunning.states import NoticeState
from receivables.core.money import round_to_unit
from receivables.messaging.outbox import plan

SAID_AGAIN = (
    *("run_id", "creditor_id", "customer_id", "version_id", "step", "position", "currency", "invoice_id", "agreement_id", "is_overdue"),
    *("approval", "on", "principal", "credit", "interest", "compensation", "fees", "deadline_on"),
)


def send_along(notices: Iterable[Notice], *, now: datetime) -> None:
    """Plan the parallel messages of these notices: where a contact exists, the cap has room, and not twice."""
    for notice in notices:
        step = _step(notice)
        if ways := [way for way in step.also if way != notice.channel] if step else []:
            _send(notice, ways, now=now)


def _step(notice: Notice) -> Step | None:
    return next((step for step in policy_of(notice.version).steps if step.key == notice.step), None)


def _send(notice: Notice, ways: Sequence[Channel], *, now: datetime) -> None:
    loaded = facts_for(notice.creditor, [notice.customer_id], on=notice.on)
    known = loaded.customers[notice.customer_id]
    for way in [way for way in ways if way in loaded.recipients[notice.customer_id]]:
        room = room_left(known, loaded.rules, way, on=notice.on)
        if room is None or room > 0:
            known = told(known, (way,), on=notice.on)
            if not _went_along_before(notice, way):
                _send_by(way, notice, loaded, now=now)


def _send_by(way: Channel, notice: Notice, loaded: Loaded, *, now: datetime) -> None:
    said = {name: getattr(notice, name) for name in SAID_AGAIN}
    along = Notice(**said, main=notice, channel=way, state=NoticeState.RELEASED)
    customer, step = loaded.rows[notice.customer_id], _step(notice)
    document = step.document if step else None
    items, claims = _told(notice, loaded)
    firm = firm_facts(customer.creditor)
    facts = message_facts(stated_by(along), customer, items, claims, firm=firm, on=along.on, document=document, base_url=settings.BASE_URL)
    template = document or ("overdue" if notice.is_overdue else "reminder")
    key = key_of_steps(notice.taken.all(), way, parallel=True)
    recipient = loaded.recipients[notice.customer_id][way]
    message = new_message(way, recipient, key=key, template=template, facts=facts, customer=customer, now=now)
    along.message_id = plan([message])[key]
    along.save(force_insert=True)


def _told(notice: Notice, loaded: Loaded) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Items and claims as the main message tells them; after a call, as it was planned."""
    if notice.message is not None:
        return notice.message.facts["items"], notice.message.facts.get("claims", [])
    disputed = {item.case: item.disputed for item in loaded.customers[notice.customer_id].items}
    lines = notice.taken.select_related("case__item__invoice", "case__rate__agreement").order_by("case__item__due_on", "pk")
    items = []
    for line in lines:
        debt = line.case.debt
        items.append(
            {
                "case": line.case_id,
                "label": debt.label,
                "issued_on": line.case.began_on.isoformat(),
                "due_on": debt.due_on.isoformat(),
                "days_late": max((notice.on - debt.due_on).days, 0),
                "amount": _text(debt.amount, debt.currency),
                "open": _text(line.principal, debt.currency),
                "disputed": _text(disputed.get(line.case_id, Decimal(0)), debt.currency),
            }
        )
    labels = {item["case"]: item["label"] for item in items}
    claims = [
        {
            "kind": claim.kind,
            "label": labels[claim.taken.case_id],
            "step": claim.taken.step,
            "amount": _text(claim.amount, claim.currency),
            "is_new": True,
            **claim.detail,
        }
        for claim in notice.claims.select_related("taken").order_by("pk")
    ]
    return items, claims


def _text(amount: Decimal, currency: str) -> str:
    return str(round_to_unit(amount, currency))


def _went_along_before(notice: Notice, channel: Channel) -> bool:
    """Whether every item heard of this step by that channel before: with this message, or with one that had to be repeated."""
    said = Notice.objects.filter(main__taken__case=OuterRef("case"), main__taken__step=OuterRef("step"), channel=channel)
    said = said.filter(main__taken__episode=OuterRef("episode"))
    return not notice.taken.exclude(Exists(said)).exists()
