"""What bears on the limitation of an invoice: noted by people, with the proof. A mistake is taken back by a second row."""

from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dunning.states import LimitationKind, ProofKind
from invoices.models import Customer, Invoice
from receivables.accounts.models import Creditor
from receivables.documents.models import Document


class LimitationEventQuerySet(models.QuerySet["LimitationEvent"]):
    def standing(self) -> "LimitationEventQuerySet":
        """Those that were not taken back, without the rows that take back."""
        return self.filter(reverses=None, reversal=None)


class LimitationEvent(models.Model):
    """An event of all that is owed on an invoice. Proceedings end by a row of their own that names their beginning (`ends`)."""

    append_only = True

    KINDS = [
        (LimitationKind.ACKNOWLEDGEMENT, _("acknowledgement of the debt")),
        (LimitationKind.SUIT, _("suit, payment order applied for")),
        (LimitationKind.ENFORCEMENT, _("motion for enforcement")),
        (LimitationKind.JUDGMENT, _("final judgment or payment order")),
        (LimitationKind.MEDIATION, _("mediation")),
        (LimitationKind.SETTLEMENT_SUMMONS, _("summons to a settlement")),
    ]
    PROOFS = [
        (ProofKind.EMAIL, _("e-mail")),
        (ProofKind.LETTER, _("letter")),
        (ProofKind.PART_PAYMENT, _("part payment that names the invoice")),
        (ProofKind.PORTAL, _("accepted on the portal")),
        (ProofKind.COURT_PAPER, _("paper of a court or bailiff")),
        (ProofKind.OTHER, pgettext_lazy("proof", "other")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="limitation_events", verbose_name=_("customer"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="limitation_events", verbose_name=_("invoice"))
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    on = models.DateField(_("day"))  # on which it happened or began; of a judgment on which it became final; of an end the last day
    proof = models.CharField(_("proof"), max_length=20, choices=PROOFS)
    source = models.CharField(_("source"), max_length=200)  # where it says so; of a row that takes back, why
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("document"))
    ends = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="endings", verbose_name=_("ends"))
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("takes back"))
    recorded_on = models.DateField(_("recorded on"))
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")

    objects = LimitationEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of limitation")
        verbose_name_plural = _("events of limitation")
        constraints = [
            CheckConstraint(condition=~Q(source=""), name="limitation_event_has_a_source"),
            CheckConstraint(condition=Q(on__lte=F("recorded_on")), name="limitation_event_has_happened"),
            CheckConstraint(condition=Q(ends=None) | Q(reverses=None), name="limitation_event_ends_or_takes_back"),
            CheckConstraint(condition=Q(ends=None) | ~Q(kind__in=("acknowledgement", "judgment")), name="only_proceedings_end"),
        ]
        indexes = [models.Index(fields=["invoice", "on"], name="limitation_event_of_invoice")]
