"""Items that were brought in from another system on the first day, with what was done about them there."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _

from dunning.models.runs import StepTaken
from invoices.models import Customer, ImportedFile, Item
from receivables.accounts.models import Creditor


class OpeningItem(models.Model):
    """What one row said of an item. Never edited: what happened since stands in our own rows.

    The last step is an ordinary `StepTaken` of a notice without run and message; hold, promise, plan and placement are ordinary rows too.
    """

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="opening_items", verbose_name=_("customer"))
    item = models.OneToOneField(Item, models.PROTECT, related_name="opening", verbose_name=_("item"))
    file = models.ForeignKey(ImportedFile, models.PROTECT, related_name="opening_items")
    line = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # of what the row says was done: the same file again changes nothing
    taken = models.OneToOneField(StepTaken, models.PROTECT, null=True, blank=True, related_name="opening")
    proof = models.CharField(_("proof"), max_length=200, blank=True)
    agency_reference = models.CharField(_("agency's number"), max_length=100, blank=True)
    court_reference = models.CharField(_("court's number"), max_length=100, blank=True)
    on = models.DateField(_("day"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("item of the first day")
        verbose_name_plural = _("items of the first day")
        constraints = [CheckConstraint(condition=Q(proof="") | Q(taken__isnull=False), name="proof_is_of_a_step")]

    def __str__(self) -> str:
        return f"opening {self.pk}"
