"""A login does not last for ever, however busy the person is. (How long it lasts without a request: SESSION_COOKIE_AGE.)"""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

BEGAN = "session_began"  # seconds since the epoch; the real time, whatever CLOCK says


class LongestSession:
    """Middleware: logs a person out once LONGEST_SESSION seconds have passed since the login."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            began = request.session.setdefault(BEGAN, int(time.time()))
            if time.time() - began > settings.LONGEST_SESSION:
                logout(request)
        return self.get_response(request)
