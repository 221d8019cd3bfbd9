"""Replies: what somebody wrote back, whom it is about, and what a person did about it. An unread one holds the ladder."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _

from dunning.models.cases import Case
from dunning.states import ReplyKind
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.messaging.models import InboundMail, Message


class ReplyQuerySet(models.QuerySet["Reply"]):
    def waiting(self) -> "ReplyQuerySet":
        """Those that nobody has dealt with."""
        return self.filter(handled_at=None)

    def holding(self, *, on: date) -> "ReplyQuerySet":
        """Those that hold the ladder on a day."""
        return self.waiting().filter(Q(holds_until=None) | Q(holds_until__gte=on), holds=True)


class Reply(models.Model):
    """A mail from a customer, or from somebody nobody knows. Written by `dunning.actions.replies` alone."""

    class MatchedBy(models.TextChoices):
        """How it was found whom it is about."""

        THREAD = "thread", _("it answers our message")
        SENDER = "sender", _("the sender is a contact")
        PERSON = "person", _("assigned by a person")
        NONE = "none", _("unknown")

    class How(models.TextChoices):
        """What was done about it."""

        ANSWERED = "answered", _("answered, goes on")
        DISCARDED = "discarded", _("discarded")
        AUTOMATIC = "automatic", _("an automatic answer")
        PROMISE = "promise", _("a promise was noted")
        DISPUTE = "dispute", _("a dispute was opened")
        COMPLAINT = "complaint", _("a complaint was recorded")
        INSTALMENTS = "instalments", _("instalments were agreed")
        DEFERRAL = "deferral", _("payment was deferred")
        CONTACT = "contact", _("the contact was changed")
        LIMITATION = "limitation", _("an event of limitation was noted")
        PAYMENT = "payment", _("a payment was booked or allocated")
        HOLD = "hold", _("the ladder was held")

    KINDS = [
        (ReplyKind.PAID, _("says it is paid")),
        (ReplyKind.PROMISE, _("promises to pay")),
        (ReplyKind.DISPUTE, _("disputes it")),
        (ReplyKind.INSTALMENTS, _("asks for instalments or time")),
        (ReplyKind.WRONG_PERSON, _("wrong person")),
        (ReplyKind.ACKNOWLEDGEMENT, _("admits the debt")),
        (ReplyKind.AUTOMATIC, _("automatic answer")),
        (ReplyKind.OTHER, _("something else")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT, null=True, blank=True)  # none: it may be about any company
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="replies", verbose_name=_("customer")
    )  # none: the tray of unknown senders
    mail = models.OneToOneField(InboundMail, models.PROTECT, related_name="reply")
    message = models.ForeignKey(Message, models.PROTECT, null=True, blank=True, related_name="replies")  # of ours, that it answers
    cases = models.ManyToManyField(Case, blank=True, related_name="replies")  # what it holds; none: all of the customer
    received_at = models.DateTimeField()
    received_on = models.DateField(_("received on"))
    matched_by = models.CharField(_("matched by"), max_length=20, choices=MatchedBy)
    sorted_as = models.CharField(_("by the rules"), max_length=20, choices=KINDS)
    words = ArrayField(models.CharField(max_length=200), default=list, blank=True)  # that decided
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    corrected_at = models.DateTimeField(null=True, blank=True)
    corrected_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    holds = models.BooleanField(default=False)
    holds_until = models.DateField(_("holds until"), null=True, blank=True)  # none: until a person has dealt with it
    handled_at = models.DateTimeField(_("dealt with"), null=True, blank=True)
    handled_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    handled_how = models.CharField(_("how"), max_length=20, choices=How, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        constraints = [
            CheckConstraint(condition=Q(customer=None) | Q(creditor__isnull=False), name="reply_of_a_customer_has_a_company"),
            CheckConstraint(condition=Q(holds=False) | Q(customer__isnull=False), name="reply_holds_only_a_customer"),
            CheckConstraint(condition=Q(holds=True) | Q(holds_until=None), name="reply_without_a_hold_has_no_last_day"),
            CheckConstraint(
                condition=Q(handled_at=None, handled_how="") | Q(handled_at__isnull=False) & ~Q(handled_how=""),
                name="handled_reply_says_how",
            ),
            CheckConstraint(
                condition=Q(customer=None, matched_by="none") | Q(customer__isnull=False) & ~Q(matched_by="none"),
                name="reply_matched_to_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], name="reply_unread", condition=Q(handled_at=None)),
            models.Index(fields=["creditor", "-id"], name="reply_newest"),
        ]

    def __str__(self) -> str:
        return f"reply {self.pk}"
