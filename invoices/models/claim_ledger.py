"""The ledger of claims beside the principal: posted, waived, paid, reversed. Rows are never edited; the invoice never changes."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Case, CheckConstraint, F, Func, Q, Sum, UniqueConstraint, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from invoices.models.customers import Customer
from invoices.models.invoices import Invoice, Item
from invoices.models.payments import Payment
from invoices.states import ClaimKind
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive

DAYS = Func("first_on", "last_on", Value("[]"), function="daterange", output_field=DateRangeField())  # both ends included


def _sum_of(kind: str, *, on: date | None) -> Coalesce:
    """What entries of a type come to, contra-entries taken off; through day `on`, or all."""
    signed = Case(When(entries__is_reversal=True, then=-F("entries__amount")), default=F("entries__amount"), output_field=MoneyField())
    asked = Q(entries__type=kind) & (Q(entries__on__lte=on) if on else Q())
    return Coalesce(Sum(signed, filter=asked), Value(Decimal(0)), output_field=MoneyField())


class ClaimQuerySet(models.QuerySet["Claim"]):
    def visible_to(self, user: User) -> "ClaimQuerySet":
        """Claims of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))

    def still_open(self) -> "ClaimQuerySet":
        """Those of which something is open, with their figures."""
        rows: Any = self.with_figures()
        return cast("ClaimQuerySet", rows.filter(open__gt=0))

    def with_figures(self, *, on: date | None = None) -> "ClaimQuerySet":
        """With `posted`, `waived`, `paid` and what of it is `open`, by the end of day `on`, or by all entries."""
        rows = self.annotate(posted=_sum_of("posted", on=on), waived=_sum_of("waived", on=on), paid=_sum_of("paid", on=on))
        return rows.annotate(open=F("posted") - F("waived") - F("paid"))


class Claim(models.Model):
    """One claim by one rule: interest on an item for these days, compensation on an invoice, a fee on an item at a step."""

    append_only = True

    KINDS = [(ClaimKind.INTEREST, _("late interest")), (ClaimKind.COMPENSATION, _("compensation")), (ClaimKind.FEE, _("fee"))]

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="claims", verbose_name=_("customer"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="posted_claims", verbose_name=_("invoice"))
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="claims", verbose_name=_("item"))
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    step = models.CharField(_("step"), max_length=60, blank=True)  # of a fee
    first_on = models.DateField(_("first day"), null=True, blank=True)  # of interest
    last_on = models.DateField(_("last day"), null=True, blank=True)
    currency = CurrencyField(_("currency"))

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("posted claim")
        verbose_name_plural = _("posted claims")
        constraints = [
            UniqueConstraint(fields=["invoice"], condition=Q(kind="compensation"), name="compensation_posted_once_per_invoice"),
            UniqueConstraint(fields=["item", "step"], condition=Q(kind="fee"), name="fee_posted_once_per_item_and_step"),
            ExclusionConstraint(
                name="a_day_bears_interest_once",
                expressions=[("item", RangeOperators.EQUAL), (DAYS, RangeOperators.OVERLAPS)],
                condition=Q(kind="interest"),
            ),
            CheckConstraint(
                condition=Q(kind="compensation", item=None, step="", first_on=None, last_on=None)
                | Q(kind="fee", item__isnull=False, first_on=None, last_on=None) & ~Q(step="")
                | Q(kind="interest", item__isnull=False, step="", first_on__lte=F("last_on")),
                name="claim_says_what_its_kind_needs",
            ),
        ]
        indexes = [models.Index(fields=["customer"], name="claim_of_customer")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.invoice_id}"


class ClaimEntry(models.Model):
    """A dated entry on a claim: posted raises it, waived and paid lower it; or its contra-entry.

    Triggers see to it that what is waived and paid never exceeds what is posted, that a claim has one posting at a time, and that a
    payment settles no more, here and on items together, than it is.
    """

    append_only = True

    class Type(models.TextChoices):
        POSTED = "posted", _("posted")
        WAIVED = "waived", _("waived")
        PAID = "paid", _("paid")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="entries")
    type = models.CharField(_("type"), max_length=10, choices=Type)
    amount = MoneyField(_("amount"))  # always positive
    currency = CurrencyField()
    on = models.DateField(_("day"))  # it counts from, in the creditor's zone
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="claim_entries")
    working = models.JSONField(default=dict)  # of a posting: periods, rates, sources, enough to work it out again
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    is_rerun = models.BooleanField(default=False)  # the program worked it out anew; not a person's decision
    is_reversal = models.BooleanField(default=False)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal")
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name_plural = "claim entries"
        ordering = ["pk"]
        constraints = [
            is_positive("amount", name="claim_entry_positive"),
            fits_currency("amount", name="claim_entry_fits_currency"),
            CheckConstraint(
                condition=Q(is_reversal=True, reverses__isnull=False) | Q(is_reversal=False, reverses=None),
                name="claim_contra_names_its_entry",
            ),
            CheckConstraint(
                condition=Q(type="paid", payment__isnull=False) | ~Q(type="paid") & Q(payment=None), name="claim_is_paid_by_a_payment"
            ),
            CheckConstraint(
                condition=~Q(reason="") | Q(type="paid") | Q(type="posted", is_reversal=False), name="waiving_and_reversing_say_why"
            ),
        ]
