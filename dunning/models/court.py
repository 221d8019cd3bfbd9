"""Court and what stands beside it: claims filed with their stages, mediations, and debts that were sold. All by people."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dunning.court import ENDS, Path, Stage
from dunning.models.agencies import Agency
from dunning.models.agreements import Agreement
from dunning.models.limitation import LimitationEvent
from invoices.models import Customer, Item
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive
from receivables.documents.models import Document

PATHS = [(Path.EPU, _("electronic payment-order procedure (EPU)")), (Path.ORDINARY, _("ordinary court"))]
STAGES = [
    (Stage.PREPARED, pgettext_lazy("court", "prepared")),
    (Stage.FILED, pgettext_lazy("court", "claim filed")),
    (Stage.ORDER, pgettext_lazy("court", "payment order issued")),
    (Stage.SERVED, pgettext_lazy("court", "order served on the debtor")),
    (Stage.OBJECTION, pgettext_lazy("court", "the debtor objected")),
    (Stage.DISCONTINUED, pgettext_lazy("court", "EPU discontinued")),
    (Stage.SUIT, pgettext_lazy("court", "ordinary suit filed")),
    (Stage.JUDGMENT, pgettext_lazy("court", "judgment given")),
    (Stage.TITLE, pgettext_lazy("court", "final and enforceable: the title")),
    (Stage.BAILIFF, pgettext_lazy("court", "motion to a bailiff")),
    (Stage.INEFFECTIVE, pgettext_lazy("court", "enforcement ineffective")),
    (Stage.PAID, pgettext_lazy("court", "paid, over")),
    (Stage.DISMISSED, pgettext_lazy("court", "claim dismissed")),
    (Stage.WITHDRAWN, pgettext_lazy("court", "claim withdrawn")),
    (Stage.CLOSED, pgettext_lazy("court", "closed without success")),
]


class CourtCaseQuerySet(models.QuerySet["CourtCase"]):
    def visible_to(self, user: User) -> "CourtCaseQuerySet":
        """Cases of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))

    def standing(self) -> "CourtCaseQuerySet":
        """Those that have not ended."""
        return self.exclude(stage__in=ENDS)


