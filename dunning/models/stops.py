"""Stop facts: what has become of a customer, for which nobody may be chased any more, or only through somebody else."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from dunning.states import StopKind
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.documents.models import Document


class StopFactQuerySet(models.QuerySet["StopFact"]):
    def standing(self) -> "StopFactQuerySet":
        """Those that have not ended."""
        return self.filter(ended_on=None)


class StopFact(models.Model):
    """Stands until a second person confirms the end that the first proposed. What it says is never edited: end it and record another."""

    KINDS = [
        (StopKind.BANKRUPTCY, _("bankruptcy")),
        (StopKind.RESTRUCTURING, _("restructuring")),
        (StopKind.DEATH, _("death")),
        (StopKind.STRUCK_OFF, _("struck off the register")),
        (StopKind.REPRESENTED, _("represented by a lawyer")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="stops", verbose_name=_("customer"))
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    since = models.DateField(_("since"))  # the day of the fact itself: of the notice, the death, the power of attorney
    source = models.CharField(_("source"), max_length=200)  # how we know: a register, a letter, a call
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("document"))
    representative = models.CharField(_("representative"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)  # E.164
    address = models.CharField(_("postal address"), max_length=400, blank=True)  # lines as they stand on the letter
    recorded_on = models.DateField(_("recorded on"))
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    end_reason = models.CharField(_("why it ended"), max_length=200, blank=True)
    end_proposed_on = models.DateField(null=True, blank=True)
    end_proposed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    ended_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")

    objects = StopFactQuerySet.as_manager()

    class Meta:
        verbose_name = _("stop fact")
        verbose_name_plural = _("stop facts")
        constraints = [
            UniqueConstraint(fields=["customer", "kind"], condition=Q(ended_on=None), name="stop_fact_stands_once"),
            CheckConstraint(condition=~Q(source=""), name="stop_fact_has_a_source"),
            CheckConstraint(condition=~Q(kind="represented") | ~Q(representative=""), name="representative_has_a_name"),
            CheckConstraint(condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="representative_phone_is_e164"),
            CheckConstraint(
                condition=Q(ended_on=None, ended_by=None)
                | Q(ended_on__isnull=False, ended_by__isnull=False, end_proposed_by__isnull=False) & ~Q(end_reason=""),
                name="stop_fact_end_has_a_reason",
            ),
            CheckConstraint(condition=Q(ended_by=None) | ~Q(ended_by=F("end_proposed_by")), name="stop_fact_end_takes_two"),
        ]
        indexes = [models.Index(fields=["creditor", "customer"], name="stop_fact_standing", condition=Q(ended_on=None))]

    @property
    def stops_all(self) -> bool:
        """Whether nothing is said to anybody; else everything goes to the representative."""
        return self.kind != StopKind.REPRESENTED

    @property
    def end_is_proposed(self) -> bool:
        """Whether it waits for a second person."""
        return self.ended_on is None and self.end_proposed_by_id is not None
