"""How and when an invoice reached its buyer, and the papers that prove what it is for."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Exists, OuterRef, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from invoices.models.invoices import Invoice
from invoices.states import Delivered
from receivables.accounts.models import Creditor, User
from receivables.documents.models import Document
from receivables.messaging.models import Message
from receivables.messaging.states import MessageState

CAME_BACK = (MessageState.HARD_BOUNCED, MessageState.FAILED)
"""What was accepted and did not arrive after all delivered nothing."""


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, user: User) -> "DeliveryQuerySet":
        """Deliveries of invoices of the creditors a user may see."""
        return self.filter(invoice__creditor__in=Creditor.objects.visible_to(user))

    def counting(self) -> "DeliveryQuerySet":
        """Those that let a formal step go: known ones, and a person's word that it may. "Nobody knows" outweighs what was said before."""
        later = Delivery.objects.filter(invoice=OuterRef("invoice"), pk__gt=OuterRef("pk"), how=Delivered.UNKNOWN)
        came_back = Q(message__state__in=CAME_BACK)
        return self.filter(~Exists(later)).exclude(how=Delivered.UNKNOWN).exclude(came_back)


class Delivery(models.Model):
    """One thing that is known of how an invoice was delivered. Never edited: what is known later is another row."""

    append_only = True

    WAYS = [
        (Delivered.KSEF, _("in KSeF")),
        (Delivered.EMAIL, _("by e-mail that was accepted")),
        (Delivered.POST, _("by post")),
        (Delivered.BY_HAND, _("by hand")),
        (Delivered.PORTAL, _("in the portal")),
        (Delivered.UNKNOWN, _("nobody knows")),
        (Delivered.OVERRIDE, _("nobody knows, formal steps may go all the same")),
    ]

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="deliveries", verbose_name=_("invoice"))
    how = models.CharField(_("delivered"), max_length=20, choices=WAYS)
    on = models.DateField(_("on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("message")
    )  # that brought it
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            CheckConstraint(
                condition=Q(how__in=[Delivered.UNKNOWN, Delivered.OVERRIDE], on=None)
                | (~Q(how__in=[Delivered.UNKNOWN, Delivered.OVERRIDE]) & Q(on__isnull=False)),
                name="delivery_has_its_day",
            ),
            CheckConstraint(condition=~Q(how=Delivered.OVERRIDE) | ~Q(note=""), name="delivery_override_says_why"),
            UniqueConstraint(fields=["invoice", "message"], condition=Q(message__isnull=False), name="a_mail_delivers_an_invoice_once"),
        ]
        indexes = [models.Index(fields=["invoice"], name="delivery_counting", condition=~Q(how=Delivered.UNKNOWN))]

    def __str__(self) -> str:
        return self.get_how_display()


class InvoicePaper(models.Model):
    """A paper attached to an invoice: what was agreed, ordered or handed over. It is never sent by itself."""

    append_only = True

    class Kind(models.TextChoices):
        CONTRACT = "contract", _("contract")
        ORDER = "order", _("order")
        PROOF = "proof", _("proof of delivery")
        OTHER = "other", _("other paper")

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="papers", verbose_name=_("invoice"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    document = models.ForeignKey(Document, models.PROTECT, verbose_name=_("document"))
    attached_at = models.DateTimeField()
    attached_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("paper of an invoice")
        verbose_name_plural = _("papers of invoices")
        constraints = [UniqueConstraint(fields=["invoice", "document"], name="paper_attached_once")]

    def __str__(self) -> str:
        return self.get_kind_display()
