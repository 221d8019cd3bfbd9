"""Who may ask, who is told, and what is on its way to them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from receivables.accounts.models import Creditor
from receivables.db.fields import SealedField


class Scope(models.TextChoices):
    """What a token may do. Writing does not include reading."""

    CREDIT_READ = "credit:read", _("ask whether a customer may buy on invoice")
    CUSTOMERS_READ = "customers:read", _("read customers")
    CUSTOMERS_WRITE = "customers:write", _("add customers, change how they are reached")
    INVOICES_READ = "invoices:read", _("read invoices")
    INVOICES_WRITE = "invoices:write", _("issue and withdraw invoices, credit notes")
    PAYMENTS_READ = "payments:read", _("read payments")
    PAYMENTS_WRITE = "payments:write", _("record payments and take them back")
    CASES_READ = "cases:read", _("read cases, runs, holds, disputes and promises")
    CASES_WRITE = "cases:write", _("hold, dispute and promise")
    DOCUMENTS_READ = "documents:read", _("read papers")
    DOCUMENTS_WRITE = "documents:write", _("attach papers to invoices")
    AGENCIES_WRITE = "agencies:write", _("report as a collection agency")


class EventType(models.TextChoices):
    """What a webhook can be told."""

    CREDIT_CHANGED = "credit.changed", _("credit changed")
    CUSTOMER_ADDED = "customer.added", _("customer added")
    CUSTOMER_CHANGED = "customer.changed", _("customer changed")
    INVOICE_ISSUED = "invoice.issued", _("invoice issued")
    INVOICE_CANCELLED = "invoice.cancelled", _("invoice withdrawn")
    CREDIT_NOTE_ISSUED = "credit_note.issued", _("credit note issued")
    PAYMENT_RECORDED = "payment.recorded", _("payment recorded")
    PAYMENT_REVERSED = "payment.reversed", _("payment taken back")
    HOLD_PLACED = "hold.placed", _("hold placed")
    HOLD_RELEASED = "hold.released", _("hold released")
    DISPUTE_OPENED = "dispute.opened", _("dispute opened")
    DISPUTE_RESOLVED = "dispute.resolved", _("dispute resolved")
    PROMISE_MADE = "promise.made", _("promise made")
    PROMISE_KEPT = "promise.kept", _("promise kept")
    PROMISE_BROKEN = "promise.broken", _("promise broken")
    RUN_STARTED = "run.started", _("run started")


def only_credit() -> list[str]:
    """What a token could do, and a webhook was told, before there were scopes and types."""
    return [Scope.CREDIT_READ.value]


def only_credit_changes() -> list[str]:
    """See `only_credit`."""
    return [EventType.CREDIT_CHANGED.value]


class ApiToken(models.Model):
    """Lets a program speak for one company, within its scopes. Only the digest of its secret is kept; revoked, never deleted."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    name = models.CharField(_("name"), max_length=100)  # whose it is: "shop", "warehouse"
    handle = models.CharField(_("begins with"), max_length=20, unique=True, editable=False)  # the part that is no secret
    digest = models.BinaryField(editable=False)  # SHA-256 of the whole token
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), verbose_name=_("may"), default=only_credit)
    made_at = models.DateTimeField(_("made at"), editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)  # to the minute
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)

    class Meta:
        verbose_name = _("interface token")
        verbose_name_plural = _("interface tokens")
        constraints = [
            CheckConstraint(condition=~Q(name=""), name="api_token_has_a_name"),
            CheckConstraint(condition=Q(scopes__contained_by=list(Scope)), name="api_token_has_known_scopes"),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookEndpoint(models.Model):
    """An address that is told of changes. Its secret signs; it is sealed, and shown once when it is made."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(_("address"), max_length=500)
    secret = SealedField(editable=False)
    types = ArrayField(models.CharField(max_length=30, choices=EventType), verbose_name=_("is told"), default=only_credit_changes)
    is_here = models.BooleanField(default=False, editable=False)  # on this machine: also told in quarantine
    made_at = models.DateTimeField(_("made at"), editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    ended_at = models.DateTimeField(_("switched off at"), null=True, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            UniqueConstraint(fields=["creditor", "url"], condition=Q(ended_at=None), name="webhook_address_once_per_company"),
            CheckConstraint(condition=Q(url__startswith="https://") | Q(is_here=True), name="webhook_is_by_https"),
            CheckConstraint(condition=Q(types__contained_by=list(EventType)), name="webhook_is_told_known_types"),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookEvent(models.Model):
    """One event for one endpoint, until it is taken there. Told at least once: whoever was told twice knows it by `event`."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        GAVE_UP = "gave_up", _("given up")

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="events", verbose_name=_("webhook"))
    event = models.UUIDField(_("event"))
    body = models.TextField()  # as it is signed and sent, every time
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    made_at = models.DateTimeField(_("made at"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"))
    claim = models.UUIDField(null=True)  # of the worker that has it
    lease_until = models.DateTimeField(null=True)
    last_result = models.CharField(_("last result"), max_length=200, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        constraints = [
            UniqueConstraint(fields=["endpoint", "event"], name="event_once_per_webhook"),
            CheckConstraint(condition=Q(state="waiting", settled_at=None) | ~Q(state="waiting") & Q(settled_at__isnull=False, claim=None),
                            name="only_a_waiting_event_is_claimed"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["not_before"], name="webhook_event_due", condition=Q(state="waiting"))]


class Repeat(models.Model):
    """A request that changed something, by the key that its sender gave it: the same key is answered from here. Kept for good."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    token = models.ForeignKey(ApiToken, models.PROTECT)
    key = models.CharField(max_length=200)
    asked = models.BinaryField()  # SHA-256 of method, address and body
    status = models.PositiveSmallIntegerField(default=0)  # 0 only while the first request is being answered
    body = models.BinaryField(default=bytes)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["creditor", "key"], name="request_once_per_key")]
