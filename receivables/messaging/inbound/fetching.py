"""Read the mailbox for replies, mail by mail; how far is written down only after a mail is stored, so a death in between loses none."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from receivables.core.errors import DomainError
from receivables.core.printed import one_line
from receivables.messaging.inbound.imap import ImapConfig, end_of, fetch, imap_config
from receivables.messaging.inbound.taking import take_mail
from receivables.messaging.models import ReplyMailbox

NUMBERED_ANEW = timedelta(days=2)
"""How long before the last look a mailbox is read again where the server has numbered it anew; IMAP tells days in no certain zone."""

logger = logging.getLogger(__name__)


def fetch_mail(*, now: datetime) -> int:
    """Take what came to the mailbox of REPLY_IMAP_URL; returns how many mails were new. A mailbox that is away is noted, not raised."""
    if not settings.REPLY_IMAP_URL:
        return 0
    try:
        return fetch_from(imap_config(settings.REPLY_IMAP_URL), now=now)
    except DomainError as refusal:
        logger.warning("replies: %s", refusal)
        return 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the mailbox is not read, in English, and when it last was."""

    problem: str
    read_at: datetime | None = None


def trouble() -> Trouble | None:
    """What the last look at the mailbox of REPLY_IMAP_URL met; None where it was read, or where there is none. One query, or none."""
    if not settings.REPLY_IMAP_URL:
        return None
    try:
        name = imap_config(settings.REPLY_IMAP_URL).name
    except DomainError as refusal:
        return Trouble(str(refusal))
    box = ReplyMailbox.objects.filter(name=name).exclude(problem="").first()
    return Trouble(box.problem, box.read_at) if box else None


def fetch_from(config: ImapConfig, *, now: datetime) -> int:
    """The same for one mailbox. Raises `MailboxAway`, which is noted on its row too.

    The first look takes nothing: what lay there before was read by people, and must hold nobody's ladder.
    """
    box, _created = ReplyMailbox.objects.get_or_create(name=config.name)
    try:
        if box.read_at is None and not box.last_uid:
            box.uid_validity, box.last_uid = end_of(config)
            box.save(update_fields=["uid_validity", "last_uid"])
        new = _take_new(config, box, now=now)
    except DomainError as refusal:
        ReplyMailbox.objects.filter(pk=box.pk).update(problem=one_line(str(refusal), longest=200))
        raise
    ReplyMailbox.objects.filter(pk=box.pk).update(read_at=now, problem="")
    return new


def _take_new(config: ImapConfig, box: ReplyMailbox, *, now: datetime) -> int:
    new, since = 0, (box.read_at or now) - NUMBERED_ANEW
    for mail in fetch(config, uid_validity=box.uid_validity, behind=box.last_uid, since=since.date()):
        new += take_mail(mail.raw, source="imap", now=now).is_new if mail.raw else 0
        ReplyMailbox.objects.filter(pk=box.pk).update(uid_validity=mail.uid_validity, last_uid=mail.uid)
    return new
