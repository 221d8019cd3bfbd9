"""What was handed over to collection agencies, what they reported of it, and what they kept for it."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from dunning.models.agencies import Agency
from dunning.models.runs import Notice
from dunning.states import PlacementEnd, PlacementState, Reported
from invoices.models import Customer, Item, Payment
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive
from receivables.documents.models import Document
from receivables.messaging.models import Message


class PlacementQuerySet(models.QuerySet["Placement"]):
    def visible_to(self, user: User) -> "PlacementQuerySet":
        """Hand-overs of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))

    def at_agency(self) -> "PlacementQuerySet":
        """Those that have gone and are not back."""
        return self.filter(state__in=(PlacementState.SENT, PlacementState.RECEIVED))

    def decided(self) -> "PlacementQuerySet":
        """Those that a second person has approved, gone already or not, and that are not back."""
        return self.filter(state__in=(PlacementState.APPROVED, PlacementState.SENT, PlacementState.RECEIVED))


class Placement(models.Model):
    """One hand-over: one customer, one currency, many items, one package.

    The ladder's begins when its package has gone (`notice`); one by hand is a draft first, that a second person approves (`message`).
    """

    State = PlacementState
    STATES = [
        (PlacementState.DRAFT, _("proposed")),
        (PlacementState.APPROVED, _("approved, on its way")),
        (PlacementState.SENT, _("handed over, receipt awaited")),
        (PlacementState.RECEIVED, _("with the agency")),
        (PlacementState.RETURNED, _("returned")),
        (PlacementState.CLOSED, _("closed")),
    ]
    ENDS = [
        (PlacementEnd.REFUSED, _("not approved")),
        (PlacementEnd.NOT_SENT, _("did not leave")),
        (PlacementEnd.REJECTED, _("the agency does not take it")),
        (PlacementEnd.RECALLED, _("recalled")),
        (PlacementEnd.UNCOLLECTED, _("returned uncollected")),
        (PlacementEnd.SETTLED, _("settled")),
        (PlacementEnd.WITHDRAWN, _("the claim was withdrawn")),
        (PlacementEnd.CAPTURED, _("only captured in quarantine")),
        (PlacementEnd.ENDED, _("ended by a person")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="placements", verbose_name=_("customer"))
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="placements", verbose_name=_("agency"))
    currency = CurrencyField()
    notice = models.OneToOneField(Notice, models.PROTECT, null=True, blank=True, related_name="placement")
    message = models.OneToOneField(Message, models.PROTECT, null=True, blank=True, related_name="placement")
    state = models.CharField(_("state"), max_length=20, choices=STATES, default=PlacementState.SENT)
    package = models.ForeignKey(Document, models.PROTECT, null=True, blank=True)
    case_key = models.CharField(_("our case number"), max_length=64, null=True, blank=True, unique=True)  # as the package names it
    reference = models.CharField(_("the agency's number"), max_length=80, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    proposed_on = models.DateField(_("proposed on"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    announced_on = models.DateField(_("announced on"), null=True, blank=True)  # otherwise than by a message from here, as its proof says
    announced_proof = models.CharField(_("proof of the announcement"), max_length=200, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    approved_alone = models.BooleanField(default=False)  # the company lets one person propose and approve
    checked = models.JSONField(default=list, blank=True)  # what was missing when it was approved, and why it went all the same
    sent_on = models.DateField(_("handed over on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end = models.CharField(_("ended because"), max_length=20, choices=ENDS, blank=True)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        constraints = [
            CheckConstraint(condition=Q(notice=None) | Q(message=None), name="placement_goes_by_one_message"),
            CheckConstraint(
                condition=Q(state__in=("draft", "approved", "closed")) | Q(sent_on__isnull=False), name="placement_sent_has_its_day"
            ),
            CheckConstraint(
                condition=Q(approved_by=None) | Q(proposed_by=None) | ~Q(approved_by=F("proposed_by")) | Q(approved_alone=True),
                name="placement_takes_two",
            ),
            CheckConstraint(condition=~Q(state__in=("draft", "approved")) | ~Q(reason=""), name="placement_by_hand_says_why"),
            CheckConstraint(condition=Q(announced_on=None) | ~Q(announced_proof=""), name="placement_announcement_is_proven"),
        ]
        indexes = [
            models.Index(fields=["creditor", "state"], name="placement_board"),
            models.Index(fields=["customer"], name="placement_of_customer"),
        ]

    def __str__(self) -> str:
        return f"hand-over {self.pk}"

    @property
    def goes_by(self) -> Message | None:
        """The message that hands it over; None for what another system had placed before."""
        return self.message or (self.notice.message if self.notice else None)


class PlacedItem(models.Model):
    """An item of a hand-over with what was open on it then, and what the agency was told of it last."""

    placement = models.ForeignKey(Placement, models.PROTECT, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="placements")
    principal = MoneyField()
    is_standing = models.BooleanField(default=True)  # kept by a trigger while its hand-over is proposed, approved, sent or received
    told_open = MoneyField(null=True, blank=True)  # open, what is disputed included; none: as `principal`
    told_disputed = MoneyField(default=0)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["placement", "item"], name="item_once_per_placement"),
            UniqueConstraint(fields=["item"], condition=Q(is_standing=True), name="item_at_one_agency"),
        ]


class PlacementEvent(models.Model):
    """What happened to a hand-over, in order. Never edited; told twice under the same key, it is there once."""

    append_only = True

    KINDS = [
        (Reported.PROPOSED, _("proposed")),
        (Reported.APPROVED, _("approved")),
        (Reported.REFUSED, _("not approved")),
        (Reported.SENT, _("handed over")),
        (Reported.RECEIVED, _("accepted by the agency")),
        (Reported.REJECTED, _("not taken by the agency")),
        (Reported.STATUS, _("status reported")),
        (Reported.PROMISE, _("the debtor promised the agency to pay")),
        (Reported.COLLECTED, _("money received by the agency")),
        (Reported.TOLD, _("the agency was told")),
        (Reported.RECALLED, _("recalled")),
        (Reported.RETURNED, _("returned uncollected")),
        (Reported.CLOSED, _("closed")),
    ]

    placement = models.ForeignKey(Placement, models.PROTECT, related_name="events")
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    on = models.DateField(_("day"))
    at = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    key = models.CharField(max_length=100, null=True, blank=True)  # of the report that said so
    status = models.CharField(_("status"), max_length=40, blank=True)  # as the agency names it; of what it was told, the action
    amount = MoneyField(_("amount"), null=True, blank=True)
    currency = CurrencyField(blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    message = models.OneToOneField(Message, models.PROTECT, null=True, blank=True, related_name="placement_event")  # by which it was told
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="placement_events")

    class Meta:
        verbose_name = _("event of a hand-over")
        verbose_name_plural = _("events of hand-overs")
        constraints = [
            UniqueConstraint(fields=["placement", "key"], name="placement_report_taken_once"),
            CheckConstraint(condition=Q(amount=None) | ~Q(currency=""), name="placement_amount_has_its_currency"),
        ]


class Commission(models.Model):
    """What an agency kept, or billed, for a hand-over. A booking of its own: it changes nothing of what the debtor owes."""

    append_only = True

    placement = models.ForeignKey(Placement, models.PROTECT, related_name="commissions")
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    on = models.DateField(_("day"))
    at = models.DateTimeField()
    reference = models.CharField(_("reference"), max_length=80, blank=True)  # of the agency's statement or invoice
    note = models.CharField(_("note"), max_length=200, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("takes back"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("commission")
        verbose_name_plural = _("commissions")
        constraints = [
            is_positive("amount", name="commission_amount_positive"),
            fits_currency("amount", name="commission_amount_fits_currency"),
            UniqueConstraint(
                fields=["placement", "reference"], condition=~Q(reference="") & Q(reverses=None), name="commission_booked_once"
            ),
        ]
