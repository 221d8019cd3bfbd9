"""Collection agencies, and what was handed over to them."""

from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from dunning.models.runs import Notice
from invoices.models import Customer, Item
from receivables.accounts.models import Creditor
from receivables.db.fields import CurrencyField, MoneyField
from receivables.documents.models import Document


class Agency(models.Model):
    """A firm that collects for the creditor. The first active one takes the hand-overs."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    slug = models.SlugField(_("short name"))
    name = models.CharField(_("name"), max_length=200)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        constraints = [UniqueConstraint(fields=["creditor", "slug"], name="agency_name_once_per_company")]

    def __str__(self) -> str:
        return self.name


class Placement(models.Model):
    """One hand-over: one customer, one currency, many items, one package."""

    class State(models.TextChoices):
        SENT = "sent", _("handed over, receipt awaited")
        RECEIVED = "received", _("with the agency")
        RETURNED = "returned", _("returned")
        CLOSED = "closed", _("closed")

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="placements")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True)
    currency = CurrencyField()
    notice = models.OneToOneField(Notice, models.PROTECT, related_name="placement")
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.SENT)
    package = models.ForeignKey(Document, models.PROTECT, null=True, blank=True)
    sent_on = models.DateField(_("handed over on"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)


class PlacedItem(models.Model):
    """An item of a placement with what was open on it then."""

    placement = models.ForeignKey(Placement, models.PROTECT, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="placements")
    principal = MoneyField()

    class Meta:
        constraints = [UniqueConstraint(fields=["placement", "item"], name="item_once_per_placement")]
