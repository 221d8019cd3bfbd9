"""What the bank said: files as they came, their statements, and each movement of money until it has become payments."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, SealedField


class BankAccount(models.Model):
    """One of the company's own accounts, whose statements are read."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    number = models.CharField(_("account"), max_length=40)  # as compact as it goes: an IBAN, or what the bank calls it
    label = models.CharField(_("label"), max_length=100, blank=True)
    profile = models.TextField(_("layout of its CSV files"), blank=True)  # YAML; empty: recognised by the headers

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        constraints = [UniqueConstraint(fields=["creditor", "number"], name="bank_account_once_per_company")]

    def __str__(self) -> str:
        return self.label or self.number


class StatementFile(models.Model):
    """A file as the bank wrote it. The same bytes are taken once."""

    append_only = True

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()  # zlib
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["creditor", "sha256"], name="statement_file_taken_once")]


class BankStatement(models.Model):
    """A statement of one account, or a page of it. One that does not balance is held: nothing of it is matched before a person says so."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    account = models.ForeignKey(BankAccount, models.PROTECT, related_name="statements", verbose_name=_("account"))
    file = models.ForeignKey(StatementFile, models.PROTECT, related_name="statements")
    number = models.CharField(_("number"), max_length=60, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    opening = MoneyField(null=True, blank=True)
    closing = MoneyField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)  # the last day it tells of
    entries = models.PositiveIntegerField()
    problems = models.JSONField(default=list)  # sentences
    is_held = models.BooleanField(default=False)
    is_notice = models.BooleanField(default=False)  # camt.054: tells movements that a statement tells too
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    released_why = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        constraints = [
            CheckConstraint(
                condition=Q(released_at=None, released_by=None, released_why="")
                | (Q(is_held=False, released_at__isnull=False, released_by__isnull=False) & ~Q(released_why="")),
                name="statement_is_released_by_a_person_with_a_reason",
            )
        ]
        indexes = [models.Index(fields=["creditor", "-id"], name="statement_newest")]


class BankLineQuerySet(models.QuerySet["BankLine"]):
    def visible_to(self, user: User) -> "BankLineQuerySet":
        """Lines of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))

    def waiting(self) -> "BankLineQuerySet":
        """Money in of which a person, or a rule, still has to say what it pays."""
        return self.filter(state=BankLine.State.WAITING, statement__is_held=False)


