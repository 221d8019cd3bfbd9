"""A company's rules of credit."""

from typing import Any

from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dunning.rating import Letter
from receivables.accounts.models import Creditor
from receivables.credit.judging import Rules
from receivables.credit.states import CreditState

DEFAULT = Rules()


def _state(words: Any, default: CreditState) -> models.CharField:
    choices = [
        (CreditState.OPEN, _("no rule")),
        (CreditState.PREPAYMENT, _("prepayment only")),
        (CreditState.STOP, pgettext_lazy("credit", "stop")),
    ]
    return models.CharField(words, max_length=10, choices=choices, default=default)


class CreditRules(models.Model):
    """What leads to which credit state. A company without a row has the defaults."""

    STATES = ("over_limit", "overdue", "long_overdue", "broken_promise", "with_agency", "stop_fact", "rating")

    creditor = models.OneToOneField(Creditor, models.CASCADE, primary_key=True, related_name="credit_rules", verbose_name=_("company"))
    over_limit = _state(_("over the credit limit"), DEFAULT.over_limit)
    overdue = _state(_("overdue"), DEFAULT.overdue)
    overdue_days = models.PositiveSmallIntegerField(_("overdue by more days than"), default=DEFAULT.overdue_days)
    long_overdue = _state(_("long overdue"), DEFAULT.long_overdue)
    long_overdue_days = models.PositiveSmallIntegerField(_("long overdue by more days than"), default=DEFAULT.long_overdue_days)
    broken_promise = _state(_("a broken promise"), DEFAULT.broken_promise)
    with_agency = _state(_("a debt with an agency"), DEFAULT.with_agency)
    stop_fact = _state(_("a stop fact"), DEFAULT.stop_fact)
    rating = _state(_("a bad payer rating"), DEFAULT.rating)
    worst_rating = models.CharField(
        _("the worst rating that is good enough"),
        max_length=1,
        choices=[(letter, letter) for letter in Letter],
        default=DEFAULT.worst_rating,
    )

    class Meta:
        verbose_name = _("credit rules")
        verbose_name_plural = _("credit rules")
        constraints = [CheckConstraint(condition=Q(long_overdue_days__gte=F("overdue_days")), name="long_overdue_is_longer_than_overdue")]

    def __str__(self) -> str:
        return self.creditor.slug

    def as_rules(self) -> Rules:
        """For the judgement."""
        states = {name: CreditState(getattr(self, name)) for name in self.STATES}
        return Rules(overdue_days=self.overdue_days, long_overdue_days=self.long_overdue_days, worst_rating=self.worst_rating, **states)
