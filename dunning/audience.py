"""Whom a policy is for, and that nobody else is sent to it: not by assignment, segment, kind or default, and not by a new version."""

from collections.abc import Iterable

from dunning.claimed import debtor_of_kind
from dunning.facts import policy_of
from dunning.models import Assignment, Policy, PolicyVersion, Segment
from invoices.models import Customer, Invoice
from invoices.states import Kind
from receivables.core.errors import Refused
from receivables.countries.words import Debtor

PUBLISHED = PolicyVersion.State.PUBLISHED
WORDS = {Debtor.BUSINESS: "businesses", Debtor.CONSUMER: "consumers", Debtor.PUBLIC: "public bodies"}


def refuse_assigning(policy: Policy, *, invoice: Invoice | None, customer: Customer | None, kind: str) -> None:
    """Raise `Refused` where what is to be assigned would send somebody to the policy who is not in its audience."""
    version = policy.versions.filter(state=PUBLISHED).first()
    if version is None or not policy_of(version).audience:
        return
    if invoice is not None or customer is not None:
        one = customer or (invoice.customer if invoice else None)
        refuse_kinds(version, [one.kind] if one else [], who=str(one))
    elif kind:
        refuse_kinds(version, [kind], who="that kind of customer")
    else:
        refuse_kinds(version, _left_to_the_default(policy), who="a customer whose kind has no policy of its own")


def refuse_segment(segment: Segment) -> None:
    """The same for a rule: without a condition on the kind it may choose anybody."""
    version = segment.policy.versions.filter(state=PUBLISHED).first()
    if segment.is_active and version is not None:
        refuse_kinds(version, kinds_of_segment(segment), who="a customer whom the rule may choose")


def refuse_outsiders(version: PolicyVersion) -> None:
    """The same for a new version: what is assigned already, and the segments, must all be in its audience."""
    policy = version.policy
    if not policy_of(version).audience:
        return
    assigned = Assignment.objects.filter(policy=policy)
    refuse_kinds(version, assigned.exclude(customer=None).values_list("customer__kind", flat=True), who="a customer under it")
    refuse_kinds(
        version, assigned.exclude(invoice=None).values_list("invoice__customer__kind", flat=True), who="the buyer of an invoice under it"
    )
    for kind in assigned.filter(invoice=None, customer=None).values_list("kind", flat=True):
        refuse_kinds(version, [kind] if kind else _left_to_the_default(policy), who="a customer whose kind is assigned to it")
    for segment in Segment.objects.filter(policy=policy, is_active=True):
        refuse_kinds(version, kinds_of_segment(segment), who=f"a customer whom the rule {segment.name!r} may choose")


def refuse_kinds(version: PolicyVersion, kinds: Iterable[str], *, who: str) -> None:
    """Raise `Refused` where one of these kinds of customers is not in the audience of a version."""
    policy = policy_of(version)
    outside = sorted({debtor for kind in kinds if not policy.may_meet(debtor := debtor_of_kind(kind))})
    if outside:
        allowed, met = (" and ".join(WORDS[debtor] for debtor in debtors) for debtors in (policy.audience, outside))
        raise Refused(
            f"{policy.name} is for {allowed}; {who} belongs, or may belong, to the {met}. "
            "Choose another policy for them, or widen its audience and publish it anew."
        )


def kinds_of_segment(segment: Segment) -> list[str]:
    """The kinds of customers that a rule may choose."""
    asked = segment.conditions.get("kind")
    return list(asked) if asked else list(Kind)


def _left_to_the_default(policy: Policy) -> list[str]:
    own = (
        Assignment.objects.filter(creditor=policy.creditor_id, invoice=None, customer=None).exclude(kind="").values_list("kind", flat=True)
    )
    return sorted(set(Kind) - set(own))
