"""What was brought in: column profiles that firms keep, and each file with what it gave."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from receivables.accounts.models import Creditor


class Profile(models.Model):
    """How the columns of a firm's table files are to be read; built-in ones live in `invoices/intake/profiles/`."""

    creditor = models.ForeignKey(Creditor, models.CASCADE, verbose_name=_("company"))
    name = models.SlugField(_("name"))
    text = models.TextField(_("definition"))  # YAML, see docs/import.md

    class Meta:
        verbose_name = _("column profile")
        verbose_name_plural = _("column profiles")
        constraints = [UniqueConstraint(fields=["creditor", "name"], name="profile_name_once_per_company")]

    def __str__(self) -> str:
        return self.name


class ImportedFile(models.Model):
    """A file that was read in, whole. A refused file leaves nothing, not even this row."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    name = models.CharField(max_length=255)
    profile = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    new = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)
