"""The interface, version 1. Every address stands behind the door of `access`; a test says so."""

import json

from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path

from receivables.api import interface
from receivables.api.access import Problem, behind_the_door


def description(request: HttpRequest) -> HttpResponse:
    """The whole interface as OpenAPI 3.1."""
    return HttpResponse(json.dumps(interface.description()), content_type="application/json")


def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other address."""
    raise Problem(404, "Not found", "There is nothing at this address. See docs/api.md.")


app_name = "api"

urlpatterns = [
    path("v1/openapi.json", behind_the_door(description), name="description"),
    path("v1/", include(interface.patterns())),
    re_path(r"^(?P<rest>[\s\S]+)\Z", behind_the_door(nothing_here), name="nothing_here"),  # a line break too
]