class CourtCase(models.Model):
    """Debts of one customer in one currency that go to court together. Its stages are rows of their own; the newest is kept here too."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="court_cases", verbose_name=_("customer"))
    path = models.CharField(_("court"), max_length=10, choices=PATHS)
    court = models.CharField(_("name of the court"), max_length=200, blank=True)
    currency = CurrencyField(_("currency"))
    stage = models.CharField(_("stage"), max_length=20, choices=STAGES, default=Stage.PREPARED)
    stage_on = models.DateField(_("since"))
    reference = models.CharField(_("reference"), max_length=100, blank=True)
    attempt = models.CharField(_("attempt at an agreement"), max_length=500, blank=True)  # art. 187 par. 1 pkt 3 KPC
    firm = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="court_cases", verbose_name=_("law firm"))
    prepared_on = models.DateField(_("prepared on"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = CourtCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("court case")
        verbose_name_plural = _("court cases")
        ordering = ["-id"]
        constraints = [CheckConstraint(condition=Q(stage_on__gte=F("prepared_on")), name="court_case_goes_on_after_it_began")]
        indexes = [models.Index(fields=["creditor", "stage"], name="court_case_by_stage")]

    def __str__(self) -> str:
        return self.reference or f"court case {self.pk}"


class CourtItem(models.Model):
    """An item of a court case. `is_standing` until the case has ended; `holds` while nobody may be chased for it."""

    case = models.ForeignKey(CourtCase, models.PROTECT, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="court_cases")
    principal = MoneyField(_("principal"))  # open when the case was prepared
    is_standing = models.BooleanField(default=True)
    holds = models.BooleanField(default=False)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["case", "item"], name="item_once_per_court_case"),
            UniqueConstraint(fields=["item"], condition=Q(is_standing=True), name="item_in_one_standing_court_case"),
            is_positive("principal", name="court_item_principal_positive"),
        ]
        indexes = [models.Index(fields=["item"], name="court_item_holding", condition=Q(holds=True))]


class CourtStageQuerySet(models.QuerySet["CourtStage"]):
    def standing(self) -> "CourtStageQuerySet":
        """Those that were not taken back, without the rows that take back, the oldest first."""
        return self.filter(reverses=None, reversal=None).order_by("pk")


class CourtStage(models.Model):
    """A stage that a case reached. A mistake is taken back by a second row, the newest first."""

    append_only = True

    case = models.ForeignKey(CourtCase, models.PROTECT, related_name="stages")
    stage = models.CharField(_("stage"), max_length=20, choices=STAGES)
    on = models.DateField(_("day"))
    reference = models.CharField(_("reference"), max_length=100, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)  # of a row that takes back, why
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("document"))
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("takes back"))
    recorded_on = models.DateField(_("recorded on"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = CourtStageQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage of a court case")
        verbose_name_plural = _("stages of court cases")
        constraints = [
            CheckConstraint(condition=Q(on__lte=F("recorded_on")), name="court_stage_has_happened"),
            CheckConstraint(condition=Q(reverses=None) | ~Q(note=""), name="court_stage_taken_back_says_why"),
        ]


class CourtEvent(models.Model):
    """An event of limitation that a stage noted, ended or took back; with the stage it goes."""

    append_only = True

    stage = models.ForeignKey(CourtStage, models.PROTECT, related_name="events")
    event = models.OneToOneField(LimitationEvent, models.PROTECT, related_name="court_stage")


class Mediation(models.Model):
    """Talks before a mediator. Its items rest until somebody notes how it ended; a settlement becomes an agreement."""

    OUTCOMES = [("settled", pgettext_lazy("mediation", "settled")), ("failed", pgettext_lazy("mediation", "no settlement"))]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="mediations", verbose_name=_("customer"))
    mediator = models.CharField(_("mediator"), max_length=200)
    reference = models.CharField(_("reference"), max_length=100, blank=True)
    began_on = models.DateField(_("began on"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=OUTCOMES, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    agreement = models.OneToOneField(Agreement, models.PROTECT, null=True, blank=True, related_name="mediation")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("mediation")
        verbose_name_plural = _("mediations")
        ordering = ["-id"]
        constraints = [
            CheckConstraint(condition=~Q(mediator=""), name="mediation_has_a_mediator"),
            CheckConstraint(
                condition=Q(ended_on=None, outcome="", agreement=None)
                | Q(ended_on__isnull=False, ended_on__gte=F("began_on"), outcome="failed", agreement=None)
                | Q(ended_on__isnull=False, ended_on__gte=F("began_on"), outcome="settled", agreement__isnull=False),
                name="mediation_ends_with_its_outcome",
            ),
        ]
        indexes = [models.Index(fields=["customer"], name="mediation_standing", condition=Q(ended_on=None))]

    def __str__(self) -> str:
        return f"mediation {self.pk}"


class MediatedItem(models.Model):
    """An item that a mediation is about."""

    append_only = True

    mediation = models.ForeignKey(Mediation, models.PROTECT, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="mediations")

    class Meta:
        constraints = [UniqueConstraint(fields=["mediation", "item"], name="item_once_per_mediation")]


class MediationEvent(models.Model):
    """An event of limitation that a mediation noted."""

    append_only = True

    mediation = models.ForeignKey(Mediation, models.PROTECT, related_name="events")
    event = models.OneToOneField(LimitationEvent, models.PROTECT, related_name="mediation_event")


class DebtSale(models.Model):
    """Debts of one customer that were sold together. Compensation stays with the seller (act of 8 March 2013, art. 10(4))."""

    COMPENSATIONS = [("kept", _("the seller keeps it")), ("waived", _("nobody asks for it any more"))]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="debt_sales", verbose_name=_("customer"))
    buyer = models.CharField(_("buyer"), max_length=200)
    buyer_tax_id = models.CharField(_("tax number"), max_length=20, blank=True)
    buyer_street = models.CharField(_("street"), max_length=200, blank=True)
    buyer_postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    buyer_city = models.CharField(_("city"), max_length=100, blank=True)
    buyer_country = models.CharField(_("country"), max_length=2, default="PL")
    buyer_account = models.CharField(_("bank account"), max_length=34, blank=True)
    currency = CurrencyField(_("currency"))
    principal = MoneyField(_("principal sold"))
    price = MoneyField(_("price"))
    price_due_on = models.DateField(_("price due on"))
    sold_on = models.DateField(_("passes on"))
    compensation = models.CharField(_("compensation"), max_length=10, choices=COMPENSATIONS, default="kept")
    note = models.CharField(_("note"), max_length=200, blank=True)
    taken_back_on = models.DateField(_("taken back on"), null=True, blank=True)
    taken_back_reason = models.CharField(_("why taken back"), max_length=200, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("sale of a debt")
        verbose_name_plural = _("sales of debts")
        ordering = ["-id"]
        constraints = [
            CheckConstraint(condition=~Q(buyer=""), name="debt_sale_has_a_buyer"),
            is_positive("principal", name="debt_sale_principal_positive"),
            CheckConstraint(condition=Q(price__gte=0), name="debt_sale_price_not_negative"),
            fits_currency("principal", "price", name="debt_sale_amounts_fit_currency"),
            CheckConstraint(
                condition=Q(taken_back_on=None, taken_back_reason="")
                | Q(taken_back_on__isnull=False, taken_back_on__gte=F("sold_on")) & ~Q(taken_back_reason=""),
                name="debt_sale_taken_back_says_why",
            ),
        ]
        indexes = [models.Index(fields=["creditor", "customer"], name="debt_sale_of_customer")]

    def __str__(self) -> str:
        return f"sale {self.pk}"


class SoldItem(models.Model):
    """An item of a sale, with what was open on it."""

    append_only = True

    sale = models.ForeignKey(DebtSale, models.PROTECT, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="sales")
    principal = MoneyField(_("principal"))

    class Meta:
        constraints = [UniqueConstraint(fields=["sale", "item"], name="item_once_per_debt_sale")]
