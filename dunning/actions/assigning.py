"""Moving cases to another version of a policy: they go on after the highest of its steps that they have completed."""

from collections.abc import Iterable
from datetime import date

from dunning.actions.calls import review_calls
from dunning.actions.positions import place_under
from dunning.models import Case, Notice, PolicyVersion
from dunning.states import CaseState, NoticeState


def move(cases: Iterable[Case], version: PolicyVersion, *, on: date) -> int:
    """Put open cases under a version at once; returns how many moved. What was planned under the old one waits no more.

    Call it with their customers locked.
    """
    moving = [case for case in cases if case.state != CaseState.CLOSED and case.version_id != version.pk]
    place_under(moving, version, on=on)
    planned = Notice.objects.filter(state=NoticeState.PROPOSED, lines__case__in=moving)
    Case.objects.running().filter(plannedline__notice__in=planned).update(look_again_on=on)
    review_calls({case.customer_id for case in moving}, on=on)
    return len(moving)
