"""Money and credit that came, and what they settle. Rows are never edited; a mistake is reversed by a second row."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from invoices.models.bank import BankLine
from invoices.models.customers import Customer
from invoices.models.invoices import Invoice, Item
from invoices.states import WhyWrittenOff
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, SealedField, fits_currency, is_positive


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: User) -> "PaymentQuerySet":
        """Payments to the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))


class Payment(models.Model):
    """Money that reached the bank. A refund or chargeback is a row of its own that names the one it takes back."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="payments", verbose_name=_("customer"))
    amount = MoneyField(_("amount"))  # always positive, in `currency`
    currency = CurrencyField(_("currency"))
    booked_on = models.DateField(_("booked on"))  # the bank's day, in the creditor's zone
    reference = models.CharField(_("reference"), max_length=140)  # names it once per creditor; made up where the bank gave none
    title = models.CharField(_("transfer title"), max_length=400, blank=True)
    payer_name = models.CharField(_("payer"), max_length=200, blank=True)
    payer_account = SealedField(null=True, blank=True, editable=False)
    payer_account_hash = models.BinaryField(null=True, blank=True, editable=False)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("takes back"))
    bank_line = models.ForeignKey(BankLine, models.PROTECT, null=True, blank=True, related_name="payments", verbose_name=_("bank line"))
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            is_positive("amount", name="payment_amount_positive"),
            fits_currency("amount", name="payment_amount_fits_currency"),
            UniqueConstraint(fields=["creditor", "reference"], name="payment_booked_once"),
        ]
        indexes = [
            models.Index(fields=["-booked_on", "-id"], name="payment_newest"),
            models.Index(fields=["payer_account_hash"], name="payment_by_account", condition=Q(payer_account_hash__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.reference


class WriteOff(models.Model):
    """A rest that will not be claimed any more, with its reason and author. Not the same as paid."""

    append_only = True

    WHYS = [
        (WhyWrittenOff.INEFFECTIVE, _("enforcement was ineffective")),
        (WhyWrittenOff.INSOLVENT, _("bankruptcy, or nothing to be had")),
        (WhyWrittenOff.BARRED, _("time-barred")),
        (WhyWrittenOff.SMALL, _("too small to be chased")),
        (WhyWrittenOff.DISPUTE, _("a dispute that is not worth it")),
        (WhyWrittenOff.GOODWILL, _("goodwill")),
        (WhyWrittenOff.OTHER, pgettext_lazy("write-off", "other")),
    ]

    item = models.ForeignKey(Item, models.PROTECT, related_name="write_offs")
    amount = MoneyField()
    currency = CurrencyField()
    on = models.DateField()
    why = models.CharField(max_length=20, choices=WHYS, default=WhyWrittenOff.OTHER)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [
            is_positive("amount", name="write_off_amount_positive"),
            fits_currency("amount", name="write_off_amount_fits_currency"),
        ]


SOURCES = ("payment", "credit_note", "write_off", "allowance", "exchange")


def _only(*, source: str, **named: bool) -> Q:
    """Of that source, and naming the row that it comes from and no other."""
    return Q(source=source, **{f"{name}__isnull": not named.get(name, False) for name in SOURCES})


class AllocationEntry(models.Model):
    """A dated entry that changes what is open on an item: money, a credit note, what the company bears, a write-off, a withdrawal or a
    sale; or its contra-entry. Money of another currency names the entry on credit by which it was exchanged.

    Triggers see to it that the entries of a payment or credit note never exceed it, those of an item never exceed the item,
    and that all agree in currency and customer's creditor.
    """

    append_only = True

    class Source(models.TextChoices):
        PAYMENT = "payment", _("payment")
        CREDIT = "credit", _("credit note")
        WRITE_OFF = "write_off", _("write-off")
        WITHDRAWAL = "withdrawal", _("withdrawal")
        SALE = "sale", _("sale of the debt")
        ALLOWANCE = "allowance", _("borne by the company")
        EXCHANGE = "exchange", _("payment in another currency")

    item = models.ForeignKey(Item, models.PROTECT, related_name="entries")
    source = models.CharField(max_length=20, choices=Source)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="entries")
    credit_note = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="entries")
    write_off = models.ForeignKey(WriteOff, models.PROTECT, null=True, blank=True, related_name="entries")
    allowance = models.ForeignKey("invoices.Allowance", models.PROTECT, null=True, blank=True, related_name="entries")
    exchange = models.ForeignKey("invoices.CreditEntry", models.PROTECT, null=True, blank=True, related_name="entries")
    amount = MoneyField()  # always positive; lowers what is open unless `is_reversal`
    currency = CurrencyField()
    on = models.DateField()  # the day it counts from, in the creditor's zone
    is_reversal = models.BooleanField(default=False)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "allocation entries"
        constraints = [
            is_positive("amount", name="allocation_amount_positive"),
            fits_currency("amount", name="allocation_amount_fits_currency"),
            CheckConstraint(
                condition=Q(is_reversal=True, reverses__isnull=False) | Q(is_reversal=False, reverses__isnull=True),
                name="allocation_reversal_names_its_entry",
            ),
            CheckConstraint(
                condition=_only(source="payment", payment=True)
                | _only(source="credit", credit_note=True)
                | _only(source="write_off", write_off=True)
                | _only(source="withdrawal")
                | _only(source="sale")
                | _only(source="allowance", allowance=True)
                | _only(source="exchange", exchange=True),
                name="allocation_has_one_source",
            ),
        ]
        indexes = [models.Index(fields=["item", "on"], name="allocation_by_item")]


PAID_BY = (AllocationEntry.Source.PAYMENT, AllocationEntry.Source.EXCHANGE)
"""Money, in whichever currency it came."""
SETTLED_BY_PAYING = (*PAID_BY, AllocationEntry.Source.ALLOWANCE)
"""Money, and what the company bears with it."""
