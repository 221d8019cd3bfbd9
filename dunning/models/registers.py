"""Debtor registers: warning letters that were sent, entries that were made and what was told to the register since. All by people."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from dunning.states import WarningWay
from invoices.models import Customer, Item
from receivables.accounts.models import Creditor
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive
from receivables.documents.models import Document


class RegisterWarningQuerySet(models.QuerySet["RegisterWarning"]):
    def standing(self) -> "RegisterWarningQuerySet":
        """Those that were not taken back, without the rows that take back."""
        return self.filter(reverses=None, reversal=None)


class RegisterWarning(models.Model):
    """A letter that warned of an entry, about some items. A mistake is taken back by a second row."""

    append_only = True

    WAYS = [
        (WarningWay.REGISTERED_LETTER, _("registered letter")),
        (WarningWay.BY_HAND, _("by hand, against receipt")),
        (WarningWay.EMAIL, _("e-mail, as the contract allows")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="register_warnings", verbose_name=_("customer"))
    register = models.CharField(_("register"), max_length=120)  # name and seat of the bureau, as the letter names it
    sent_on = models.DateField(_("sent on"))
    way = models.CharField(_("way"), max_length=20, choices=WAYS)
    proof = models.CharField(_("proof"), max_length=200)  # number of the posting, who received it; of a row that takes back, why
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("document"))
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("takes back"))
    recorded_on = models.DateField(_("recorded on"))
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")

    objects = RegisterWarningQuerySet.as_manager()

    class Meta:
        verbose_name = _("register warning")
        verbose_name_plural = _("register warnings")
        constraints = [
            CheckConstraint(condition=~Q(proof=""), name="register_warning_has_a_proof"),
            CheckConstraint(condition=~Q(register=""), name="register_warning_names_the_register"),
            CheckConstraint(condition=Q(sent_on__lte=F("recorded_on")), name="register_warning_was_sent"),
        ]
        indexes = [models.Index(fields=["customer"], name="register_warning_of_customer")]


class WarnedItem(models.Model):
    """An item that a warning letter names."""

    append_only = True

    warning = models.ForeignKey(RegisterWarning, models.PROTECT, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="register_warnings")

    class Meta:
        constraints = [UniqueConstraint(fields=["warning", "item"], name="item_once_per_register_warning")]


class RegisterEntry(models.Model):
    """An entry that a person has made at a bureau. What was told since are `RegisterUpdate`s; the newest says whether it stands."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="register_entries", verbose_name=_("customer"))
    register = models.CharField(_("register"), max_length=120)
    reference = models.CharField(_("reference"), max_length=120, blank=True)
    entered_on = models.DateField(_("entered on"))
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    recorded_at = models.DateTimeField()
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("register entry")
        verbose_name_plural = _("register entries")
        constraints = [
            is_positive("amount", name="register_entry_amount_positive"),
            fits_currency("amount", name="register_entry_amount_fits_currency"),
            CheckConstraint(condition=~Q(register=""), name="register_entry_names_the_register"),
        ]
        indexes = [models.Index(fields=["creditor", "customer"], name="register_entry_of_customer")]


class EnteredItem(models.Model):
    """An item that an entry is about."""

    append_only = True

    entry = models.ForeignKey(RegisterEntry, models.PROTECT, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="register_entries")

    class Meta:
        constraints = [UniqueConstraint(fields=["entry", "item"], name="item_once_per_register_entry")]


class RegisterUpdate(models.Model):
    """The register was told a new amount, or to delete the entry."""

    append_only = True

    class Kind(models.TextChoices):
        UPDATED = "updated", _("amount updated")
        DELETED = "deleted", _("entry deleted")

    entry = models.ForeignKey(RegisterEntry, models.PROTECT, related_name="updates")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    on = models.DateField(_("day"))
    amount = MoneyField(_("amount"), default=0)
    currency = CurrencyField(_("currency"))
    recorded_at = models.DateTimeField()
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("register update")
        verbose_name_plural = _("register updates")
        constraints = [
            UniqueConstraint(fields=["entry"], condition=Q(kind="deleted"), name="register_entry_deleted_once"),
            CheckConstraint(condition=Q(kind="deleted", amount=0) | Q(kind="updated", amount__gt=0), name="register_update_has_its_amount"),
            fits_currency("amount", name="register_update_amount_fits_currency"),
        ]
