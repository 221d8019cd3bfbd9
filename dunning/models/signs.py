"""Warning signs: dated facts with their source, for people to see, without any effect on the ladder."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from dunning.states import SignKind
from invoices.models import Customer
from receivables.accounts.models import Creditor


class WarningSignQuerySet(models.QuerySet["WarningSign"]):
    def standing(self) -> "WarningSignQuerySet":
        """Those that nobody has dismissed."""
        return self.filter(dismissed_on=None)


class WarningSign(models.Model):
    """Noted by a person, who says how they know, or found by the program, which names where. Never edited, only dismissed."""

    KINDS = [
        (SignKind.LONGER_TERMS, _("asks for longer terms")),
        (SignKind.SILENCE, _("silence")),
        (SignKind.CONTACT_CHANGED, _("changed contact data")),
        (SignKind.MORE_COMPLAINTS, _("more complaints")),
        (SignKind.ODD_DISCOUNT, _("odd request for a discount")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="warning_signs", verbose_name=_("customer"))
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    on = models.DateField(_("day"))
    source = models.CharField(_("source"), max_length=200, blank=True)  # how a person knows: a letter, a call
    about = models.CharField(max_length=60, blank=True)  # what the program found it in, "notice:17"; found there it is noted once
    count = models.PositiveSmallIntegerField(default=0)  # how many messages or complaints made it, where they are counted
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    dismissed_on = models.DateField(_("dismissed on"), null=True, blank=True)
    dismissed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    dismissal = models.CharField(_("why it was dismissed"), max_length=200, blank=True)

    objects = WarningSignQuerySet.as_manager()

    class Meta:
        verbose_name = _("warning sign")
        verbose_name_plural = _("warning signs")
        constraints = [
            UniqueConstraint(fields=["customer", "kind", "about"], condition=~Q(about=""), name="warning_sign_found_once"),
            CheckConstraint(condition=~Q(source="") | ~Q(about=""), name="warning_sign_has_a_source"),
            CheckConstraint(
                condition=Q(dismissed_on=None, dismissal="") | Q(dismissed_on__gte=F("on")) & ~Q(dismissal=""),
                name="warning_sign_dismissed_with_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["customer"], name="warning_sign_standing", condition=Q(dismissed_on=None))]
