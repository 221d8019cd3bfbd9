"""What may not be published: steps that ask of consumers, or without a basis, what no law gives. Pure; off in replays.

A policy without an `audience` may meet anybody, so the strictest rule applies to it. LAW: A5, A8 (UOKiK: no costs without a basis),
A9 (GDPR art. 22: what weighs on a consumer is decided by a person).
"""

from collections.abc import Iterator

from dunning.policy import NOTICES, PAPERS, Channel, Policy, Step
from dunning.policy_text import parse_policy
from receivables.core import fields
from receivables.core.errors import PolicyError
from receivables.core.fields import Place
from receivables.countries.words import Debtor

REGISTER = frozenset({"register"}) | NOTICES
"""Documents of a step that enters somebody in a register of debtors, or warns of it."""

NARROW = "audience: [business, public]"


def refuse_unlawful(text: str) -> None:
    """Raise `PolicyError` for the first thing in a policy's text that may not be published, with line, key and what is allowed."""
    for complaint in _complaints(parse_policy(text), fields.place(text, error=PolicyError, what="the policy")):
        raise complaint


def what_is_unlawful(text: str) -> list[str]:
    """All of that, a sentence each; the text itself has to be readable."""
    return [str(complaint) for complaint in _complaints(parse_policy(text), fields.place(text, error=PolicyError, what="the policy"))]


def refuse_without_paper(text: str) -> None:
    """Raise `PolicyError` for the first step whose document has no letter: it could never go. Asked wherever a policy is saved."""
    root = fields.place(text, error=PolicyError, what="the policy")
    for step, at in zip(parse_policy(text).steps, root.entries()["steps"].items(), strict=True):
        if step.document is not None and step.document not in PAPERS:
            raise at.entries()["document"].refused(
                f"has no letter: {step.document!r}. Allowed: {', '.join(sorted(PAPERS))}, or leave it out. "
                "An entry in a register of debtors is a person's deed."
            )


def _complaints(policy: Policy, root: Place) -> Iterator[Exception]:
    for step, at in zip(policy.steps, root.entries()["steps"].items(), strict=True):
        if step.document in NOTICES and _by_mail(step) and policy.may_meet(Debtor.CONSUMER):
            yield at.entries()["document"].refused(
                f"goes by e-mail, and this policy may meet consumers, whom a register's warning reaches by letter alone. "
                f"Allowed: channel: [letter], or {NARROW}."
            )
        if step.fee is not None and step.fee.asks_something:
            yield from _about_fee(policy, at.entries()["fee"])
        if _weighs(step) and not step.approval and policy.may_meet(Debtor.CONSUMER):
            what = "hands over to an agency" if Channel.AGENCY in (*step.channels, *step.also) else "speaks of a register of debtors"
            yield PolicyError(
                f"line {at.key_line('key')}: {at.path}.approval is missing: the step {what}, and this policy may meet consumers, "
                f"for whom a person has to decide that. Allowed: approval: true, or {NARROW}."
            )


def _about_fee(policy: Policy, fee: Place) -> Iterator[Exception]:
    if policy.may_meet(Debtor.CONSUMER):
        yield fee.refused(f"may not be asked of consumers, and this policy may meet them. Allowed: no fee, or {NARROW} with a fee_basis.")
    elif not policy.fee_basis:
        yield fee.refused('has no basis. Allowed: no fee, or fee_basis: "the clause of the contract that agrees it" beside steps.')


def _by_mail(step: Step) -> bool:
    return Channel.EMAIL in (*step.channels, *step.also)


def _weighs(step: Step) -> bool:
    """Whether it hands over to an agency, or enters a register of debtors or warns of it."""
    return Channel.AGENCY in (*step.channels, *step.also) or step.document in REGISTER
