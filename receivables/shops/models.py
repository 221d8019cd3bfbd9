"""Shops, what they called about, and which of their orders are owed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from invoices.models import Customer, Invoice
from receivables.accounts.models import Creditor
from receivables.db.fields import SealedField
from receivables.shops.orders import Terms


class Kind(models.TextChoices):
    """Which program the shop runs."""

    WOOCOMMERCE = "woocommerce", "WooCommerce"
    SHOPIFY = "shopify", "Shopify"


def new_key() -> str:
    """The part of the address by which a shop is known to us; the proof is the signature."""
    return get_random_string(24)


def usual_statuses() -> list[str]:
    """In which an order waits for its money, in both programs. A shop that sends goods on account adds "processing" and "completed"."""
    return ["on-hold", "pending"]


def usual_methods() -> list[str]:
    """Transfer."""
    return ["bacs"]


def usual_tax_id_keys() -> list[str]:
    """Under which the common plug-ins keep the NIP."""
    return ["_billing_nip", "billing_nip", "_billing_vat", "vat_number", "nip"]


class Shop(models.Model):
    """A shop of a company: how it proves itself, where it is asked, and which of its orders are owed."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    kind = models.CharField(_("program"), max_length=20, choices=Kind)
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix of order and customer numbers"), max_length=20)
    key = models.CharField(max_length=24, unique=True, default=new_key, editable=False)
    secret = SealedField(editable=False)  # signs webhooks
    address = models.CharField(_("address of the shop"), max_length=300, blank=True)  # empty: it is not asked, only heard
    access = SealedField(null=True, editable=False)  # "consumer key:consumer secret", or an access token
    statuses = ArrayField(models.CharField(max_length=40), verbose_name=_("statuses of orders that are owed"), default=usual_statuses)
    methods = ArrayField(models.CharField(max_length=40), verbose_name=_("payment methods on account"), default=usual_methods, blank=True)
    days = models.PositiveSmallIntegerField(_("days to pay, where the shop names none"), default=14)
    tax_id_keys = ArrayField(
        models.CharField(max_length=60), verbose_name=_("fields that hold the NIP"), default=usual_tax_id_keys, blank=True
    )
    heard_until = models.DateTimeField(_("asked for changes until"), null=True, editable=False)
    last_problem = models.CharField(_("last problem"), max_length=200, blank=True, editable=False)
    is_on = models.BooleanField(_("on"), default=True)

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        constraints = [
            UniqueConstraint(fields=["creditor", "prefix"], name="shop_prefix_once_per_company"),
            CheckConstraint(condition=Q(prefix__regex=r"^[A-Za-z0-9/-]{1,20}$"), name="shop_prefix_is_plain"),
            CheckConstraint(condition=Q(address="") | Q(access__isnull=False), name="shop_is_asked_with_a_key"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def terms(self) -> Terms:
        """What reading an order needs to know."""
        return Terms(frozenset(self.statuses), frozenset(self.methods), self.days, tuple(self.tax_id_keys))


class ShopCall(models.Model):
    """What a shop told us once, as it came: stored before it is believed, taken once, kept with what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        TAKEN = "taken", _("taken")
        REFUSED = "refused", _("refused")

    shop = models.ForeignKey(Shop, models.PROTECT, verbose_name=_("shop"))
    delivery = models.CharField(_("delivery"), max_length=100)  # the shop's id of this call
    topic = models.CharField(_("topic"), max_length=60)
    body = models.BinaryField(editable=False)
    came_at = models.DateTimeField(_("came at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    result = models.CharField(_("result"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("call of a shop")
        verbose_name_plural = _("calls of shops")
        constraints = [UniqueConstraint(fields=["shop", "delivery"], name="shop_call_taken_once")]
        indexes = [models.Index(fields=["id"], name="shop_call_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return self.delivery


class ShopReceivable(models.Model):
    """An order that we were told of, with its invoice where it is owed. Its newest state counts, however late an older one comes."""

    shop = models.ForeignKey(Shop, models.PROTECT)
    order = models.CharField(max_length=60)  # the shop's id
    invoice = models.OneToOneField(Invoice, models.PROTECT, null=True, related_name="shop_order")  # the newest, where it was taken up again
    times = models.PositiveSmallIntegerField(default=1)  # how often it was taken up: each has an invoice of its own
    withdrawn = models.BooleanField(default=False)  # the shop cancelled it, and so its invoice was withdrawn
    modified_at = models.DateTimeField()
    held_for = models.CharField(max_length=60, blank=True)  # why it was held last: what a person released is not held again for the same
    refunded = ArrayField(models.CharField(max_length=60), default=list)  # ids of refunds that are credited

    class Meta:
        constraints = [UniqueConstraint(fields=["shop", "order"], name="shop_order_is_one_receivable")]

    def __str__(self) -> str:
        return self.order


class ShopBuyer(models.Model):
    """Who is one customer here: a registered buyer, or a guest who is known by what was verified or is the same throughout."""

    shop = models.ForeignKey(Shop, models.PROTECT)
    handle = models.CharField(max_length=100)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["shop", "handle"], name="shop_buyer_is_one_customer")]

    def __str__(self) -> str:
        return self.handle
