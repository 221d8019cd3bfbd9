"""Lists of open items from the ledger of record, compared with our books, and what was found different."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _

from dunning.models.cases import Hold
from invoices.models import Customer, Item
from invoices.reconciling import DifferenceKind
from receivables.accounts.models import Creditor
from receivables.db.fields import CurrencyField, MoneyField


class Reconciliation(models.Model):
    """One list that was compared. A refused one leaves nothing."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    name = models.CharField(_("file"), max_length=255)
    profile = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    as_of = models.DateField(_("as of"))
    lines = models.PositiveIntegerField(_("lines"))  # with something open
    agree = models.PositiveIntegerField(_("agree"))
    differ = models.PositiveIntegerField(_("differ"))
    held = models.PositiveIntegerField(_("held"))  # items that this list put on hold
    is_confirmed = models.BooleanField(default=False)  # a person took it although it looked wrong
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        indexes = [models.Index(fields=["creditor", "-id"], name="reconciliation_newest")]

    def __str__(self) -> str:
        return f"{self.name} {self.as_of}"


class LedgerDifference(models.Model):
    """An item, or a number that we do not know as open, about which a list says something else."""

    KINDS = [
        (DifferenceKind.ONLY_THERE, _("only in the ledger of record")),
        (DifferenceKind.ONLY_HERE, _("only here")),
        (DifferenceKind.OTHER_AMOUNT, _("other amount")),
        (DifferenceKind.OTHER_DUE_DATE, _("other due date")),
    ]

    reconciliation = models.ForeignKey(Reconciliation, models.PROTECT, related_name="differences")
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    number = models.CharField(_("number"), max_length=110)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="ledger_differences")
    currency = CurrencyField()
    here = MoneyField(null=True, blank=True)  # of all items of the number together
    there = MoneyField(null=True, blank=True)
    due_here = models.DateField(null=True, blank=True)
    due_there = models.DateField(null=True, blank=True)
    hold = models.ForeignKey(Hold, models.PROTECT, null=True, blank=True, related_name="+")  # that it put there, or found there
    ended_on = models.DateField(null=True, blank=True)  # the lists agree again, and the hold ended by itself

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        constraints = [
            CheckConstraint(condition=Q(hold=None) | Q(item__isnull=False), name="difference_holds_an_item"),
            CheckConstraint(condition=Q(kind="only_there") | Q(item__isnull=False), name="difference_here_names_its_item"),
        ]
        indexes = [models.Index(fields=["item"], name="difference_that_holds", condition=Q(hold__isnull=False))]
