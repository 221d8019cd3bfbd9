"""Papers as bytes: kept exactly as made, with their digest and the facts they were made from."""

from django.db import models
from django.db.models import Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from receivables.accounts.models import Creditor


class NumberRange(models.Model):
    """The last number given to papers of a prefix ("W") in a year. Locked while one is taken, so there are no gaps."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    kind = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [UniqueConstraint(fields=["creditor", "kind", "year"], name="one_number_range_per_kind_and_year")]


class Document(models.Model):
    """A paper that was made: its bytes never change. Withdrawn, it keeps its number and is listed so."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    kind = models.CharField(_("kind"), max_length=20)  # demand, reminder, invoice, agency_package …
    number = models.CharField(_("number"), max_length=40, blank=True)  # "W/2026/0001"; blank where the kind has none
    name = models.CharField(_("file name"), max_length=120)
    media_type = models.CharField(max_length=80, default="application/pdf")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    template = models.CharField(max_length=120, blank=True)
    facts = models.JSONField(default=dict)
    key = models.CharField(max_length=64, null=True, blank=True)  # what it was made for, such as a message; made once
    code = models.CharField(_("check code"), max_length=12, blank=True)  # printed on it, to ask whether it is real; blank where it has none
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            UniqueConstraint(fields=["creditor", "kind", "number"], condition=~Q(number=""), name="paper_number_given_once"),
            UniqueConstraint(fields=["creditor", "key"], name="paper_made_once"),
            UniqueConstraint(fields=["code"], condition=~Q(code=""), name="check_code_given_once"),
        ]

    def __str__(self) -> str:
        return self.number or self.name