class BankLine(models.Model):
    """One movement of money, taken once however often and in whichever file it comes. What it says is never edited."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")  # money in that has not become payments
        BOOKED = "booked", _("booked")  # by the payments that name it
        SET_ASIDE = "set_aside", _("set aside")  # no customer's money: money out, fees, own transfers

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    account = models.ForeignKey(BankAccount, models.PROTECT, related_name="lines")
    statement = models.ForeignKey(BankStatement, models.PROTECT, related_name="lines")
    key = models.CharField(max_length=64)  # of what it says, and how many before it say the same
    entry_key = models.CharField(max_length=64, blank=True)  # of the bank's entry that it is, or is a detail of
    place = models.CharField(max_length=60, blank=True)  # in the file
    booked_on = models.DateField(_("booked on"))
    value_on = models.DateField(null=True, blank=True)
    amount = MoneyField(_("amount"))  # signed by its effect
    currency = CurrencyField(_("currency"))
    counterparty = models.CharField(_("counterparty"), max_length=300, blank=True)
    payer_account = SealedField(null=True, blank=True, editable=False)
    payer_account_hash = models.BinaryField(null=True, blank=True, editable=False)
    virtual_account = models.CharField(max_length=60, blank=True)
    title = models.CharField(_("title"), max_length=600, blank=True)
    references = models.JSONField(default=dict)
    is_reversal = models.BooleanField(default=False)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.WAITING)
    why = models.CharField(_("why"), max_length=200, blank=True)  # the reason it was booked for, or set aside
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")  # none: the program alone
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = BankLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank line")
        verbose_name_plural = _("bank lines")
        constraints = [
            UniqueConstraint(fields=["account", "key"], name="bank_line_taken_once"),
            CheckConstraint(condition=~Q(amount=0), name="bank_line_moves_money"),
            CheckConstraint(condition=~Q(state="booked") | Q(amount__gt=0), name="only_money_in_becomes_payments"),
            CheckConstraint(condition=Q(state="waiting") | ~Q(why=""), name="bank_line_decided_with_a_reason"),
        ]
        indexes = [
            models.Index(fields=["creditor", "booked_on", "id"], name="bank_line_waiting", condition=Q(state="waiting")),
            models.Index(fields=["creditor", "-booked_on", "-id"], name="bank_line_newest"),
            models.Index(fields=["account", "entry_key"], name="bank_line_of_entry", condition=~Q(entry_key="")),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount} {self.currency}"


class PendingLine(models.Model):
    """Money in that a report of the day (MT942, camt.052) has shown and no statement has booked. Never a payment, and in no sum: it only
    keeps people from being chased for a few days.
    """

    ENDS = [("booked", _("booked")), ("not_booked", _("not in the statement"))]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    account = models.ForeignKey(BankAccount, models.PROTECT, related_name="pending")
    file = models.ForeignKey(StatementFile, models.PROTECT, related_name="pending")
    key = models.CharField(max_length=64)  # as of a bank line: later reports of the day tell it again
    booked_on = models.DateField(_("day"))  # as the report has it
    amount = MoneyField(_("amount"))
    currency = CurrencyField(_("currency"))
    counterparty = models.CharField(_("counterparty"), max_length=300, blank=True)
    payer_account_hash = models.BinaryField(null=True, blank=True, editable=False)
    virtual_account = models.CharField(max_length=60, blank=True)
    title = models.CharField(_("title"), max_length=600, blank=True)
    references = models.JSONField(default=dict)
    seen_on = models.DateField(_("seen on"))  # the business day on which the first report of it came
    ended_as = models.CharField(max_length=20, choices=ENDS, blank=True)  # blank: it stands
    booked_as = models.OneToOneField(BankLine, models.PROTECT, null=True, blank=True, related_name="was_pending")

    class Meta:
        verbose_name = _("pending line")
        verbose_name_plural = _("pending lines")
        constraints = [
            UniqueConstraint(fields=["account", "key"], name="pending_line_seen_once"),
            CheckConstraint(condition=Q(amount__gt=0), name="pending_line_is_money_in"),
            CheckConstraint(
                condition=Q(ended_as="booked", booked_as__isnull=False) | (~Q(ended_as="booked") & Q(booked_as=None)),
                name="pending_line_ends_as_what_was_booked",
            ),
        ]
        indexes = [models.Index(fields=["creditor", "account"], name="pending_line_standing", condition=Q(ended_as=""))]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount} {self.currency}"


class PendingItem(models.Model):
    """An item that pending money would pay by itself, were it booked."""

    line = models.ForeignKey(PendingLine, models.CASCADE, related_name="items")
    item = models.ForeignKey("invoices.Item", models.PROTECT, related_name="pending")

    class Meta:
        constraints = [UniqueConstraint(fields=["line", "item"], name="pending_item_once")]


class MatchingQuerySet(models.QuerySet["Matching"]):
    def under_way(self, *, now: datetime) -> "MatchingQuerySet":
        """Those that go on: not ended, and heard of not long ago."""
        return self.filter(ended_at=None, told_at__gt=now - SILENT)


SILENT = timedelta(minutes=10)
"""Without a word for so long, whoever matched has died; what it had booked stands, and the next matching goes on there."""


class Matching(models.Model):
    """A long walk through the lines of a company that wait: how far it is. It books in whole batches; stopped, the rest waits."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    lines = models.PositiveIntegerField()  # that waited when it began
    done = models.PositiveIntegerField(default=0)  # of these, gone through
    alone = models.PositiveIntegerField(default=0)  # of these, booked
    began_at = models.DateTimeField()
    told_at = models.DateTimeField()  # how far it is
    stop_asked_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MatchingQuerySet.as_manager()

    class Meta:
        verbose_name = _("matching")
        verbose_name_plural = _("matchings")
        constraints = [
            CheckConstraint(condition=Q(alone__lte=F("done"), done__lte=F("lines")), name="matching_books_of_what_it_went_through"),
        ]
        indexes = [models.Index(fields=["creditor"], name="matching_under_way", condition=Q(ended_at=None))]
