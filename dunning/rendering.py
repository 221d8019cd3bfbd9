"""From the facts of a notice to its words and papers. The facts alone decide what is said; asked twice, it is the same."""

from datetime import date
from typing import Any

from dunning.agencies.package import package_of
from receivables import clock
from receivables.documents.actions import numbered_pdf, store
from receivables.documents.letters import payload_of
from receivables.documents.models import Document
from receivables.documents.payment_qr import qr_png
from receivables.messaging.models import Message
from receivables.messaging.protocols import Attachment, Rendered
from receivables.messaging.templates import render_message

ON_PAPER = frozenset({"letter"})
TRANSFER_CODE = "transfer-code"  # the content id of the picture


class NoticeRenderer:
    """Renderer of dunning messages: the text by channel and language, the letter or attachment as PDF, the package for an agency."""

    def render(self, message: Message) -> Rendered:
        """Make subject, text and paper. Raises `RenderError` where the paper cannot be made."""
        qr = TRANSFER_CODE if message.channel == "email" and payload_of(message.facts) else ""
        words = render_message(message.template, message.language, message.facts, message.channel, qr=qr)
        document = _paper(message)
        return Rendered(words.subject, words.text, words.html, document.pk if document else None)

    def pictures(self, message: Message) -> tuple[Attachment, ...]:
        """The transfer code that the page of the mail shows."""
        payload = payload_of(message.facts)
        return (Attachment("kod-qr.png", "image/png", qr_png(payload), TRANSFER_CODE),) if payload else ()


def _paper(message: Message) -> Document | None:
    if message.channel == "agency":
        return _package(message)
    kind = message.facts["document"]
    if message.channel in ON_PAPER:
        kind = kind or message.template
    if not kind or message.channel == "sms":
        return None
    return _same_paper(message, kind) or _new_paper(message, kind)


def _same_paper(message: Message, kind: str) -> Document | None:
    """A parallel message carries the very paper that the main one did."""
    notice = message.notice
    main = notice.main
    if main is None or main.message is None:
        return None
    paper: Document | None = Document.objects.filter(message=main.message, kind=kind).first()
    return paper


def _new_paper(message: Message, kind: str) -> Document:
    on = date.fromisoformat(message.facts["on"])
    return numbered_pdf(
        message.creditor,
        kind=kind,
        on=on,
        language=message.language,
        facts=message.facts,
        now=clock.now(),
        key=message.key,
    )


def _package(message: Message) -> Document:
    name, content = package_of(message.key, message.facts)
    facts: dict[str, Any] = {"key": message.key}
    return store(
        message.creditor,
        kind="agency_package",
        name=name,
        content=content,
        media_type="application/zip",
        template="agency",
        facts=facts,
        now=clock.now(),
        key=message.key,
    )
