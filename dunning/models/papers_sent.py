"""Papers that go out beside the ladder: statements by schedule, and the campaigns in which customers confirm their balance."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dunning.campaigns import Answer, LeftOut
from dunning.models.written import Written
from dunning.statement_periods import Every
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.db.fields import CurrencyField, MoneyField, fits_currency
from receivables.documents.models import Document

LEFT_OUT = [
    (LeftOut.NO_BALANCE, _("nothing is open")),
    (LeftOut.CONSUMER, _("a consumer, or not known to be a firm")),
    (LeftOut.NO_BOOKS, _("keeps no books")),
    (LeftOut.NOT_RELEASED, _("waits to be contacted")),
    (LeftOut.STOPPED, _("a stop fact stands")),
    (LeftOut.IN_COURT, _("in court")),
    (LeftOut.DISPUTED, _("all that is open is disputed")),
    (LeftOut.UNREACHABLE, _("no way to reach them")),
    (LeftOut.TAKEN_OUT, _("its sending was undone")),
    (LeftOut.AT_AGENCY, _("with an agency")),
]
ANSWERS = [(Answer.AGREES, pgettext_lazy("balance", "agrees")), (Answer.DIFFERS, pgettext_lazy("balance", "differs"))]


class StatementSchedule(models.Model):
    """When a company's statements go out by themselves, and to which kinds of customers."""

    EVERY = [(Every.MONTH, _("every month")), (Every.QUARTER, _("every quarter"))]

    creditor = models.OneToOneField(Creditor, models.CASCADE, primary_key=True, related_name="statement_schedule")
    is_on = models.BooleanField(_("statements go out by themselves"), default=False)
    every = models.CharField(_("how often"), max_length=10, choices=EVERY, default=Every.MONTH)
    day = models.PositiveSmallIntegerField(_("day of the month after the period"), default=5)
    kinds = ArrayField(
        models.CharField(max_length=20, choices=Customer.KINDS), verbose_name=_("kinds of customers"), default=list, blank=True
    )
    starts_on = models.DateField(_("from"))  # what was to leave before is not sent

    class Meta:
        verbose_name = _("schedule of statements")
        verbose_name_plural = _("schedules of statements")
        constraints = [CheckConstraint(condition=Q(day__gte=1, day__lte=28), name="statements_leave_on_a_day_of_every_month")]


