"""What time alone brings about: promises and agreements that are over, and limitation. Only a run finds it, before it judges."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, Q

from dunning.actions.limitation import close_barred, may_be_barred
from dunning.actions.promises import break_promises
from dunning.actions.rates import end_missed
from dunning.models import Promise, Rate
from receivables.accounts.models import Creditor


def let_time_act(creditor: Creditor, customers: Collection[int], *, on: date) -> None:
    """End what is over for these customers: broken promises, missed agreements, debts that are time-barred.

    Call it with the customers locked; safe to run twice.
    """
    break_promises(creditor, customers, on=on)
    end_missed(creditor, customers, on=on)
    close_barred(creditor, customers, on=on)


def whose_time_has_come(creditor: Creditor, *, on: date) -> Q:
    """Of a creditor's customers: those for whom something may be over."""
    promised = Promise.objects.filter(customer=OuterRef("pk"), state=Promise.State.STANDING, by__lt=on)
    rates = Rate.objects.filter(agreement__customer=OuterRef("pk"), agreement__ended_on=None, open_amount__gt=0, due_on__lt=on)
    return Q(Exists(promised)) | Q(Exists(rates)) | may_be_barred(creditor, on=on)
