"""The verbs of the interface."""

from receivables.api.actions.endpoints import add_endpoint, end_endpoint
from receivables.api.actions.events import send_again
from receivables.api.actions.tokens import make_token, revoke_token

__all__ = ["add_endpoint", "end_endpoint", "make_token", "revoke_token", "send_again"]