class PaperTerms(models.Model):
    """What holds for the papers of one customer, beside what its kind says. Without a row: as the schedule says, and letters only."""

    class Statements(models.TextChoices):
        BY_KIND = "", _("as the schedule says")
        ALWAYS = "always", _("always")
        NEVER = "never", _("never")

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="paper_terms")
    statements = models.CharField(_("statements"), max_length=10, choices=Statements, default=Statements.BY_KIND, blank=True)
    keeps_no_books = models.BooleanField(_("keeps no books, so there is no balance to confirm"), default=False)
    email_agreed_on = models.DateField(_("balance confirmations by e-mail agreed on"), null=True, blank=True)
    email_agreement = models.CharField(_("how that was agreed"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("terms of papers")
        verbose_name_plural = _("terms of papers")
        constraints = [
            CheckConstraint(
                condition=Q(email_agreed_on=None, email_agreement="") | Q(email_agreed_on__isnull=False) & ~Q(email_agreement=""),
                name="agreement_to_email_says_when_and_how",
            )
        ]


class StatementSent(models.Model):
    """A statement that its schedule sent a customer about a period, or why it did not. Once for each customer, currency and last day."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="statements_sent", verbose_name=_("customer"))
    currency = CurrencyField(_("currency"))
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("through"))
    on = models.DateField(_("day"))
    written = models.OneToOneField(Written, models.PROTECT, null=True, blank=True, related_name="statement_sent")
    left_out = models.CharField(_("why not"), max_length=20, choices=LEFT_OUT, blank=True)

    class Meta:
        verbose_name = _("statement sent")
        verbose_name_plural = _("statements sent")
        constraints = [
            UniqueConstraint(fields=["customer", "currency", "to_on"], name="statement_once_per_period"),
            CheckConstraint(condition=Q(from_on__lte=F("to_on"), to_on__lt=F("on")), name="statement_tells_days_that_are_over"),
            CheckConstraint(
                condition=Q(left_out="", written__isnull=False) | ~Q(left_out="") & Q(written=None),
                name="statement_is_sent_or_says_why_not",
            ),
        ]
        indexes = [models.Index(fields=["creditor", "to_on"], name="statement_of_period")]


class BalanceCampaign(models.Model):
    """A company asks its customers to confirm their balances of a day. Open until a person closes it."""

    creditor = models.ForeignKey(Creditor, models.PROTECT, verbose_name=_("company"))
    year_ends_on = models.DateField(_("end of the financial year"))
    as_of_on = models.DateField(_("balance as of"))
    deadline_on = models.DateField(_("answer by"))
    opened_on = models.DateField(_("opened on"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reminded_on = models.DateField(_("reminded on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("balance campaign")
        verbose_name_plural = _("balance campaigns")
        ordering = ["-as_of_on"]
        constraints = [
            UniqueConstraint(fields=["creditor", "as_of_on"], name="balances_of_a_day_asked_once"),
            CheckConstraint(
                condition=Q(as_of_on__lte=F("year_ends_on")) & Q(as_of_on__lte=F("opened_on")), name="balance_is_of_a_day_of_its_year"
            ),
            CheckConstraint(condition=Q(deadline_on__gte=F("opened_on")), name="balance_answered_after_it_is_asked"),
            CheckConstraint(
                condition=(Q(reminded_on=None) | Q(reminded_on__gte=F("opened_on")))
                & (Q(closed_on=None) | Q(closed_on__gte=F("opened_on"))),
                name="campaign_goes_on_after_it_is_opened",
            ),
        ]

    def __str__(self) -> str:
        return self.as_of_on.isoformat()

    @property
    def is_open(self) -> bool:
        """Whether papers go out and answers are taken."""
        return self.closed_on is None


class BalanceRequest(models.Model):
    """One customer and currency of a campaign: the balance, what was sent, and the answer. Left out, it says why."""

    class Came(models.TextChoices):
        PAPER = "paper", _("part B, signed")
        EMAIL = "email", _("e-mail")
        PORTAL = "portal", _("portal")

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    campaign = models.ForeignKey(BalanceCampaign, models.PROTECT, related_name="requests")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="balance_requests", verbose_name=_("customer"))
    currency = CurrencyField(_("currency"))
    balance = MoneyField(_("balance"))  # when chosen, then as its paper says
    is_ours = models.BooleanField(default=True)  # in the company's favour: the customer owes it
    left_out = models.CharField(_("left out"), max_length=20, choices=LEFT_OUT, blank=True)
    written = models.OneToOneField(Written, models.PROTECT, null=True, blank=True, related_name="balance_request")
    reminder = models.OneToOneField(Written, models.PROTECT, null=True, blank=True, related_name="balance_reminder")
    answer = models.CharField(_("answer"), max_length=10, choices=ANSWERS, blank=True)  # blank: none, which is no consent
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    came_by = models.CharField(_("how it came"), max_length=10, choices=Came, blank=True)
    signed_by = models.CharField(_("signed by"), max_length=120, blank=True)
    their_balance = MoneyField(_("balance in their books"), null=True, blank=True)
    their_is_ours = models.BooleanField(default=True)  # the same of theirs
    explanation = models.CharField(_("explanation"), max_length=1000, blank=True)
    part_b = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("part B"))
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("request to confirm a balance")
        verbose_name_plural = _("requests to confirm balances")
        constraints = [
            UniqueConstraint(fields=["campaign", "customer", "currency"], name="balance_asked_once_per_campaign"),
            CheckConstraint(condition=Q(balance__gte=0) & (Q(their_balance=None) | Q(their_balance__gte=0)), name="balance_not_negative"),
            fits_currency("balance", name="balance_fits_currency"),
            CheckConstraint(condition=Q(left_out="") | Q(written=None, answer=""), name="who_is_left_out_is_not_asked"),
            CheckConstraint(condition=Q(reminder=None) | Q(written__isnull=False), name="balance_reminder_follows_its_paper"),
            CheckConstraint(
                condition=Q(answer="", answered_on=None, came_by="", part_b=None)
                | ~Q(answer="") & Q(answered_on__isnull=False, written__isnull=False) & ~Q(came_by=""),
                name="balance_answer_has_its_day",
            ),
            CheckConstraint(
                condition=Q(answer="differs") & ~Q(explanation="") | ~Q(answer="differs") & Q(their_balance=None, explanation=""),
                name="balance_that_differs_says_why",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="balances_asked_of_customer")]
