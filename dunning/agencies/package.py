"""The neutral hand-over package: `case.json`, `cases.csv`, `documents/` and a manifest with SHA-256 in a ZIP. FORMATS.md section 6.

Pure: from the facts of the hand-over and its dossier to bytes; the same give the same bytes, so a package can be made again. Where the
agency has a file format of its own, the same case stands in `agency/` once more, as its mapping says.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from dunning.agencies.mapping import NEUTRAL, file_of, mapping_of
from receivables.core.archives import json_bytes, sha256_of, table_bytes, zip_bytes

VERSION = "2"
"""2 adds to 1, and takes nothing away: numbers in registers, legal kind and post address of the debtor, contact of the creditor, and of
each document supply, sum paid, corrections, dispute, interest rule and limitation. What read 1 reads 2."""
_COLUMNS = ("number", "issued_on", "due_on", "days_late", "gross", "outstanding", "disputed", "currency", "paid")


class File(Protocol):
    """A paper that goes along."""

    @property
    def name(self) -> str:
        """Its path in the package."""

    @property
    def content(self) -> bytes:
        """Its bytes."""


class Known(Protocol):
    """What is known beside the facts of the message."""

    @property
    def debtor(self) -> Mapping[str, Any]:
        """Identifiers and contacts."""

    @property
    def creditor(self) -> Mapping[str, Any]:
        """What messages do not say of the creditor."""

    @property
    def created_at(self) -> str:
        """ISO with its zone."""

    @property
    def items(self) -> Mapping[str, Mapping[str, Any]]:
        """By label of an item what is known of its invoice."""

    @property
    def history(self) -> Any:
        """What was said, oldest first."""

    @property
    def last_payment_on(self) -> str:
        """ISO; empty where nothing was paid."""

    @property
    def papers(self) -> Any:
        """The files."""


def package_of(key: str, facts: Mapping[str, Any], known: Known | None = None) -> tuple[str, bytes]:
    """File name and bytes of the package of one message to an agency. Amounts are plain decimal strings in the stated currency."""
    case = case_of(key, facts, known)
    files = {"case.json": json_bytes(case), "cases.csv": _table(facts)}
    slug = facts.get("agency", {}).get("mapping", NEUTRAL)
    if slug != NEUTRAL and case["action"] == "new":
        name, content = file_of(mapping_of(slug), case)
        files[f"agency/{name}"] = content
    if known is not None:
        files |= {paper.name: paper.content for paper in known.papers}
    files["manifest.json"] = json_bytes({"version": VERSION, "sha256": {name: sha256_of(content) for name, content in files.items()}})
    return f"{'handover' if case['action'] == 'new' else case['action']}-{key[:12]}.zip", zip_bytes(files)


def case_of(key: str, facts: Mapping[str, Any], known: Known | None = None) -> dict[str, Any]:
    """What `case.json` says. `case_id` is the same in all that is said of a hand-over, `message_id` differs."""
    customer = facts["customer"]
    return {
        "version": VERSION,
        "case_id": facts.get("case_id") or key,
        "message_id": key,
        "agency_ref": facts.get("reference", "") if "case_id" in facts else "",
        "action": facts.get("action", "new"),
        "about": facts.get("about", "new"),
        "created_on": facts["on"],
        "created_at": known.created_at if known else "",
        "type": "B2C" if customer["kind"] in ("consumer", "unknown") else "B2B",
        "currency": facts["currency"],
        "principal": facts["principal"],
        "interest_to_date": facts.get("interest", "0.00"),
        "interest_rate_rule": _said_of("interest_rule", facts, known),
        "compensation": facts.get("compensation", "0.00"),
        "compensation_eur": _euro(facts.get("claims", ()), facts["currency"]),
        "costs": facts.get("fees", "0.00"),
        "paid_total": facts.get("paid_total") or _paid(facts["items"]),
        "last_payment_on": known.last_payment_on if known else "",
        "outstanding": facts["asks"],
        "is_disputed": any(Decimal(item["disputed"]) for item in facts["items"]),
        "dispute": _said_of("dispute", facts, known),
        "note": facts.get("note") or facts.get("reason", ""),
        "creditor": {name: value for name, value in facts["creditor"].items() if name != "edition"} | dict(known.creditor if known else {}),
        "debtor": {**customer, **(known.debtor if known else {})},
        "documents": [_document(item, facts) | dict(known.items.get(item["label"], {}) if known else {}) for item in facts["items"]],
        "history": [dict(each) for each in known.history] if known else [],
        "consent": {
            "legal_basis": "GDPR art. 6(1)(f)",
            "approved_by": facts.get("approved_by", ""),
            "approved_on": facts.get("approved_on", ""),
        },
    }


def _said_of(name: str, facts: Mapping[str, Any], known: Known | None) -> str:
    """What is said of the documents under that name, each once."""
    said = [known.items.get(item["label"], {}).get(name, "") for item in facts["items"]] if known else []
    return "; ".join(dict.fromkeys(each for each in said if each))


def _euro(claims: Sequence[Mapping[str, Any]], currency: str) -> str:
    """The flat sums in euro from which the compensation was worked out; empty where none is asked, or the law names no euro."""
    mine = [claim for claim in claims if claim.get("kind") == "compensation" and (claim.get("table") or currency == "EUR")]
    sums = [Decimal(claim["euro"]) for claim in mine if "euro" in claim]
    return f"{sum(sums, Decimal(0)):.2f}" if sums else ""


def _paid(items: Sequence[Mapping[str, Any]]) -> str:
    """What has been settled of these documents before."""
    paid = sum((Decimal(item["amount"]) - Decimal(item["open"]) - Decimal(item["disputed"]) for item in items), Decimal(0))
    return f"{paid:f}"


def _document(item: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    values = (
        item["label"],
        item["issued_on"],
        item["due_on"],
        item["days_late"],
        item["amount"],
        item["open"],
        item["disputed"],
        facts["currency"],
        _paid([item]),
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _table(facts: Mapping[str, Any]) -> bytes:
    return table_bytes(_COLUMNS, [_document(item, facts) for item in facts["items"]])


def with_pesel(package: bytes, pesel: str) -> bytes:
    """The same package with the debtor's PESEL in its `case.json`, of any version. What holds no case stays as it is."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    if "case.json" not in files or "manifest.json" not in files:
        return package
    case, manifest = json.loads(files["case.json"]), json.loads(files["manifest.json"])
    case["debtor"]["pesel"] = pesel
    files["case.json"] = json_bytes(case)
    manifest["sha256"]["case.json"] = sha256_of(files["case.json"])
    files["manifest.json"] = json_bytes(manifest)
    return zip_bytes(files)
