"""What is claimed beside the principal: the company's rules for it, agreed rates of interest, and whom no compensation is asked of."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from invoices.models.customers import Customer
from invoices.models.invoices import Invoice
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, fits_currency


class ClaimRulesQuerySet(models.QuerySet["ClaimRules"]):
    def in_force(self, creditor: Creditor | int, *, on: date) -> "ClaimRules | None":
        """What the company has set by that day; None where it never set anything."""
        return self.filter(creditor=creditor, since__lte=on).order_by("-since", "-pk").first()


class ClaimRules(models.Model):
    """When a company claims flat compensation at all. A change is a further row; the newest that has begun counts."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="claim_rules", verbose_name=_("company"))
    since = models.DateField(_("since"))
    claims_compensation = models.BooleanField(_("claims compensation"), default=True)
    minimum_amount = MoneyField(_("smallest invoice"), default=0)  # gross; below it none is claimed
    currency = CurrencyField(_("currency"))  # of the smallest invoice; one in another currency is not held to it
    minimum_days = models.PositiveSmallIntegerField(_("days late at least"), default=0)
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    objects = ClaimRulesQuerySet.as_manager()

    class Meta:
        verbose_name = _("rules of claims")
        verbose_name_plural = _("rules of claims")
        ordering = ["-since", "-id"]
        constraints = [
            CheckConstraint(condition=Q(minimum_amount__gte=0), name="smallest_invoice_not_negative"),
            fits_currency("minimum_amount", name="smallest_invoice_fits_currency"),
        ]


class SparedCustomerQuerySet(models.QuerySet["SparedCustomer"]):
    def visible_to(self, user: User) -> "SparedCustomerQuerySet":
        """Those of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))

    def standing(self, *, on: date) -> "SparedCustomerQuerySet":
        """Those of whom no compensation is claimed on that day."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=on), since__lte=on)


class SparedCustomer(models.Model):
    """A customer on the keep-relations list: the company claims no flat compensation of them, and says why."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="spared", verbose_name=_("customer"))
    since = models.DateField(_("since"))
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)  # from that day compensation is claimed again
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = SparedCustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("spared customer")
        verbose_name_plural = _("spared customers")
        constraints = [
            UniqueConstraint(fields=["customer"], condition=Q(ended_on=None), name="customer_spared_once"),
            CheckConstraint(condition=~Q(reason=""), name="sparing_has_its_reason"),
            CheckConstraint(condition=Q(ended_on=None) | Q(ended_on__gte=models.F("since")), name="sparing_ends_after_it_begins"),
        ]


class ContractRate(models.Model):
    """A yearly rate of delay interest that a contract agrees, for all that a customer owes or for one invoice.

    A change is a further row, and so is the end (`percent` empty: the law's rate again). The newest that has begun counts, an invoice's
    before its customer's. What of it is above the law's ceiling is never claimed.
    """

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contract_rates", verbose_name=_("customer"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="contract_rates", verbose_name=_("invoice"))
    percent = models.DecimalField(_("rate, % a year"), max_digits=7, decimal_places=4, null=True, blank=True)
    since = models.DateField(_("since"))  # the first day that bears it
    contract = models.CharField(_("contract"), max_length=120)  # which one, and where it says so
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("contract interest")
        verbose_name_plural = _("contract interest")
        constraints = [
            CheckConstraint(condition=Q(percent=None) | Q(percent__gt=0, percent__lte=100), name="contract_rate_is_a_rate"),
            CheckConstraint(condition=~Q(contract=""), name="contract_rate_names_its_contract"),
        ]
        indexes = [models.Index(fields=["customer", "since"], name="contract_rate_of_customer")]
