"""Money that came to one company and is another's here: received, passed on, or taken back. No customer of the first gets credit."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from invoices.models.bank import BankLine
from invoices.models.customers import Customer
from invoices.models.invoices import Item
from invoices.models.payments import Payment
from receivables.accounts.models import Creditor
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive


class SisterMoney(models.Model):
    """A bank line of `creditor` whose money belongs to a customer of `receiver`. It stands until it was taken back."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))  # where the money came
    receiver = models.ForeignKey(Creditor, models.PROTECT, related_name="+", verbose_name=_("sister company"))  # whose it is
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="sister_money", verbose_name=_("customer"))  # the receiver's
    bank_line = models.ForeignKey(BankLine, models.PROTECT, related_name="sister_money", verbose_name=_("bank line"))
    items = models.ManyToManyField(Item, related_name="sister_money", verbose_name=_("items"))  # held until it is passed on
    holds = ArrayField(models.BigIntegerField(), default=list)  # ids of the holds that it put there
    reason = models.CharField(_("reason"), max_length=200)
    taken_back_on = models.DateField(_("taken back on"), null=True, blank=True)

    class Meta:
        verbose_name = _("money for a sister company")
        verbose_name_plural = _("money for sister companies")
        constraints = [
            CheckConstraint(condition=~Q(creditor=F("receiver")), name="sister_money_is_of_another_company"),
            UniqueConstraint(fields=["bank_line"], condition=Q(taken_back_on=None), name="bank_line_for_one_sister"),
        ]


class SisterBooking(models.Model):
    """A booking at the company where the money came: received for the other, passed on to it, or the contra-entry of either.

    One that passes on names the payment that it is at the other company: a trigger sees to it that amounts, currencies and companies agree.
    """

    append_only = True

    class Kind(models.TextChoices):
        RECEIVED = "received", _("received for a sister company")
        PASSED_ON = "passed_on", _("passed on to a sister company")

    money = models.ForeignKey(SisterMoney, models.PROTECT, related_name="bookings")
    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount = MoneyField(_("amount"))  # positive; the kind and `reverses` say which way
    currency = CurrencyField(_("currency"))
    on = models.DateField(_("day"))
    payment = models.OneToOneField(Payment, models.PROTECT, null=True, blank=True, related_name="sister_booking")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("takes back"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("booking for a sister company")
        verbose_name_plural = _("bookings for sister companies")
        constraints = [
            is_positive("amount", name="sister_booking_positive"),
            fits_currency("amount", name="sister_booking_fits_currency"),
            CheckConstraint(
                condition=Q(kind="passed_on", payment__isnull=False) | Q(kind="received", payment=None),
                name="passed_on_is_a_payment_there",
            ),
        ]
