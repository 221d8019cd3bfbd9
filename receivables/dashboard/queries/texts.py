"""A company's own texts: which it has written, their versions, and how one differs from another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from invoices.models import Customer, Item
from receivables.accounts.models import Creditor, User
from receivables.dashboard.queries.policies import DiffLine, diff_of
from receivables.texts.catalogue import KINDS, LANGUAGES, NAMES, PLACED, TextKind
from receivables.texts.models import CompanyText
from receivables.texts.reading import has_shipped
from receivables.texts.shipped import shipped_parts
from receivables.texts.values import values_of

MOST_CUSTOMERS = 100
KEPT_FOR = 15 * 60  # seconds: what was looked at
LANGUAGE_WORDS = {"pl": "polski", "en": "English", "de": "Deutsch"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A text in a language: what holds now."""

    language: str
    url: str
    version: CompanyText | None
    is_shipped: bool  # the program has one
    step: str = ""


@dataclass(frozen=True, slots=True)
class TextRow:
    """A kind of text with its languages, and those of single steps."""

    kind: TextKind
    cells: list[Cell]
    of_steps: list[Cell]


def address_of(kind: TextKind, language: str, step: str = "", *, name: str = "text") -> str:
    """Where a text is shown or edited."""
    asked = {"place": kind.place, "kind": kind.key, "language": language, **({"step": step} if step else {})}
    return f"{reverse(f'dashboard:{name}')}?{urlencode(asked)}"


def text_rows(creditor: Creditor, place: str) -> list[TextRow]:
    """The texts of a place. One query."""
    newest = {(r.kind, r.step, r.language): r for r in CompanyText.objects.filter(creditor=creditor, place=place).order_by("version")}
    rows = []
    for kind in (kind for kind in KINDS if kind.place == place):
        cells = [_cell(kind, language, "", newest) for language in LANGUAGES]
        keys = sorted((step, language) for key, step, language in newest if key == kind.key and step)
        rows.append(TextRow(kind, cells, [_cell(kind, language, step, newest) for step, language in keys]))
    return rows


def _cell(kind: TextKind, language: str, step: str, newest: Mapping[tuple[str, str, str], CompanyText]) -> Cell:
    row = newest.get((kind.key, step, language))
    held = row if row and row.parts else None
    return Cell(language, address_of(kind, language, step), held, has_shipped(kind.place, language), step)


def versions_of(creditor: Creditor, kind: TextKind, language: str, step: str) -> list[CompanyText]:
    """All versions of a text, the newest first."""
    rows = CompanyText.objects.filter(creditor=creditor, place=kind.place, kind=kind.key, language=language, step=step)
    return list(rows.select_related("published_by").order_by("-version"))


def said_by(kind: TextKind, parts: Mapping[str, str]) -> str:
    """All parts of a version one under the other, as they are compared."""
    return "\n\n".join(f"[{_(part.label)}]\n{parts[part.key]}" for part in kind.parts if parts.get(part.key))


def changes(kind: TextKind, old: CompanyText | None, new: CompanyText, language: str) -> list[DiffLine]:
    """From one version to another; before the first stand the shipped words."""
    before = old.parts if old and old.parts else shipped_parts(kind.place, kind.key, language)
    return diff_of(said_by(kind, before), said_by(kind, new.parts))


def placeholders(kind: TextKind, facts: Mapping[str, Any], language: str) -> list[dict[str, str]]:
    """What may be used, what it means, and what it says with these facts."""
    values = values_of(facts, language)
    used = {name for part in kind.parts for name in part.inline}
    names = [{"name": f"{{{name}}}", "what": _(what), "value": values[name]} for name, what in NAMES.items() if name in used]
    placed = {name for part in kind.parts for name in part.placed}
    return names + [{"name": f"{{{name}}}", "what": _(what), "value": ""} for name, what in PLACED.items() if name in placed]


def who_owes(creditor: Creditor) -> list[tuple[str, str]]:
    """Customers with something open, to look at a text with, by number."""
    owing = Item.objects.open().filter(creditor=creditor).values("customer")
    rows = Customer.objects.filter(creditor=creditor, pk__in=owing).order_by("number")[:MOST_CUSTOMERS]
    return [(str(row.pk), f"{row.number} {row.name}"[:80]) for row in rows]


def keep_looked_at(user: User, creditor: Creditor, kind: str, content: str | bytes) -> str:
    """Keep a page for a frame, for this person alone and a while; returns its address."""
    token = get_random_string(32)
    cache.set(_key(user, creditor, token), (kind, content), KEPT_FOR)
    return f"{reverse('dashboard:text_document')}?{urlencode({'of': token})}"


def looked_at(user: User, creditor: Creditor, token: str) -> tuple[str, Any] | None:
    """What was kept; None where it is gone or somebody else's."""
    found: tuple[str, Any] | None = cache.get(_key(user, creditor, token))
    return found


def _key(user: User, creditor: Creditor, token: str) -> str:
    return f"text-shown:{user.pk}:{creditor.pk}:{token}"
