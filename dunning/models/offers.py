"""Ways to pay: what a company offers, what a customer accepted, and what one asked for beyond it."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from dunning.models.agreements import Agreement, Promise
from dunning.offers import MOST_INSTALMENTS, Allowed
from dunning.states import OfferKind, OfferWay
from invoices.early_payment import MOST_PERCENT
from invoices.models import Customer, Item
from invoices.states import Kind
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive

OFFER_KINDS = [
    (OfferKind.INSTALMENTS, _("instalments")),
    (OfferKind.DEFERRAL, _("a later day")),
    (OfferKind.DISCOUNT, _("a discount for settling soon")),
    (OfferKind.CREDIT, _("a credit for the next purchase")),
]


def offered_kind(kind: str) -> str:
    """The kind whose offers a customer of this kind has: of an unknown one, what is offered to consumers."""
    return str(Kind.CONSUMER if kind == Kind.UNKNOWN else kind)


class OfferPolicyQuerySet(models.QuerySet["OfferPolicy"]):
    def in_force(self, creditor: Creditor | int) -> "dict[tuple[str, str], OfferPolicy]":
        """(kind, currency) → the newest row. One query."""
        rows = self.filter(creditor=creditor).order_by("kind", "currency", "-pk").distinct("kind", "currency")
        return {(row.kind, row.currency): row for row in rows}

    def for_customer(self, customer: Customer) -> "dict[str, OfferPolicy]":
        """Currency → what holds for this customer: of an unknown kind, what is offered to consumers."""
        kind = offered_kind(customer.kind)
        return {currency: row for (of, currency), row in self.in_force(customer.creditor_id).items() if of == kind}


class OfferPolicy(models.Model):
    """What a company offers to one kind of customer in one currency. The newest row counts; a change is a further one."""

    append_only = True

    KINDS = [(Kind.BUSINESS, _("businesses")), (Kind.CONSUMER, _("consumers")), (Kind.PUBLIC, _("public bodies"))]

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="offer_policies", verbose_name=_("company"))
    kind = models.CharField(_("kind of customer"), max_length=20, choices=KINDS)
    currency = CurrencyField(_("currency"))
    most_sum = MoneyField(_("without asking, for debts up to"))  # zero: nothing is offered
    instalments = models.PositiveSmallIntegerField(_("most instalments"), default=0)  # zero: none
    smallest_instalment = MoneyField(_("smallest instalment"), default=0)
    first_days = models.PositiveSmallIntegerField(_("first instalment within, days"), default=7)
    deferral_days = models.PositiveSmallIntegerField(_("longest deferral, days"), default=0)
    waives_interest = models.BooleanField(_("no interest meanwhile, if it is kept"), default=False)
    discount_percent = models.DecimalField(_("discount for settling soon, %"), max_digits=5, decimal_places=2, default=0)
    discount_from = models.PositiveSmallIntegerField(_("offered from so many days overdue"), default=0)
    discount_until = models.PositiveSmallIntegerField(_("last day to pay, in days after the due date"), default=0)
    credit_percent = models.DecimalField(_("credit for the next purchase, %"), max_digits=5, decimal_places=2, default=0)
    credit_days = models.PositiveSmallIntegerField(_("for paying within, days"), default=0)
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))

    objects = OfferPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy of offers")
        verbose_name_plural = _("policies of offers")
        ordering = ["kind", "currency", "-id"]
        constraints = [
            CheckConstraint(condition=Q(kind__in=["business", "consumer", "public"]), name="offers_are_for_a_known_kind"),
            CheckConstraint(condition=Q(most_sum__gte=0, smallest_instalment__gte=0), name="offer_bounds_not_negative"),
            fits_currency("most_sum", "smallest_instalment", name="offer_bounds_fit_currency"),
            CheckConstraint(
                condition=Q(instalments=0) | Q(instalments__gte=2, instalments__lte=MOST_INSTALMENTS),
                name="offered_instalments_are_several",
            ),
            CheckConstraint(condition=Q(first_days__gte=1, first_days__lte=60), name="first_instalment_within_two_months"),
            CheckConstraint(condition=Q(deferral_days__lte=180, credit_days__lte=180), name="offered_days_within_half_a_year"),
            CheckConstraint(
                condition=Q(discount_percent=0) | Q(discount_percent__gt=0, discount_percent__lte=MOST_PERCENT, discount_until__gte=1),
                name="offered_discount_has_its_last_day",
            ),
            CheckConstraint(condition=Q(discount_from__lte=models.F("discount_until")), name="offered_discount_begins_before_it_ends"),
            CheckConstraint(
                condition=Q(credit_percent=0) | Q(credit_percent__gt=0, credit_percent__lte=MOST_PERCENT, credit_days__gte=1),
                name="offered_credit_has_its_last_day",
            ),
        ]
        indexes = [models.Index(fields=["creditor", "kind", "currency", "-id"], name="offer_policy_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.currency}"

    def allowed(self) -> Allowed:
        """The same as the rules read it."""
        return Allowed(
            most_sum=self.most_sum, instalments=self.instalments, smallest=self.smallest_instalment, first_days=self.first_days,
            deferral_days=self.deferral_days, waives_interest=self.waives_interest, discount_percent=self.discount_percent,
            discount_from=self.discount_from, discount_until=self.discount_until, credit_percent=self.credit_percent,
            credit_days=self.credit_days,
        )  # fmt: skip


class AcceptedOffer(models.Model):
    """An offer that a customer took: the terms as they were shown, who took it and how, and the row in which it lives on."""

    WAYS = [
        (OfferWay.PORTAL, _("on the portal")),
        (OfferWay.LETTER, _("in answer to a letter")),
        (OfferWay.PERSON, _("told a person")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="accepted_offers", verbose_name=_("customer"))
    policy = models.ForeignKey(OfferPolicy, models.PROTECT, related_name="accepted", verbose_name=_("policy of offers"))
    kind = models.CharField(_("way to pay"), max_length=20, choices=OFFER_KINDS)
    currency = CurrencyField()
    amount = MoneyField(_("to pay"))  # in all
    terms = models.JSONField(_("terms as shown"))  # parts with day and sum, gain, per cent, labels of the items
    seal = models.CharField(max_length=64)  # of these terms: the same press twice is one acceptance
    way = models.CharField(_("how"), max_length=20, choices=WAYS)
    accepted_on = models.DateField(_("accepted on"))
    accepted_at = models.DateTimeField(_("accepted"))
    who = models.CharField(_("who"), max_length=254, blank=True)  # name or address of the contact, as it was then
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("noted by"))
    agreement = models.OneToOneField(Agreement, models.PROTECT, null=True, blank=True, related_name="offer")
    promise = models.OneToOneField(Promise, models.PROTECT, null=True, blank=True, related_name="offer")

    class Meta:
        verbose_name = _("accepted offer")
        verbose_name_plural = _("accepted offers")
        ordering = ["-id"]
        constraints = [
            UniqueConstraint(fields=["creditor", "seal"], name="offer_accepted_once"),
            is_positive("amount", name="accepted_offer_amount_positive"),
            fits_currency("amount", name="accepted_offer_amount_fits_currency"),
            CheckConstraint(
                condition=Q(kind__in=["instalments", "deferral"], agreement__isnull=False, promise=None)
                | Q(kind__in=["discount", "credit"], agreement=None, promise__isnull=False),
                name="accepted_offer_lives_on_in_its_kind",
            ),
            CheckConstraint(condition=Q(way="portal", by=None) | Q(way__in=["letter", "person"]), name="accepted_offer_way_fits_who"),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="accepted_offer_of_customer")]

    def __str__(self) -> str:
        return f"accepted offer {self.pk}"


class AcceptedItem(models.Model):
    """An item that an accepted offer covers. It stands while agreement or promise does; one on an item at a time."""

    offer = models.ForeignKey(AcceptedOffer, models.PROTECT, related_name="lines")
    item = models.ForeignKey(Item, models.PROTECT, related_name="accepted_offers")
    is_standing = models.BooleanField(default=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["offer", "item"], name="item_once_per_accepted_offer"),
            UniqueConstraint(fields=["item"], condition=Q(is_standing=True), name="one_standing_offer_per_item"),
        ]


class TermsAsked(models.Model):
    """What a customer asked for beyond what is offered. Its task says what became of it."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="terms_asked", verbose_name=_("customer"))
    currency = CurrencyField()
    amount = MoneyField(_("open"))  # of what is overdue, when they asked
    kind = models.CharField(_("way to pay"), max_length=20, choices=OFFER_KINDS[:2])
    instalments = models.PositiveSmallIntegerField(_("instalments"), default=0)
    until = models.DateField(_("by"), null=True, blank=True)
    note = models.CharField(_("what they say"), max_length=500, blank=True)
    asked_at = models.DateTimeField(_("asked"))
    who = models.CharField(_("who"), max_length=254, blank=True)  # name or address of the contact, as it was then

    class Meta:
        verbose_name = _("terms asked for")
        verbose_name_plural = _("terms asked for")
        ordering = ["-id"]
        constraints = [
            is_positive("amount", name="terms_asked_amount_positive"),
            fits_currency("amount", name="terms_asked_amount_fits_currency"),
            CheckConstraint(
                condition=Q(kind="instalments", instalments__gte=2, instalments__lte=60, until=None)
                | Q(kind="deferral", instalments=0, until__isnull=False),
                name="terms_asked_say_what",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="terms_asked_of_customer")]
