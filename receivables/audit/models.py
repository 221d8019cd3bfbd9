"""Business events: append-only and chained by hash, so that an edit, a deletion or a cut-off end shows."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint

from receivables.accounts.models import Creditor


class ChainHead(models.Model):
    """The newest link of a creditor's chain (no creditor: the installation's). Locked while a link is added."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, null=True, blank=True)
    sequence = models.BigIntegerField(default=0)
    digest = models.BinaryField(default=bytes(32))

    class Meta:
        constraints = [UniqueConstraint(fields=["creditor"], nulls_distinct=False, name="one_chain_per_company")]


class Entry(models.Model):
    """One event: who did what to what, with the facts that matter. Ids and amounts, never names or addresses."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT, null=True, blank=True)
    sequence = models.BigIntegerField()  # 1, 2, 3 … in its chain, without gaps
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)  # null: the program itself
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)  # "invoices.Payment:17"
    facts = models.JSONField(default=dict)
    digest = models.BinaryField()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [UniqueConstraint(fields=["creditor", "sequence"], nulls_distinct=False, name="chain_without_forks")]
        indexes = [models.Index(fields=["subject"], name="entry_by_subject")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.verb} {self.subject}"
