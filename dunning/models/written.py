"""What people write to customers or send again by their own hand: no steps, but through the same outbox and past a guard."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from dunning.states import WrittenKind
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.documents.models import Document
from receivables.messaging.models import Message


class Written(models.Model):
    """A message that a person sent: composed, or an earlier one again; or one that carries a paper beside the ladder.

    Its text is the message's own.
    """

    KINDS = [
        (WrittenKind.COMPOSED, _("written by hand")),
        (WrittenKind.COPY, _("copy")),
        (WrittenKind.AGAIN, _("sent again")),
        (WrittenKind.PAPER, _("statement or balance")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="written", verbose_name=_("customer"))
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    message = models.OneToOneField(Message, models.PROTECT, related_name="written")
    form = models.UUIDField(unique=True)  # the form that was sent: sent twice, it finds the row
    original = models.ForeignKey(Message, models.PROTECT, null=True, blank=True, related_name="sent_again")
    number = models.PositiveSmallIntegerField(default=0)  # the how manieth of its original
    paper = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("document"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        verbose_name = _("written message")
        verbose_name_plural = _("written messages")
        constraints = [
            UniqueConstraint(fields=["original", "number"], condition=Q(original__isnull=False), name="sent_again_numbered_once"),
            CheckConstraint(
                condition=Q(kind__in=["composed", "paper"], original=None, number=0)
                | Q(kind__in=["copy", "again"], original__isnull=False, number__gte=1),
                name="only_what_was_is_sent_again",
            ),
            CheckConstraint(condition=Q(kind__in=["composed", "paper"]) | ~Q(reason=""), name="sent_again_has_its_reason"),
            CheckConstraint(condition=~Q(kind="paper") | Q(paper__isnull=False), name="paper_by_schedule_is_there"),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="written_to_customer")]
