"""The payment policy as text: one source for the paper, the clause of a contract and the portal's page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from receivables.core.errors import RenderError
from receivables.core.printed import days_text, printed
from receivables.documents.addresses import check_address, contact_of
from receivables.documents.labels import language_of
from receivables.templating import fill, find


@dataclass(slots=True)
class Part:
    """A paragraph, or points of a list."""

    text: str = ""
    points: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """A heading with what stands under it."""

    heading: str
    parts: list[Part] = field(default_factory=list)


def policy_text(facts: Mapping[str, Any], language: str) -> str:
    """The whole policy as plain text; headings begin with a sharp, points with a dash. Raises `RenderError`."""
    language = language_of(language)
    template = find("documents/payment_policy", language, ".txt", html=False)
    if template is None:
        raise RenderError("There is no template of the payment policy.")
    values = printed(facts, language)
    for ladder, raw in zip(values["ladders"], facts["ladders"], strict=True):
        for step, plain in zip(ladder["steps"], raw["steps"], strict=True):
            day = plain["after_due"]
            step |= {"days_text": _days(abs(day), language), "is_before": day < 0, "is_on_day": day == 0}
    around = {"contact": contact_of(facts["creditor"]), "check_address": check_address(facts["portal_url"])}
    lines = (" ".join(line.split()) for line in fill(template, {**values, **around}).splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def _days(days: int, language: str) -> str:
    """3 dni, 3 days, 3 Tage: without the dative of the papers' "seit 3 Tagen"."""
    return days_text(days, language).replace("Tagen", "Tage")


def policy_sections(facts: Mapping[str, Any], language: str) -> list[Section]:
    """The same in sections, for pages."""
    sections: list[Section] = []
    for line in policy_text(facts, language).splitlines():
        if line.startswith("# "):
            sections.append(Section(line.removeprefix("# ")))
        elif line.startswith("- "):
            _last_list(sections[-1]).points.append(line.removeprefix("- "))
        else:
            sections[-1].parts.append(Part(line))
    return sections


def _last_list(section: Section) -> Part:
    if not section.parts or not section.parts[-1].points:
        section.parts.append(Part())
    return section.parts[-1]
