"""How tests speak to the interface: as a program with a token does."""

import json
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client

from receivables.accounts.models import Creditor
from receivables.api.actions import make_token
from receivables.api.models import Scope

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = NOW.date()


class Program:
    """A shop's program with a token of these scopes; all without any given."""

    def __init__(self, creditor: Creditor, *scopes: str) -> None:
        self.row, self.token = make_token(creditor, name="shop", scopes=scopes or list(Scope), now=NOW)

    def ask(self, method: str, address: str, body: Any = None, **headers: str) -> HttpResponse:
        """One request; a body is sent as JSON, bytes as they are."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {"authorization": f"Bearer {self.token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        client = Client(enforce_csrf_checks=True, raise_request_exception=True)
        return client.generic(method, f"/api/v1{address}", content, "application/json", headers=given)  # type: ignore[return-value]

    def get(self, address: str) -> Any:
        """What is told there; fails on anything but 200."""
        return told(self.ask("GET", address))

    def post(self, address: str, body: Any = None, *, status: int = 201, **headers: str) -> Any:
        """What is told of the change; fails on another status."""
        return told(self.ask("POST", address, body, **headers), status=status)


def told(response: HttpResponse, *, status: int = 200) -> Any:
    """The JSON of an answer with that status."""
    assert response.status_code == status, response.content
    return json.loads(response.content)


def problem(response: HttpResponse, status: int) -> dict[str, Any]:
    """A refusal of that status, as RFC 9457 has it."""
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), response.content
    found: dict[str, Any] = json.loads(response.content)
    assert found["status"] == status and found["title"] and found["detail"]
    return found
