"""Tokens: made, shown once, revoked."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from invoices.actions.checks import short_line
from receivables.accounts.models import Creditor, User
from receivables.api.models import ApiToken, Scope
from receivables.api.tokens import digest_of, new_token
from receivables.audit.actions import record
from receivables.core.errors import Refused


@transaction.atomic
def make_token(
    creditor: Creditor, *, name: str, now: datetime, scopes: Collection[str] = (Scope.CREDIT_READ,), by: User | None = None
) -> tuple[ApiToken, str]:
    """A new token for one company, with these scopes. Returns the row and the token itself, which nobody can read again."""
    name = short_line(name, longest=100, what="The name of the token")
    token, handle = new_token()
    may = sorted(Scope(one).value for one in scopes)
    row = ApiToken.objects.create(creditor=creditor, name=name, handle=handle, digest=digest_of(token), scopes=may, made_at=now, author=by)
    record(creditor, "api_token_made", row, by=by, handle=handle, scopes=may)
    return row, token


@transaction.atomic
def revoke_token(token: ApiToken, *, now: datetime, by: User | None = None) -> None:
    """It opens nothing any more, from the next request on. Raises `Refused` where it is revoked already."""
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        raise Refused("This token is revoked already.")
    record(token.creditor, "api_token_revoked", token, by=by, handle=token.handle)
