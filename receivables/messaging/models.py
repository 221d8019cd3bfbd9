"""The outbox: what will be said to whom, once. The rows are the truth; queue and workers only wake each other."""

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Length, Lower
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from receivables.accounts.models import Creditor
from receivables.messaging.sender.findings import Level
from receivables.messaging.states import MessageState


class Dispatch(models.Model):
    """The one row that says whether this installation may reach real people, and whether sending is halted."""

    class Mode(models.TextChoices):
        QUARANTINE = "quarantine", _("quarantine")
        LIVE = "live", _("live")

    mode = models.CharField(max_length=20, choices=Mode, default=Mode.QUARANTINE)
    database_identity = models.CharField(max_length=120, blank=True)  # of the database that went live; a copy or a restored one differs
    live_since = models.DateTimeField(null=True, blank=True)
    trial_since = models.DateTimeField(null=True, blank=True)  # set: only guests are written to, until a person ends the trial
    is_halted = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [CheckConstraint(condition=Q(id=1), name="one_dispatch_row")]


class Message(models.Model):
    """One message to one recipient by one channel. Its key lives for ever, so nothing is planned twice."""

    class Purpose(models.TextChoices):
        DUNNING = "dunning", _("dunning")
        PORTAL = "portal", _("portal code")
        COURTESY = "courtesy", _("courtesy")
        WRITTEN = "written", _("written by a person")
        PLACEMENT = "placement", _("hand-over to an agency")

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    key = models.CharField(max_length=64, unique=True)  # derived from what it is for, before anything is done
    purpose = models.CharField(max_length=20, choices=Purpose)
    channel = models.CharField(_("channel"), max_length=20)
    recipient = models.CharField(_("recipient"), max_length=640)  # address, number or postal lines as they are now
    recipient_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8)
    template = models.CharField(max_length=120)
    facts = models.JSONField()  # all it will say; secrets only as sealed text
    facts_digest = models.CharField(max_length=64)  # judged again at the hand-over
    state = models.CharField(_("state"), max_length=20, choices=[(s, s) for s in MessageState], default=MessageState.PLANNED)
    reason = models.CharField(max_length=200, blank=True)  # why withdrawn, failed, expired …
    not_before = models.DateTimeField()
    not_after = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    uncalled = models.PositiveSmallIntegerField(default=0, db_default=0)  # attempts whose call was never begun
    handed_to = models.CharField(max_length=80, blank=True, default="", db_default="")  # who had it last: `outgoing.identity_of`
    stayed_try = models.SmallIntegerField(default=0, db_default=0)  # the try of which is known that it did not leave: `calling`
    taken_try = models.SmallIntegerField(default=0, db_default=0)  # the try that the channel is known to have taken
    token = models.UUIDField(null=True, blank=True)  # whose claim it is
    lease_until = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=120, unique=True)  # Message-ID and provider reference, derived from the key
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    document = models.ForeignKey("documents.Document", models.PROTECT, null=True, blank=True)
    rendered_at = models.DateTimeField(null=True, blank=True)
    captured = models.BooleanField(default=False)  # taken by the local mailbox in quarantine, not by a real channel
    created_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True, blank=True)
    uncertain_since = models.DateTimeField(null=True, blank=True)  # handed over then, perhaps taken, and planned again with the same key
    settled_at = models.DateTimeField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)  # the day it left, where that is not the day of the hand-over: a posted letter

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            CheckConstraint(condition=Q(not_after=None) | Q(not_after__gte=F("not_before")), name="message_window_is_one"),
            CheckConstraint(
                condition=Q(uncertain_since=None) | Q(handed_at__isnull=False, uncertain_since__lte=F("handed_at")),
                name="uncertain_only_after_a_hand_over",
            ),
            CheckConstraint(
                condition=~Q(state__in=["claimed", "handed"]) | Q(token__isnull=False, lease_until__isnull=False), name="claim_has_a_lease"
            ),
        ]
        indexes = [
            models.Index(fields=["not_before", "id"], name="message_to_send", condition=Q(state="planned")),
            models.Index(fields=["lease_until"], name="message_in_hand", condition=Q(state__in=["claimed", "handed"])),
            models.Index(fields=["creditor", "-id"], name="message_newest"),
            models.Index(
                fields=["creditor", "channel", "-handed_at"], name="message_left", condition=Q(handed_at__isnull=False, captured=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.channel} {self.state}"

    @property
    def calls(self) -> int:
        """How often its channel was called."""
        return self.attempts - self.uncalled


class Enclosure(models.Model):
    """A paper that goes along with a message besides its own, such as the invoice it reminds of. Never edited."""

    append_only = True

    message = models.ForeignKey(Message, models.PROTECT, related_name="enclosures")
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="enclosed_in")
    position = models.PositiveSmallIntegerField()  # its place among them, from 1

    class Meta:
        verbose_name = _("enclosure")
        verbose_name_plural = _("enclosures")
        ordering = ["message", "position"]
        constraints = [UniqueConstraint(fields=["message", "document"], name="paper_enclosed_once")]


class Attempt(models.Model):
    """One try to hand a message over, and what came of it. Never edited."""

    append_only = True

    message = models.ForeignKey(Message, models.PROTECT, related_name="tries")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=20)  # accepted, later, failed, unknown
    detail = models.CharField(max_length=300, blank=True)
    reference = models.CharField(max_length=200, blank=True)  # what the provider calls it

    class Meta:
        constraints = [UniqueConstraint(fields=["message", "number"], name="attempt_recorded_once")]
        indexes = [models.Index(fields=["reference"], name="attempt_of_reference", condition=~Q(reference=""))]


