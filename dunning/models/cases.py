"""A case is one item's walk up the ladder."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _

from dunning.models.agreements import Rate
from dunning.models.policies import PolicyVersion
from dunning.states import NOT_HELD, CaseState
from invoices.models import Customer, Item
from receivables.accounts.models import Creditor, User


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> "CaseQuerySet":
        """Cases of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))

    def running(self) -> "CaseQuerySet":
        """Those that may still take a step, or have to be looked at."""
        return self.filter(state=CaseState.RUNNING)

    def due_to_look_at(self, *, on: date) -> "CaseQuerySet":
        """Those whose day has come."""
        return self.running().filter(look_again_on__lte=on)


class Case(models.Model):
    """Where an item, or a rate of an agreement, stands. Only `dunning.actions` writes here; see `StepTaken` for what was done."""

    class ChosenBy(models.TextChoices):
        """What put the item under its policy; each beats those after it."""

        INVOICE = "invoice", _("assigned to the invoice")
        CUSTOMER = "customer", _("assigned to the customer")
        SEGMENT = "segment", _("chosen by a segment")
        KIND = "kind", _("assigned to the kind of customer")
        DEFAULT = "default", _("the company's default")
        MOVED = "moved", _("moved by a person")

    STATES = [(CaseState.RUNNING, _("running")), (CaseState.WITH_AGENCY, _("with agency")), (CaseState.CLOSED, _("closed"))]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="cases")
    item = models.OneToOneField(Item, models.PROTECT, null=True, blank=True, related_name="case", verbose_name=_("item"))
    rate = models.OneToOneField(Rate, models.PROTECT, null=True, blank=True, related_name="case", verbose_name=_("rate"))
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="cases", verbose_name=_("policy version"))
    state = models.CharField(_("state"), max_length=20, choices=STATES, default=CaseState.RUNNING)
    reason = models.CharField(_("closed because"), max_length=20, blank=True)  # paid, credited, … ; time_barred
    entered_on = models.DateField(_("entered on"))
    chosen_by = models.CharField(_("policy chosen by"), max_length=20, choices=ChosenBy, blank=True)  # blank: entered before that was noted
    chosen_rule = models.CharField(_("rule"), max_length=100, blank=True)  # the name that the segment had then
    episode = models.PositiveSmallIntegerField(default=1)
    round = models.PositiveSmallIntegerField(default=1)  # of the next step; rises when an earlier try did not count
    position = models.PositiveSmallIntegerField(default=0)  # of the last step completed or skipped, 0 for none
    step = models.CharField(_("last step"), max_length=60, blank=True)  # key of the last step completed
    completed_on = models.DateField(_("completed on"), null=True, blank=True)
    deadline_on = models.DateField(_("deadline named"), null=True, blank=True)
    skipped = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    skipped_for_good = ArrayField(models.CharField(max_length=60), default=list, blank=True)  # by a person, with a reason
    lowered_position = models.PositiveSmallIntegerField(default=0)  # where a person put it back to …
    lowered_round = models.PositiveSmallIntegerField(default=0)  # … and since which round: steps above it, taken before, count no more
    # the last run that looked
    judged_in = models.ForeignKey("dunning.Run", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    waits = models.CharField(_("waits for"), max_length=20, blank=True)  # and what it found; empty where it acted
    released_position = models.PositiveSmallIntegerField(default=0)  # a person has released this step; no second approval
    wants_approval = models.BooleanField(default=False)  # reopened after it had been closed: a person looks first
    in_flight = models.ForeignKey("dunning.StepTaken", models.PROTECT, null=True, blank=True, related_name="+")
    max_step = models.CharField(_("highest step"), max_length=60, blank=True)  # a person's cap for this item; empty: the policy's
    reviewed_end = models.BooleanField(default=False)  # the review at the end of the ladder was opened, once
    reviewed_freeze = models.BooleanField(default=False)  # the review of a step held up by the agency was opened, once
    look_again_on = models.DateField(null=True, blank=True)  # empty: only an event can change anything

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            CheckConstraint(
                condition=Q(item=None, rate__isnull=False) | Q(item__isnull=False, rate=None), name="case_is_of_an_item_or_a_rate"
            ),
            CheckConstraint(condition=Q(state="closed") | Q(reason=""), name="case_reason_only_when_closed"),
            CheckConstraint(
                condition=Q(completed_on=None, step="") | Q(completed_on__isnull=False) & ~Q(step=""), name="case_step_has_its_day"
            ),
            CheckConstraint(condition=Q(chosen_by="segment") | Q(chosen_rule=""), name="case_rule_only_of_a_segment"),
        ]
        indexes = [
            models.Index(fields=["creditor", "look_again_on", "customer"], name="case_to_look_at", condition=Q(state="running")),
            models.Index(fields=["customer"], name="case_running_of_customer", condition=Q(state="running")),
            models.Index(fields=["judged_in"], name="case_held_up_in", condition=~Q(waits__in=NOT_HELD)),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"

    @property
    def debt(self) -> Item | Rate:
        """What climbs: both have label, due day, currency, amount and what is open."""
        debt = self.item or self.rate
        if debt is None:
            raise ValueError(f"case {self.pk} climbs for nothing")
        return debt

    @property
    def debt_key(self) -> int:
        """What the pure core calls the paper it stands on: the invoice, or the agreement with a minus before it."""
        return self.item.invoice_id if self.item else -self.rate.agreement_id if self.rate else 0

    @property
    def began_on(self) -> date:
        """When the invoice was issued, or the rate agreed."""
        return self.item.invoice.issued_on if self.item else self.rate.agreement.made_on if self.rate else self.entered_on


class Hold(models.Model):
    """Nobody is chased while it lasts; the day `until` itself is still held, without one it lasts until released."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="holds", verbose_name=_("customer"))
    item = models.ForeignKey(
        Item, models.PROTECT, null=True, blank=True, related_name="holds", verbose_name=_("item")
    )  # none: all of the customer's
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    released_on = models.DateField(_("released on"), null=True, blank=True)
    released_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [CheckConstraint(condition=Q(until=None) | Q(until__gte=models.F("since")), name="hold_ends_after_it_begins")]
        indexes = [models.Index(fields=["customer"], name="hold_standing", condition=Q(released_on=None))]
