"""What decides what money pays beside numbers and amounts: discounts for paying early, the company's rule for small differences, ids of
collective payments, and what money that came early waits for.
"""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from invoices.models.customers import Customer
from invoices.models.invoices import Invoice
from invoices.models.payments import Payment
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, fits_currency


class EarlyPayment(models.Model):
    """A discount that an invoice grants to who pays within so many days of its issue. Several rows are steps: 3 % in 7 days, 2 % in 14."""

    append_only = True

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="early_payment", verbose_name=_("invoice"))
    percent = models.DecimalField(_("discount, %"), max_digits=5, decimal_places=2)  # of the gross amount
    days = models.PositiveSmallIntegerField(_("days"))  # after the day of issue
    said = models.CharField(_("terms"), max_length=200, blank=True)  # as the invoice puts it
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("early-payment discount")
        verbose_name_plural = _("early-payment discounts")
        ordering = ["days"]
        constraints = [
            UniqueConstraint(fields=["invoice", "days"], name="early_payment_once_per_term"),
            CheckConstraint(condition=Q(percent__gt=0, percent__lte=20, days__lte=180), name="early_payment_is_a_discount"),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % / {self.days}"


class DifferenceRuleQuerySet(models.QuerySet["DifferenceRule"]):
    def in_force(self, creditor: Creditor | int, *, on: date) -> "dict[str, DifferenceRule]":
        """Currency → what the company has set by that day. One query."""
        rows = self.filter(creditor=creditor, since__lte=on).order_by("currency", "-since", "-pk").distinct("currency")
        return {row.currency: row for row in rows}


class DifferenceRule(models.Model):
    """How much less than open a payment may be, in one currency, for the rest to be borne by the company. A change is a further row."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="difference_rules", verbose_name=_("company"))
    since = models.DateField(_("since"))
    most = MoneyField(_("at most"))  # zero: nothing is borne
    currency = CurrencyField(_("currency"))
    most_percent = models.DecimalField(_("and at most, % of what is open"), max_digits=5, decimal_places=2, default=100)
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    objects = DifferenceRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule for small differences")
        verbose_name_plural = _("rules for small differences")
        ordering = ["currency", "-since", "-id"]
        constraints = [
            CheckConstraint(condition=Q(most__gte=0, most_percent__gt=0, most_percent__lte=100), name="small_difference_within_bounds"),
            fits_currency("most", name="small_difference_fits_currency"),
        ]


class CollectiveId(models.Model):
    """An invoice that a collective payment identifier of KSeF stands for: one transfer, many invoices (VAT act, art. 108g)."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    number = models.CharField(_("collective identifier"), max_length=60)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="collective_ids", verbose_name=_("invoice"))
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("collective payment identifier")
        verbose_name_plural = _("collective payment identifiers")
        constraints = [
            UniqueConstraint(fields=["invoice", "number"], name="collective_id_once_per_invoice"),
            CheckConstraint(condition=Q(number__regex=r"^[0-9A-Z][0-9A-Z/-]{7,59}$"), name="collective_id_is_one_word"),
        ]
        indexes = [models.Index(fields=["creditor", "number"], name="collective_id")]

    def __str__(self) -> str:
        return self.number


class PrepaymentQuerySet(models.QuerySet["Prepayment"]):
    def visible_to(self, user: User) -> "PrepaymentQuerySet":
        """Those of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))

    def standing(self) -> "PrepaymentQuerySet":
        """Those that still wait for their invoice."""
        return self.filter(ended_on=None, payment__reversal=None)


class Prepayment(models.Model):
    """Money that came before its invoice: what it waits for, a pro-forma or an order. It settles the invoice that names one of them."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="prepayments", verbose_name=_("customer"))
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="prepayments", verbose_name=_("payment"))
    paper = models.ForeignKey(
        Invoice, models.PROTECT, null=True, blank=True, related_name="prepayments", verbose_name=_("pro-forma or order")
    )
    order_number = models.CharField(_("order number"), max_length=100, blank=True)
    noted_on = models.DateField(_("noted on"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)  # used up, or called off

    objects = PrepaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("prepayment")
        verbose_name_plural = _("prepayments")
        constraints = [
            UniqueConstraint(fields=["payment"], condition=Q(ended_on=None), name="prepayment_waits_for_one_thing"),
            CheckConstraint(condition=Q(paper__isnull=False) | ~Q(order_number=""), name="prepayment_says_what_it_is_for"),
            CheckConstraint(condition=Q(ended_on=None) | Q(ended_on__gte=F("noted_on")), name="prepayment_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["customer"], name="prepayment_waits", condition=Q(ended_on=None))]
