"""What the shell of every staff page shows: companies, how dispatch stands, how old the data are, what waits."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from dunning.models import LadderRules, Notice, Task
from dunning.states import NoticeState
from invoices.models import ImportedFile
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.messaging import mode
from receivables.messaging.switches import last_halt


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Empty for a page that is not a staff screen, so that those cost no query."""
    creditor: Creditor | None = getattr(request, "creditor", None)
    if creditor is None or "deeds" not in vars(request):
        return {}
    stands = mode.standing()
    return {
        "creditor": creditor,
        "creditors": getattr(request, "creditors", []),
        "may": dict.fromkeys(getattr(request, "deeds", ()), True),
        "standing": stands,
        "quarantine": not stands.is_live,
        "halted": stands.is_halted and (stands.reason or True),
        "halt": last_halt() if stands.is_halted else None,
        "locked": stands.is_locked,
        "freshness": freshness(creditor),
        "nav_counts": waiting(creditor),
        "query": request.GET.get("q", "") if getattr(request.resolver_match, "url_name", "") == "search" else "",
    }


def freshness(creditor: Creditor) -> list[dict[str, Any]]:
    """How old what we know is: bank data by their day, invoices by the last import. Two queries."""
    rules = LadderRules.objects.filter(creditor=creditor).first()
    seen, limit = (rules.bank_seen_until, rules.bank_freshness_days) if rules else (None, None)
    is_stale = limit is not None and (seen is None or (clock.today(creditor.time_zone) - seen).days > limit)
    last = (
        ImportedFile.objects.filter(creditor=creditor, kind__in=("invoices", "opening"))
        .order_by("-pk")
        .values_list("at", flat=True)
        .first()
    )
    return [
        {"label": _("Bank seen until"), "on": seen, "is_stale": is_stale},
        {"label": _("Last import"), "at": last, "is_stale": False},
    ]


def waiting(creditor: Creditor) -> dict[str, int]:
    """What waits for a person, by section of the navigation. Two queries over small partial indexes."""
    notices = Notice.objects.filter(creditor=creditor, state=NoticeState.PROPOSED)
    tasks = Task.objects.filter(creditor=creditor, closed_on=None)
    return {
        "runs": notices.count(),
        "today": tasks.count(),
    }
