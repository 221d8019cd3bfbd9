"""How far invoices were pulled from a service, and what of it could not be taken."""

from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from receivables.accounts.models import Creditor
from receivables.documents.models import Document


class PullMark(models.Model):
    """Where the next pull from a service begins. Claimed while one is under way: the network is asked outside of transactions."""

    creditor = models.ForeignKey(Creditor, models.CASCADE)
    service = models.CharField(_("service"), max_length=20)
    mark = models.CharField(max_length=60)
    claimed_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)  # the service asked to wait
    last_at = models.DateTimeField(_("last pulled"), null=True, blank=True)
    trouble = models.CharField(max_length=300, blank=True)  # of the last try

    class Meta:
        verbose_name = _("pull of invoices")
        verbose_name_plural = _("pulls of invoices")
        constraints = [UniqueConstraint(fields=["creditor", "service"], name="one_pull_mark_per_service")]

    def __str__(self) -> str:
        return self.service


class NotTaken(models.Model):
    """An invoice that a service gave and the books refused, kept with its reasons until it is taken or a person sets it aside."""

    creditor = models.ForeignKey(Creditor, models.CASCADE)
    service = models.CharField(_("service"), max_length=20)
    key = models.CharField(_("number"), max_length=60)  # the service's own
    reasons = models.JSONField(default=list)
    document = models.ForeignKey(Document, models.PROTECT)
    since = models.DateTimeField(_("since"))
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("invoice that was not taken")
        verbose_name_plural = _("invoices that were not taken")
        constraints = [UniqueConstraint(fields=["creditor", "service", "key"], name="not_taken_once_per_key")]

    def __str__(self) -> str:
        return self.key
