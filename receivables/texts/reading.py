"""The company's text that a message or paper uses: the newest version of the edition that its facts name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from receivables.accounts.models import Creditor
from receivables.texts.catalogue import kind_of
from receivables.texts.checking import parsed
from receivables.texts.language import Filled, fill
from receivables.texts.models import CompanyText
from receivables.texts.values import values_of

_FALLBACK = "en"
Key = tuple[str, str]  # step, language


@dataclass(frozen=True, slots=True)
class OwnText:
    """The parts that a company has written, and which version they are; none where the shipped text stands."""

    place: str = ""
    kind: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    language: str = ""  # in which it is written: amounts and days are printed, and the program's parts said, in it too

    def __bool__(self) -> bool:
        return bool(self.parts)

    def filled(self, part: str, facts: Mapping[str, Any]) -> list[Filled]:
        """A part with its values; nothing where the company has not written it."""
        kind, text = kind_of(self.place, self.kind), self.parts.get(part, "").strip()
        if kind is None or not text:
            return []
        return fill(parsed(kind.part(part), text).blocks, values_of(facts, self.language), links={"portal"})


SHIPPED = OwnText()


def edition_of(creditor: Creditor) -> dict[str, int]:
    """What facts say of a company's texts: the edition of now; nothing where it never wrote any."""
    return {"edition": creditor.text_edition} if creditor.text_edition else {}


def own_text(creditor: Creditor | int, place: str, kind: str, language: str, facts: Mapping[str, Any]) -> OwnText:
    """The text for this reader: of the step, else of all steps; in their language, else in English unless the program has theirs."""
    edition = facts["creditor"].get("edition", 0)
    if not edition or kind_of(place, kind) is None:
        return SHIPPED
    newest = newest_of(creditor, place, kind, edition=edition)
    short = language.partition("-")[0]
    for spoken in dict.fromkeys((short, _FALLBACK)):
        for step in dict.fromkeys((str(facts.get("step") or ""), "")):
            row = newest.get((step, spoken))
            if row is not None and row.parts:
                return OwnText(place, kind, row.parts, row.version, spoken)
        if spoken == short and has_shipped(place, short):
            break
    return SHIPPED


def has_shipped(place: str, language: str) -> bool:
    """Whether the program itself has texts in a language there."""
    return language in (("pl", "en", "de") if place == CompanyText.Place.PAPER else ("pl", "en"))


def newest_of(creditor: Creditor | int, place: str, kind: str, *, edition: int | None = None) -> dict[Key, CompanyText]:
    """By step and language the newest version, of that edition or the one before it; of now where none is named. One query."""
    rows = CompanyText.objects.filter(creditor=creditor, place=place, kind=kind).order_by("edition")
    rows = rows if edition is None else rows.filter(edition__lte=edition)
    return {(row.step, row.language): row for row in rows}


def letterhead_of(creditor: Creditor | int, *, edition: int) -> CompanyText | None:
    """The letterhead of that edition; None where there is none."""
    rows = CompanyText.objects.filter(creditor=creditor, place=CompanyText.Place.LETTERHEAD, edition__lte=edition)
    row = rows.order_by("-edition").first() if edition else None
    return row if row is not None and row.parts else None