class DeliveryEvent(models.Model):
    """What a provider or a person said about a message later. Never edited."""

    append_only = True

    message = models.ForeignKey(Message, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20)  # delivered, bounced, failed, unknown
    at = models.DateTimeField()
    source = models.CharField(max_length=60)
    event_id = models.CharField(max_length=120, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["source", "event_id"], condition=~Q(event_id=""), name="delivery_event_taken_once")]


class Suppression(models.Model):
    """An address that must not be used any more on a channel, and why."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=640)  # as `plain_address` writes it
    reason = models.CharField(max_length=200)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["creditor", "channel", "address"], name="address_suppressed_once"),
            CheckConstraint(condition=~Q(channel="email") | Q(address=Lower("address")), name="suppressed_mail_is_in_small_letters"),
        ]


class BounceCount(models.Model):
    """What the bounces of an address counted on a day: the worst of them, once. See `bounces`."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=640)  # as `plain_address` writes it
    on = models.DateField()  # where the creditor is
    count = models.DecimalField(max_digits=2, decimal_places=1)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["creditor", "channel", "address", "on"], name="bounces_counted_once_a_day"),
            CheckConstraint(condition=Q(count__gt=0, count__lte=1), name="bounce_counts_one_at_most"),
        ]


class ProviderEvent(models.Model):
    """What a provider reported, as it came, before anything is done with it. Only what became of it is written later, once."""

    MOST_BYTES = 16_384  # of a body; what is longer is cut, for the columns hold all that is used of it

    class Outcome(models.TextChoices):
        MOVED = "moved", _("moved the message")
        NOTED = "noted", _("noted, nothing new")
        REFUSED = "refused", _("refused")
        GIVEN_UP = "given_up", _("no message found")

    source = models.CharField(max_length=60)  # smsapi, twilio, dsn, anymail:NAME
    event_id = models.CharField(max_length=120)  # the provider's, or made from what it says
    body = models.BinaryField()
    key = models.CharField(max_length=64, blank=True)
    mail_id = models.CharField(max_length=250, blank=True)  # the Message-ID that it names
    reference = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20)
    detail = models.CharField(max_length=300, blank=True)
    happened_at = models.DateTimeField()  # by the provider's clock
    received_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)  # None: it waits
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    result = models.CharField(max_length=200, blank=True)  # in words
    message = models.ForeignKey(Message, models.PROTECT, null=True, blank=True, related_name="reported")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["source", "event_id"], name="provider_event_taken_once"),
            CheckConstraint(condition=LessThanOrEqual(Length("body"), 16_384), name="provider_event_body_is_bounded"),
            CheckConstraint(
                condition=Q(applied_at=None, outcome="") | (Q(applied_at__isnull=False) & ~Q(outcome="")),
                name="applied_event_has_an_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], name="provider_event_waits", condition=Q(applied_at=None)),
            models.Index(fields=["outcome", "received_at"], name="provider_event_outcomes"),
        ]


