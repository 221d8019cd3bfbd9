"""What settles beside money of the same currency: what the company bears with a payment, credit given back or exchanged, and what an
exchange rate made of it. Rows are never edited; a mistake is reversed by a second row.
"""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from invoices.models.bank import BankLine
from invoices.models.customers import Customer
from invoices.models.invoices import Invoice, Item
from invoices.models.payments import AllocationEntry, Payment
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive


class Allowance(models.Model):
    """What the company bears of an item together with a payment: a discount for paying early, or a bank's fee. Falls with the payment."""

    append_only = True

    class Kind(models.TextChoices):
        DISCOUNT = "discount", _("early-payment discount")
        BANK_FEE = "bank_fee", _("small difference")

    item = models.ForeignKey(Item, models.PROTECT, related_name="allowances", verbose_name=_("item"))
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="allowances", verbose_name=_("payment"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    on = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=200)  # the terms, or the rule, it goes by
    needs_correction = models.BooleanField(_("needs a correction invoice"), default=False)  # a discount lowers the tax base, see docs
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("allowance")
        verbose_name_plural = _("allowances")
        constraints = [
            is_positive("amount", name="allowance_amount_positive"),
            fits_currency("amount", name="allowance_amount_fits_currency"),
            CheckConstraint(condition=~Q(reason=""), name="allowance_says_why"),
        ]

    def __str__(self) -> str:
        return self.reason


class CreditEntryQuerySet(models.QuerySet["CreditEntry"]):
    def visible_to(self, user: User) -> "CreditEntryQuerySet":
        """Entries of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))

    def standing(self) -> "CreditEntryQuerySet":
        """Those that were not taken back."""
        return self.filter(is_reversal=False, reversal=None)


class CreditEntry(models.Model):
    """A dated entry that uses open credit without settling an item of its currency: given back, or exchanged into another currency.

    Triggers see to it that what items, claims and these entries get of a payment or credit note is never more than it is.
    """

    append_only = True

    class Kind(models.TextChoices):
        REFUND = "refund", _("given back")
        EXCHANGE = "exchange", _("exchanged")

    class Told(models.TextChoices):
        STATEMENT = "statement", _("the bank statement")
        PERSON = "person", _("a person")

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="credit_entries", verbose_name=_("customer"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="credit_entries", verbose_name=_("payment"))
    credit_note = models.ForeignKey(
        Invoice, models.PROTECT, null=True, blank=True, related_name="credit_entries", verbose_name=_("credit note")
    )
    amount = MoneyField(_("amount"))  # always positive, of the payment or credit note
    currency = CurrencyField(_("currency"))
    on = models.DateField(_("day"))
    reference = models.CharField(_("reference"), max_length=140)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    bank_line = models.ForeignKey(BankLine, models.PROTECT, null=True, blank=True, related_name="refunds", verbose_name=_("bank line"))
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8, null=True, blank=True)  # of one unit that is settled
    rate_told = models.CharField(_("rate told by"), max_length=20, choices=Told, blank=True)
    is_reversal = models.BooleanField(default=False)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("takes back"))
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    objects = CreditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry on credit")
        verbose_name_plural = _("entries on credit")
        constraints = [
            is_positive("amount", name="credit_entry_positive"),
            fits_currency("amount", name="credit_entry_fits_currency"),
            UniqueConstraint(fields=["creditor", "reference"], condition=Q(is_reversal=False), name="refund_booked_once"),
            CheckConstraint(
                condition=Q(payment__isnull=False, credit_note=None) | Q(payment=None, credit_note__isnull=False),
                name="credit_entry_has_one_source",
            ),
            CheckConstraint(
                condition=Q(is_reversal=True, reverses__isnull=False) | Q(is_reversal=False, reverses=None),
                name="credit_contra_names_its_entry",
            ),
            CheckConstraint(
                condition=Q(kind="refund", rate=None, rate_told="")
                | Q(kind="exchange", bank_line=None, rate__gt=0, payment__isnull=False) & ~Q(rate_told=""),
                name="exchange_has_its_rate",
            ),
        ]
        indexes = [models.Index(fields=["customer", "on"], name="credit_entry_of_customer")]

    def __str__(self) -> str:
        return self.reference


class ExchangeDifference(models.Model):
    """What exchange rates made of settled money, in the company's currency: received less what the claim stood for in its books.

    One of an entry on an item. `settled_*` is the mid rate at which the claim was booked, `received_*` the one of the money, each with its
    day; empty where that side is in the company's currency. Taken back with the entry, by a contra-row.
    """

    append_only = True

    entry = models.OneToOneField(AllocationEntry, models.PROTECT, related_name="exchange_difference")
    amount = MoneyField(_("amount"))  # in the company's currency, zero or more
    is_gain = models.BooleanField(_("gain"))
    currency = CurrencyField(_("currency"))
    on = models.DateField(_("day"))
    received = MoneyField(_("received"))
    settled = MoneyField(_("settled"))
    received_rate = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    received_on = models.DateField(null=True, blank=True)
    settled_rate = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    settled_on = models.DateField(null=True, blank=True)
    source = models.CharField(_("source"), max_length=200)  # such as "NBP, table 085/A/NBP/2026"
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal")
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("exchange difference")
        verbose_name_plural = _("exchange differences")
        constraints = [
            CheckConstraint(condition=Q(amount__gte=0), name="exchange_difference_not_negative"),
            fits_currency("amount", "received", "settled", name="exchange_difference_fits_currency"),
            CheckConstraint(
                condition=Q(reverses__isnull=False)
                | Q(amount=F("received") - F("settled"), is_gain=True)
                | Q(amount=F("settled") - F("received"), is_gain=False),
                name="exchange_difference_is_what_was_received_less_what_was_settled",
            ),
            CheckConstraint(
                condition=(Q(received_rate=None, received_on=None) | Q(received_rate__gt=0, received_on__isnull=False))
                & (Q(settled_rate=None, settled_on=None) | Q(settled_rate__gt=0, settled_on__isnull=False))
                & (Q(received_rate__isnull=False) | Q(settled_rate__isnull=False)),
                name="exchange_difference_has_its_rates",
            ),
            CheckConstraint(condition=~Q(source=""), name="exchange_difference_has_its_source"),
        ]
