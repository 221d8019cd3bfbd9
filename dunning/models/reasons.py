"""Why customers do not pay, as they or the staff say: facts to be counted, without any effect on the ladder."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dunning.states import WhyUnpaid
from invoices.models import Customer, Invoice
from receivables.accounts.models import Creditor


class NonPayment(models.Model):
    """A reason somebody gave on a day. Never edited: a later one counts in its place."""

    append_only = True
    REASONS = [
        (WhyUnpaid.FORGOT, _("forgot")),
        (WhyUnpaid.CASH_FLOW, _("cash flow")),
        (WhyUnpaid.DISPUTE, _("does not agree with the invoice")),
        (WhyUnpaid.LOST_INVOICE, _("has no invoice")),
        (WhyUnpaid.APPROVAL, _("waits for an approval of their own")),
        (WhyUnpaid.CUSTOMER_UNPAID, _("is not paid themselves")),
        (WhyUnpaid.INSOLVENT, _("insolvent")),
        (WhyUnpaid.UNWILLING, _("does not want to pay")),
        (WhyUnpaid.OTHER, pgettext_lazy("reason", "other")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="non_payments", verbose_name=_("customer"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="non_payments", verbose_name=_("invoice"))
    reason = models.CharField(_("reason"), max_length=20, choices=REASONS)
    note = models.CharField(_("note"), max_length=200, blank=True)
    on = models.DateField(_("day"))
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("reason for not paying")
        verbose_name_plural = _("reasons for not paying")
        indexes = [
            models.Index(fields=["invoice", "-id"], name="non_payment_of_invoice", condition=models.Q(invoice__isnull=False)),
            models.Index(fields=["customer", "-id"], name="non_payment_of_customer", condition=models.Q(invoice=None)),
            models.Index(fields=["creditor", "on"], name="non_payment_by_day"),
        ]
