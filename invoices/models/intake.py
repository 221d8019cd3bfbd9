"""What was brought in: column profiles that firms keep, and each file with what it gave."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from invoices.intake.parsed import Question
from invoices.models.invoices import Invoice
from receivables.accounts.models import Creditor, User


class Profile(models.Model):
    """How the columns of a firm's table files are to be read; built-in ones live in `invoices/intake/profiles/`."""

    creditor = models.ForeignKey(Creditor, models.CASCADE, verbose_name=_("company"))
    name = models.SlugField(_("name"))
    text = models.TextField(_("definition"))  # YAML, see docs/import.md

    class Meta:
        verbose_name = _("column profile")
        verbose_name_plural = _("column profiles")
        constraints = [UniqueConstraint(fields=["creditor", "name"], name="profile_name_once_per_company")]

    def __str__(self) -> str:
        return self.name


class ProfileVersion(models.Model):
    """A text that a profile had. The profile itself has the newest; what was read by an older one can be looked up."""

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="versions", verbose_name=_("column profile"))
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("definition"))
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("version of a column profile")
        verbose_name_plural = _("versions of column profiles")
        ordering = ["-number"]
        constraints = [UniqueConstraint(fields=["profile", "number"], name="profile_version_numbered_once")]

    def __str__(self) -> str:
        return f"{self.profile.name} v{self.number}"


class ImportedFile(models.Model):
    """A file that was read in, whole. A refused file leaves nothing, not even this row."""

    append_only = True

    KINDS = [
        ("invoices", _("invoices")),
        ("customers", _("customers")),
        ("opening", _("opening state")),
        ("open_items", _("open items")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    name = models.CharField(max_length=255)
    kind = models.CharField(_("what it held"), max_length=20, choices=KINDS, default="invoices")
    profile = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    new = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)


class InvoiceSource(models.Model):
    """What the file of an invoice says besides what the books hold: its keys, its accounts, its lines. At most one an invoice."""

    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="source_file", verbose_name=_("invoice"))
    creditor = models.ForeignKey(Creditor, models.PROTECT)
    form = models.CharField(max_length=20)  # ksef_fa3, ubl, cii …
    ksef_number = models.CharField(_("KSeF number"), max_length=36, blank=True)
    payment_id = models.CharField(max_length=60, blank=True)  # what payers are asked to write: IPKSeF, a reference
    accounts = ArrayField(models.CharField(max_length=60), default=list, blank=True)  # the seller's, as the invoice states them
    facts = models.JSONField(default=dict)  # total, prepaid, paid, due, lines, VAT; amounts as text
    name = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(max_length=64)  # of the bytes it was read from
    at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["creditor", "ksef_number"], condition=~Q(ksef_number=""), name="ksef_number_once_per_company"),
        ]
        indexes = [models.Index(fields=["creditor", "payment_id"], name="source_payment_id", condition=~Q(payment_id=""))]

    def __str__(self) -> str:
        return self.ksef_number or self.name


class InvoiceQuestionQuerySet(models.QuerySet["InvoiceQuestion"]):
    def visible_to(self, user: User) -> "InvoiceQuestionQuerySet":
        """Questions about invoices of the creditors a user may see."""
        return self.filter(invoice__creditor__in=Creditor.objects.visible_to(user))

    def open(self) -> "InvoiceQuestionQuerySet":
        """Those that nobody has answered."""
        return self.filter(answered_on=None)


class InvoiceQuestion(models.Model):
    """Something about an invoice that a person has to look at before anybody is reminded of it."""

    QUESTIONS = [
        (Question.SEVERAL_DUE_DATES, _("several due dates without amounts")),
        (Question.TEXTUAL_DUE_DATE, _("a due date in words")),
        (Question.NO_DUE_DATE, _("no due date: 30 days are assumed")),
        (Question.OVERPAID, _("paid more than it asks for")),
        (Question.FACTOR, _("payable to a factor: the claim may have been sold")),
        (Question.OTHER_METHOD, _("not to be paid by transfer")),
        (Question.AMOUNTS_DIFFER, _("its amounts do not add up")),
        (Question.DUE_BEFORE_ISSUE, _("due before it was issued")),
        (Question.LONG_TERM, _("a term of more than 60 days")),
        (Question.WRONG_TAX_ID, _("the tax number of the buyer is missing or wrong")),
        (Question.NO_ACCOUNT, _("no account to pay to")),
        (Question.WRONG_ACCOUNT, _("an account that cannot exist")),
        (Question.NO_CONTACT, _("neither e-mail nor phone of the buyer")),
        (Question.NO_RECIPIENT_UNIT, _("for a unit of local government that it does not name")),
        (Question.CORRECTS_UNKNOWN, _("corrects an invoice that the books do not know")),
        (Question.NO_OWN_TAX_ID, _("the company has no tax number: it may be a purchase")),
    ]

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="questions", verbose_name=_("invoice"))
    question = models.CharField(_("question"), max_length=30, choices=QUESTIONS)
    place = models.CharField(_("place"), max_length=300, blank=True)  # in the file
    said = models.CharField(max_length=300, blank=True)  # what stands there
    stops = models.BooleanField()  # whether the ladder waits for the answer
    asked_on = models.DateField(_("asked on"))
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.CharField(_("answer"), max_length=300, blank=True)

    objects = InvoiceQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question about an invoice")
        verbose_name_plural = _("questions about invoices")
        constraints = [
            UniqueConstraint(fields=["invoice", "question", "place"], name="question_asked_once_per_place"),
            CheckConstraint(
                condition=Q(answered_on=None, answer="") | (Q(answered_on__isnull=False) & ~Q(answer="")), name="question_answered_in_words"
            ),
        ]
        indexes = [models.Index(fields=["invoice"], name="question_open", condition=Q(answered_on=None))]

    def __str__(self) -> str:
        return self.get_question_display()
