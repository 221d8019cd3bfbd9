"""From the settings to the services that invoices are pulled from: which companies have which, and the adapters. Without keys, none."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from invoices.pulling.fakturownia_api import Fakturownia
from invoices.pulling.ifirma_api import Ifirma
from invoices.pulling.infakt_api import Infakt
from invoices.pulling.ksef_api import Ksef, KsefConfig
from invoices.pulling.protocol import InvoiceService
from invoices.pulling.sweep import Lister, Sweep
from invoices.pulling.wfirma_api import Wfirma
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.core.identifiers import plain_number

_OF_COMPANY = re.compile(r"([a-z0-9][a-z0-9_-]{0,49})=(?!=*$)(.+)")


@dataclass(frozen=True, slots=True)
class Keys:
    """What lets one company into a service. `company` is its short name; empty where only one is meant."""

    company: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A service by name: the setting that holds its keys, what they consist of, and how its adapter is made."""

    name: str
    setting: str
    parts: tuple[str, ...]  # of one key, between bars; the last may be left out where it ends with a question mark
    make: Callable[[tuple[str, ...]], Lister] | None = None


SOURCES: Mapping[str, Source] = {
    source.name: source
    for source in (
        Source("ksef", "KSEF_TOKEN", ("TOKEN",)),
        Source("fakturownia", "FAKTUROWNIA_KEYS", ("URL", "TOKEN"), lambda parts: Fakturownia(parts[0].rstrip("/"), parts[1])),
        Source("infakt", "INFAKT_KEYS", ("KEY",), lambda parts: Infakt(settings.INFAKT_URL, parts[0])),
        Source("wfirma", "WFIRMA_KEYS", ("ACCESS", "SECRET", "APP", "COMPANY?"), lambda parts: Wfirma(settings.WFIRMA_URL, *parts)),
        Source("ifirma", "IFIRMA_KEYS", ("LOGIN", "KEY"), lambda parts: Ifirma(settings.IFIRMA_URL, *parts)),
    )
}


def keys_in(text: str, source: Source) -> Iterator[Keys]:
    """The keys that a setting holds: one, or one a company as `company=…`, separated by spaces. Raises `Refused`, naming no key."""
    least = sum(1 for part in source.parts if not part.endswith("?"))
    for entry in text.split():
        named = _OF_COMPANY.fullmatch(entry)
        parts = tuple((named[2] if named else entry).split("|", len(source.parts) - 1))
        if not least <= len(parts) <= len(source.parts) or not all(parts[:least]):
            shape = "|".join(part.rstrip("?") for part in source.parts)
            raise Refused(f"{source.setting} holds something that is not {shape}, or company={shape} where there are several companies.")
        yield Keys(named[1] if named else "", parts)


def configured(*, only: str = "", now: datetime) -> list[tuple[Creditor, InvoiceService]]:
    """Every company with every service it has keys for. Raises `Refused` for a setting that cannot be read, and for a company without the
    tax number that services are asked by.
    """
    if only and only not in SOURCES:
        raise Refused(f"There is no source {only!r}. Known: {', '.join(SOURCES)}.")
    found: list[tuple[Creditor, InvoiceService]] = []
    for source in SOURCES.values():
        if only in ("", source.name) and is_set(source):
            found += [_service(source, keys, now=now) for keys in keys_in(getattr(settings, source.setting), source)]
    return found


def is_set(source: Source) -> bool:
    """Whether the operator gave keys; KSeF needs its address besides."""
    return bool(getattr(settings, source.setting)) and (source.name != "ksef" or bool(settings.KSEF_URL))


def how_to_set(only: str) -> str:
    """What to set, for who has set nothing."""
    names = "KSEF_URL and KSEF_TOKEN" if only in ("", "ksef") else SOURCES[only].setting if only in SOURCES else "the keys of the source"
    return f"Set {names} first; docs/import.md says how."


def _service(source: Source, keys: Keys, *, now: datetime) -> tuple[Creditor, InvoiceService]:
    company = _company(source, keys)
    tax_id = plain_number(company.tax_id).removeprefix("PL")
    if source.make is None:
        return company, Ksef(KsefConfig(settings.KSEF_URL, tax_id, keys.parts[0]))
    return company, Sweep(source.make(keys.parts), seller_tax_id=tax_id, most_pages=settings.PULL_PAGES, now=now)


def _company(source: Source, keys: Keys) -> Creditor:
    company = company_of(source.setting, keys.company or (settings.KSEF_COMPANY if source.name == "ksef" else ""))
    if not company.tax_id:
        raise Refused(f"The company {company.slug} needs its tax number: a source is asked for what it sold.")
    return company


def company_of(setting: str, slug: str) -> Creditor:
    """The company that a key is of; without a short name the only one. Raises `Refused` where that is not clear."""
    rows = list(Creditor.objects.filter(slug=slug) if slug else Creditor.objects.order_by("slug")[:2])
    if len(rows) != 1:
        known = ", ".join(Creditor.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise Refused(f"{setting}: say whose key it is, as company=…. Companies: {known}.")
    return rows[0]
