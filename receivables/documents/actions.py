"""Keep papers, and number those that need it: without gaps, and each paper once."""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction

from receivables import faults
from receivables.accounts.models import Creditor
from receivables.core.typed_codes import new_code
from receivables.documents.letters import Look, letter_html, prefix_of, template_version
from receivables.documents.looks import look_of
from receivables.documents.models import Document
from receivables.documents.pdf import render_pdf

CODE_LENGTH = 10  # 50 bits
LONGEST_WAIT = "40s"  # for the letter with the number before: a little longer than a letter may take


def next_number(creditor: Creditor, prefix: str, year: int) -> str:
    """The next number, such as "W/2026/0001". Holds the range until the caller's transaction ends; if that fails, none was given."""
    return _number(prefix, year, _asked(_COUNT_ON, [creditor.pk, prefix, year]))


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
    look: Look

    def pdf(self, number: str) -> bytes:
        page = letter_html(self.kind, language=self.language, facts=self.facts, number=number, code=self.code, look=self.look)
        return render_pdf(page)

    @property
    def template(self) -> str:
        """The version of the shipped template, and those of what the company adds."""
        return " ".join(filter(None, (template_version(self.kind, self.language), self.look.version)))


def numbered_pdf(
    creditor: Creditor, *, kind: str, on: date, language: str, facts: Mapping[str, Any], now: datetime, key: str = ""
) -> Document:
    """Make a letter with the next number of its kind and year and a check code of its own, and keep it. Raises `RenderError`; no number
    is used up then.

    The page is set with the number that comes next, and those that are made meanwhile with the ones after it: see `_Turn`. Only where an
    earlier one of them failed, or somebody took the number, it is set once more while the range is held. With a `key`, see `store`.
    """
    if paper := made_for(creditor, key):
        return paper
    prefix = prefix_of(kind)
    letter = _Letter(creditor, kind, prefix, on, language, facts, new_code(CODE_LENGTH), look_of(creditor, kind, language, facts))
    with transaction.atomic():
        turn = _Turn.taken(creditor, prefix, on.year)
        content = letter.pdf(_number(prefix, on.year, turn.number))
        faults.at("F17")
        turn.wait_for_earlier()
        return _numbered(letter, content, turn.number, now=now, key=key)


def _numbered(letter: _Letter, content: bytes, foreseen: int, *, now: datetime, key: str) -> Document:
    """Keep it under the number that comes next; where that is not the foreseen one, it is set anew with it."""
    creditor, prefix, on = letter.creditor, letter.prefix, letter.on
    with transaction.atomic():
        number = next_number(creditor, prefix, on.year)
        if paper := made_for(creditor, key):  # made meanwhile by somebody else: give the number back
            transaction.set_rollback(True)
            return paper
        if number != _number(prefix, on.year, foreseen):
            content = letter.pdf(number)
        name = f"{number.replace('/', '-')}.pdf"
        return store(
            creditor, kind=letter.kind, name=name, content=content, number=number, template=letter.template, facts=letter.facts, now=now,
            key=key, code=letter.code,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Turn:
    """A number that is foreseen for a letter while it is made: several processes make letters of a range at once, each with its own.

    An advisory lock on the number holds it until the transaction ends, however it ends, so nothing is left behind by who dies. Whoever
    foresees a later one waits for the earlier before it is kept. No number is given by it: that is `next_number`.
    """

    creditor: Creditor
    prefix: str
    year: int
    number: int

    @classmethod
    def taken(cls, creditor: Creditor, prefix: str, year: int) -> "_Turn":
        number = _last(creditor, prefix, year) + 1
        while not _hold(turn := cls(creditor, prefix, year, number)) or _last(creditor, prefix, year) >= number:
            number = max(number, _last(creditor, prefix, year)) + 1
        return turn

    def wait_for_earlier(self) -> None:
        """Until the letter before this one is kept or given up; not for ever, for then this one is set anew."""
        if _last(self.creditor, self.prefix, self.year) < self.number - 1:
            earlier = replace(self, number=self.number - 1)
            with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)", [LONGEST_WAIT])
                usual = cursor.fetchone()[0]
                cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", earlier.key)
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [usual])

    @property
    def key(self) -> list[int]:
        """Two whole numbers of 32 bits, as an advisory lock has them."""
        space = zlib.crc32(f"{self.creditor.pk}/{self.prefix}/{self.year}".encode())
        return [space - 2**31, self.number]


_LAST = "SELECT last FROM documents_numberrange WHERE (creditor_id, kind, year) = (%s, %s, %s)"
_COUNT_ON = """INSERT INTO documents_numberrange AS numbers (creditor_id, kind, year, last) VALUES (%s, %s, %s, 1)
ON CONFLICT (creditor_id, kind, year) DO UPDATE SET last = numbers.last + 1 RETURNING last"""


def _last(creditor: Creditor, prefix: str, year: int) -> int:
    return _asked(_LAST, [creditor.pk, prefix, year]) or 0


def _hold(turn: _Turn) -> bool:
    return bool(_asked("SELECT pg_try_advisory_xact_lock(%s, %s)", turn.key))


def _asked(question: str, values: Sequence[str | int]) -> Any:
    """The one value that the database answers with, None without a row: what is asked for each letter is asked without detours."""
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        row = cursor.fetchone()
    return row[0] if row else None


def _number(prefix: str, year: int, last: int) -> str:
    return f"{prefix}/{year}/{last:04}"
