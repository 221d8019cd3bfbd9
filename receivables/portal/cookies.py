"""The portal's two cookies: the secret of a browser that asked, and that of a session. Apart from the staff's."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

ASK, SESSION = "portal_ask", "portal_session"


def name_of(cookie: str) -> str:
    """With HTTPS a __Host- cookie: only this host can have set it."""
    return f"__Host-{cookie}" if settings.HTTPS else cookie


def read(request: HttpRequest, cookie: str) -> str:
    """The secret; empty where there is none."""
    return request.COOKIES.get(name_of(cookie), "")[:200]


def put(response: HttpResponseBase, cookie: str, secret: str, *, lives: timedelta | None = None) -> None:
    """Give the browser a secret; without `lives` until it is closed. Lax, so that the plain link in a mail finds a session that is open."""
    age = int(lives.total_seconds()) if lives else None
    response.set_cookie(name_of(cookie), secret, max_age=age, secure=settings.HTTPS, httponly=True, samesite="Lax", path="/")


def drop(response: HttpResponseBase, cookie: str) -> None:
    """Take a secret back."""
    response.set_cookie(name_of(cookie), "", max_age=0, secure=settings.HTTPS, httponly=True, samesite="Lax", path="/")
