"""Rates that were entered after those that are shipped: facts of two people, never edited once approved; and what sources confirmed."""

from typing import TypeVar

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from receivables.accounts.models import User
from receivables.rates.judging import RANGE

Row = TypeVar("Row", bound="Entered")


class EnteredQuerySet(models.QuerySet[Row]):
    def waiting(self) -> "EnteredQuerySet[Row]":
        """Those that nobody has approved or refused yet."""
        return self.filter(approved_at=None, refused_at=None)

    def in_force(self) -> "EnteredQuerySet[Row]":
        """Those that were approved and that no later one corrects."""
        return self.exclude(approved_at=None).filter(superseded_at=None)


class Entered(models.Model):
    """A fact that one person, or the program, entered and another approves. A correction is a further row with its reason."""

    country = models.CharField(_("country"), max_length=2, default="PL")  # ISO 3166-1 alpha-2
    source = models.CharField(_("source"), max_length=200, help_text=_("Where it was read: publication, number, day."))
    reason = models.CharField(
        _("reason"), max_length=200, blank=True, help_text=_("Needed where it corrects what is known, or jumps by more than 5 points.")
    )
    author = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("entered by"))
    entered_at = models.DateTimeField(_("entered at"), editable=False)  # author null: update_rates
    approver = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("approved by"))
    approved_at = models.DateTimeField(_("approved at"), null=True, editable=False)
    refuser = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("refused by"))
    refused_at = models.DateTimeField(_("refused at"), null=True, editable=False)
    superseded_at = models.DateTimeField(_("superseded at"), null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def state(self) -> str:
        """What has become of it, in a word."""
        if self.superseded_at:
            return pgettext("rate", "superseded")
        if self.refused_at:
            return pgettext("rate", "refused")
        return pgettext("rate", "approved") if self.approved_at else pgettext("rate", "waits for approval")


def two_people(name: str) -> list[CheckConstraint]:
    """The rules of four eyes for a table, whose constraints begin with that name."""
    decided = Q(approved_at=None, approver=None) | Q(approved_at__isnull=False, approver__isnull=False, refused_at=None)
    refused = Q(refused_at=None, refuser=None) | Q(refused_at__isnull=False, refuser__isnull=False)
    return [
        CheckConstraint(condition=~Q(source=""), name=f"{name}_has_a_source"),
        CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name=f"{name}_country_is_iso"),
        CheckConstraint(condition=decided & refused, name=f"{name}_is_approved_or_refused"),
        CheckConstraint(condition=Q(approver=None) | Q(author=None) | ~Q(approver=F("author")), name=f"{name}_takes_two"),
        CheckConstraint(condition=Q(superseded_at=None) | Q(approved_at__isnull=False), name=f"{name}_superseded_was_approved"),
    ]


