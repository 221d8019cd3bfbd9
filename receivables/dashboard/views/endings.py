"""The work list of what ends soon."""

from collections import Counter
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from receivables.dashboard.access import StaffRequest
from receivables.dashboard.queries import endings as queries
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import word


def endings(request: StaffRequest) -> HttpResponse:
    """What ends within a week, and what ended in the last one; of one kind where asked."""
    on = today(request)
    found = queries.endings(request.creditor, on=on)
    kind = request.GET.get("kind", "")
    kind = kind if kind in queries.KINDS else ""
    shown = [ending for ending in found if kind in ("", ending.kind)]
    context = {
        "on": on,
        "coming": [ending for ending in shown if not ending.is_over],
        "over": [ending for ending in shown if ending.is_over],
        "tabs": _tabs(found, kind),
    }
    return render(request, "dashboard/endings.html", context)


def _tabs(found: list[queries.Ending], kind: str) -> list[dict[str, Any]]:
    counts = Counter(ending.kind for ending in found)
    first = {"label": _("All"), "url": to("endings"), "is_current": not kind, "count": len(found)}
    others = [
        {"label": word(queries.KINDS, key), "url": f"{to('endings')}?kind={key}", "is_current": key == kind, "count": counts[key]}
        for key in queries.KINDS
        if counts[key] or key == kind
    ]
    return [first, *others]
