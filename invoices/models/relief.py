"""VAT relief on bad debts: net and VAT of invoices as people state them, relief taken, and its reversal when money came."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from invoices.models.customers import Customer
from invoices.models.invoices import Invoice, Item
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive


class VatStatement(models.Model):
    """Net and VAT of an invoice by rate, as a person read them from the paper, or as its row in a table proves them. A correction is a
    further row; the newest counts.
    """

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="vat_statements", verbose_name=_("invoice"))
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("statement of VAT")
        verbose_name_plural = _("statements of VAT")
        indexes = [models.Index(fields=["invoice", "-id"], name="vat_statement_newest")]


class VatLine(models.Model):
    """What stands under one rate."""

    append_only = True

    statement = models.ForeignKey(VatStatement, models.PROTECT, related_name="lines")
    rate_percent = models.DecimalField(_("rate, %"), max_digits=5, decimal_places=2)
    net = MoneyField(_("net"))
    vat = MoneyField(_("VAT"))
    currency = CurrencyField()  # of the tax, whatever the invoice's

    class Meta:
        constraints = [
            UniqueConstraint(fields=["statement", "rate_percent"], name="vat_rate_once_per_statement"),
            CheckConstraint(condition=Q(rate_percent__gte=0, rate_percent__lt=100), name="vat_rate_is_a_rate"),
            CheckConstraint(condition=Q(net__gt=0, vat__gte=0), name="vat_amounts_not_negative"),
            fits_currency("net", "vat", name="vat_amounts_fit_currency"),
        ]


class ReliefQuerySet(models.QuerySet["Relief"]):
    def visible_to(self, user: User) -> "ReliefQuerySet":
        """Those of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))

    def standing(self) -> "ReliefQuerySet":
        """Those that were not taken back, without the rows that take back."""
        return self.filter(reverses=None, taken_back=None)


class Relief(models.Model):
    """Relief taken for a part of an item in a month, or given back because it was paid; or the contra-row of one noted by mistake.

    Triggers see to it that what is relieved of an item never exceeds it, and what is given back never what was taken.
    """

    append_only = True

    class Kind(models.TextChoices):
        TAKEN = "taken", _("relief taken")
        GIVEN_BACK = "given_back", _("relief given back")

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="reliefs", verbose_name=_("customer"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="reliefs", verbose_name=_("item"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    period = models.DateField(_("month"))  # of the return, by its first day
    part = MoneyField(_("gross part"))  # of the item, in `currency`
    currency = CurrencyField(_("currency"))
    paid_on = models.DateField(_("paid on"), null=True, blank=True)  # of what is given back: the last day of money in its month
    proof = models.CharField(_("proof"), max_length=200, blank=True)  # of a consumer: a title, an entry in a register, bankruptcy
    of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="given_back", verbose_name=_("of"))
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="taken_back", verbose_name=_("takes back"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    objects = ReliefQuerySet.as_manager()

    class Meta:
        verbose_name = _("VAT relief")
        verbose_name_plural = _("VAT reliefs")
        constraints = [
            is_positive("part", name="relief_part_positive"),
            fits_currency("part", name="relief_part_fits_currency"),
            CheckConstraint(condition=Q(period__day=1), name="relief_period_is_a_month"),
            CheckConstraint(
                condition=Q(kind="taken", of=None, paid_on=None) | Q(kind="given_back", of__isnull=False, paid_on__isnull=False),
                name="relief_given_back_names_what_was_taken",
            ),
            CheckConstraint(condition=Q(reverses=None) | ~Q(reason=""), name="relief_contra_row_has_a_reason"),
            CheckConstraint(condition=Q(reverses=None) | ~Q(reverses=F("id")), name="relief_does_not_take_itself_back"),
        ]
        indexes = [
            models.Index(fields=["creditor", "period"], name="relief_by_month"),
            models.Index(fields=["item"], name="relief_of_item"),
        ]


class ReliefLine(models.Model):
    """What of it stands under one rate; always positive, the kind says the direction."""

    append_only = True

    relief = models.ForeignKey(Relief, models.PROTECT, related_name="lines")
    rate_percent = models.DecimalField(_("rate, %"), max_digits=5, decimal_places=2)
    net = MoneyField(_("net"))
    vat = MoneyField(_("VAT"))
    currency = CurrencyField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["relief", "rate_percent"], name="relief_rate_once"),
            CheckConstraint(condition=Q(net__gte=0, vat__gte=0), name="relief_amounts_not_negative"),
            fits_currency("net", "vat", name="relief_amounts_fit_currency"),
        ]
