"""A person moves the running cases of one version to another: only what was previewed, and with an audit entry."""

from datetime import date

from django.db import transaction

from dunning.actions.assigning import move
from dunning.audience import refuse_kinds
from dunning.models import Case, PolicyVersion
from invoices.models import Customer
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def move_cases(source: PolicyVersion, target: PolicyVersion, *, expected: int, on: date, by: User | None = None) -> int:
    """Move the running cases of one version to another; returns how many moved. Refused where they are not `expected` any more."""
    creditor = source.policy.creditor
    if target.policy.creditor_id != creditor.pk:
        raise Refused(gettext_noop("Both policies have to belong to the same company."))
    if target.state != PolicyVersion.State.PUBLISHED or target.pk == source.pk:
        raise Refused(gettext_noop("Choose another version that is published."))
    running = Case.objects.running().filter(version=source)
    customers = Customer.objects.filter(pk__in=running.values("customer")).order_by("pk")
    list(customers.select_for_update(no_key=True).values_list("pk"))
    cases = list(running.order_by("pk"))
    if len(cases) != expected:
        raise Refused(
            gettext_noop("%(n)s items are on this version now, not %(expected)s. Look at them again."), n=len(cases), expected=expected
        )
    refuse_kinds(target, customers.values_list("kind", flat=True), who="one of the customers on them")
    moved = move(cases, target, on=on)
    if source.policy_id != target.policy_id:
        Case.objects.filter(pk__in=[case.pk for case in cases], version=target).update(chosen_by=Case.ChosenBy.MOVED, chosen_rule="")
    facts = {"policy": source.policy.name, "number": source.number, "to": target.policy.name, "to_number": target.number}
    record(creditor, "cases_moved", target, by=by, moved=moved, left=len(cases) - moved, **facts)
    return moved
