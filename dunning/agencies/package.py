"""The neutral hand-over package: `case.json`, `cases.csv`, `documents/` and a manifest with SHA-256 in a ZIP. FORMATS.md section 6.

Pure: from the facts of the hand-over and its dossier to bytes; the same give the same bytes, so a package can be made again. Where the
agency has a file format of its own, the same case stands in `agency/` once more, as its mapping says.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from dunning.agencies.mapping import NEUTRAL, file_of, mapping_of
from receivables.core.archives import json_bytes, sha256_of, table_bytes, zip_bytes

VERSION = "1"
_COLUMNS = ("number", "issued_on", "due_on", "days_late", "gross", "outstanding", "disputed", "currency")


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
        "type": "B2C" if customer["kind"] in ("consumer", "unknown") else "B2B",
        "currency": facts["currency"],
        "principal": facts["principal"],
        "interest_to_date": facts.get("interest", "0.00"),
        "compensation": facts.get("compensation", "0.00"),
        "costs": facts.get("fees", "0.00"),
        "paid_total": facts.get("paid_total") or _paid(facts),
        "last_payment_on": known.last_payment_on if known else "",
        "outstanding": facts["asks"],
        "is_disputed": any(Decimal(item["disputed"]) for item in facts["items"]),
        "note": facts.get("note") or facts.get("reason", ""),
        "creditor": {name: value for name, value in facts["creditor"].items() if name != "edition"},
        "debtor": {**customer, **(known.debtor if known else {})},
        "documents": [_document(item, facts) | dict(known.items.get(item["label"], {}) if known else {}) for item in facts["items"]],
        "history": [dict(each) for each in known.history] if known else [],
        "consent": {
            "legal_basis": "GDPR art. 6(1)(f)",
            "approved_by": facts.get("approved_by", ""),
            "approved_on": facts.get("approved_on", ""),
        },
    }


def _paid(facts: Mapping[str, Any]) -> str:
    """What has been settled of the documents before."""
    items = facts["items"]
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
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _table(facts: Mapping[str, Any]) -> bytes:
    return table_bytes(_COLUMNS, [_document(item, facts) for item in facts["items"]])
