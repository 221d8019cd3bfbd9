"""Letters that were sent and taken back: which, by which paper, and why."""

from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _

from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.documents.models import Document


class Withdrawal(models.Model):
    """A letter is withdrawn, once, by a letter that apologises and names its number."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="withdrawals", verbose_name=_("customer"))
    document = models.OneToOneField(Document, models.PROTECT, related_name="withdrawal", verbose_name=_("document"))
    apology = models.OneToOneField(Document, models.PROTECT, related_name="withdraws")
    reason = models.CharField(_("reason"), max_length=200)
    on = models.DateField(_("day"))
    recorded_at = models.DateTimeField()
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("withdrawal of a letter")
        verbose_name_plural = _("withdrawals of letters")
        constraints = [
            CheckConstraint(condition=~Q(reason=""), name="withdrawal_says_why"),
            CheckConstraint(condition=~Q(document=F("apology")), name="withdrawal_is_another_letter"),
        ]
        indexes = [models.Index(fields=["customer"], name="withdrawal_of_customer")]
