"""Invoices that go along with the first e-mail about each of their items: which, and what of it a mail has room for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Length

from dunning.facts import BOUNCED, NEVER_LEFT
from dunning.grouping import Group
from dunning.models import Notice, StepTaken
from dunning.policy import Channel
from invoices.models import Invoice

PDF, XML = "application/pdf", "application/xml"
PAGE_BYTES = 300_000
"""What is reckoned for an invoice that is XML: the page that shows it is made when the message is."""


class InvoicePaper(NamedTuple):
    """The document of an invoice, and what it takes of a mail's room."""

    invoice: int
    document: int
    media_type: str
    size: int  # bytes


Papers = Mapping[int, InvoicePaper]
"""By invoice."""


def first_papers(groups: Iterable[Group], *, most: int) -> Papers:
    """The documents of invoices that these e-mails are the first to remind of. One query where no invoice has any, three else."""
    mails = [group for group in groups if group.channel is Channel.EMAIL]
    return papers_of({look.item.case: look.item.invoice for group in mails for look in group.looks}) if most else {}


def papers_of(cases: Mapping[int, int]) -> Papers:
    """The same of cases with their invoices; of a rate of an agreement, which stands below zero, there is none."""
    wanted = {invoice for invoice in cases.values() if invoice > 0}
    papers = _papers(wanted) if wanted else {}
    said = _mailed([case for case, invoice in cases.items() if invoice in papers]) if papers else set[int]()
    return {invoice: papers[invoice] for case, invoice in cases.items() if invoice in papers and case not in said}


def enclosed(invoices: Iterable[int], papers: Papers, *, most: int) -> dict[str, Any]:
    """What the facts of a message say of its enclosures, in the order of its items, and how many had no room; else nothing."""
    here = [papers[invoice] for invoice in dict.fromkeys(invoices) if invoice in papers]
    chosen = _fitting(here[:most])
    told = [{"document": one.document, "invoice": one.invoice} for one in chosen]
    return {"enclosed": told, "enclosed_elsewhere": len(here) - len(chosen)} if here else {}


def _fitting(papers: Sequence[InvoicePaper]) -> list[InvoicePaper]:
    """Those that a mail has room for together: what is too large by itself does not keep the others out."""
    room, chosen = settings.MAIL_ENCLOSED_BYTES, list[InvoicePaper]()
    for paper in papers:
        if paper.size <= room:
            room -= paper.size
            chosen.append(paper)
    return chosen


def _papers(invoices: Collection[int]) -> dict[int, InvoicePaper]:
    rows = Invoice.objects.filter(Q(document__media_type=PDF) | Q(document__media_type=XML, source_file__isnull=False), pk__any=invoices)
    found = rows.values_list("pk", "document", "document__media_type", Length("document__content"))
    return {pk: InvoicePaper(pk, document, form, size if form == PDF else PAGE_BYTES) for pk, document, form, size in found}


def _mailed(cases: Collection[int]) -> set[int]:
    """Cases whose item an e-mail named before, by itself or along with another message; what came to nothing does not count."""
    gone, steps = [*NEVER_LEFT, *BOUNCED], StepTaken.objects.filter(case__any=cases)
    main = steps.filter(notice__channel=Channel.EMAIL).exclude(notice__message__state__in=gone)
    along = steps.filter(notice__parallel__in=Notice.objects.filter(channel=Channel.EMAIL).exclude(message__state__in=gone))
    return {*main.values_list("case", flat=True), *along.values_list("case", flat=True)}
