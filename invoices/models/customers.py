"""Customers, the people to write to, and what they objected to."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import CheckConstraint, Exists, F, Func, OuterRef, Q, UniqueConstraint
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from invoices.states import Kind
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, SealedField

CHANNELS = [("email", _("e-mail")), ("sms", _("SMS")), ("letter", _("letter")), ("call", _("call"))]
"""The ways to reach people; what a policy step may use besides reaches nobody."""


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User) -> "CustomerQuerySet":
        """Customers of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))

    def standing(self) -> "CustomerQuerySet":
        """Those that were not merged into another."""
        return self.filter(merged_into=None)

    def with_open_items(self) -> "CustomerQuerySet":
        """Those who owe something."""
        open_items = self.model._meta.apps.get_model("invoices", "Item").objects.filter(customer=OuterRef("pk"), open_amount__gt=0)
        return self.filter(Exists(open_items))


class Customer(models.Model):
    """Who buys on invoice from one creditor. Payer and recipient of letters may be others of the same creditor."""

    KINDS = [
        (Kind.BUSINESS, _("business")),
        (Kind.CONSUMER, _("consumer")),
        (Kind.PUBLIC, _("public body")),
        (Kind.UNKNOWN, _("unknown, treated as consumer")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    number = models.CharField(_("customer number"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS, default=Kind.UNKNOWN)
    is_medical_entity = models.BooleanField(
        _("public medical entity"), default=False
    )  # owes 2 points less; act of 8 March 2013, art. 4 pkt 3
    language = models.CharField(_("language"), max_length=8, blank=True)  # blank: the creditor's
    country = models.CharField(_("country"), max_length=2, default="PL")
    currency = CurrencyField(_("currency"), blank=True)  # blank: the creditor's
    tax_id = models.CharField(_("NIP or VAT number"), max_length=20, blank=True)
    regon = models.CharField("REGON", max_length=14, blank=True)
    krs = models.CharField("KRS", max_length=10, blank=True)  # of the court register; a sole trader has none
    pesel = SealedField(_("PESEL"), null=True, blank=True, editable=False)
    pesel_hash = models.BinaryField(null=True, blank=True, editable=False)
    street = models.CharField(_("street"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    preferred_channel = models.CharField(_("preferred channel"), max_length=20, blank=True, choices=CHANNELS)
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("tags"), default=list, blank=True)
    is_insured = models.BooleanField(_("insured"), null=True, blank=True)  # what they owe is; none: nobody has said
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="branches", verbose_name=_("parent company"))
    payer = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="pays_for", verbose_name=_("payer"))
    letters_to = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="letters_for", verbose_name=_("recipient of letters")
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged_from", verbose_name=_("merged into")
    )  # set: what it was lives on there, and nothing new is booked here
    virtual_account = models.CharField(_("virtual account"), max_length=60, blank=True)  # given to this customer alone, to pay into
    waits_for_release = models.BooleanField(
        _("waits to be contacted"), default=False
    )  # brought in from another system, and no person has let anybody write yet
    note = models.TextField(_("note"), blank=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            UniqueConstraint(fields=["creditor", "number"], name="customer_number_once_per_company"),
            UniqueConstraint(
                fields=["creditor", "virtual_account"], condition=~Q(virtual_account=""), name="virtual_account_of_one_customer"
            ),
            CheckConstraint(
                condition=Q(is_medical_entity=False) | Q(kind="public"),
                name="medical_entity_is_a_public_body",
                violation_error_message=_("Only a public body is a public medical entity. Choose that kind, or take the mark away."),
            ),
            CheckConstraint(
                condition=~Q(parent=F("id")) & ~Q(payer=F("id")) & ~Q(letters_to=F("id")), name="customer_is_not_its_own_parent"
            ),
            CheckConstraint(condition=~Q(merged_into=F("id")), name="customer_is_not_merged_into_itself"),
            CheckConstraint(
                condition=Q(regon="") | Q(Func("regon", function="regon_checks", output_field=models.BooleanField())),
                name="regon_has_its_check_digit",
                violation_error_message=_("This REGON has a wrong check digit or length."),
            ),
            CheckConstraint(
                condition=Q(krs="") | Q(krs__regex=r"^[0-9]{10}$"),
                name="krs_has_ten_digits",
                violation_error_message=_("A KRS number has ten digits."),
            ),
        ]
        indexes = [
            GinIndex(fields=["name"], name="customer_name_search", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["pesel_hash"], name="customer_by_pesel", condition=Q(pesel_hash__isnull=False)),
            models.Index(fields=["creditor", "name"], name="customer_not_released", condition=Q(waits_for_release=True)),
            models.Index(fields=["tax_id"], name="customer_by_tax_id", condition=~Q(tax_id="")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("dashboard:customer", args=[self.pk])

    @property
    def numbers(self) -> list[str]:
        """Its own number, and those of the customers that live on in it: papers name whom they were for."""
        return [self.number, *self.merged_from.order_by("pk").values_list("number", flat=True)]

    @property
    def has_address(self) -> bool:
        """Whether a letter can reach them: a street or a city, and a name."""
        return bool(self.name and (self.street or self.city))


class Contact(models.Model):
    """A way to reach somebody at the customer. The first that serves a channel is used, by role and then by age."""

    class Role(models.TextChoices):
        ACCOUNTING = "accounting", _("accounting")
        OWNER = "owner", _("owner")
        BUYER = "buyer", _("buyer")
        OTHER = "other", _("other")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts", verbose_name=_("customer"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.ACCOUNTING)
    salutation = models.CharField(_("salutation"), max_length=100, blank=True)  # as chosen, with its comma; blank: the neutral one
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)  # E.164, "+48500100100"
    language = models.CharField(_("language"), max_length=8, blank=True)
    preferred_channel = models.CharField(_("preferred channel"), max_length=20, blank=True, choices=CHANNELS)
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    portal_access = models.BooleanField(_("may open the portal"), default=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["position", "id"]
        constraints = [
            CheckConstraint(condition=~Q(email="") | ~Q(phone=""), name="contact_reaches_somebody"),
            CheckConstraint(condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="contact_phone_is_e164"),
        ]
        indexes = [models.Index(Upper("email"), name="contact_by_email", condition=~Q(email=""))]  # the portal asks whatever the case

    def __str__(self) -> str:
        return self.name or self.email or self.phone


class Objection(models.Model):
    """A channel that a contact does not want to be reached by. Letters cannot be objected to."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="objections")
    channel = models.CharField(_("channel"), max_length=20)
    since = models.DateField(_("since"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        constraints = [
            UniqueConstraint(fields=["contact", "channel"], name="one_objection_per_channel"),
            CheckConstraint(condition=~Q(channel="letter"), name="letters_cannot_be_objected_to"),
        ]

    def __str__(self) -> str:
        return self.channel