class InterestRate(Entered):
    """A yearly rate in per cent from one day through another: a country's reference rate, or that of a regime nothing derives."""

    regime = models.SlugField(_("regime"), max_length=40, default="nbp_reference")
    valid_from = models.DateField(_("valid from"))
    known_until = models.DateField(_("known until"), help_text=_("The last day for which the source says it; not a guess."))
    rate_percent = models.DecimalField(_("rate, % a year"), max_digits=7, decimal_places=4)

    objects = EnteredQuerySet.as_manager()

    class Meta:
        verbose_name = _("interest rate")
        verbose_name_plural = _("interest rates")
        ordering = ["country", "regime", "-valid_from", "-pk"]
        constraints = [
            *two_people("interest_rate"),
            UniqueConstraint(
                fields=["country", "regime", "valid_from"],
                condition=Q(approved_at__isnull=False, superseded_at=None),
                name="one_interest_rate_in_force_a_day",
            ),
            CheckConstraint(condition=Q(rate_percent__gte=RANGE[0], rate_percent__lte=RANGE[1]), name="interest_rate_is_possible"),
            CheckConstraint(condition=Q(known_until__gte=F("valid_from")), name="interest_rate_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.regime} {self.rate_percent} % {self.valid_from}"


class MidRate(Entered):
    """What one euro cost in a country's currency on the last working day of a month, by its central bank."""

    month = models.DateField(_("month"), editable=False)  # its first day
    rate_on = models.DateField(_("day of the table"), help_text=_("The last working day of its month."))
    price = models.DecimalField(_("price of one euro"), max_digits=10, decimal_places=4)
    table_number = models.CharField(_("table"), max_length=30, help_text=_("Such as 147/A/NBP/2026."))

    objects = EnteredQuerySet.as_manager()

    class Meta:
        verbose_name = _("mid rate")
        verbose_name_plural = _("mid rates")
        ordering = ["country", "-month", "-pk"]
        constraints = [
            *two_people("mid_rate"),
            UniqueConstraint(
                fields=["country", "month"],
                condition=Q(approved_at__isnull=False, superseded_at=None),
                name="one_mid_rate_in_force_a_month",
            ),
            CheckConstraint(condition=Q(price__gt=0), name="mid_rate_is_positive"),
            CheckConstraint(
                condition=Q(month__day=1, rate_on__month=F("month__month"), rate_on__year=F("month__year")), name="mid_rate_is_of_its_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.rate_on} {self.price}"


class DayRate(models.Model):
    """What one unit of a currency cost in a country's, by the table of its central bank that counts on a working day. Append-only."""

    append_only = True

    country = models.CharField(_("country"), max_length=2)
    currency = models.CharField(_("currency"), max_length=3)
    on = models.DateField(_("day"))  # the working day whose table was asked for
    table_on = models.DateField(_("day of the table"))  # earlier where that day had none
    price = models.DecimalField(_("price of one unit"), max_digits=14, decimal_places=6)
    table_number = models.CharField(_("table"), max_length=30)
    source = models.CharField(_("source"), max_length=200)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("daily mid rate")
        verbose_name_plural = _("daily mid rates")
        ordering = ["-on", "currency"]
        constraints = [
            UniqueConstraint(fields=["country", "currency", "on"], name="day_rate_kept_once"),
            CheckConstraint(condition=Q(price__gt=0), name="day_rate_is_positive"),
            CheckConstraint(condition=Q(table_on__lte=F("on")), name="day_rate_is_of_no_later_table"),
            CheckConstraint(condition=~Q(table_number="") & ~Q(source=""), name="day_rate_has_its_table"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.on}: {self.price.normalize():f}, {self.named}"

    @property
    def named(self) -> str:
        """The table as a booking names it."""
        return f"{self.source.partition(',')[0]}, table {self.table_number}"


class Confirmation(models.Model):
    """A source still says a known rate: it is known through a later day. Append-only."""

    append_only = True

    country = models.CharField(max_length=2)
    regime = models.SlugField(max_length=40)
    valid_from = models.DateField()  # of the rate that is confirmed
    rate_percent = models.DecimalField(max_digits=7, decimal_places=4)
    known_until = models.DateField()
    source = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["country", "regime", "valid_from", "rate_percent", "known_until"], name="confirmed_once_a_day"),
            CheckConstraint(condition=Q(known_until__gte=F("valid_from")), name="confirmation_ends_after_it_begins"),
        ]


class Look(models.Model):
    """That a source was asked, and what came of it, in sentences. Append-only."""

    append_only = True

    at = models.DateTimeField()
    on = models.DateField()
    origin = models.CharField(max_length=200)  # a source by its name, or a file's
    failed = models.BooleanField(default=False)  # it could not be read
    contradictions = models.PositiveIntegerField(default=0)
    told = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]


class Revision(models.Model):
    """One row whose key changes with all that is known, so that a copy in memory is known to be old. Locked while rates change."""

    key = models.UUIDField()

    class Meta:
        constraints = [CheckConstraint(condition=Q(pk=1), name="one_revision_of_rates")]
