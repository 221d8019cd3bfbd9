"""A run is a stored plan; its notices are the messages planned, and the steps they take are rows that cannot be doubled."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from dunning.models.agreements import Agreement
from dunning.models.cases import Case
from dunning.models.policies import PolicyVersion
from dunning.states import NoticeState, RunState, TaskKind
from invoices.models import Customer, Invoice
from invoices.states import ClaimKind
from receivables.accounts.models import Creditor, User
from receivables.db.fields import CurrencyField, MoneyField, fits_currency, is_positive
from receivables.messaging.models import Message


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, user: User) -> "RunQuerySet":
        """Runs of the creditors a user may see."""
        return self.filter(creditor__in=Creditor.objects.visible_to(user))


class Run(models.Model):
    """One judgement of the day for one creditor: what was planned, what was expected to leave and what left."""

    STATES = [(RunState.PROPOSED, _("proposed")), (RunState.RELEASED, _("released")), (RunState.DONE, _("done"))]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    on = models.DateField(_("day"))
    state = models.CharField(_("state"), max_length=20, choices=STATES, default=RunState.PROPOSED)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)  # none: the schedule
    judged = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(_("messages expected"), default=0)
    waiting = models.JSONField(default=dict)  # reason → number of items
    problems = models.JSONField(default=list)  # cases set aside, in words

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"run {self.pk} on {self.on}"


class Notice(models.Model):
    """One message of a plan: whom, which step, by which channel, with which items. Released, it has its message or task."""

    STATES = [
        (NoticeState.PROPOSED, _("waits for approval")),
        (NoticeState.RELEASED, _("released")),
        (NoticeState.REJECTED, _("rejected")),
        (NoticeState.DROPPED, _("dropped")),
        (NoticeState.SUPERSEDED, _("superseded")),
    ]

    # none: made by a person, or (without a message) said by another system before
    run = models.ForeignKey(Run, models.PROTECT, null=True, blank=True, related_name="notices")
    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="notices", verbose_name=_("customer"), db_index=False)
    version = models.ForeignKey(PolicyVersion, models.PROTECT)
    step = models.CharField(_("step"), max_length=60)  # the highest among its items: text, document and deadline are this step's
    position = models.PositiveSmallIntegerField()
    channel = models.CharField(_("channel"), max_length=20)
    # set: goes along with that one
    main = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parallel", db_index=False)
    currency = CurrencyField()
    # only where the policy groups by invoice
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, db_index=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, blank=True, db_index=False)  # the same, for rates
    shares = models.CharField(max_length=100, blank=True)  # what its invoices say in the field by which the policy groups
    is_overdue = models.BooleanField()  # which side of the due date its items stand on
    approval = models.BooleanField(_("needs approval"))
    state = models.CharField(_("state"), max_length=20, choices=STATES)
    on = models.DateField(_("day"))  # planned for; a release sets it to its own day
    principal = MoneyField(_("principal"))
    credit = MoneyField(_("credit netted"), default=0)
    interest = MoneyField(_("late interest"), default=0)  # this and the two below: sums of what it claims, see `NoticeClaim`
    compensation = MoneyField(_("compensation"), default=0)
    fees = MoneyField(_("fees"), default=0)  # all so far for its items, those of earlier messages included
    deadline_on = models.DateField(_("deadline"), null=True, blank=True)
    message = models.OneToOneField(Message, models.PROTECT, null=True, blank=True, related_name="notice")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    answered_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)  # why rejected or dropped

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            CheckConstraint(condition=Q(principal__gte=0, credit__gte=0), name="notice_amounts_not_negative"),
            CheckConstraint(condition=Q(interest__gte=0, compensation__gte=0, fees__gte=0), name="notice_claims_not_negative"),
            CheckConstraint(condition=Q(message=None) | Q(state="released"), name="notice_message_only_when_released"),
            CheckConstraint(condition=Q(run__isnull=False) | Q(state="released"), name="notice_of_no_run_is_released"),
        ]
        indexes = [
            models.Index(fields=["creditor", "customer"], name="notice_waiting", condition=Q(state="proposed")),
            models.Index(fields=["customer", "-on"], name="notice_of_customer"),
            # what most notices leave empty is looked up by these, and costs a run no entry for each of its messages
            models.Index(fields=["main"], name="notice_beside", condition=Q(main__isnull=False)),
            models.Index(fields=["invoice"], name="notice_of_invoice", condition=Q(invoice__isnull=False)),
            models.Index(fields=["agreement"], name="notice_of_agreement", condition=Q(agreement__isnull=False)),
            models.Index(fields=["answered_by"], name="notice_answered_by", condition=Q(answered_by__isnull=False)),
        ]

    @property
    def planned_in(self) -> Run:
        """The run that planned it. Raises ValueError for what a person made, or another system said: nobody plans or answers that."""
        if self.run is None:
            raise ValueError(f"notice {self.pk} is of no run")
        return self.run

    @property
    def is_by_hand(self) -> bool:
        """Whether a person made it, no run."""
        return self.run_id is None and self.message_id is not None

    @property
    def asks(self) -> Decimal:
        """Total demanded, in `currency`: principal stated and claims, less credit netted."""
        return self.principal + self.interest + self.compensation + self.fees - self.credit

    def standing_lines(self) -> "models.QuerySet[PlannedLine]":
        """Its planned items, without those that a person took out."""
        return self.lines.exclude(case__in=self.edits.values("case"))


class PlannedLine(models.Model):
    """An item of a notice that waits for approval, as it was planned. Released, what really went stands in `StepTaken`."""

    append_only = True

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="lines")
    case = models.ForeignKey(Case, models.PROTECT)
    step = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()
    principal = MoneyField()

    class Meta:
        constraints = [UniqueConstraint(fields=["notice", "case"], name="item_once_per_planned_notice")]


class PlanEdit(models.Model):
    """A person took an item out of a planned notice, and said why. What it became of stands in its case, or in a hold."""

    append_only = True

    class Kind(models.TextChoices):
        DROP = "drop", _("left out for today")
        BLOCK = "block", _("held")
        LOWER = "lower", _("put back to an earlier step")
        RAISE = "raise", _("raised by one step")
        SKIP = "skip", _("step skipped for good")

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="edits")
    case = models.ForeignKey(Case, models.PROTECT, related_name="edits")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    step = models.CharField(_("step"), max_length=60, blank=True)  # the one it was put to, or that is skipped
    reason = models.CharField(_("reason"), max_length=200)
    on = models.DateField(_("day"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["notice", "case"], name="planned_item_edited_once"),
            CheckConstraint(condition=~Q(reason=""), name="plan_edit_has_its_reason"),
        ]


class StepTaken(models.Model):
    """A step that a case took: at most once per episode, step and round. Never edited; what came of it is a `StepResult`."""

    append_only = True

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="taken")
    case = models.ForeignKey(Case, models.PROTECT, related_name="steps")
    episode = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField()
    principal = MoneyField()  # open and undisputed, as the message states it
    on = models.DateField()

    class Meta:
        verbose_name_plural = "steps taken"
        constraints = [UniqueConstraint(fields=["case", "episode", "step", "round"], name="step_taken_once")]


class NoticeClaim(models.Model):
    """What a message claimed for one of its items beside the principal, booked with the step that it took.

    Never edited. It counts as long as its step does: a step that came to nothing (`StepResult.Kind.VOID`) claimed nothing, and a
    further round claims anew. A fee is booked once, by the message that claims it first; interest and compensation by each that states it.
    """

    append_only = True

    KINDS = [(ClaimKind.INTEREST, _("late interest")), (ClaimKind.COMPENSATION, _("compensation")), (ClaimKind.FEE, _("fee"))]

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="claims")
    taken = models.ForeignKey(StepTaken, models.PROTECT, related_name="claims")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="claims")  # none: a fee on a rate
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    amount = MoneyField(_("amount"))
    currency = CurrencyField()
    on = models.DateField(_("day"))  # through which it was reckoned
    detail = models.JSONField(default=dict)  # periods, rates and sources: enough to work it out again

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            UniqueConstraint(fields=["taken", "kind"], name="claim_once_per_step_taken"),
            UniqueConstraint(
                fields=["notice", "invoice"], condition=Q(kind="compensation"), name="compensation_once_per_message_and_invoice"
            ),
            is_positive("amount", name="claim_amount_positive"),
            fits_currency("amount", name="claim_amount_fits_currency"),
        ]


class StepResult(models.Model):
    """What came of a step: completed, or void (withdrawn, failed, bounced). Never edited; the newest counts."""

    append_only = True

    class Kind(models.TextChoices):
        COMPLETED = "completed", _("completed")
        VOID = "void", _("did not count")

    taken = models.ForeignKey(StepTaken, models.PROTECT, related_name="results")
    kind = models.CharField(max_length=20, choices=Kind)
    on = models.DateField()
    captured = models.BooleanField(default=False)  # by the mailbox of quarantine: nobody was really written to
    detail = models.CharField(max_length=200, blank=True)


class Task(models.Model):
    """Something for a person: at most one open per customer, kind, step and what it is about."""

    KINDS = [
        (TaskKind.CALL, _("call")),
        (TaskKind.APPROVE, _("approve")),
        (TaskKind.MATCH_PAYMENT, _("match a payment")),
        (TaskKind.BAD_CONTACT, _("find a contact")),
        (TaskKind.UNKNOWN_OUTCOME, _("find out whether it left")),
        (TaskKind.BROKEN_PROMISE, _("broken promise")),
        (TaskKind.REVIEW, _("review")),
        (TaskKind.FILE_CLAIM, _("file the claim")),
        (TaskKind.STOP_FACT, _("see to a stop fact")),
        (TaskKind.COMPLAINT, _("answer a complaint")),
        (TaskKind.COMPLAINT_ALERT, _("a complaint still waits")),
        (TaskKind.CREDIT_NOTE_MISSING, _("ask for the credit note")),
        (TaskKind.RECONCILE, _("check with the ledger of record")),
        (TaskKind.WRONG_DEMAND, _("put a wrong demand right")),
        (TaskKind.REPLY, _("read a reply")),
        (TaskKind.CHECK_INVOICE, _("check an invoice")),
        (TaskKind.TELL_REGISTER, _("tell a register of a payment")),
        (TaskKind.COURT, _("act in court")),
        (TaskKind.BALANCE_DIFFERS, _("clear up a balance that differs")),
        (TaskKind.TERMS_ASKED, _("answer who asks for terms")),
        (TaskKind.GRANT_CREDIT, _("grant the credit for the next purchase")),
        (TaskKind.AGENCY_SAYS, _("see to what an agency says")),
    ]

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="tasks", verbose_name=_("customer"))
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    step = models.CharField(_("step"), max_length=60, blank=True)
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, blank=True, related_name="tasks")
    cases = models.ManyToManyField(Case, blank=True)  # what it is about; closed all, nothing is left to do
    about = models.CharField(max_length=60, blank=True)  # the fact that it sees to, "stop:17"; empty: the customer as a whole
    opened_on = models.DateField(_("opened on"))
    due_on = models.DateField(_("due"), null=True, blank=True)  # the last day that law or promise gives; none: no clock
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    result = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            UniqueConstraint(fields=["customer", "kind", "step", "about"], condition=Q(closed_on=None), name="one_open_task_per_kind")
        ]
        indexes = [models.Index(fields=["creditor", "kind"], name="task_open", condition=Q(closed_on=None))]
