"""Policies as published versions, who is under which, and a creditor's rules for the ladder."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, Deferrable, Q, UniqueConstraint
from django.db.models.functions import Cast
from django.db.models.lookups import Regex
from django.utils.translation import gettext_lazy as _

from invoices.models import Customer, Invoice
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.countries.hours import CHANNELS, read_hours
from receivables.db.fields import MoneyField

_TIME = r"[0-2][0-9]:[0-5][0-9]"
HOURS_BY_CHANNEL = rf'^\{{("({"|".join(CHANNELS)})": "{_TIME}-{_TIME}"(, )?)*\}}$'
"""How PostgreSQL writes contact hours as text."""


class Policy(models.Model):
    """A policy by name; what it says stands in its versions."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["name"]
        constraints = [UniqueConstraint(fields=["creditor", "name"], name="policy_name_once_per_company")]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """What a policy says from its publishing on. A published text never changes; a running case keeps its version."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        RETIRED = "retired", _("retired")

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions", verbose_name=_("policy"))
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    text = models.TextField(_("text"))  # YAML, see docs/policies.md
    created_at = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    override_reason = models.CharField(_("published although scenarios failed, because"), max_length=200, blank=True)
    first_released_at = models.DateTimeField(_("first released at"), null=True, blank=True)  # a message under it, by a person
    first_released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        ordering = ["-number"]
        constraints = [
            UniqueConstraint(fields=["policy", "number"], name="policy_version_number_once"),
            UniqueConstraint(fields=["policy"], condition=Q(state="published"), name="one_published_version_per_policy"),
            UniqueConstraint(fields=["policy"], condition=Q(state="draft"), name="one_draft_per_policy"),
        ]

    def __str__(self) -> str:
        return f"{self.policy.name} v{self.number}"


class Assignment(models.Model):
    """Which policy applies: an invoice's or a customer's; where no segment applies, a kind's or the creditor's (all three empty)."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    policy = models.ForeignKey(Policy, models.PROTECT, verbose_name=_("policy"))
    invoice = models.OneToOneField(Invoice, models.CASCADE, null=True, blank=True, verbose_name=_("invoice"))
    customer = models.OneToOneField(Customer, models.CASCADE, null=True, blank=True, verbose_name=_("customer"))
    kind = models.CharField(_("kind of customer"), max_length=20, blank=True, choices=Customer.KINDS)

    class Meta:
        verbose_name = _("policy assignment")
        verbose_name_plural = _("policy assignments")
        constraints = [
            CheckConstraint(
                condition=Q(invoice=None, customer=None) | Q(invoice=None, kind="") | Q(customer=None, kind=""),
                name="assignment_has_one_scope",
            ),
            UniqueConstraint(fields=["creditor", "kind"], condition=Q(invoice=None, customer=None), name="one_policy_per_kind"),
        ]


class Segment(models.Model):
    """A rule that puts items under a policy when they enter: the first that applies, by position. An empty one applies to everybody."""

    creditor = models.ForeignKey(Creditor, models.CASCADE, related_name="segments", verbose_name=_("company"))
    position = models.PositiveSmallIntegerField(_("order"))
    name = models.CharField(_("name"), max_length=100)
    conditions = models.JSONField(_("conditions"), default=dict, blank=True)  # as `segments.written_conditions` writes them
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="segments", verbose_name=_("policy"))
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["position"]
        constraints = [
            UniqueConstraint(fields=["creditor", "name"], name="segment_name_once_per_company"),
            UniqueConstraint(fields=["creditor", "position"], name="segments_are_in_one_order", deferrable=Deferrable.DEFERRED),
        ]

    def __str__(self) -> str:
        return self.name


