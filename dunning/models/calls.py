"""Calls that were made: what came of each, with the number that was dialled."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dunning.models.runs import Task
from dunning.states import CallOutcome
from invoices.models import Customer
from receivables.accounts.models import Creditor


class CallMade(models.Model):
    """One try to speak to a customer. Never edited."""

    append_only = True
    OUTCOMES = [
        (CallOutcome.RIGHT_PERSON, _("spoke to the right person")),
        (CallOutcome.REACHED, _("reached somebody else")),
        (CallOutcome.PROMISE, _("promised to pay")),
        (CallOutcome.DISPUTE, _("disputes it")),
        (CallOutcome.NO_ANSWER, _("no answer")),
        (CallOutcome.WRONG_NUMBER, _("wrong number")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="calls", verbose_name=_("customer"))
    task = models.OneToOneField(Task, models.PROTECT, related_name="call")
    number = models.CharField(_("number"), max_length=20, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=OUTCOMES)
    note = models.CharField(_("note"), max_length=500, blank=True)
    at = models.DateTimeField()
    on = models.DateField(_("day"))
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        indexes = [models.Index(fields=["customer", "-id"], name="call_of_customer")]
