"""A request that changes something is done once for each `Idempotency-Key` of a company, however often it is sent, also after its token was
exchanged for another.

The key, what was asked and the answer are written in the transaction of the change: both stand, or neither. A second request with the key
waits for the first, then gets its answer. What was refused is not kept, so that it can be put right and sent again with the same key.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from receivables.api.models import ApiToken, Repeat

HEADER = "Idempotency-Key"
LONGEST = 200


class UsedAlready(Exception):
    """The key came with another request before."""


def answered_once(request: HttpRequest, answer: Callable[[], HttpResponse], *, token: ApiToken, now: datetime) -> HttpResponse:
    """The answer, in one transaction; with a key that was answered before, that answer again. Raises `UsedAlready`."""
    with transaction.atomic():
        row = _row_of(request, token=token, now=now)
        if row and row.status:
            return _as_before(row)
        response = answer()
        if response.status_code >= 300:
            transaction.set_rollback(True)
        elif row:
            Repeat.objects.filter(pk=row.pk).update(status=response.status_code, body=response.content)
        return response


def _row_of(request: HttpRequest, *, token: ApiToken, now: datetime) -> Repeat | None:
    key = request.headers.get(HEADER, "").strip()
    if not key:
        return None
    if len(key) > LONGEST or not key.isprintable():
        raise UsedAlready(f"{HEADER} is at most {LONGEST} printable characters, different for each request.")
    asked = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + request.body).digest()
    new = {"token": token, "asked": asked, "made_at": now}
    row, made = Repeat.objects.get_or_create(creditor_id=token.creditor_id, key=key, defaults=new)
    if row.token_id != token.pk:  # its answer may be more than this token may read
        raise UsedAlready(f"This {HEADER} came with another token of the company before, and was answered. Look at what it made.")
    if not made and bytes(row.asked) != asked:
        raise UsedAlready(f"This {HEADER} came with another request before. Give each request a key of its own.")
    return row


def _as_before(row: Repeat) -> HttpResponse:
    response = HttpResponse(bytes(row.body), status=row.status, content_type="application/json; charset=utf-8")
    response["Idempotency-Replayed"] = "true"
    return response
