"""Courtesy messages: answers, not steps. Each kind has its switch, and each thing is answered once."""

from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from dunning.states import CourtesyKind
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.messaging.models import Message


class CourtesySwitches(models.Model):
    """Which answers a creditor gives by itself. Without a row, and so in every replay, none."""

    creditor = models.OneToOneField(Creditor, models.CASCADE, primary_key=True, related_name="courtesy_switches")
    promise_noted = models.BooleanField(_("a promise is noted"), default=False)
    agreement_begun = models.BooleanField(_("an agreement begins"), default=False)
    agreement_kept = models.BooleanField(_("an agreement was kept"), default=False)
    agreement_ended = models.BooleanField(_("an agreement ends because a rate was missed"), default=False)
    dispute_received = models.BooleanField(_("a dispute is received"), default=False)
    dispute_decided = models.BooleanField(_("a dispute is decided"), default=False)
    complaint_received = models.BooleanField(_("a complaint is received"), default=False)
    complaint_decided = models.BooleanField(_("a complaint is answered"), default=False)
    thanks = models.BooleanField(_("a payment settles what had been chased"), default=False)

    class Meta:
        verbose_name = _("courtesy messages")
        verbose_name_plural = _("courtesy messages")

    def is_on(self, kind: CourtesyKind) -> bool:
        """Whether the switch of that kind is on."""
        return bool(getattr(self, kind.value))


class Courtesy(models.Model):
    """An answer that was put into the outbox."""

    KINDS = [
        (CourtesyKind.PROMISE_NOTED, _("promise noted")),
        (CourtesyKind.AGREEMENT_BEGUN, _("agreement begun")),
        (CourtesyKind.AGREEMENT_KEPT, _("agreement kept")),
        (CourtesyKind.AGREEMENT_ENDED, _("agreement ended")),
        (CourtesyKind.DISPUTE_RECEIVED, _("dispute received")),
        (CourtesyKind.DISPUTE_DECIDED, _("dispute decided")),
        (CourtesyKind.COMPLAINT_RECEIVED, _("complaint received")),
        (CourtesyKind.COMPLAINT_DECIDED, _("complaint answered")),
        (CourtesyKind.THANKS, _("thanks for a payment")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="courtesies", verbose_name=_("customer"))
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    about = models.CharField(max_length=60)  # what is answered: "dispute:17"
    on = models.DateField(_("day"))
    message = models.OneToOneField(Message, models.PROTECT, related_name="courtesy")

    class Meta:
        verbose_name = _("courtesy message")
        verbose_name_plural = _("courtesy messages")
        constraints = [UniqueConstraint(fields=["kind", "about"], name="answered_once")]
        indexes = [models.Index(fields=["customer", "-id"], name="courtesy_of_customer")]
