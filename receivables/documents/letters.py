"""The page of a paper, from its facts: templates/documents/<kind>/<language>.html on the skeleton `_letter.html`, with the shared words of
`labels.py`. What it looks like stands in letter.css there. The same facts make the same page."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings

from receivables.core.errors import RenderError
from receivables.core.printed import amount_text, country_text, one_line, printed, transfer_title
from receivables.documents.addresses import check_address, contact_of
from receivables.documents.labels import language_of, title_of, words
from receivables.documents.payment_qr import payment_payload, qr_image
from receivables.documents.policy_text import policy_sections
from receivables.documents.words_pl import amount_in_words
from receivables.templating import fill, find
from receivables.texts.checking import LONGEST_FOOT
from receivables.texts.reading import SHIPPED, OwnText


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of paper: the prefix of its numbers, and whether it asks for money (sum in words, account box, transfer code)."""

    prefix: str
    asks: bool = True
    whole: bool = True  # it asks for the whole sum at once, so that there is a transfer code for it
    template: str = ""  # where it is not the kind's own name


KINDS: Mapping[str, Kind] = {
    "reminder": Kind("P"),
    "overdue": Kind("P", template="reminder"),
    "demand": Kind("W"),
    "final_demand": Kind("W"),
    "register_warning": Kind("ZB"),
    "interest_note": Kind("NO"),
    "compensation_note": Kind("NR"),
    "balance_confirmation": Kind("PS", asks=False),
    "statement": Kind("WK"),
    "agreement": Kind("PR", whole=False),
    "assignment": Kind("PW", asks=False),
    "assignment_notice": Kind("ZP"),
    "agency_order": Kind("ZW", asks=False),
    "withdrawal": Kind("WP", asks=False),
    "evidence": Kind("ZD", asks=False),
    "claim_sheet": Kind("PZ", asks=False),
    "payment_policy": Kind("PP", asks=False),
}
_ADDRESS = ("name", "street", "postcode", "city", "country")
_NAMED = {"exhibits": "exhibit_", "events": "event_", "missing": ""}
"""Lists of an index whose entries are named by a word, and how those words begin. What has no word is shown as it is."""
POLICY = "payment_policy"
_DEMANDS = frozenset({"demand", "final_demand", "register_warning"})


@dataclass(frozen=True, slots=True)
class Look:
    """What a company adds to its papers: its own words, logo (a data: address) and lines at the foot; `version` names them all."""

    own: OwnText = SHIPPED
    logo: str = ""
    foot: tuple[str, ...] = ()
    version: str = ""


PLAIN = Look()


def letter_html(kind: str, *, language: str, facts: Mapping[str, Any], number: str, code: str = "", look: Look = PLAIN) -> str:
    """The whole page; `code` lets its reader check that it is real. Raises `RenderError` for an unknown kind or a value that is missing."""
    known, language = KINDS.get(kind), language_of(language)
    template = find(f"documents/{known.template or kind}", language, ".html", html=True) if known else None
    if known is None or template is None:
        raise RenderError(f"There is no letter of the kind {kind[:40]!r}.")
    return fill(template, {**_context(kind, known, facts, language, number, code), **_own(look, facts)})


def prefix_of(kind: str) -> str:
    """The prefix of the numbers of a kind. Raises `RenderError` for one that is not known."""
    if kind not in KINDS:
        raise RenderError(f"There is no letter of the kind {kind[:40]!r}.")
    return KINDS[kind].prefix


@lru_cache(maxsize=64)
def template_version(kind: str, language: str) -> str:
    """Which words and looks made a paper: its template and the digest of all files that papers are made from."""
    name, folder = KINDS[kind].template or kind, settings.BASE_DIR / "templates" / "documents"
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.*")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return f"documents/{name}/{language_of(language)} {digest.hexdigest()[:16]}"


