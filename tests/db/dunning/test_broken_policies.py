"""A policy text that is refused leaves nothing behind: no policy, no version, no entry in the audit chain."""

import pytest

from dunning.actions import publish
from dunning.models import Policy, PolicyVersion
from receivables.audit.models import Entry
from receivables.core.errors import PolicyError
from tests.db.dunning.firm import Firm, day
from tests.policies.files import broken_policies

WORKING = "name: Shop\nsteps: [{key: only, after_due: 1, channel: [email]}]\n"


def kept() -> tuple[list[object], list[object], int]:
    """All that a publishing could write."""
    versions = PolicyVersion.objects.order_by("pk").values_list("policy", "number", "state", "text")
    return list(Policy.objects.order_by("pk").values_list("pk", "name")), list(versions), Entry.objects.count()


def test_publishing_a_broken_text_stores_nothing(firm: Firm) -> None:
    publish(firm.creditor, WORKING, now=firm.noon(0))  # the name that the broken ones bear: no new version of it either
    before = kept()
    for broken in broken_policies():
        with pytest.raises(PolicyError):
            publish(firm.creditor, broken.text, now=firm.noon(1))
        assert kept() == before, broken.name


def test_a_broken_text_leaves_those_who_are_on_the_ladder_where_they_are(firm: Firm) -> None:
    item = firm.owes()
    with pytest.raises(PolicyError):
        publish(firm.creditor, "name: Plain\nsteps: [{key: first, after_due: 1, channel: [fax]}]\n", now=firm.noon(0))
    firm.run(1)
    assert firm.arrived(item) == ["first"]
    assert firm.case(item).completed_on == day(1)
