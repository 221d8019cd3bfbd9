"""The credit state of each customer as it is now, how it came about, and what people decided."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.credit.states import Cause, CreditState

STATES = [
    (CreditState.OPEN, pgettext_lazy("credit", "open")),
    (CreditState.PREPAYMENT, _("prepayment only")),
    (CreditState.STOP, pgettext_lazy("credit", "stop")),
]
CAUSES = [
    (Cause.NOTHING, _("nothing against")),
    (Cause.PERSON, _("a person's decision")),
    (Cause.STOP_FACT, _("stop fact")),
    (Cause.WITH_AGENCY, _("with the agency")),
    (Cause.LONG_OVERDUE, _("long overdue")),
    (Cause.OVERDUE, _("overdue")),
    (Cause.BROKEN_PROMISE, _("broken promise")),
    (Cause.OVER_LIMIT, _("over the credit limit")),
    (Cause.RATING, _("payer rating")),
]


class CreditOverride(models.Model):
    """A person's decision, through its last day. It ends by itself, or earlier by a person; it is never edited otherwise."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="credit_overrides", verbose_name=_("customer"))
    state = models.CharField(_("state"), max_length=10, choices=STATES)
    reason = models.CharField(_("reason"), max_length=200)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"))  # the last day
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_on = models.DateField(_("ended on"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")  # none: time

    class Meta:
        verbose_name = _("credit decision")
        verbose_name_plural = _("credit decisions")
        constraints = [
            UniqueConstraint(fields=["customer"], condition=Q(ended_on=None), name="one_standing_credit_override"),
            CheckConstraint(condition=~Q(reason=""), name="credit_override_has_a_reason"),
            CheckConstraint(condition=Q(until__gte=F("since")), name="credit_override_ends_after_it_begins"),
            CheckConstraint(condition=Q(ended_on=None, ended_by=None) | Q(ended_on__isnull=False), name="credit_override_ended_once"),
        ]


class CreditStanding(models.Model):
    """The state of one customer now. Only `credit.actions` writes it; a customer without a row is open and was never judged."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.OneToOneField(Customer, models.PROTECT, related_name="credit_standing", verbose_name=_("customer"))
    state = models.CharField(_("state"), max_length=10, choices=STATES, default=CreditState.OPEN)
    cause = models.CharField(_("cause"), max_length=20, choices=CAUSES, default=Cause.NOTHING)
    reasons = models.JSONField(default=list)  # as `written_reasons` writes them, the deciding one first
    since = models.DateField(_("since"))  # when it became this state
    until = models.DateField(_("until"), null=True)  # an override's last day
    judged_on = models.DateField()
    look_again_on = models.DateField(null=True)  # when time alone may change it

    class Meta:
        verbose_name = _("credit state")
        verbose_name_plural = _("credit states")
        constraints = [CheckConstraint(condition=Q(cause="set_by_person") | Q(until=None), name="only_a_decision_has_a_last_day")]
        indexes = [
            models.Index(fields=["creditor", "look_again_on"], name="credit_to_look_at", condition=Q(look_again_on__isnull=False)),
            models.Index(fields=["creditor", "state"], name="credit_not_open", condition=~Q(state="open")),
        ]


class CreditChange(models.Model):
    """One change of state or cause: the history, and what listeners outside are told."""

    append_only = True

    event = models.UUIDField(default=uuid.uuid4, unique=True)
    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="credit_changes", verbose_name=_("customer"))
    before = models.CharField(max_length=10, choices=STATES)
    state = models.CharField(_("state"), max_length=10, choices=STATES)
    cause = models.CharField(_("cause"), max_length=20, choices=CAUSES)
    reasons = models.JSONField(default=list)
    until = models.DateField(_("until"), null=True)
    on = models.DateField(_("day"))
    at = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")  # none: the rules

    class Meta:
        verbose_name = _("change of credit")
        verbose_name_plural = _("changes of credit")
        indexes = [models.Index(fields=["customer", "-id"], name="credit_change_newest")]

    @property
    def is_of_state(self) -> bool:
        """Whether the state is another; else only its cause is."""
        return self.before != self.state
