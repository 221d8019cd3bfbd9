"""Creditor, the firm that is owed and the unit of scoping; users and what each may see and do there."""

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from receivables.db.fields import CurrencyField


class Role(models.TextChoices):
    """What a user may do at one creditor. Each includes the ones before it, but for approving one's own work."""

    VIEWER = "viewer", _("viewer")
    CLERK = "clerk", _("clerk")
    APPROVER = "approver", _("approver")
    MANAGER = "manager", _("manager")


class User(AbstractUser):
    """A member of staff. Demo users work only in quarantine on loopback and are disabled by going live."""

    language = models.CharField(_("language"), max_length=8, default="pl")
    is_demo = models.BooleanField(_("demo user"), default=False, editable=False)

    class Meta(AbstractUser.Meta):
        verbose_name = _("user")  # type: ignore[assignment]  # the stubs know no lazy text here
        verbose_name_plural = _("users")  # type: ignore[assignment]


class Allocation(models.TextChoices):
    """Where money goes that names no invoice."""

    OLDEST_FIRST = "oldest_first", _("to the oldest due date first")
    UNMATCHED = "unmatched", _("it waits to be matched")


class AllocationOrder(models.TextChoices):
    """What money on an invoice settles first: its principal, or the interest posted on it, as art. 451 par. 1 KC lets the creditor do."""

    PRINCIPAL_FIRST = "principal_first", _("the principal first")
    INTEREST_FIRST = "interest_first", _("posted interest on the invoice first (art. 451 KC)")


class CreditorQuerySet(models.QuerySet["Creditor"]):
    def visible_to(self, user: User) -> "CreditorQuerySet":
        """The creditors a user may see: all for a superuser, else those with a membership."""
        return self if user.is_superuser else self.filter(memberships__user=user)


class Creditor(models.Model):
    """The firm that is owed; screens say company. Every row with money, messages, policies or audit carries it."""

    slug = models.SlugField(_("short name"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    country = models.CharField(_("country"), max_length=2, default="PL")  # ISO 3166-1 alpha-2
    currency = CurrencyField(_("currency"), default="PLN")
    language = models.CharField(_("language"), max_length=8, default="pl")
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Warsaw")  # business days are dates here
    tax_id = models.CharField(_("tax number"), max_length=20, blank=True)
    krs = models.CharField(
        "KRS", max_length=10, blank=True, validators=[RegexValidator(r"^\d{10}\Z", _("A KRS number has ten digits."))]
    )  # a sole trader has none
    street = models.CharField(_("street"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    contact_person = models.CharField(_("contact person"), max_length=120, blank=True)  # for agencies and courts
    email = models.EmailField(_("e-mail for replies"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    bank_account = models.CharField(
        _("bank account"),
        max_length=34,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$", _("Give an IBAN without spaces."))],
    )
    bank_name = models.CharField(_("bank"), max_length=100, blank=True)
    allocation = models.CharField(_("money that names no invoice"), max_length=20, choices=Allocation, default=Allocation.OLDEST_FIRST)
    allocation_order = models.CharField(
        _("money on an invoice settles"), max_length=20, choices=AllocationOrder, default=AllocationOrder.PRINCIPAL_FIRST
    )
    text_edition = models.PositiveIntegerField(default=0, db_default=0, editable=False)  # of its own texts: `receivables.texts`; 0 for none

    objects = CreditorQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["name"]
        constraints = [
            CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="creditor_currency_is_iso"),
            CheckConstraint(condition=Q(krs="") | Q(krs__regex=r"^[0-9]{10}$"), name="creditor_krs_has_ten_digits"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's role at one creditor."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("user"))
    creditor = models.ForeignKey(Creditor, models.CASCADE, related_name="memberships", verbose_name=_("company"))
    role = models.CharField(_("role"), max_length=20, choices=Role)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [UniqueConstraint(fields=["user", "creditor"], name="one_role_per_user_and_company")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"
