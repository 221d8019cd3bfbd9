"""Papers of invoices out of watched folders, `WATCH_DIR/<company>/papers`: by name, or by a JSON file beside them. Twice is harmless."""

import json
import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import CharField, Func, QuerySet, Value
from django.db.models.functions import Lower
from django.utils import translation
from django.utils.translation import gettext

from invoices.actions.deliveries import LARGEST_PAPER, attach_paper, attached_before, media_type_of
from invoices.models import Invoice, InvoicePaper
from receivables.accounts.models import Creditor
from receivables.audit.acting import acting_through
from receivables.core.errors import DomainError, Refused
from receivables.core.sentences import gettext_noop
from receivables.watching import Dropped, Folder

logger = logging.getLogger(__name__)
PAPERS = "papers"
KINDS = {
    InvoicePaper.Kind.CONTRACT: ("umowa", "contract", "aneks"),
    InvoicePaper.Kind.ORDER: ("zamowienie", "zam", "zlecenie", "order", "po"),
    InvoicePaper.Kind.PROOF: ("wz", "pod", "cmr", "dostawa", "odbior", "protokol", "potwierdzenie", "list", "proof", "delivery"),
}
"""Words in the name of a file, behind the number, and the kind of paper they say."""
_SIGNS = "[^A-Za-z0-9]+"


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What a look did."""

    attached: int = 0
    known: int = 0
    refused: int = 0


def folder_of(company: Creditor, kind: str = PAPERS) -> Path | None:
    """The folder of a company for one kind of files; None where none is watched, or its short name could be a path."""
    if not settings.WATCH_DIR or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}", company.slug):
        return None
    return Path(settings.WATCH_DIR) / company.slug / kind


def take_papers(*, now: datetime) -> dict[str, WatchReport]:
    """Attach what lies in the folders of all companies, each paper in a transaction of its own. Returns what was done, by short name."""
    found: dict[str, WatchReport] = {}
    for company in Creditor.objects.order_by("slug"):
        path = folder_of(company)
        try:
            if path is not None and path.is_dir():
                found[company.slug] = _take(company, Folder(path, most_bytes=LARGEST_PAPER), now=now)
        except (DomainError, OSError):  # a folder that cannot be used stops no other company
            logger.exception("company %s: its folder of papers cannot be used", company.pk)
    return found


def _take(company: Creditor, folder: Folder, *, now: datetime) -> WatchReport:
    counts = {"attached": 0, "known": 0, "refused": 0}
    for file in folder.files(now=now):  # one after the other: each may have ten megabytes
        try:
            with acting_through("watched folder"), transaction.atomic():
                outcome = _attach(company, file, now=now)
        except DomainError as refusal:
            outcome, reason = "refused", _told(refusal, company)
        except DatabaseError:  # it stays where it is, and the others go on
            logger.exception("company %s: a paper in its folder could not be attached", company.pk)
            continue
        else:
            reason = ""
        try:
            if outcome == "refused":
                folder.refuse(file, reason)
            else:
                folder.done(file)
        except (DomainError, OSError):  # it comes again, which is harmless
            logger.exception("company %s: a paper in its folder could not be moved", company.pk)
        counts[outcome] += 1
    return WatchReport(**counts)


def _told(refusal: DomainError, company: Creditor) -> str:
    """Why, in the language of the company: whoever looks into the folder reads it."""
    with translation.override(company.language):
        return gettext(refusal.text) % refusal.facts if refusal.facts else gettext(refusal.text)


def _attach(company: Creditor, file: Dropped, *, now: datetime) -> str:
    if file.problem:
        raise Refused(file.problem)
    media_type = media_type_of(file.content)
    said = _described(file)
    invoice = _named(company, str(said["invoice"])) if "invoice" in said else _by_name(company, file)
    kind = said.get("kind") or _kind(file)
    if kind not in InvoicePaper.Kind.values:
        raise Refused(
            gettext_noop("%(kind)r is no kind of paper. Write one of: %(kinds)s."), kind=kind, kinds=", ".join(InvoicePaper.Kind.values)
        )
    if attached_before(invoice, file.content):
        return "known"
    attach_paper(invoice, kind=kind, name=file.shown[-120:], content=file.content, media_type=media_type, now=now)
    return "attached"


def _described(file: Dropped) -> dict[str, Any]:
    """What the file beside it says: `{"invoice": "FV/1/2026", "kind": "proof"}`."""
    if not file.sidecar:
        return {}
    try:
        said = json.loads(file.sidecar)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()) or not said.get("invoice"):
        raise Refused(gettext_noop('The JSON file beside it must say {"invoice": "NUMBER"}, and may say "kind".'))
    return said


def _named(company: Creditor, number: str) -> Invoice:
    found = _invoices(company).filter(number=number).first() if number.isprintable() else None
    if found is None:
        raise Refused(gettext_noop("There is no invoice %(number)r."), number=number[:100])
    return found


def _by_name(company: Creditor, file: Dropped) -> Invoice:
    """The invoice with the longest number that the name begins with."""
    beginnings = _beginnings(file)
    meant = _by_plain_number(company, beginnings)
    found = next((meant[plain] for plain in beginnings if plain in meant), [])
    if len(found) > 1:
        numbers = ", ".join(invoice.number for invoice in found[:5])
        raise Refused(
            gettext_noop("Its name could mean several invoices: %(numbers)s. Put a JSON file beside it that names one."), numbers=numbers
        )
    if not found:
        raise Refused(gettext_noop("Its name must begin with the number of an invoice; signs such as / may be any other."))
    return found[0]


def _beginnings(file: Dropped) -> Sequence[str]:
    """What of its name may be the number of an invoice, the longest first."""
    parts = _plain(file.name.rpartition(".")[0] or file.name).split("-")
    return ["-".join(parts[:n]) for n in range(len(parts), 0, -1)]


def _kind(file: Dropped) -> str:
    words = set(_plain(file.name).split("-"))
    return next((kind for kind, names in KINDS.items() if words & set(names)), InvoicePaper.Kind.OTHER)


def _plain(text: str) -> str:
    return re.sub(_SIGNS, "-", text).strip("-").lower()


def _by_plain_number(company: Creditor, wanted: Collection[str]) -> dict[str, list[Invoice]]:
    """The company's invoices by their plain number. One query."""
    dashed = Func("number", Value(_SIGNS), Value("-"), Value("g"), function="regexp_replace", output_field=CharField())
    plain = Lower(Func(dashed, Value("-"), function="btrim", output_field=CharField()))
    found: dict[str, list[Invoice]] = {}
    for invoice in _invoices(company).annotate(plain=plain).filter(plain__in=wanted).order_by("pk"):
        found.setdefault(invoice.plain, []).append(invoice)
    return found


def _invoices(company: Creditor) -> QuerySet[Invoice]:
    return Invoice.objects.filter(creditor=company).select_related("customer__creditor")
