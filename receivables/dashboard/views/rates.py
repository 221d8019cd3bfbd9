"""Rates of interest and of the euro: to look at. They are entered and approved in the admin."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from receivables.dashboard.access import StaffRequest
from receivables.dashboard.queries import rates as queries
from receivables.dashboard.views.common import today


def rates(request: StaffRequest) -> HttpResponse:
    """What is known until when; with `country` and `regime`, all rates of one kind."""
    if "regime" in request.GET:
        return _rows(request, request.GET.get("country", ""), request.GET["regime"])
    on, countries = today(request), {creditor.country for creditor in request.creditors}
    return render(
        request,
        "dashboard/rates.html",
        {
            "notices": queries.notices(request.creditor, on=on),
            "lines": queries.newest(countries, on=on),
            "proposals": queries.proposed(),
            "looks": queries.looks(),
            "days": queries.newest_days(),
            "on": on,
        },
    )


def _rows(request: StaffRequest, country: str, regime: str) -> HttpResponse:
    lines = queries.rows(country, regime)
    if not lines:
        raise Http404
    return render(request, "dashboard/rate_rows.html", {"lines": lines, "first": lines[0]})
