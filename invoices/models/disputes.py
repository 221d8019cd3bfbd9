"""What a customer says is wrong with an item: the disputed part waits, the rest goes on."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from invoices.models.invoices import Item
from invoices.states import DisputeCode, Outcome
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive


class Dispute(models.Model):
    """A fact with an end: opened by a person or an import, resolved as upheld (the part is credited) or rejected."""

    OUTCOMES = [(Outcome.UPHELD, _("upheld")), (Outcome.REJECTED, _("rejected"))]

    CODES = [
        (DisputeCode.NOT_DELIVERED, _("not delivered")),
        (DisputeCode.QUALITY, _("faulty goods or service")),
        (DisputeCode.QUANTITY, _("wrong quantity")),
        (DisputeCode.PRICE, _("wrong price")),
        (DisputeCode.NOT_ORDERED, _("not ordered")),
        (DisputeCode.PAID, _("paid already")),
        (DisputeCode.DETAILS, _("wrong details on the invoice")),
        (DisputeCode.OTHER, pgettext_lazy("dispute", "other")),
    ]

    item = models.ForeignKey(Item, models.PROTECT, related_name="disputes", verbose_name=_("item"))
    amount = MoneyField(_("disputed amount"))
    currency = CurrencyField()
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    code = models.CharField(_("kind of dispute"), max_length=20, choices=CODES, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )  # who sees to it
    due_on = models.DateField(_("decide by"), null=True, blank=True)
    opened_on = models.DateField(_("opened on"))
    resolved_on = models.DateField(_("resolved on"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=OUTCOMES, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            UniqueConstraint(fields=["item"], condition=Q(resolved_on=None), name="one_open_dispute_per_item"),
            CheckConstraint(
                condition=Q(resolved_on=None, outcome="") | Q(resolved_on__gte=F("opened_on"), outcome__in=list(Outcome)),
                name="dispute_end_has_an_outcome",
            ),
            CheckConstraint(condition=Q(due_on=None) | Q(due_on__gte=F("opened_on")), name="dispute_decided_after_it_came"),
            is_positive("amount", name="dispute_amount_positive"),
            fits_currency("amount", name="dispute_amount_fits_currency"),
        ]