class InboundMail(models.Model):
    """A mail or text message that came in, as it came, before anything is done with it. Taken once, by whatever way it comes.

    Only `outcome` and `detail` are written later, when somebody has taken it.
    """

    MOST_BYTES = 10_000_000  # what is longer is cut: the beginning says what it says

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("not taken yet")
        REPLY = "reply", _("a reply")
        NOTIFICATION = "notification", _("a report on delivery")
        IGNORED = "ignored", _("a report on no message of ours")

    TEXTS = frozenset({"smsapi", "twilio"})

    source = models.CharField(max_length=20)  # imap, hook, file; of a text message the provider
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64)  # SHA-256 of all of it
    fingerprint = models.CharField(max_length=64, unique=True)
    raw = models.BinaryField()
    mail_id = models.CharField(max_length=255, blank=True)  # its own Message-ID
    sender = models.CharField(_("sender"), max_length=320, blank=True)  # address or number; empty: not clear
    sender_name = models.CharField(max_length=200, blank=True)
    recipients = models.JSONField(default=list)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    quoted = models.TextField(blank=True)
    automatic = models.CharField(max_length=200, blank=True)  # the header that says that a program wrote it
    enclosed = models.JSONField(default=list)  # name, type and size of each file; the files stay in `raw`
    problems = models.JSONField(default=list)
    message = models.ForeignKey(Message, models.PROTECT, null=True, blank=True, related_name="answers")  # of ours, that it answers
    outcome = models.CharField(max_length=20, choices=Outcome, default=Outcome.WAITING)
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("mail received")
        verbose_name_plural = _("mails received")
        constraints = [CheckConstraint(condition=LessThanOrEqual(Length("raw"), 10_000_000), name="inbound_mail_is_bounded")]
        indexes = [models.Index(fields=["id"], name="inbound_mail_waits", condition=Q(outcome="waiting"))]

    def __str__(self) -> str:
        return f"mail {self.pk}"

    @property
    def channel(self) -> str:
        """By which it came, and could be answered."""
        return "sms" if self.source in self.TEXTS else "email"

    @property
    def headline(self) -> str:
        """What stands above it: its subject; a text message has none. Empty for a mail without one."""
        return self.subject or (str(_("Text message")) if self.channel == "sms" else "")


class ReplyMailbox(models.Model):
    """How far a mailbox is read. RFC 3501: a UID means something only together with the mailbox's UIDVALIDITY."""

    name = models.CharField(max_length=300, unique=True)  # host, user and folder; no password
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)  # the last whose mail is stored
    read_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)  # why the last look failed


