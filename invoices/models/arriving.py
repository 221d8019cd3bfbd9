"""Statements that came by themselves, by mail or into a watched folder: what was taken, and what was not, with the reasons."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from receivables.accounts.models import Creditor, User


class StatementMailbox(models.Model):
    """How far the mailbox of a company is read. RFC 3501: a UID means something only together with the mailbox's UIDVALIDITY."""

    creditor = models.ForeignKey(Creditor, models.CASCADE)
    name = models.CharField(max_length=300)  # user, host and folder; no password
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)  # the last mail that was dealt with
    read_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)  # why the last look failed, in English

    class Meta:
        constraints = [UniqueConstraint(fields=["creditor", "name"], name="statement_mailbox_once_per_company")]


class StatementArrivalQuerySet(models.QuerySet["StatementArrival"]):
    def visible_to(self, user: User) -> "StatementArrivalQuerySet":
        """Arrivals at the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))

    def refused(self) -> "StatementArrivalQuerySet":
        """Those with something that was not taken and that nobody has looked at."""
        return self.exclude(problems=[]).filter(seen_at=None)


class StatementArrival(models.Model):
    """A mail, or a file of a watched folder. The same one is dealt with once; what was refused of it waits until a person has seen it."""

    class Way(models.TextChoices):
        MAILBOX = "mailbox", _("mailbox")
        FOLDER = "folder", _("watched folder")

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    way = models.CharField(max_length=10, choices=Way)
    key = models.CharField(max_length=64)  # SHA-256: of what the mail says with its Message-ID, or of the file
    name = models.CharField(max_length=255)  # the mail's subject, or the file's name
    sender = models.CharField(max_length=254, blank=True)
    at = models.DateTimeField()
    problems = models.JSONField(default=list)  # [file, why it was refused] each; empty: all of it was taken
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = StatementArrivalQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["creditor", "way", "key"], name="statement_arrival_once"),
            CheckConstraint(
                condition=Q(seen_at=None, seen_by=None) | Q(seen_at__isnull=False, seen_by__isnull=False),
                name="statement_arrival_is_seen_by_a_person",
            ),
        ]
        indexes = [models.Index(fields=["creditor", "-id"], name="statement_arrival_newest", condition=Q(seen_at=None))]

    def __str__(self) -> str:
        return self.name
