"""The company's own paper: its payment policy, from the settings as they are, for terms and conditions, contracts and the portal."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from dunning.actions.messages import PORTAL_PATH, firm_facts
from dunning.facts import policy_of, rules_of
from dunning.models import Assignment, PolicyVersion
from dunning.papers import Facts
from dunning.policy import LEGAL_DOCUMENTS, Channel, Policy, Step, paper_of
from dunning.termsets import rules_in_force
from invoices.states import Kind
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.countries.clocks import answer_due
from receivables.countries.law import Pack, pack_of
from receivables.countries.words import Debtor
from receivables.documents.actions import numbered_pdf
from receivables.documents.letters import POLICY
from receivables.documents.models import Document
from receivables.rates.stored import current_book

_WHO = (Debtor.BUSINESS, Debtor.PUBLIC, Debtor.CONSUMER)


def payment_policy(creditor: Creditor, *, on: date) -> Facts:
    """What the policy says that day: account, rates of interest, compensation, the published ladders, register, complaints.

    Raises `Refused` for a company of another country: the words are those of Polish law; and where no ladder is published.
    """
    if creditor.country != "PL":
        raise Refused(gettext_noop("The payment policy is written for companies under Polish law."))
    ladders = list(_ladders(creditor))
    if not ladders:
        raise Refused(gettext_noop("No policy is published and assigned to the company, so there are no steps to tell of."))
    return {
        "creditor": firm_facts(creditor),
        "on": on.isoformat(),
        "currency": creditor.currency,
        "portal_url": settings.BASE_URL.rstrip("/") + PORTAL_PATH,
        "interest_rates": [_rate(pack_of(creditor.country, on=on), who, on=on) for who in _WHO],
        "claims_compensation": rules_in_force(creditor.pk, on=on).claimed,
        "ladders": ladders,
        "register": rules_of(creditor).register,
        "consumer_days": (answer_due(creditor.country, on, is_consumer=True) - on).days,
        "other_days": (answer_due(creditor.country, on, is_consumer=False) - on).days,
    }


@transaction.atomic
def make_payment_policy(creditor: Creditor, *, language: str, on: date, now: datetime, by: User | None = None) -> Document:
    """Make it with the next number and keep it; the newest is what the portal shows. Raises `Refused` and `RenderError`."""
    facts = payment_policy(creditor, on=on)
    paper = numbered_pdf(creditor, kind=POLICY, on=on, language=language, facts=facts, now=now)
    record(creditor, "paper_made", paper, by=by, kind=POLICY, number=paper.number)
    return paper


def policies_made(creditor: Creditor) -> Any:
    """The policies that were made, the newest first; their bytes are not read."""
    return Document.objects.filter(creditor=creditor, kind=POLICY).defer("content").order_by("-pk")


def _rate(pack: Pack, who: Debtor, *, on: date) -> dict[str, str]:
    """The rate of that day, or the last that is known, with the day it is told of."""
    table = pack.regime(who, rates=current_book()).table
    known_on = min(on, table.rates[-1].known_until)
    return {"who": str(who), "rate_percent": str(table.on(known_on).percent), "known_on": known_on.isoformat()}


def _ladders(creditor: Creditor) -> Iterator[dict[str, Any]]:
    """The ladder for businesses and that for consumers; one for all where both have the same."""
    business, consumer = (_policy_for(creditor, kind) for kind in (Kind.BUSINESS, Kind.CONSUMER))
    told = [("business", business), ("consumer", consumer)] if business != consumer else [("all", business)]
    for who, policy in told:
        if policy is not None:
            yield {"who": who, "steps": [_step(step) for step in policy.steps[: policy.top]]}


def _policy_for(creditor: Creditor, kind: Kind) -> Policy | None:
    wide = Assignment.objects.filter(creditor=creditor, invoice=None, customer=None, kind__in=(str(kind), ""))
    chosen = wide.order_by("-kind").first()
    published = PolicyVersion.objects.filter(state=PolicyVersion.State.PUBLISHED, policy=chosen.policy_id) if chosen else None
    version = published.first() if published is not None else None
    return policy_of(version) if version else None


def _step(step: Step) -> dict[str, Any]:
    return {"after_due": step.after_due, "what": _what(step)}


def _what(step: Step) -> str:
    if step.document in LEGAL_DOCUMENTS:
        return str(paper_of(step.document))
    if Channel.AGENCY in step.channels:
        return "agency"
    return "call" if step.channels[0] is Channel.CALL else "reminder"
