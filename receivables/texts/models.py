"""What a company says in its own words: versions that are never edited."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from receivables.accounts.models import Creditor, User


class CompanyText(models.Model):
    """A published version of a text, or of the letterhead. `parts` is empty where it goes back to the shipped text.

    The edition counts all that a company publishes: the facts of a message name the one of its release, and so which versions it uses.
    """

    append_only = True

    class Place(models.TextChoices):
        MESSAGE = "message", _("message")
        PAPER = "paper", _("letter")
        ANSWER = "answer", _("answer to a customer")
        LETTERHEAD = "letterhead", _("letterhead")

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="texts", verbose_name=_("company"))
    place = models.CharField(_("place"), max_length=20, choices=Place)
    kind = models.CharField(_("kind"), max_length=40)
    step = models.CharField(_("step"), max_length=60, blank=True)  # of the company's policies; empty: all steps of the kind
    language = models.CharField(_("language"), max_length=5, blank=True)  # the letterhead has none
    version = models.PositiveIntegerField(_("version"))
    edition = models.PositiveIntegerField(_("edition"))
    parts = models.JSONField(default=dict)  # part → text; of the letterhead: foot, and the SHA-256 of the logo
    reason = models.CharField(_("reason"), max_length=300)
    restores = models.PositiveIntegerField(null=True, blank=True)  # the version that it brings back
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("published by"))
    published_at = models.DateTimeField(_("published at"))

    class Meta:
        verbose_name = _("company's text")
        verbose_name_plural = _("company's texts")
        constraints = [
            UniqueConstraint(fields=["creditor", "place", "kind", "step", "language", "version"], name="text_version_given_once"),
            UniqueConstraint(fields=["creditor", "edition"], name="text_edition_given_once"),
            CheckConstraint(condition=Q(version__gte=1, edition__gte=1), name="text_versions_count_from_one"),
            CheckConstraint(
                condition=Q(place="letterhead", language="") | ~Q(place="letterhead") & ~Q(language=""), name="text_is_in_a_language"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.kind} {self.language} v{self.version}"
