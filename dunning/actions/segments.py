"""The rules that choose a policy: kept in one order, each change audited. What has entered stays where it is."""

from collections.abc import Mapping
from typing import Literal

from django.db import transaction

from dunning.audience import refuse_segment
from dunning.models import Policy, Segment
from dunning.segments import conditions_from, written_conditions
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def save_segment(
    creditor: Creditor,
    *,
    name: str,
    policy: Policy,
    conditions: Mapping[str, object],
    is_active: bool = True,
    segment: Segment | None = None,
    by: User | None = None,
) -> Segment:
    """Change a rule, or put a new one behind the others. A rule that can never apply is kept; `choosing.complaints` reports it."""
    rules = _locked(creditor)
    name = " ".join(name.split())
    if not name or len(name) > 100:
        raise Refused(gettext_noop("Give the rule a name of up to 100 characters."))
    if policy.creditor_id != creditor.pk or (segment and segment.creditor_id != creditor.pk):
        raise Refused(gettext_noop("Rule and policy have to belong to the same company."))
    if any(other.name == name for other in rules if segment is None or other.pk != segment.pk):
        raise Refused(gettext_noop("There is a rule %(name)r already. Give this one another name."), name=name)
    row = segment or Segment(creditor=creditor, position=max((other.position for other in rules), default=0) + 1)
    row.name, row.policy, row.is_active = name, policy, is_active
    row.conditions = written_conditions(conditions_from(conditions))
    refuse_segment(row)
    row.save()
    record(creditor, "segment_saved", row, by=by, name=name, policy=policy.name, conditions=row.conditions, is_active=is_active)
    return row


@transaction.atomic
def move_segment(segment: Segment, *, to: Literal["up", "down"], by: User | None = None) -> None:
    """Let a rule change places with the one above or below it; at the end of the list nothing happens."""
    rules = _locked(segment.creditor)
    here = next((n for n, row in enumerate(rules) if row.pk == segment.pk), None)
    if here is None:
        raise Refused(gettext_noop("This rule was deleted meanwhile."))
    there = here - 1 if to == "up" else here + 1
    if not 0 <= there < len(rules):
        return
    one, other = rules[here], rules[there]
    one.position, other.position = other.position, one.position
    for row in (one, other):
        row.save(update_fields=["position"])
    record(segment.creditor, "segment_moved", segment, by=by, name=segment.name, position=one.position)


@transaction.atomic
def delete_segment(segment: Segment, *, by: User | None = None) -> None:
    """A rule goes; cases keep its name as what chose their policy."""
    _locked(segment.creditor)
    record(segment.creditor, "segment_deleted", segment, by=by, name=segment.name, conditions=segment.conditions)
    segment.delete()


def _locked(creditor: Creditor) -> list[Segment]:
    """The company's rules in their order; nobody else changes them meanwhile."""
    Creditor.objects.select_for_update(no_key=True).get(pk=creditor.pk)
    return list(Segment.objects.filter(creditor=creditor).order_by("position"))