class PostBatch(models.Model):
    """Letters of one company that are printed and posted together. Closed by a person, it is posted or cancelled, never edited.

    While it is open it holds no rows: what waits to be printed is planned and has its paper (`post.waiting`).
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("post batch", "open")
        CLOSED = "closed", pgettext_lazy("post batch", "closed")
        POSTED = "posted", pgettext_lazy("post batch", "posted")
        CANCELLED = "cancelled", pgettext_lazy("post batch", "cancelled")

    class Service(models.TextChoices):
        ORDINARY = "ordinary", _("ordinary letter")
        REGISTERED = "registered", _("registered letter")
        RECEIPT = "receipt", _("registered letter with acknowledgement of receipt")

    creditor = models.ForeignKey(Creditor, models.PROTECT, related_name="post_batches")
    number = models.PositiveIntegerField(_("number"))
    key = models.UUIDField(unique=True, default=uuid4, editable=False)  # print job id at a provider, and whose claim its letters are
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    service = models.CharField(_("kind of letter"), max_length=20, choices=Service, default=Service.ORDINARY)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)  # the business day of closing
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    sha256 = models.CharField(max_length=64, blank=True)  # of the manifest, which names the digest of every file
    posted_on = models.DateField(_("posted on"), null=True, blank=True)  # the day that counts as the day of the letters
    marked_on = models.DateField(null=True, blank=True)  # the business day on which somebody said so
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    evidence = models.ForeignKey("documents.Document", models.PROTECT, null=True, blank=True, related_name="+")  # the stamped list
    reason = models.CharField(max_length=200, blank=True)  # why it was cancelled
    provider = models.CharField(max_length=40, blank=True)  # who prints it; blank: we do, by hand
    submitted_at = models.DateTimeField(null=True, blank=True)  # when the provider took it
    try_again_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=200, blank=True)  # what the provider said last

    class Meta:
        constraints = [
            UniqueConstraint(fields=["creditor", "number"], name="post_batch_numbered_once"),
            UniqueConstraint(fields=["creditor"], condition=Q(state="open"), name="one_open_post_batch"),
            CheckConstraint(
                condition=Q(state="open") | Q(closed_at__isnull=False, closed_on__isnull=False) & ~Q(sha256=""),
                name="closed_post_batch_says_when_and_what",
            ),
            CheckConstraint(
                condition=Q(state="posted", posted_on__isnull=False, marked_on__isnull=False)
                | ~Q(state="posted") & Q(posted_on=None, marked_on=None),
                name="posted_post_batch_says_its_day",
            ),
            CheckConstraint(condition=Q(posted_on=None) | Q(posted_on__gte=F("closed_on")), name="post_batch_posted_after_closing"),
            CheckConstraint(condition=Q(posted_on=None) | Q(posted_on__lte=F("marked_on")), name="post_batch_posted_by_today"),
            CheckConstraint(condition=~Q(state="cancelled") | ~Q(reason=""), name="cancelled_post_batch_says_why"),
        ]
        indexes = [models.Index(fields=["creditor"], name="post_batch_to_post", condition=Q(state="closed"))]

    def __str__(self) -> str:
        return f"{self.creditor_id}/{self.number} {self.state}"


class PostBatchLetter(models.Model):
    """A letter of a closed batch, or one that the guard took out at closing: that one has no position, for it was never printed."""

    batch = models.ForeignKey(PostBatch, models.PROTECT, related_name="letters")
    message = models.ForeignKey(Message, models.PROTECT, related_name="post_letters")
    position = models.PositiveSmallIntegerField(null=True, blank=True)  # in the package, from 1
    pages = models.PositiveSmallIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)  # of the paper
    tracking = models.CharField(max_length=40, blank=True)  # number of the posting, of a registered letter
    taken_out_at = models.DateTimeField(null=True, blank=True)
    taken_out_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)  # why it was taken out

    class Meta:
        constraints = [
            UniqueConstraint(fields=["batch", "message"], name="letter_once_in_a_batch"),
            UniqueConstraint(fields=["batch", "position"], name="one_letter_at_a_position"),
            UniqueConstraint(fields=["message"], condition=Q(taken_out_at=None), name="letter_in_one_live_batch"),
            CheckConstraint(
                condition=Q(taken_out_at=None, reason="") | Q(taken_out_at__isnull=False) & ~Q(reason=""), name="taken_out_says_why"
            ),
            CheckConstraint(condition=Q(position__isnull=False) | Q(taken_out_at__isnull=False), name="letter_to_post_has_a_position"),
        ]


_MUTE = r"(no|don.?t|do.?not)[^a-z@]*repl|nie[^a-z@]*odpow|mailer.?daemon"  # what `sender.names` refuses in more words


class Sender(models.Model):
    """Who a company's mails come from: a team or a person who can be answered. What is empty is that of the installation."""

    creditor = models.OneToOneField(Creditor, models.PROTECT, related_name="sender")
    name = models.CharField(_("sender's name"), max_length=100)
    address = models.EmailField(_("sender's address"), blank=True)  # empty: DEFAULT_FROM_EMAIL
    reply_to = models.EmailField(_("address for answers"), blank=True)  # empty: the company's e-mail for replies
    selectors = ArrayField(models.CharField(max_length=63), default=list, blank=True)  # of DKIM keys, for the check
    signing_domain = models.CharField(max_length=200, blank=True)  # d= of the signature; empty: the sender's domain
    signature = models.CharField(_("signature"), max_length=500, blank=True)  # lines above the company's name

    class Meta:
        verbose_name = _("sender")
        verbose_name_plural = _("senders")
        constraints = [
            CheckConstraint(condition=~Q(name=""), name="sender_has_a_name"),
            CheckConstraint(condition=~Q(address__iregex=_MUTE) & ~Q(reply_to__iregex=_MUTE), name="sender_can_be_answered"),
        ]

    def __str__(self) -> str:
        return self.name


