"""What public registers answered: kept as proof, with the digest of the raw answer."""

from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from receivables.accounts.models import Creditor
from receivables.credit.registers.protocol import Verdict, Why


class RegisterAnswer(models.Model):
    """One question and its answer, as of a day. Never edited; a newer one counts instead."""

    append_only = True

    VERDICTS = [
        (Verdict.ACTIVE, pgettext_lazy("register", "active")),
        (Verdict.EXEMPT, _("exempt from VAT")),
        (Verdict.NOT_LISTED, _("not listed there")),
        (Verdict.REMOVED, _("removed or refused")),
        (Verdict.ENDED, _("the business has ended")),
        (Verdict.UNKNOWN, _("unknown: no answer")),
    ]
    WHYS = [
        (Why.NO_ANSWER, _("it did not answer")),
        (Why.GARBLED, _("its answer could not be read")),
        (Why.OTHER_NUMBER, _("it answered about another number")),
        (Why.OVER_LIMIT, _("no more questions today")),
        (Why.BUSY, _("it is busy")),
        (Why.REFUSED, _("it does not take the question")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    register = models.CharField(_("register"), max_length=20)
    country = models.CharField(max_length=2)
    number = models.CharField(_("number"), max_length=20)  # without the country
    account = models.CharField(max_length=34, blank=True)
    on = models.DateField(_("as of"))
    asked_at = models.DateTimeField(_("asked at"))
    valid_until = models.DateTimeField()  # it is not asked again before
    verdict = models.CharField(_("answer"), max_length=20, choices=VERDICTS)
    why = models.CharField(_("why nothing is known"), max_length=20, choices=WHYS, blank=True)
    proof = models.CharField(_("proof"), max_length=500, blank=True)  # the register's own id of the request
    facts = models.JSONField(default=dict)  # as the register says: name, regon, krs, accounts, address …
    digest = models.CharField(max_length=64)  # SHA-256 of the raw answer, in hexadecimal

    class Meta:
        verbose_name = _("register answer")
        verbose_name_plural = _("register answers")
        constraints = [
            CheckConstraint(condition=Q(verdict="unknown") ^ Q(why=""), name="only_an_unknown_answer_has_a_reason"),
            CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="register_answer_has_a_digest"),
        ]
        indexes = [
            models.Index(fields=["creditor", "country", "number", "register", "-id"], name="register_answer_newest"),
            models.Index(fields=["register", "asked_at"], name="register_asked_today"),
        ]
