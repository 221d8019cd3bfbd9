"""Collection agencies: whom they collect from, on which terms, and what a company has on file about each."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from dunning.states import DataRole, Debtors, OnFile
from receivables.accounts.models import Creditor, User
from receivables.db.fields import MoneyField
from receivables.documents.models import Document


class AgencyQuerySet(models.QuerySet["Agency"]):
    def visible_to(self, user: User) -> "AgencyQuerySet":
        """Agencies of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))


class Agency(models.Model):
    """A firm that collects for the creditor. The first active one whose terms fit takes a hand-over; what is left empty takes anything."""

    DEBTORS = [(Debtors.ANY, _("firms and consumers")), (Debtors.FIRMS, _("firms only")), (Debtors.CONSUMERS, _("consumers only"))]
    DATA_ROLES = [
        ("", _("not settled")),
        (DataRole.PROCESSOR, _("processor for the company (GDPR art. 28)")),
        (DataRole.CONTROLLER, _("controller of its own")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    slug = models.SlugField(_("short name"))
    name = models.CharField(_("name"), max_length=200)
    is_active = models.BooleanField(_("active"), default=True)
    is_law_firm = models.BooleanField(_("law firm"), default=False)  # goes to court for the company; no step hands anything over to it
    # what it takes
    takes = models.CharField(_("collects from"), max_length=10, choices=DEBTORS, default=Debtors.ANY)
    countries = ArrayField(models.CharField(max_length=2), verbose_name=_("countries"), default=list, blank=True)  # of the debtor
    currencies = ArrayField(models.CharField(max_length=3), verbose_name=_("currencies"), default=list, blank=True)
    min_amount = MoneyField(_("smallest sum"), default=0)  # of a hand-over, in the currency of the debt
    min_days = models.PositiveSmallIntegerField(_("days overdue at least"), default=0)  # of its oldest item
    # who it is
    contact_person = models.CharField(_("contact person"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    street = models.CharField(_("street"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    tax_id = models.CharField(_("tax number"), max_length=20, blank=True)
    # how it is told
    mapping = models.SlugField(_("file format"), default="neutral")  # a file of `dunning/agencies/mappings`
    delivery = models.CharField(_("way of delivery"), max_length=20, default="file")
    # what is on file
    contract_reference = models.CharField(_("contract"), max_length=120, blank=True)
    contract_on = models.DateField(_("contract of"), null=True, blank=True)
    contract_until = models.DateField(_("contract until"), null=True, blank=True)
    cost_terms = models.CharField(_("who bears which costs"), max_length=500, blank=True)
    cost_terms_on = models.DateField(_("cost terms of"), null=True, blank=True)
    data_role = models.CharField(_("role in data protection"), max_length=10, choices=DATA_ROLES, blank=True)
    data_role_on = models.DateField(_("data protection settled on"), null=True, blank=True)
    gets_pesel = models.BooleanField(_("gets PESEL numbers"), default=False)  # of persons; only where its role is settled
    note = models.TextField(_("note"), blank=True)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        constraints = [
            UniqueConstraint(fields=["creditor", "slug"], name="agency_name_once_per_company"),
            CheckConstraint(condition=Q(min_amount__gte=0), name="agency_smallest_sum_not_negative"),
            CheckConstraint(
                condition=Q(contract_until=None) | Q(contract_until__gte=F("contract_on")), name="agency_contract_ends_after_it_begins"
            ),
            CheckConstraint(condition=Q(data_role="", data_role_on=None) | ~Q(data_role=""), name="agency_data_role_has_its_day"),
            CheckConstraint(condition=Q(gets_pesel=False) | ~Q(data_role=""), name="pesel_goes_where_the_data_role_is_settled"),
        ]

    def __str__(self) -> str:
        return self.name


class CommissionRate(models.Model):
    """A line of an agency's scale: its share of what it recovers from debts so old and so large at the hand-over."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="rates")
    from_days = models.PositiveSmallIntegerField(_("from so many days overdue"), default=0)
    from_amount = MoneyField(_("from this sum"), default=0)  # in the currency of the debt
    percent = models.DecimalField(_("per cent"), max_digits=5, decimal_places=2)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["agency", "from_days", "from_amount"], name="commission_line_once"),
            CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="commission_is_a_share"),
            CheckConstraint(condition=Q(from_amount__gte=0), name="commission_sum_not_negative"),
        ]


class AgencyPaper(models.Model):
    """A document that a person put on file: contract, cost terms, agreement on data. A newer one of a kind stands before an older."""

    append_only = True
    KINDS = [
        (OnFile.CONTRACT, _("contract")),
        (OnFile.COST_TERMS, _("cost terms")),
        (OnFile.DATA, _("agreement on data protection")),
        (OnFile.OTHER, _("something else")),
    ]

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="papers")
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    document = models.OneToOneField(Document, models.PROTECT, related_name="agency_paper", verbose_name=_("document"))
    added_on = models.DateField(_("added on"))
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
