"""From the facts of a notice to its words and papers. The facts alone decide what is said; asked twice, it is the same."""

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dunning.handing_over import package_for
from dunning.models import Notice
from invoices.models import Invoice
from invoices.visual import kept_visual
from receivables import clock
from receivables.core.errors import RenderError
from receivables.core.printed import one_line
from receivables.documents.actions import numbered_pdf
from receivables.documents.letters import payload_of
from receivables.documents.models import Document
from receivables.documents.payment_qr import qr_png
from receivables.messaging.models import Message
from receivables.messaging.protocols import Attachment, Rendered
from receivables.messaging.templates import render_message
from receivables.texts.catalogue import MESSAGE
from receivables.texts.reading import own_text

logger = logging.getLogger(__name__)
ON_PAPER = frozenset({"letter"})
TRANSFER_CODE = "transfer-code"  # the content id of the picture


class NoticeRenderer:
    """Renderer of dunning messages: the text by channel and language, the letter or attachment as PDF, the package for an agency."""

    def render(self, message: Message) -> Rendered:
        """Make subject, text and paper. Raises `RenderError` where the paper cannot be made."""
        qr = TRANSFER_CODE if message.channel == "email" and payload_of(message.facts) else ""
        papers = enclosures_of(message)
        own = own_text(message.creditor_id, MESSAGE, message.template, message.language, message.facts)
        line = enclosed_line(message, papers)
        words = render_message(message.template, message.language, message.facts, message.channel, qr=qr, enclosed=line, own=own)
        document = _paper(message)
        enclosed = tuple(paper.pk for paper in papers)
        return Rendered(words.subject, words.text, words.html, document.pk if document else None, enclosed)

    def pictures(self, message: Message) -> tuple[Attachment, ...]:
        """The transfer code that the page of the mail shows."""
        payload = payload_of(message.facts)
        return (Attachment("kod-qr.png", "image/png", qr_png(payload), TRANSFER_CODE),) if payload else ()


ENCLOSED: Mapping[str, tuple[str, str]] = {
    "pl": ("Załączniki: {names}.", "Pozostałe faktury mogą Państwo pobrać w portalu klienta: {url}"),
    "en": ("Attached: {names}.", "You can download the other invoices in the customer portal: {url}"),
    "de": ("Anlagen: {names}.", "Die übrigen Rechnungen können Sie im Kundenportal herunterladen: {url}"),
}
ELSEWHERE: Mapping[str, str] = {
    "pl": "Faktury mogą Państwo pobrać w portalu klienta: {url}",
    "en": "You can download the invoices in the customer portal: {url}",
    "de": "Die Rechnungen können Sie im Kundenportal herunterladen: {url}",
}


def enclosures_of(message: Message) -> list[Document]:
    """The invoices that go along with a mail, as its facts name them; an XML file as the page that shows it, where one can be made. Asked
    twice, the same ones.
    """
    told = message.facts.get("enclosed") if message.channel == "email" else None
    papers = Document.objects.filter(creditor=message.creditor_id).in_bulk([one["document"] for one in told or ()])
    found = (_readable(papers[one["document"]], one["invoice"], message.language) for one in told or () if one["document"] in papers)
    return [paper for paper in found if paper is not None]


def _readable(paper: Document, invoice: int, language: str) -> Document | None:
    if paper.media_type != "application/xml":
        return paper
    try:
        return kept_visual(Invoice.objects.select_related("creditor", "customer").get(pk=invoice), language=language, now=clock.now())
    except RenderError:  # the reminder goes without it, and names the portal
        logger.warning("invoice %s: its page could not be made", invoice)
        return None


def enclosed_line(message: Message, papers: Sequence[Document]) -> str:
    """What a mail says of its enclosures, and where to find what is not among them; empty where it says nothing of either."""
    language, facts = message.language.partition("-")[0], message.facts
    if message.channel != "email" or "enclosed" not in facts:
        return ""
    named, others = ENCLOSED.get(language, ENCLOSED["en"])
    parts = [named.format(names=", ".join(one_line(paper.name) for paper in papers))] if papers else []
    if facts.get("enclosed_elsewhere") or len(papers) < len(facts["enclosed"]):
        words = others if papers else ELSEWHERE.get(language, ELSEWHERE["en"])
        parts.append(words.format(url=facts["portal_url"]))
    return " ".join(parts)


def _paper(message: Message) -> Document | None:
    if message.channel == "agency":
        return package_for(message)
    kind = message.facts["document"]
    if message.channel in ON_PAPER:
        kind = kind or message.template
    if not kind or message.channel == "sms":
        return None
    return _same_paper(message, kind) or _new_paper(message, kind)


def _same_paper(message: Message, kind: str) -> Document | None:
    """A parallel message carries the very paper that the main one did."""
    mains = Notice.objects.filter(message=message, main__message__isnull=False)
    main: Any = mains.values_list("main__message", flat=True).first()
    paper: Document | None = Document.objects.filter(message=main, kind=kind).first() if main else None
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
