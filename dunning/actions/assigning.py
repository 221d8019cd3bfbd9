"""Open items go on under another policy version: after the highest step whose key they have completed, else from its first step."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from dunning.models import Case, PolicyVersion
from dunning.moving import preview

MOVED = ["version", "position", "step", "completed_on", "deadline_on", "skipped", "released_position", "reviewed_end", "look_again_on"]


@transaction.atomic
def move(cases: Iterable[Case], version: PolicyVersion, *, on: date) -> int:
    """Put running cases on a version; returns how many moved. Those whose message is out stay. The customers are locked by the caller."""
    locked = Case.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=[case.pk for case in cases]).order_by("pk")
    moved = []
    for each in preview(locked.select_related("version", "item"), version):
        if each.to is None or each.case.version_id == version.pk:
            continue
        case = each.case
        case.version, case.position, case.step = version, each.to.position, each.to.done
        if not each.to.position:
            case.completed_on = case.deadline_on = None
        case.skipped, case.released_position, case.reviewed_end, case.look_again_on = [], 0, False, on
        moved.append(case)
    Case.objects.bulk_update(moved, MOVED, batch_size=500)
    return len(moved)
