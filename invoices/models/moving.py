"""What was put from one customer to another: by a merge, a split, or the undoing of either. Never edited; undone by a second row."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _

from invoices.models.customers import Customer
from receivables.accounts.models import Creditor, User


class CustomerMoveQuerySet(models.QuerySet["CustomerMove"]):
    def visible_to(self, user: User) -> "CustomerMoveQuerySet":
        """Those of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))


class CustomerMove(models.Model):
    """Rows that stand with another customer since, and what was changed on the way: enough to put exactly that back.

    While the transaction lasts that wrote it, and no longer, the database lets even append-only rows change their customer, from
    `source` to `target` alone (`refuse_change`).
    """

    append_only = True

    class Kind(models.TextChoices):
        MERGE = "merge", _("merged")  # the source is the same as the target
        SPLIT = "split", _("split")  # some invoices were another's
        UNDO = "undo", _("undone")

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    source = models.ForeignKey(Customer, models.PROTECT, related_name="moved_away", verbose_name=_("from"))
    target = models.ForeignKey(Customer, models.PROTECT, related_name="moved_here", verbose_name=_("to"))
    reason = models.CharField(_("reason"), max_length=200)
    rows = models.JSONField(default=dict)  # "invoices.Item.customer" → ids
    changes = models.JSONField(default=list)  # [model, id, field, before, after]: what stayed and was changed
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    on = models.DateField(_("day"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    transaction = models.BigIntegerField(default=0, editable=False)  # set by the database

    objects = CustomerMoveQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer move")
        verbose_name_plural = _("customer moves")
        constraints = [
            CheckConstraint(condition=~Q(source=F("target")), name="customer_move_is_to_another"),
            CheckConstraint(condition=~Q(reason=""), name="customer_move_says_why"),
            CheckConstraint(condition=Q(kind="undo", undoes__isnull=False) | ~Q(kind="undo") & Q(undoes=None), name="undo_names_its_move"),
        ]
        indexes = [models.Index(fields=["transaction"], name="customer_move_by_transaction")]
