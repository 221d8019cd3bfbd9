"""Insurance of receivables: an insurer's terms, and what it was notified of. Rows are never edited; the limits are `CreditLimit`s."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _

from invoices.models import Customer, Item
from receivables.accounts.models import Creditor


class InsurancePolicy(models.Model):
    """What a policy asks and gives. A newer row with the same number stands in place of an older one."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="insurance_policies")
    insurer = models.CharField(_("insurer"), max_length=120)
    number = models.CharField(_("number of the policy"), max_length=60)
    notify_days = models.PositiveSmallIntegerField(_("days to notify"))  # after the due date that the invoice states
    percent = models.DecimalField(_("covered, %"), max_digits=5, decimal_places=2)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)  # the last day
    recorded_on = models.DateField(_("recorded on"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("insurance policy")
        verbose_name_plural = _("insurance policies")
        constraints = [
            CheckConstraint(condition=~Q(insurer="") & ~Q(number=""), name="insurance_policy_has_a_name"),
            CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="insurance_covers_a_share"),
            CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="insurance_policy_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["creditor", "-id"], name="insurance_policy_newest")]

    def __str__(self) -> str:
        return f"{self.insurer} {self.number}"


class InsuranceNoticeQuerySet(models.QuerySet["InsuranceNotice"]):
    def standing(self) -> "InsuranceNoticeQuerySet":
        """Those that were not taken back, without the rows that take back."""
        return self.filter(reverses=None, reversal=None)


class InsuranceNotice(models.Model):
    """The insurer was notified that an item is unpaid. A mistake is taken back by a second row."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="insurance_notices", verbose_name=_("customer"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="insurance_notices", verbose_name=_("item"))
    policy = models.ForeignKey(InsurancePolicy, models.PROTECT, related_name="notices", verbose_name=_("insurance policy"))
    on = models.DateField(_("notified on"))
    reference = models.CharField(_("reference"), max_length=120, blank=True)  # of a row that takes back, why
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("takes back"))
    recorded_on = models.DateField(_("recorded on"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = InsuranceNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice to an insurer")
        verbose_name_plural = _("notices to insurers")
        constraints = [
            CheckConstraint(condition=Q(on__lte=F("recorded_on")), name="insurer_was_notified"),
            CheckConstraint(condition=Q(reverses=None) | ~Q(reference=""), name="insurance_notice_taken_back_says_why"),
        ]
        indexes = [models.Index(fields=["item"], name="insurance_notice_of_item")]
