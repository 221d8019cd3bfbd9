"""Money that others collect for the company: who they are, their settlement reports, and what they kept of a payout."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from invoices.models.bank import BankLine
from invoices.models.invoices import Invoice
from invoices.models.payments import Payment
from invoices.settlements import PartnerKind, ReportState
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, fits_currency


class PayoutPartner(models.Model):
    """A courier, gateway or marketplace. Its lines of the bank are never a customer's own money: they wait for its report."""

    KINDS = [
        (PartnerKind.COURIER, _("courier, cash on delivery")),
        (PartnerKind.GATEWAY, _("payment gateway")),
        (PartnerKind.MARKETPLACE, _("marketplace")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    slug = models.SlugField(_("short name"))
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    payer = models.CharField(_("words of its bank lines"), max_length=100, help_text=_("As they stand in payer or title of each line."))
    methods = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("payment methods"),
        default=list,
        blank=True,
        help_text=_("Words of invoices that are paid through it. They wait while a payout has no report."),
    )
    profile = models.CharField(_("column profile of its reports"), max_length=60)
    sets_aside_unknown = models.BooleanField(
        _("numbers that are not known here are set aside"),
        default=False,
        help_text=_("For shops most of whose orders are paid at once. Otherwise a report with such a number is held."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("payout partner")
        verbose_name_plural = _("payout partners")
        constraints = [
            UniqueConstraint(fields=["creditor", "slug"], name="payout_partner_once_per_company"),
            CheckConstraint(condition=~Q(payer=""), name="payout_partner_has_words"),
        ]

    def __str__(self) -> str:
        return self.name


class AwaitedSettlement(models.Model):
    """A line of the bank that a partner paid out. While it is not decided, open invoices of the partner's methods wait."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    partner = models.ForeignKey(PayoutPartner, models.PROTECT, related_name="payouts")
    bank_line = models.OneToOneField(BankLine, models.PROTECT, related_name="awaited_settlement")
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["creditor"], name="awaited_settlement_of_company")]


class SettlementReportQuerySet(models.QuerySet["SettlementReport"]):
    def visible_to(self, user: User) -> "SettlementReportQuerySet":
        """Reports of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))


class SettlementReport(models.Model):
    """A report as it came. Its lines are never edited; what becomes of it stands in its state."""

    STATES = [
        (ReportState.AWAITS_MONEY, _("waits for the money")),
        (ReportState.HELD, _("held")),
        (ReportState.BOOKED, _("booked")),
        (ReportState.DISCARDED, _("discarded")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    partner = models.ForeignKey(PayoutPartner, models.PROTECT, related_name="reports", verbose_name=_("payout partner"))
    name = models.CharField(_("file"), max_length=255)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()  # zlib
    state = models.CharField(_("state"), max_length=20, choices=STATES)
    problems = models.JSONField(default=list)  # why it is held, in words
    currency = CurrencyField(_("currency"))
    gross = MoneyField(_("paid by customers"))
    refunds = MoneyField(_("given back to customers"))
    fees = MoneyField(_("fees"))
    net = MoneyField(_("paid out"))
    payout = models.CharField(_("reference of the payout"), max_length=100, blank=True)
    bank_line = models.OneToOneField(
        BankLine, models.PROTECT, null=True, blank=True, related_name="settlement", verbose_name=_("bank line")
    )
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)  # why discarded

    objects = SettlementReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("settlement report")
        verbose_name_plural = _("settlement reports")
        constraints = [
            UniqueConstraint(fields=["creditor", "sha256"], condition=~Q(state="discarded"), name="settlement_report_taken_once"),
            CheckConstraint(condition=Q(net=F("gross") - F("refunds") - F("fees")), name="settlement_report_adds_up"),
            CheckConstraint(
                condition=Q(state="booked", bank_line__isnull=False) | ~Q(state="booked") & Q(bank_line=None),
                name="booked_report_has_its_bank_line",
            ),
            CheckConstraint(condition=~Q(state="discarded") | ~Q(reason=""), name="discarded_report_says_why"),
        ]
        indexes = [models.Index(fields=["creditor", "-id"], name="settlement_report_newest")]

    def __str__(self) -> str:
        return self.name


class SettlementLine(models.Model):
    """A line of a report. Only what a person or the program found it to be is written later: `invoice`, `aside`, `payment`."""

    report = models.ForeignKey(SettlementReport, models.PROTECT, related_name="lines")
    line = models.PositiveIntegerField()  # in the file
    number = models.CharField(_("number"), max_length=100, blank=True)  # empty: a fee for the whole payout
    gross = MoneyField(_("paid"))  # below zero: given back to the customer
    fee = MoneyField(_("fee"))
    currency = CurrencyField()
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="settlement_lines", verbose_name=_("invoice"))
    aside = models.CharField(_("no customer's money, because"), max_length=200, blank=True)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="settlement_lines")

    class Meta:
        verbose_name = _("line of a settlement report")
        verbose_name_plural = _("lines of settlement reports")
        ordering = ["line"]
        constraints = [
            UniqueConstraint(fields=["report", "line"], name="settlement_line_once"),
            CheckConstraint(condition=Q(aside="") | Q(invoice=None, payment=None), name="settlement_line_aside_has_no_invoice"),
        ]


class Deduction(models.Model):
    """What stands between a payout and the payments made of it: fees, money given back to customers, money of others that came along.

    A booking of its own, taken back by a contra-row. The line and its deductions together are its payments (trigger).
    """

    append_only = True

    class Kind(models.TextChoices):
        FEE = "fee", _("fee")
        REFUND = "refund", _("given back to a customer")
        ASIDE = "aside", _("no customer's money")

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    report = models.ForeignKey(SettlementReport, models.PROTECT, related_name="deductions", verbose_name=_("settlement report"))
    bank_line = models.ForeignKey(BankLine, models.PROTECT, related_name="deductions", verbose_name=_("bank line"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount = MoneyField(_("amount"))  # signed: above zero lowers what was paid out, below zero raises it
    currency = CurrencyField()
    on = models.DateField(_("day"))
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("takes back"))
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("deduction from a payout")
        verbose_name_plural = _("deductions from payouts")
        constraints = [
            CheckConstraint(condition=~Q(amount=0), name="deduction_moves_money"),
            fits_currency("amount", name="deduction_fits_currency"),
        ]
        indexes = [models.Index(fields=["bank_line"], name="deduction_of_bank_line")]
