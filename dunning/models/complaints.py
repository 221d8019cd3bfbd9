"""Complaints, and credit that is on its way: facts with a clock that hold what they concern."""

from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dunning.states import AwaitedEnd, AwaitedKind, ComplaintAbout, ComplaintOutcome
from invoices.models import Customer, Invoice, Item
from receivables.accounts.models import Creditor
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive


class Complaint(models.Model):
    """What a customer complains of. Its invoice, or without one all of the customer, is held until somebody has answered."""

    ABOUT = [
        (ComplaintAbout.GOODS, _("goods or service")),
        (ComplaintAbout.INVOICE, _("invoice")),
        (ComplaintAbout.CONDUCT, _("our conduct")),
    ]
    OUTCOMES = [
        (ComplaintOutcome.ACCEPTED, _("accepted")),
        (ComplaintOutcome.PARTLY, _("accepted in part")),
        (ComplaintOutcome.REJECTED, pgettext_lazy("complaint", "rejected")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="complaints", verbose_name=_("customer"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="complaints", verbose_name=_("invoice"))
    about = models.CharField(_("about"), max_length=20, choices=ABOUT)
    text = models.TextField(_("what they say"))
    received_on = models.DateField(_("received on"))
    answer_by = models.DateField(_("answer by"))
    alerts = models.PositiveSmallIntegerField(default=0)  # how many of the alerts before `answer_by` were given
    owner = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner"))
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    answered_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.TextField(_("answer"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=OUTCOMES, blank=True)

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        constraints = [
            CheckConstraint(condition=Q(answer_by__gte=F("received_on")), name="complaint_answered_after_it_came"),
            CheckConstraint(
                condition=Q(answered_on=None, outcome="")
                | Q(answered_on__gte=F("received_on"), outcome__in=list(ComplaintOutcome)) & ~Q(answer=""),
                name="complaint_end_has_an_answer",
            ),
        ]
        indexes = [models.Index(fields=["creditor", "answer_by"], name="complaint_open", condition=Q(answered_on=None))]


class AwaitedCredit(models.Model):
    """A return that was announced or a credit note that is expected: its amount is left alone until the note comes, or through a day."""

    KINDS = [(AwaitedKind.RETURN, _("return announced")), (AwaitedKind.CREDIT_NOTE, _("credit note expected"))]
    ENDS = [
        (AwaitedEnd.CREDITED, _("the credit note came")),
        (AwaitedEnd.LAPSED, _("the day passed without it")),
        (AwaitedEnd.SETTLED, _("nothing is open any more")),
        (AwaitedEnd.CALLED_OFF, _("called off")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="awaited_credits", verbose_name=_("customer"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="awaited_credits", verbose_name=_("item"))
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    amount = MoneyField(_("amount"))
    currency = CurrencyField()
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    opened_on = models.DateField(_("since"))
    until = models.DateField(_("until"))  # the last day on which the amount is left alone
    last_entry = models.PositiveBigIntegerField(default=0)  # the newest entry of the item then: only a later credit note ends it
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    ended_as = models.CharField(_("ended because"), max_length=20, choices=ENDS, blank=True)
    ended_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("awaited credit")
        verbose_name_plural = _("awaited credits")
        constraints = [
            CheckConstraint(condition=Q(until__gte=F("opened_on")), name="awaited_credit_ends_after_it_begins"),
            CheckConstraint(
                condition=Q(ended_on=None, ended_as="") | Q(ended_on__isnull=False, ended_as__in=list(AwaitedEnd)),
                name="awaited_credit_end_has_a_kind",
            ),
            is_positive("amount", name="awaited_credit_amount_positive"),
            fits_currency("amount", name="awaited_credit_amount_fits_currency"),
        ]
        indexes = [
            models.Index(fields=["customer"], name="awaited_credit_standing", condition=Q(ended_on=None)),
            models.Index(fields=["creditor", "until"], name="awaited_credit_to_look_at", condition=Q(ended_on=None)),
        ]