class AttachedScenario(models.Model):
    """A story that a policy must pass before a version of it is published."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="scenarios", verbose_name=_("policy"))
    name = models.CharField(_("name"), max_length=100)
    text = models.TextField(_("text"))  # as in docs/policies.md; the policy to be published stands in for its default one

    class Meta:
        verbose_name = _("attached scenario")
        verbose_name_plural = _("attached scenarios")
        ordering = ["name"]
        constraints = [UniqueConstraint(fields=["policy", "name"], name="scenario_name_once_per_policy")]

    def __str__(self) -> str:
        return self.name


def own_hours(value: object) -> None:
    """Validate contact hours as the rules hold them: "09:00-17:00" by channel."""
    try:
        read_hours(value if isinstance(value, dict) else {"": str(value)})
    except Refused as refusal:
        raise ValidationError(str(refusal)) from None


class Rehearsal(models.Model):
    """The attached scenarios of a policy, played with one text of it by a worker, and what came of it. One a policy, the last."""

    policy = models.OneToOneField(Policy, models.CASCADE, related_name="rehearsal")
    number = models.PositiveIntegerField(_("version"))
    digest = models.CharField(max_length=64)  # of text, scenarios and program: another one has not been played
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    played = models.JSONField(default=list)  # name, title, differences of each
    problem = models.CharField(max_length=300, blank=True)  # why they could not be played

    class Meta:
        constraints = [CheckConstraint(condition=Q(ended_at=None) | Q(begun_at__isnull=False), name="rehearsal_begins_before_it_ends")]

    @property
    def is_under_way(self) -> bool:
        """Whether it was asked for and has not ended."""
        return self.ended_at is None


class LadderRules(models.Model):
    """A creditor's rules beside the policies. Empty means: no such rule."""

    class Calendar(models.TextChoices):
        NONE = "none", _("every day is a contact day")
        COUNTRY = "country", _("the customer's country decides")

    creditor = models.OneToOneField(Creditor, models.CASCADE, primary_key=True, related_name="ladder_rules")
    calendar = models.CharField(_("calendar"), max_length=10, choices=Calendar, default=Calendar.COUNTRY)
    bank_freshness_days = models.PositiveSmallIntegerField(_("bank data at most this many days old"), null=True, blank=True)
    pending_money_days = models.PositiveSmallIntegerField(
        _("days for which money that is only seen keeps people from being chased"), default=3
    )
    bank_wait_days = models.PositiveSmallIntegerField(  # 0: the day alone decides
        _("days for which promises and instalments wait for the bank's data of their day"), default=14
    )
    bank_seen_until = models.DateField(_("bank data complete up to"), null=True, blank=True)  # that day itself may have been going on
    bank_read_until = models.DateField(null=True, blank=True, editable=False)  # the last day told whole: promises and rates go by it
    contact_hours = models.JSONField(  # channel → "09:00-17:00", within those of the country; a channel left out has the country's
        _("own contact hours"), default=dict, blank=True, validators=[own_hours]
    )
    tolerance = MoneyField(_("smallest amount worth a message"), default=0)
    cap_messages = models.PositiveSmallIntegerField(_("messages at most"), null=True, blank=True)
    cap_days = models.PositiveSmallIntegerField(_("in any so many days"), null=True, blank=True)
    cap_per_person = models.BooleanField(_("one e-mail address or phone number has one cap, whoever's it is"), default=True)
    four_eyes = models.BooleanField(_("the approver must not be the one who planned"), default=True)
    first_run_waits = models.BooleanField(_("the first run of a policy version waits for a person"), default=True)
    legal_waits = models.BooleanField(_("demands and hand-overs always wait for a person"), default=True)
    formal_needs_delivery = models.BooleanField(_("demands and hand-overs wait until the invoice was delivered"), default=False)
    handover_needs_terms = models.BooleanField(
        _("a hand-over needs an agency with contract, cost terms and data role on file"), default=True
    )
    handover_notice_days = models.PositiveSmallIntegerField(  # empty: it need not be announced
        _("a hand-over was announced at least so many days before"), null=True, blank=True, default=7
    )
    handover_needs_call = models.BooleanField(_("a hand-over needs a call that reached somebody, or two tries"), default=True)
    run_cap = models.PositiveIntegerField(_("a run with more messages than this waits for a person"), null=True, blank=True, default=10_000)
    run_at = models.TimeField(_("the day's run starts at"), default=time(8))  # in the creditor's zone
    register = models.CharField(_("bureau that warnings of an entry name: its name and seat"), max_length=120, blank=True)
    undo_minutes = models.PositiveSmallIntegerField(_("minutes in which what a person writes can be undone"), default=10)
    most_enclosed = models.PositiveSmallIntegerField(_("invoices attached to the first e-mail about them, at most"), default=5)  # 0: none
    last_run_on = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("ladder rules")
        verbose_name_plural = _("ladder rules")
        constraints = [
            CheckConstraint(
                condition=Q(cap_messages=None, cap_days=None) | Q(cap_messages__gte=1, cap_days__gte=1), name="cap_has_both_parts"
            ),
            CheckConstraint(condition=Q(tolerance__gte=0), name="tolerance_not_negative"),
            CheckConstraint(condition=Q(undo_minutes__lte=60), name="undo_within_an_hour"),
            CheckConstraint(condition=Q(pending_money_days__lte=30), name="pending_money_holds_a_month_at_most"),
            CheckConstraint(condition=Q(bank_wait_days__lte=30), name="bank_data_awaited_a_month_at_most"),
            CheckConstraint(condition=Q(most_enclosed__lte=20), name="twenty_invoices_enclosed_at_most"),
            CheckConstraint(condition=Regex(Cast("contact_hours", models.TextField()), HOURS_BY_CHANNEL), name="contact_hours_by_channel"),
        ]

    def clean(self) -> None:
        """Own contact hours narrow those of the country, and never widen them."""
        try:
            read_hours(self.contact_hours, country=self.creditor.country)
        except Refused as refusal:
            raise ValidationError({"contact_hours": str(refusal)}) from None

    def is_hour(self, now: datetime) -> bool:
        """Whether the hour of the day's run has come where the creditor is."""
        return now.astimezone(ZoneInfo(self.creditor.time_zone)).time() >= self.run_at
