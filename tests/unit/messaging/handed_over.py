"""A hand-over as a channel gets it, with a package of one case."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

from receivables.messaging.outgoing import Attachment, Outgoing

PACKAGE = Attachment("handover.zip", "application/zip", b"PK a package of one case" * 1000)
HAND_OVER = Outgoing(
    key="abc123",
    message_id="<abc123@example.com>",
    channel="agency",
    recipient="agency",
    recipient_name="Dłużnik",
    sender_name="Firma",
    sender_address="pay@firma.example.com",
    reply_to="biuro@firma.example.com",
    subject="Przekazanie",
    text="…",
    html="",
    attachments=(PACKAGE,),
    language="pl",
    planned_on=date(2026, 5, 4),
)
CASE = {
    "version": "1", "case_id": "abc123", "action": "new", "created_on": "2026-05-04", "type": "B2B", "currency": "PLN",
    "principal": "1230.00", "outstanding": "1234.50",
    "debtor": {"name": "Żółw Budowlany sp. z o.o.", "street": "Długa 1", "postcode": "00-001", "city": "Warszawa", "country": "PL",
               "tax_id": "5260001246"},
    "documents": [
        {"number": "FV 2/2026", "issued_on": "2026-02-01", "due_on": "2026-02-15", "outstanding": "234.50"},
        {"number": "FV 1/2026", "issued_on": "2026-01-01", "due_on": "2026-01-15", "outstanding": "1000.00"},
    ],
}  # fmt: skip


def hand_over(case: dict[str, Any] = CASE, key: str = "abc123") -> Outgoing:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("case.json", json.dumps(case))
    return replace(HAND_OVER, key=key, attachments=(Attachment("handover.zip", "application/zip", buffer.getvalue()),))
