"""Publish policies as versions, and say who is under which."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from dunning.actions.assigning import move
from dunning.audience import refuse_assigning
from dunning.builtin import builtin_policies
from dunning.lawful import refuse_without_paper
from dunning.models import Assignment, Case, LadderRules, Policy, PolicyVersion
from dunning.policy_text import parse_policy
from dunning.states import CaseState
from invoices.models import Customer, Invoice
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

DAY = timedelta(days=1)


@transaction.atomic
def publish(creditor: Creditor, text: str, *, now: datetime, by: User | None = None, approver: User | None = None) -> PolicyVersion:
    """Make this text the current version of the policy it names; running cases keep theirs. Raises `PolicyError`.

    Publishing the text that is current already changes nothing and returns that version.
    """
    parsed = parse_policy(text)
    refuse_without_paper(text)
    policy, _ = Policy.objects.select_for_update().get_or_create(creditor=creditor, name=parsed.name)
    current = policy.versions.filter(state=PolicyVersion.State.PUBLISHED).first()
    if current and current.text == text:
        return current
    policy.versions.filter(state=PolicyVersion.State.PUBLISHED).update(state=PolicyVersion.State.RETIRED)
    version = PolicyVersion.objects.create(
        policy=policy,
        number=next_number(policy),
        state=PolicyVersion.State.PUBLISHED,
        text=text,
        created_at=now,
        author=by,
        published_at=now,
        approver=approver,
    )
    record(creditor, "policy_published", version, by=approver or by, number=version.number)
    return version


def next_number(policy: Policy) -> int:
    """The number behind those of all its versions, drafts included."""
    newest = policy.versions.order_by("-number").first()
    return newest.number + 1 if newest else 1


@transaction.atomic
def assign(
    creditor: Creditor,
    policy: Policy,
    *,
    invoice: Invoice | None = None,
    customer: Customer | None = None,
    kind: str = "",
    on: date | None = None,
    by: User | None = None,
) -> Assignment:
    """Put an invoice, a customer, a kind of customer or (none of them) the creditor under a policy.

    Refused where the policy has an audience and somebody whom that would send to it is not in it.
    With `on`, the open items of that invoice or customer move at once; otherwise it concerns items entered later.
    """
    if policy.creditor_id != creditor.pk or any(row and row.creditor_id != creditor.pk for row in (invoice, customer)):
        raise Refused(gettext_noop("Policy, customer and invoice have to belong to the same company."))
    if invoice or customer:
        Customer.objects.select_for_update(no_key=True).get(pk=invoice.customer_id if invoice else customer.pk if customer else 0)
    policy = Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)
    refuse_assigning(policy, invoice=invoice, customer=customer, kind=kind)
    row, _ = Assignment.objects.update_or_create(
        creditor=creditor, invoice=invoice, customer=customer, kind=kind, defaults={"policy": policy}
    )
    record(
        creditor,
        "policy_assigned",
        row,
        by=by,
        policy=policy.name,
        invoice=invoice and invoice.pk,
        customer=customer and customer.pk,
        kind=kind,
    )
    if on is not None and (invoice or customer):
        _move_open_items(policy, invoice=invoice, customer=customer, on=on)
    return row


def cases_to_move(*, invoice: Invoice | None, customer: Customer | None) -> list[Case]:
    """What an assignment concerns at once: the invoice's open items; or the customer's and its rates, but for invoices with a policy of
    their own.
    """
    standing = Case.objects.exclude(state=CaseState.CLOSED).select_related("version", "item", "rate", "customer").order_by("pk")
    if invoice is not None:
        return list(standing.filter(item__invoice=invoice))
    own = Assignment.objects.filter(invoice=OuterRef("item__invoice"))
    return list(standing.filter(~Exists(own), customer=customer))


def _move_open_items(policy: Policy, *, invoice: Invoice | None, customer: Customer | None, on: date) -> int:
    """The invoice's items; or the customer's and its rates, but for invoices with a policy of their own."""
    version = policy.versions.filter(state=PolicyVersion.State.PUBLISHED).first()
    if version is None:
        raise Refused(gettext_noop("No version of %(name)s is published. Publish one first."), name=policy.name)
    cases = cases_to_move(invoice=invoice, customer=customer)
    if invoice is not None and not cases and invoice.items.exists():
        raise Refused(gettext_noop("%(number)s is closed: nothing is open on it."), number=invoice.number)
    chosen = Case.ChosenBy.INVOICE if invoice else Case.ChosenBy.CUSTOMER
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(chosen_by=chosen, chosen_rule="")
    return move(cases, version, on=on)


@transaction.atomic
def begin(creditor: Creditor, *, now: datetime) -> bool:
    """Give a creditor that never had any rules the built-in policies of its country; returns whether it was the first time."""
    _, is_first = LadderRules.objects.get_or_create(creditor=creditor)
    if is_first and not Assignment.objects.filter(creditor=creditor).exists():
        for kind, text in builtin_policies(creditor.country).items():
            assign(creditor, publish(creditor, text, now=now).policy, kind=kind)
    return is_first


@transaction.atomic
def bank_seen(creditor: Creditor, *, until: date, on: date, by: User | None = None) -> None:
    """Bank data is complete up to and with that day. An earlier day than known changes nothing."""
    _bank_told(creditor, seen=until, read=until, on=on, by=by)


def on_statement_taken(*, creditor: Creditor, until: date, read_until: date | None, on: date, by: User | None, **_: object) -> None:
    """A statement tells of the account until that day, and all of the days until the other; None: it tells no day whole."""
    _bank_told(creditor, seen=min(until, on), read=read_until, on=on, by=by)


def _bank_told(creditor: Creditor, *, seen: date, read: date | None, on: date, by: User | None) -> None:
    """Move the days forward, never back, and look at who waited for them."""
    rules, _ = LadderRules.objects.select_for_update().get_or_create(creditor=creditor)
    known = rules.bank_seen_until, rules.bank_read_until
    rules.bank_seen_until, rules.bank_read_until = _later(rules.bank_seen_until, seen), _later(rules.bank_read_until, read)
    if (rules.bank_seen_until, rules.bank_read_until) != known:
        rules.save(update_fields=["bank_seen_until", "bank_read_until"])
        Case.objects.running().filter(creditor=creditor, look_again_on=on + DAY).update(look_again_on=on)
        record(creditor, "bank_seen", rules, by=by, until=seen, **({} if read == seen else {"whole_until": read}))


def _later(one: date | None, other: date | None) -> date | None:
    return max((each for each in (one, other) if each), default=None)
