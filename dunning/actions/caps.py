"""A cap: how far up the ladder one invoice may climb, whatever its policy says."""

from datetime import date

from django.db import transaction

from dunning.actions.cases import wake
from dunning.facts import policy_of
from dunning.models import Case
from dunning.states import CaseState
from invoices.models import Customer, Invoice
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def cap_ladder(invoice: Invoice, *, step: str, on: date, reason: str = "", by: User | None = None) -> int:
    """The items of this invoice climb no higher than that step; "" lifts the cap. Returns how many items it concerns.

    Nothing is taken back: an item that stands higher already stays where it is. Raises `Refused` for a step that its policy does not have.
    """
    customer = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor").get(pk=invoice.customer_id)
    cases = list(Case.objects.exclude(state=CaseState.CLOSED).filter(item__invoice=invoice).select_related("version"))
    if not cases:
        raise Refused(gettext_noop("%(number)s has nothing on the ladder; there is nothing to cap."), number=invoice.number)
    for case in cases:
        _refuse_unknown(step, case)
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(max_step=step, reviewed_end=False)
    wake([customer.pk], on=on)
    record(customer.creditor, "ladder_capped", invoice, by=by, step=step, reason=reason)
    return len(cases)


def _refuse_unknown(step: str, case: Case) -> None:
    policy = policy_of(case.version)
    if step and not policy.position_of(step):
        known = ", ".join(one.key for one in policy.steps)
        raise Refused(
            gettext_noop("The policy %(name)s has no step %(step)r. Choose one of: %(known)s."), name=policy.name, step=step, known=known
        )