class SenderCheck(models.Model):
    """What the last check of a company's sender found."""

    creditor = models.OneToOneField(Creditor, models.PROTECT, related_name="sender_check")
    domain = models.CharField(max_length=253, blank=True)
    at = models.DateTimeField()
    level = models.CharField(max_length=20, choices=[(level, level) for level in Level])
    findings = models.JSONField()  # topic, level, code; sentences with their facts apart


class Brake(models.Model):
    """Why messages of a company by a channel stay in the outbox: a rate went too high, a run is too large, or a person stopped them.

    Empty, `creditor` and `channel` mean all. Delivery leaves alone what an open one concerns; nothing is withdrawn.
    """

    class Kind(models.TextChoices):
        HALT = "halt", _("stopped by a person")
        BOUNCES = "bounces", _("too many bounces")
        COMPLAINTS = "complaints", _("too many complaints")
        UNKNOWN = "unknown", _("too many unknown outcomes")
        VOLUME = "volume", _("an unusually large run")
        JOURNAL = "journal", _("the send journal cannot be written")

    creditor = models.ForeignKey(Creditor, models.PROTECT, null=True, blank=True)
    channel = models.CharField(_("channel"), max_length=20, blank=True)
    kind = models.CharField(max_length=20, choices=Kind)
    since = models.DateTimeField()
    facts = models.JSONField(default=dict)  # the counts that closed it
    reason = models.CharField(max_length=200, blank=True)  # of a halt
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    release_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["creditor", "channel", "kind"],
                condition=Q(released_at=None),
                name="one_open_brake_per_kind",
                nulls_distinct=False,
            ),
            CheckConstraint(condition=Q(released_at=None) | ~Q(release_reason=""), name="brake_released_with_a_reason"),
            CheckConstraint(
                condition=Q(kind__in=["halt", "bounces", "complaints", "unknown", "volume", "journal"]), name="brake_of_a_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.creditor_id or 'all'} {self.channel or 'all'}"


class Fence(models.Model):
    """A database that was restored, promoted or moved, and confirmed by a person: what it may have forgotten is `unknown`. Never edited."""

    append_only = True

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    has_journal = models.BooleanField()  # else all that was due by then is unknown
    forgotten = models.PositiveIntegerField(default=0)  # hand-overs that the journal knows and this database did not


class FencedMark(models.Model):
    """A key, or a mark of a step, that left according to the journal, and of which the database knew nothing. Never edited."""

    append_only = True

    fence = models.ForeignKey(Fence, models.PROTECT, related_name="marks")
    mark = models.CharField(max_length=64)

    class Meta:
        constraints = [UniqueConstraint(fields=["mark", "fence"], name="mark_fenced_once")]


class TrialAddress(models.Model):
    """A guest: who is written to while the trial lasts."""

    creditor = models.ForeignKey(Creditor, models.PROTECT)
    address = models.CharField(_("address"), max_length=640)  # as `trial.plain` writes it
    since = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["creditor", "address"], name="guest_named_once")]
