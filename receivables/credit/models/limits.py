"""Limits of credit: how much of a customer may be open at once. Never edited: a newer row replaces an older one."""

from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _

from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.credit.states import LimitKind
from receivables.db.fields import CurrencyField, MoneyField, fits_currency


class CreditLimitQuerySet(models.QuerySet["CreditLimit"]):
    def newest(self, customers: Collection[int]) -> "CreditLimitQuerySet":
        """The newest row of each customer and kind, taken back or not."""
        mine = self.filter(customer__any=customers).order_by("customer", "kind", "-pk")
        return mine.distinct("customer", "kind")


class CreditLimit(models.Model):
    """A limit as somebody set it; without an amount the limit is taken back. 0 means: nothing on credit."""

    append_only = True

    KINDS = [(LimitKind.OWN, _("our credit limit")), (LimitKind.INSURED, _("insured limit"))]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="credit_limits", verbose_name=_("customer"))
    kind = models.CharField(_("kind"), max_length=10, choices=KINDS)
    amount = MoneyField(_("amount"), null=True)  # in `currency`
    currency = CurrencyField(_("currency"))
    valid_until = models.DateField(_("valid until"), null=True)  # the last day; none: until another is set
    source = models.CharField(_("insurer and policy number"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    set_on = models.DateField(_("set on"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = CreditLimitQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit limit")
        verbose_name_plural = _("credit limits")
        constraints = [
            CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="credit_limit_not_negative"),
            fits_currency("amount", name="credit_limit_fits_currency"),
            CheckConstraint(condition=~Q(reason=""), name="credit_limit_has_a_reason"),
            CheckConstraint(condition=Q(valid_until=None) | Q(valid_until__gte=F("set_on")), name="credit_limit_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["customer", "kind", "-id"], name="credit_limit_newest")]
