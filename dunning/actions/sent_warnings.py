"""A register's warning that was sent from here is noted where entries are judged, as one that a person notes (LAW.md A6)."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dunning.actions.registers import record_warning, take_back_warning
from dunning.claimed import debtor_of
from dunning.models import Notice, RegisterWarning
from dunning.policy import REGISTER_WARNING
from dunning.states import WarningWay
from receivables.accounts.models import User
from receivables.countries.law import pack_of
from receivables.documents.models import Document
from receivables.messaging.given import BY_HAND
from receivables.messaging.models import Message, PostBatch, PostBatchLetter
from receivables.messaging.states import ARRIVED


def on_warning_sent(sender: Any, *, message_ids: Collection[int], now: datetime, **_: Any) -> None:
    """Receiver of `messaging.delivery_changed`: note what arrived in a way that counts. Safe to run twice."""
    arrived = Notice.objects.filter(
        message__in=message_ids, message__state__in=ARRIVED, message__captured=False, message__document__kind=REGISTER_WARNING
    )
    for notice in arrived.select_related("creditor", "customer", "message").order_by("customer", "pk"):
        if notice.message is not None and (way := _way_of(notice, notice.message)) is not None:
            _note(notice, notice.message, way, now=now)


def _note(notice: Notice, message: Message, way: WarningWay, *, now: datetime) -> None:
    letter = Document.objects.defer("content").get(pk=message.document_id or 0)
    if RegisterWarning.objects.filter(document=letter).exists():
        return
    today = now.astimezone(ZoneInfo(notice.creditor.time_zone)).date()
    lines = Notice.objects.get(pk=notice.main_id or notice.pk).taken.select_related("case__item")
    posted = PostBatchLetter.objects.filter(message=message).exclude(tracking="").values_list("tracking", flat=True).first()
    record_warning(
        notice.customer, [line.case.item for line in lines if line.case.item], register=letter.facts["register"],
        sent_on=message.left_on or today, way=way, proof=" ".join(part for part in (letter.number, posted) if part), today=today,
        document=letter,
    )  # fmt: skip


def _way_of(notice: Notice, message: Message) -> WarningWay | None:
    """How it went, where that counts for the register; an ordinary letter does not, nor an e-mail to a consumer."""
    if message.channel == "email":
        law = pack_of(notice.creditor.country, on=notice.on).register(debtor_of(notice.customer))
        return WarningWay.EMAIL if law is not None and law.warning_by_email else None
    batch = PostBatch.objects.filter(letters__message=message, state=PostBatch.State.POSTED).order_by("-pk").first()
    if batch is None:
        return WarningWay.BY_HAND if message.tries.filter(detail=BY_HAND).exists() else None
    return None if batch.service == PostBatch.Service.ORDINARY else WarningWay.REGISTERED_LETTER


def take_back_warnings_of(letter: Document, *, reason: str, today: date, by: User | None = None) -> None:
    """The letter was withdrawn: what it warned of counts no more."""
    for warning in RegisterWarning.objects.standing().filter(document=letter):
        take_back_warning(warning, reason=reason, today=today, by=by)
