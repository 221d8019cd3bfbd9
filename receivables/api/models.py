"""Who may ask, who is told, and what is on its way to them."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from receivables.accounts.models import Creditor
from receivables.db.fields import SealedField


class ApiToken(models.Model):
    """Lets a program ask about one company's customers. Only the digest of its secret is kept; revoked, never deleted."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    name = models.CharField(_("name"), max_length=100)  # whose it is: "shop", "warehouse"
    handle = models.CharField(_("begins with"), max_length=20, unique=True, editable=False)  # the part that is no secret
    digest = models.BinaryField(editable=False)  # SHA-256 of the whole token
    made_at = models.DateTimeField(_("made at"), editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)  # to the minute
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)

    class Meta:
        verbose_name = _("interface token")
        verbose_name_plural = _("interface tokens")
        constraints = [CheckConstraint(condition=~Q(name=""), name="api_token_has_a_name")]

    def __str__(self) -> str:
        return self.name


class WebhookEndpoint(models.Model):
    """An address that is told of changes of credit. Its secret signs; it is sealed, and shown once when it is made."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(_("address"), max_length=500)
    secret = SealedField(editable=False)
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
