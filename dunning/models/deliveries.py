"""How packages reach an agency and its reports come back: its set-up, each package that was called for, each report that was taken."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from dunning.models.agencies import Agency
from receivables.db.fields import SealedField
from receivables.messaging.models import Message


class AgencyDelivery(models.Model):
    """The way to an agency besides a file. Until a person switches sending on, nothing is connected."""

    class Way(models.TextChoices):
        FILE = "file", _("file to download")
        SFTP = "sftp", _("SFTP")
        MAIL = "mail", _("encrypted e-mail")
        REST = "rest", _("REST (Debitura)")

    agency = models.OneToOneField(Agency, models.PROTECT, related_name="way", verbose_name=_("agency"))
    sends = models.BooleanField(_("sending is on"), default=False)
    # SFTP
    host = models.CharField(_("server"), max_length=200, blank=True)
    port = models.PositiveIntegerField(_("port"), default=22)
    username = models.CharField(_("user name"), max_length=100, blank=True)
    folder = models.CharField(_("folder for packages"), max_length=200, default=".")
    reply_folder = models.CharField(_("folder with reports"), max_length=200, blank=True)  # empty: none are fetched
    host_key = models.TextField(_("host key"), max_length=2000, blank=True)  # the only one that is believed
    private_key = SealedField(null=True, editable=False)
    # e-mail
    address = models.EmailField(_("address for packages"), blank=True)
    phone = models.CharField(_("phone for passwords"), max_length=20, blank=True)
    # REST
    url = models.CharField(_("address of the interface"), max_length=300, blank=True)
    secret = SealedField(null=True, editable=False)  # password of SFTP, or the key of the interface
    hook_key = models.CharField(max_length=60, blank=True, editable=False)  # in the address that the agency calls itself
    hook_secret = SealedField(null=True, editable=False)  # by which it signs
    # reports
    report_profile = models.TextField(_("layout of reports"), blank=True)  # YAML; empty: the neutral one
    last_problem = models.CharField(_("last problem"), max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = _("way to an agency")
        verbose_name_plural = _("ways to agencies")
        constraints = [
            CheckConstraint(condition=Q(port__gte=1, port__lte=65535), name="agency_port_is_one"),
            CheckConstraint(condition=Q(phone="") | Q(phone__regex=r"^\+[0-9]{7,15}$"), name="agency_phone_is_international"),
            CheckConstraint(condition=Q(host="") | ~Q(host_key=""), name="agency_server_has_its_key_pinned"),
            UniqueConstraint(fields=["hook_key"], condition=~Q(hook_key=""), name="agency_hook_of_one_agency"),
        ]

    def __str__(self) -> str:
        return self.agency.name


class SuccessRate(models.Model):
    """Which share of debts so old an agency recovers: as its contract or its own figures say, put on file by a person."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="success")
    from_days = models.PositiveSmallIntegerField(_("from so many days overdue"), default=0)
    percent = models.DecimalField(_("per cent recovered"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("success of an agency")
        verbose_name_plural = _("successes of agencies")
        constraints = [
            UniqueConstraint(fields=["agency", "from_days"], name="success_line_once"),
            CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="success_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.from_days}: {self.percent}"


class PackageCall(models.Model):
    """That a message was called for at an agency: who knows its key, and of a mail the password."""

    message = models.OneToOneField(Message, models.PROTECT, related_name="package_call")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    account = models.CharField(max_length=80)  # who was called; a key is known there and nowhere else
    began_at = models.DateTimeField()
    is_open = models.BooleanField(default=True)  # called, and no clear answer is written yet
    is_taken = models.BooleanField(default=False)
    password = SealedField(null=True, editable=False)  # until a person has looked at it
    told_by_sms_at = models.DateTimeField(null=True)
    shown_at = models.DateTimeField(null=True)
    shown_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(is_taken=False) | Q(is_open=False), name="package_taken_is_answered"),
            CheckConstraint(condition=Q(shown_at=None) | Q(password=None), name="package_password_is_shown_once"),
        ]


class AgencyReportFile(models.Model):
    """A report as an agency gave it, and what became of it. The same bytes are taken once."""

    class Source(models.TextChoices):
        UPLOAD = "upload", _("uploaded")
        SFTP = "sftp", _("fetched by SFTP")
        API = "api", _("interface")
        FORM = "form", _("entered by hand")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="reports", verbose_name=_("agency"))
    source = models.CharField(_("came by"), max_length=10, choices=Source)
    name = models.CharField(_("name"), max_length=255)
    stamp = models.CharField(max_length=400, blank=True)  # of a fetched file: name, size and day, by which it is known there
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(editable=False)
    at = models.DateTimeField(_("came at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    taken = models.PositiveIntegerField(_("records taken"), default=0)
    known = models.PositiveIntegerField(_("known before"), default=0)
    problems = models.JSONField(_("problems"), default=list)  # a file with one is taken not at all

    append_only = True

    class Meta:
        verbose_name = _("report of an agency")
        verbose_name_plural = _("reports of agencies")
        constraints = [
            UniqueConstraint(fields=["agency", "sha256"], condition=Q(problems=[]), name="agency_report_taken_once"),
            CheckConstraint(condition=Q(problems=[]) | Q(taken=0), name="agency_report_is_taken_whole"),
        ]
        indexes = [models.Index(fields=["agency", "-id"], name="agency_report_newest")]

    def __str__(self) -> str:
        return self.name


class AgencyCall(models.Model):
    """What an agency told us by a call of its own, as it came: stored, taken once, kept with what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        TAKEN = "taken", _("taken")
        REFUSED = "refused", _("refused")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="calls", verbose_name=_("agency"))
    event = models.CharField(_("event"), max_length=100)  # the agency's id of it
    kind = models.CharField(_("kind"), max_length=60)
    body = models.BinaryField(editable=False)
    came_at = models.DateTimeField(_("came at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    result = models.CharField(_("result"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("call of an agency")
        verbose_name_plural = _("calls of agencies")
        constraints = [UniqueConstraint(fields=["agency", "event"], name="agency_event_taken_once")]
        indexes = [
            models.Index(fields=["id"], name="agency_call_waiting", condition=Q(state="waiting")),
            models.Index(fields=["agency", "-id"], name="agency_call_newest"),
        ]

    def __str__(self) -> str:
        return self.event
