"""What holds for every page of the portal: private, kept by nobody, silent about itself to other sites; what is not theirs is not there."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from receivables.portal import access, cookies

View = Callable[..., HttpResponseBase]


class PortalCsrf(CsrfViewMiddleware):
    """Django's check, for pages under Referrer-Policy: no-referrer, whose forms browsers send with `Origin: null` (Fetch, 3.2).

    Such a form is taken where the browser says that it came from here; the token is asked for in any case.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META["HTTP_ORIGIN"] == "null":
            return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"  # browsers before 2023 do not say
        return bool(super()._origin_verified(request))  # type: ignore[misc]


_checked = decorator_from_middleware(PortalCsrf)


def page(view: View) -> View:
    """The view behind all of that. Django's own check of forms is left out, ours stands in its place."""

    @csrf_exempt
    @login_not_required
    @never_cache
    @wraps(view)
    def shielded(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        response = _answered(_checked(view), request, parts)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return shielded


def _answered(view: View, request: HttpRequest, parts: dict[str, Any]) -> HttpResponseBase:
    try:
        return view(request, **parts)
    except access.SignedOut:
        return _to_the_door(request)
    except access.NotChosen:
        return redirect("portal:choose")
    except Http404:
        return render(request, "portal/not_found.html", {"messages": ()}, status=404)


def _to_the_door(request: HttpRequest) -> HttpResponseBase:
    if not cookies.read(request, cookies.SESSION):
        return redirect("portal:ask")
    response = redirect(f"{reverse('portal:ask')}?ended")
    cookies.drop(response, cookies.SESSION)
    return response
