"""A hand-over by hand: one person proposes it with a reason, a second one approves or refuses it, then it goes by the outbox."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from dunning.actions.holds import locked
from dunning.actions.messages import agency_facts, firm_facts, line_of, message_facts
from dunning.actions.placements import after, end, held_for, note
from dunning.agencies.judging import Judged, judged
from dunning.agencies.known import terms_of
from dunning.agencies.words import check_words, said
from dunning.models import Agency, Case, LadderRules, PlacedItem, Placement
from dunning.states import CaseState, PlacementEnd, PlacementState, Reported
from invoices.models import Customer, Item
from receivables.accounts.approval import check_approver
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging.models import Message
from receivables.messaging.outbox import NewMessage, plan


@transaction.atomic
def propose_hand_over(
    customer: Customer,
    items: Sequence[Item],
    *,
    agency: Agency,
    reason: str,
    on: date,
    announced_on: date | None = None,
    announced_proof: str = "",
    by: User | None = None,
) -> Placement:
    """Propose to hand these items over; nothing leaves and the ladder goes on until a second person approves.

    Raises `Refused` with all that stands in the way, and for items or an agency of somebody else.
    """
    customer = locked(customer.pk)
    if any(item.customer_id != customer.pk for item in items):
        raise Refused(gettext_noop("Name items of this customer only."))
    if agency.creditor_id != customer.creditor_id or not agency.is_active:
        raise Refused(gettext_noop("Choose an active agency of the company."))
    if announced_on is not None and (announced_on > on or not announced_proof.strip()):
        raise Refused(gettext_noop("An announcement needs a day that has come, and its proof."))
    found = judged(customer, items, agency, on=on, reason=reason, announced_on=announced_on)
    _check(found)
    placement = Placement.objects.create(
        creditor=customer.creditor,
        customer=customer,
        agency=agency,
        currency=found.items[0].currency,
        state=PlacementState.DRAFT,
        reason=" ".join(reason.split())[:300],
        announced_on=announced_on,
        announced_proof=announced_proof.strip()[:200],
        proposed_by=by,
        proposed_on=on,
    )
    key = hashlib.sha256(f"placement/{customer.creditor.slug}/{placement.pk}".encode()).hexdigest()
    Placement.objects.filter(pk=placement.pk).update(case_key=key)
    open_now = {item.label: item for item in found.items}
    PlacedItem.objects.bulk_create(PlacedItem(placement=placement, item=item, principal=open_now[item.label].principal) for item in items)
    note(placement, Reported.PROPOSED, on=on, by=by, note=placement.reason)
    record(customer.creditor, "placement_proposed", placement, by=by, customer=customer.pk, items=[item.pk for item in items])
    placement.refresh_from_db()
    return placement


@transaction.atomic
def approve_hand_over(placement: Placement, *, on: date, now: datetime, why: str = "", by: User | None = None) -> Placement:
    """A second person lets it go: its message is planned, the ladder rests. Raises `Refused` for what stands in the way by now."""
    row = held_for(placement, PlacementState.DRAFT)
    four_eyes = _asks_four_eyes(row)
    check_approver(author=row.proposed_by, approver=by, four_eyes=four_eyes)
    items = [line.item for line in row.items.select_related("item__invoice").order_by("item__due_on", "pk")]
    found = judged(row.customer, items, row.agency, on=on, reason=row.reason, announced_on=row.announced_on, within=row)
    _check(found)
    ids = plan([_message(row, found, on=on, now=now, by=by)], now=now)
    for line, facts in _lines(row, found):
        PlacedItem.objects.filter(pk=line.pk).update(principal=facts.principal, told_open=facts.open, told_disputed=facts.disputed)
    Placement.objects.filter(pk=row.pk).update(
        state=PlacementState.APPROVED,
        message_id=ids[str(row.case_key)],
        approved_by=by,
        approved_on=on,
        approved_alone=not four_eyes,
        checked=[check_words(check) for check in found.checks if not check.is_met],
    )
    Case.objects.filter(item__in=items, state=CaseState.RUNNING).update(state=CaseState.WITH_AGENCY, look_again_on=None, waits="")
    note(row, Reported.APPROVED, on=on, by=by, note=why.strip()[:500])
    record(row.creditor, "placement_approved", row, by=by, customer=row.customer_id)
    after(row, on=on)
    return held_for(row)


@transaction.atomic
def refuse_hand_over(placement: Placement, *, on: date, why: str, by: User | None = None) -> Placement:
    """It does not go: by the second person, or taken back by the first. Raises `Refused` without a reason."""
    row = held_for(placement, PlacementState.DRAFT)
    if not why.strip():
        raise Refused(gettext_noop("Say why, in a few words."))
    end(row, PlacementState.CLOSED, PlacementEnd.REFUSED, Reported.REFUSED, on=on, by=by, why=why)
    return held_for(row)


def _check(found: Judged) -> None:
    if found.against:
        raise Refused(gettext_noop("It cannot be handed over: %(what)s."), what=said(found.against))


def _asks_four_eyes(placement: Placement) -> bool:
    rules = LadderRules.objects.filter(creditor=placement.creditor_id).first()
    return rules is None or rules.four_eyes


def _lines(placement: Placement, found: Judged) -> list[tuple[PlacedItem, Any]]:
    by_label = {item.label: item for item in found.items}
    return [(line, by_label[line.item.label]) for line in placement.items.select_related("item")]


def _message(placement: Placement, found: Judged, *, on: date, now: datetime, by: User | None) -> NewMessage:
    """The outbox row that hands it over, under the key that is our case number."""
    agency = placement.agency
    if agency is None or placement.case_key is None:
        raise Refused(gettext_noop("Choose an active agency of the company."))
    return NewMessage(
        creditor=placement.creditor,
        key=placement.case_key,
        purpose=str(Message.Purpose.PLACEMENT),
        channel="agency",
        recipient=agency.slug,
        recipient_name=agency.name,
        language=placement.creditor.language,
        template="handover",
        facts=_facts(placement, found, on=on, by=by) | {"agency": agency_facts(terms_of(agency))},
        not_before=now,
    )


def _facts(placement: Placement, found: Judged, *, on: date, by: User | None) -> dict[str, Any]:
    items, papers = found.items, found.loaded.papers
    nothing = dict.fromkeys(("credit", "interest", "compensation", "fees"), Decimal(0))
    says = {
        **nothing,
        "step": "",
        "currency": placement.currency,
        "is_overdue": True,
        "deadline_on": None,
        "principal": sum((item.principal for item in items), Decimal(0)),
    }
    lines = [line_of(item, papers[item.case], on=on) for item in items]
    facts = message_facts(
        says, placement.customer, lines, [], firm=firm_facts(placement.creditor), on=on, document=None, base_url=settings.BASE_URL
    )
    approved = {"approved_by": str(by) if by else "", "approved_on": on.isoformat(), "reason": placement.reason}
    return facts | {"placement": placement.pk, "case_id": placement.case_key, **approved}