def _context(kind: str, known: Kind, facts: Mapping[str, Any], language: str, number: str, code: str) -> dict[str, Any]:
    values, said = printed(facts, language), dict(words(language))
    said["disputed"] = said["disputed_demand" if kind in _DEMANDS else "disputed"]
    for claim, raw in zip(values.get("claims", ()), facts.get("claims", ()), strict=True):
        claim["worked_out"] = amount_text(Decimal(raw["amount"]) + Decimal(raw.get("settled", 0)), facts["currency"], language)
    for line in values.get("lines", ()):
        line["what_text"] = said[f"line_{line['what']}"]
    for part, prefix in _NAMED.items():
        for line in values.get(part, ()):
            line["what_text"] = said.get(f"{prefix}{line['what']}", line["what"].replace("_", " "))
    to = next(name for name in ("court", "agency", "assignee", "customer", "creditor") if name in facts)
    if missing := [name for name in _ADDRESS if name not in facts[to]]:
        raise RenderError(f"A letter needs {to}.{missing[0]}, which the facts do not say.")
    values[to]["country_name"] = country_text(facts[to]["country"], language)
    return {
        "salutation": "",
        "customer": None,
        "payee": values["creditor"],
        "is_overdue": False,
        "claims": [],
        "runs_further": True,
        **values,
        "regimes": list(dict.fromkeys(claim["regime"] for claim in facts.get("claims", ()) if claim.get("regime"))),
        **_payment(known, facts, language),
        **_check(facts, code),
        "kind": kind,
        "w": said,
        "law": f"documents/_law_{language}.html",
        "title": title_of(kind, language),
        "to": values[to],
        "contact": contact_of(facts["creditor"]),
        "sections": policy_sections(facts, language) if kind == POLICY else (),
        "footer_firm": _firm(facts["creditor"], said["id"]),
        "footer_seat": _seat(facts["creditor"]),
        "number": number,
        "language": language,
    }


def _own(look: Look, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the company adds: `own` holds the blocks of each part that it wrote."""
    own = {part: look.own.filled(part, facts) for part in look.own.parts}
    return {"own": own, "logo": look.logo, "foot": [one_line(line, longest=LONGEST_FOOT) for line in look.foot]}


def _payment(known: Kind, facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The sum in words (in Polish, and where something is asked) and the transfer code."""
    if not known.asks:
        return {"asks_in_words": "", "qr": "", "transfer_title": ""}
    asks, payload = Decimal(facts["asks"]), payload_of(facts) if known.whole else ""
    return {
        "asks_in_words": amount_in_words(asks, facts["currency"]) if language == "pl" and asks > 0 else "",
        "qr": qr_image(payload) if payload else "",
        "transfer_title": transfer_title(facts) if known.whole else one_line(facts["reference"]),
    }


def grouped(code: str) -> str:
    """A code as it is printed: ABCD-EFGH-JK."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _check(facts: Mapping[str, Any], code: str) -> dict[str, str]:
    if not code or not facts.get("portal_url"):
        return {"code": "", "check_qr": "", "check_address": ""}
    return {
        "code": grouped(code),
        "check_qr": qr_image(check_address(facts["portal_url"], code)),
        "check_address": check_address(facts["portal_url"]).partition("://")[2].rstrip("/"),
    }


def _firm(creditor: Mapping[str, str], word_id: str) -> str:
    """Name and tax number, as they stand on the foot of each page."""
    tax_id = f"{word_id} {creditor['tax_id']}" if creditor["tax_id"] else ""
    return " · ".join(part for part in (one_line(creditor["name"], longest=70), one_line(tax_id)) if part)


def _seat(creditor: Mapping[str, str]) -> str:
    place = one_line(f"{creditor['postcode']} {creditor['city']}", longest=70)
    return ", ".join(part for part in (one_line(creditor["street"], longest=60), place) if part)


def payload_of(facts: Mapping[str, Any]) -> str:
    """What the transfer code of a message says; empty where there is none. A notice of assignment names another payee."""
    payee = facts.get("payee") or facts["creditor"]
    return payment_payload(
        account=payee["bank_account"],
        name=payee["name"],
        tax_id=payee["tax_id"],
        amount=Decimal(facts["asks"]),
        currency=facts["currency"],
        title=transfer_title(facts),
    )
