"""What was agreed with a customer: a promise to pay by a day, or instalments with days of their own."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from invoices.models import Customer, Item
from receivables.accounts.models import Creditor
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive


class Promise(models.Model):
    """The customer said: so much, by that day. Its items wait through the day; what came of it is found from payments."""

    class State(models.TextChoices):
        STANDING = "standing", _("running")
        KEPT = "kept", _("kept")
        BROKEN = "broken", _("broken")
        REPLACED = "replaced", _("replaced by a newer one")
        SETTLED = "settled", _("nothing left to pay")

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="promises", verbose_name=_("customer"))
    currency = CurrencyField()
    amount = MoneyField(_("amount"))
    made_on = models.DateField(_("made on"))
    by = models.DateField(_("by"))  # the last day on which it can be kept
    after_entry = models.BigIntegerField(default=0)  # allocation entries above this one were made since
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.STANDING)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    reason = models.CharField(_("remark"), max_length=200, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering = ["-id"]
        constraints = [
            is_positive("amount", name="promise_amount_positive"),
            fits_currency("amount", name="promise_amount_fits_currency"),
            CheckConstraint(condition=Q(by__gte=F("made_on")), name="promise_is_for_a_day_to_come"),
            CheckConstraint(condition=Q(state="standing", ended_on=None) | ~Q(state="standing"), name="promise_standing_has_no_end"),
        ]
        indexes = [models.Index(fields=["customer", "by"], name="promise_standing", condition=Q(state="standing"))]

    def __str__(self) -> str:
        return f"promise {self.pk}"


class PromisedItem(models.Model):
    """An item that waits for a promise. Of several promises on an item only the newest stands."""

    promise = models.ForeignKey(Promise, models.PROTECT, related_name="lines")
    item = models.ForeignKey(Item, models.PROTECT, related_name="promises")
    is_standing = models.BooleanField(default=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["promise", "item"], name="item_once_per_promise"),
            UniqueConstraint(fields=["item"], condition=Q(is_standing=True), name="one_standing_promise_per_item"),
        ]


class Agreement(models.Model):
    """An instalment agreement over items that are open. It stands until a missed rate ends it; its items rest meanwhile."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="agreements", verbose_name=_("customer"))
    label = models.CharField(_("number"), max_length=100)  # its rates are called "LABEL#1", "LABEL#2" …
    currency = CurrencyField()
    made_on = models.DateField(_("made on"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)  # a rate was missed, or a person ended it
    waives_interest = models.BooleanField(_("no interest meanwhile"), default=False)  # lost where a rate is missed
    reason = models.CharField(_("remark"), max_length=200, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("instalment agreement")
        verbose_name_plural = _("instalment agreements")
        ordering = ["-id"]
        constraints = [
            UniqueConstraint(fields=["creditor", "label"], name="agreement_label_once_per_company"),
            CheckConstraint(condition=Q(ended_on=None) | Q(ended_on__gte=F("made_on")), name="agreement_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["customer"], name="agreement_standing", condition=Q(ended_on=None))]

    def __str__(self) -> str:
        return self.label


class AgreedItem(models.Model):
    """An item that an agreement covers, in the order in which money falls on them."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="lines")
    item = models.ForeignKey(Item, models.PROTECT, related_name="agreements")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [UniqueConstraint(fields=["agreement", "item"], name="item_once_per_agreement")]


class Rate(models.Model):
    """One instalment of an agreement. It climbs the ladder before its day; the debt itself stands on the invoices that it covers."""

    CLOSINGS = [("paid", _("paid")), ("credited", _("credited")), ("written_off", _("written off")),
                ("withdrawn", _("withdrawn")), ("sold", _("sold")), ("plan_ended", _("the agreement ended"))]  # fmt: skip

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="rates")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(_("rate"), max_length=110)
    due_on = models.DateField(_("due on"))
    currency = CurrencyField()
    amount = MoneyField(_("amount"))
    open_amount = MoneyField(_("open"))  # what the money on the invoices covered has not filled
    closed_as = models.CharField(_("closed as"), max_length=20, choices=CLOSINGS, blank=True)

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        ordering = ["position"]
        constraints = [
            UniqueConstraint(fields=["agreement", "position"], name="rate_position_once_per_agreement"),
            is_positive("amount", name="rate_amount_positive"),
            fits_currency("amount", "open_amount", name="rate_amounts_fit_currency"),
            CheckConstraint(condition=Q(open_amount__gte=0, open_amount__lte=F("amount")), name="rate_open_within_amount"),
            CheckConstraint(condition=Q(open_amount=0) | Q(closed_as=""), name="rate_open_is_not_closed"),
        ]
        indexes = [models.Index(fields=["due_on"], name="rate_open", condition=Q(open_amount__gt=0))]

    def __str__(self) -> str:
        return self.label
