"""What a token may do: each operation is declared with the scope it takes. The door (`access`) knows the token already."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from receivables.api.access import ApiRequest, Problem
from receivables.api.models import ApiToken, Scope
from receivables.api.repeats import HEADER


class May(HttpBearer):
    """Lets in a token that has the scope; with no scope given, no token at all."""

    openapi_description = "A token of one company with the scope that the operation names."

    def __init__(self, scope: Scope | None = None) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiToken:
        token: ApiToken = request.token  # type: ignore[attr-defined]
        if self.scope not in token.scopes:
            raise Problem(403, "Forbidden", f"This token lacks the scope {self.scope}. A superuser can make another one.")
        return token

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """Done by the door already."""
        raise NotImplementedError


def may(scope: Scope) -> dict[str, Any]:
    """What an operation is declared with: the scope it takes, also for whoever reads the description."""
    return {"auth": May(scope), "openapi_extra": {"description": f"Takes the scope `{scope}`."}}


def may_change(scope: Scope) -> dict[str, Any]:
    """As `may`, for an operation that changes something: send a key, and a repeated request changes nothing more."""
    key = {"in": "header", "name": HEADER, "required": False, "schema": {"type": "string", "maxLength": 200}}
    said = f"Takes the scope `{scope}`. With an `{HEADER}` it is done once, however often it is sent."
    return {"auth": May(scope), "openapi_extra": {"description": said, "parameters": [key]}}


def company_of(request: ApiRequest) -> int:
    """The only company that a request sees."""
    return request.token.creditor_id
