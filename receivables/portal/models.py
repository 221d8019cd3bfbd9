"""Who may look in, and for how long: asks, codes and sessions. Secrets and addresses stand here only as keyed hashes."""

from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _

from invoices.models import Contact, Customer
from receivables.db.fields import SealedField


class Ask(models.Model):
    """A browser that wants in, and for which address: made whether anybody knows the address or not. Forgotten after two days."""

    browser = models.BinaryField(unique=True)  # of the secret in the asking browser's cookie
    address = models.BinaryField()
    email = SealedField(null=True)  # as typed, until it is answered; nothing is ever sent to it
    source = models.BinaryField()  # of the network it came from, to count
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["asked_at"], name="ask_by_time"),
            models.Index(fields=["source", "asked_at"], name="ask_by_source"),
            models.Index(fields=["id"], name="ask_to_answer", condition=Q(answered_at=None)),
        ]
        constraints = [CheckConstraint(condition=Q(answered_at=None) | Q(email=None), name="answered_ask_keeps_no_address")]


class Code(models.Model):
    """A code that was sent to an address. Only the newest of an address counts, once, and only in browsers that asked for it."""

    address = models.BinaryField()
    digest = models.BinaryField()
    contacts = models.ManyToManyField(Contact, related_name="+")  # who is reached there
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["address", "-id"], name="code_newest"), models.Index(fields=["made_at"], name="code_by_time")]
        constraints = [CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="code_ends_after_it_begins")]


class PortalSession(models.Model):
    """Somebody who proved to read an address. What is seen follows from its contacts as they are at each request."""

    token = models.BinaryField(unique=True)
    address = models.BinaryField()
    contacts = models.ManyToManyField(Contact, related_name="portal_sessions")
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="portal_sessions", verbose_name=_("customer"))
    began_at = models.DateTimeField(_("began"))
    seen_at = models.DateTimeField(_("last seen"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("portal session")
        verbose_name_plural = _("portal sessions")
        indexes = [models.Index(fields=["began_at"], name="portal_session_by_time")]
