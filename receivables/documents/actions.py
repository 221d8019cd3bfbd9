"""Keep papers, and number those that need it: without gaps, and each paper once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from receivables import faults
from receivables.accounts.models import Creditor
from receivables.core.typed_codes import new_code
from receivables.documents.letters import letter_html, prefix_of, template_version
from receivables.documents.models import Document, NumberRange
from receivables.documents.pdf import render_pdf

CODE_LENGTH = 10  # 50 bits


def next_number(creditor: Creditor, prefix: str, year: int) -> str:
    """The next number, such as "W/2026/0001". Holds the range until the caller's transaction ends; if that fails, none was given."""
    numbers = _locked_range(creditor, prefix, year)
    numbers.last += 1
    numbers.save(update_fields=["last"])
    return _number(prefix, year, numbers.last)


def store(
    creditor: Creditor,
    *,
    kind: str,
    name: str,
    content: bytes,
    facts: Mapping[str, Any],
    now: datetime,
    number: str = "",
    media_type: str = "application/pdf",
    template: str = "",
    key: str = "",
    code: str = "",
) -> Document:
    """Keep a paper as it is. With a `key`, what it was made for, it is kept once: asked again, the first one is returned."""
    paper = Document(
        creditor=creditor,
        kind=kind,
        number=number,
        name=name,
        media_type=media_type,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        template=template,
        facts=facts,
        key=key or None,
        code=code,
        created_at=now,
    )
    try:
        with transaction.atomic():
            paper.save(force_insert=True)
    except IntegrityError:
        if key and (first := made_for(creditor, key)):
            return first
        raise
    return paper


def made_for(creditor: Creditor, key: str) -> Document | None:
    """The paper with that key, if there is one."""
    return Document.objects.filter(creditor=creditor, key=key).first() if key else None


@dataclass(frozen=True, slots=True)
class _Letter:
    """A letter to be made; `pdf` makes it with a number."""

    creditor: Creditor
    kind: str
    prefix: str
    on: date
    language: str
    facts: Mapping[str, Any]
    code: str

    def pdf(self, number: str) -> bytes:
        return render_pdf(letter_html(self.kind, language=self.language, facts=self.facts, number=number, code=self.code))


def numbered_pdf(
    creditor: Creditor, *, kind: str, on: date, language: str, facts: Mapping[str, Any], now: datetime, key: str = ""
) -> Document:
    """Make a letter with the next number of its kind and year and a check code of its own, and keep it. Raises `RenderError`; no number
    is used up then.

    The page is set with the number that comes next, without any lock; only if another letter took that one in between, it is set once more
    while the range is held. So the lock is short, and a page that hangs or crashes does so outside it. With a `key`, see `store`.
    """
    if paper := made_for(creditor, key):
        return paper
    prefix = prefix_of(kind)
    letter = _Letter(creditor, kind, prefix, on, language, facts, new_code(CODE_LENGTH))
    expected = _number(prefix, on.year, _last(creditor, prefix, on.year) + 1)
    content = letter.pdf(expected)
    faults.at("F17")
    with transaction.atomic():
        number = next_number(creditor, prefix, on.year)
        if paper := made_for(creditor, key):  # made meanwhile by somebody else: give the number back
            transaction.set_rollback(True)
            return paper
        if number != expected:
            content = letter.pdf(number)
        name = f"{number.replace('/', '-')}.pdf"
        return store(
            creditor, kind=kind, name=name, content=content, number=number, template=template_version(kind, language), facts=facts, now=now,
            key=key, code=letter.code,
        )  # fmt: skip


def _number(prefix: str, year: int, last: int) -> str:
    return f"{prefix}/{year}/{last:04}"


def _last(creditor: Creditor, prefix: str, year: int) -> int:
    return NumberRange.objects.filter(creditor=creditor, kind=prefix, year=year).values_list("last", flat=True).first() or 0


def _locked_range(creditor: Creditor, prefix: str, year: int) -> NumberRange:
    NumberRange.objects.bulk_create([NumberRange(creditor=creditor, kind=prefix, year=year)], ignore_conflicts=True)
    return NumberRange.objects.select_for_update().get(creditor=creditor, kind=prefix, year=year)
