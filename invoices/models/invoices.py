"""Invoices, and the items that are owed: what climbs the ladder is an instalment, and an invoice without a schedule has one."""

from datetime import date

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from invoices.models.customers import Customer
from invoices.states import Closing, DocumentKind, InvoiceState
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive


class Sale(models.TextChoices):
    """What was sold; limitation depends on it."""

    GOODS = "goods", _("goods")
    SERVICES = "services", _("services")


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to(self, user: User) -> "InvoiceQuerySet":
        """Invoices of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))


class Invoice(models.Model):
    """A paper that a source system issued. Never edited once issued: cancelled, corrected, credited by other rows."""

    KINDS = [
        (DocumentKind.INVOICE, _("invoice")),
        (DocumentKind.ADVANCE, _("advance invoice")),
        (DocumentKind.FINAL, _("final invoice")),
        (DocumentKind.CORRECTION, _("correction")),
        (DocumentKind.DEBIT_NOTE, _("debit note")),
        (DocumentKind.CREDIT_NOTE, _("credit note")),
        (DocumentKind.PROFORMA, _("pro-forma")),
        (DocumentKind.ORDER, _("order")),
    ]
    STATES = [(InvoiceState.DRAFT, _("draft")), (InvoiceState.ISSUED, _("issued")), (InvoiceState.CANCELLED, _("cancelled"))]

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="invoices", verbose_name=_("customer"))
    number = models.CharField(_("number"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS, default=DocumentKind.INVOICE)
    state = models.CharField(_("state"), max_length=20, choices=STATES, default=InvoiceState.ISSUED)
    currency = CurrencyField(_("currency"))
    gross = MoneyField(_("gross amount"))  # in `currency`; a credit note's is positive too
    issued_on = models.DateField(_("issued on"))
    sale = models.CharField(_("sale of"), max_length=10, choices=Sale, default=Sale.GOODS)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name=_("corrects"))
    order_number = models.CharField(_("order number"), max_length=100, blank=True)
    contract_number = models.CharField(_("contract number"), max_length=100, blank=True)
    branch = models.CharField(_("branch"), max_length=100, blank=True)  # of the customer
    source = models.CharField(_("source"), max_length=60, blank=True)  # the profile or interface it came by
    source_digest = models.CharField(max_length=64, blank=True)  # of the source row, to see a change
    payment_method = models.CharField(_("payment method"), max_length=40, blank=True)  # the source's word, such as "card"
    is_subscription = models.BooleanField(_("subscription"), null=True, blank=True)  # none: the source does not say
    document = models.ForeignKey("documents.Document", models.PROTECT, null=True, blank=True, verbose_name=_("document"))

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            UniqueConstraint(fields=["creditor", "number"], name="invoice_number_once_per_company"),
            is_positive("gross", name="invoice_gross_positive"),
            fits_currency("gross", name="invoice_gross_fits_currency"),
        ]
        indexes = [models.Index(fields=["-issued_on", "-id"], name="invoice_newest")]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("dashboard:invoice", args=[self.pk])


class ItemQuerySet(models.QuerySet["Item"]):
    def visible_to(self, user: User) -> "ItemQuerySet":
        """Items of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))

    def open(self) -> "ItemQuerySet":
        """What is still owed, disputed parts included."""
        return self.filter(open_amount__gt=0)

    def overdue(self, *, on: date) -> "ItemQuerySet":
        """Open and due before day `on`: payment on the due date itself is in time."""
        return self.open().filter(due_on__lt=on)


class Item(models.Model):
    """What is owed by one day: an instalment of an invoice, or all of it. Only `invoices.actions` writes `open_amount`."""

    CLOSINGS = [
        (Closing.PAID, _("paid")),
        (Closing.CREDITED, _("credited")),
        (Closing.WRITTEN_OFF, _("written off")),
        (Closing.WITHDRAWN, _("withdrawn")),
        (Closing.SOLD, _("sold")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="items")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="items", verbose_name=_("invoice"))
    position = models.PositiveSmallIntegerField(default=1)
    label = models.CharField(_("item"), max_length=110)  # "F/1" or, of a schedule, "F/1#2"
    due_on = models.DateField(_("due on"))
    currency = CurrencyField(_("currency"))
    amount = MoneyField(_("amount"))
    open_amount = MoneyField(_("open"))  # the same as `ledger.open_on` today; a check compares
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_as = models.CharField(_("closed as"), max_length=20, choices=CLOSINGS, blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        constraints = [
            UniqueConstraint(fields=["invoice", "position"], name="item_position_once_per_invoice"),
            UniqueConstraint(fields=["creditor", "label"], name="item_label_once_per_company"),
            is_positive("amount", name="item_amount_positive"),
            CheckConstraint(condition=Q(open_amount__gte=0, open_amount__lte=F("amount")), name="item_open_within_amount"),
            CheckConstraint(condition=Q(open_amount=0) | Q(closed_as=""), name="item_open_is_not_closed"),
            fits_currency("amount", "open_amount", name="item_amounts_fit_currency"),
        ]
        indexes = [
            models.Index(
                fields=["creditor", "customer", "due_on"],
                include=["open_amount", "currency"],
                name="item_open_by_customer",
                condition=Q(open_amount__gt=0),
            ),
            models.Index(fields=["-due_on", "-id"], name="item_newest"),
        ]

    def __str__(self) -> str:
        return self.label
