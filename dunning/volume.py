"""The gate of a run: is it about as large as runs are here? What is not waits for a person, before its first message leaves.

Only where messages reach people. The brake closes before anything of the run is released and opens again by itself where all is as usual,
so no worker is faster. Replays and quarantine know none of it. RELIABILITY.md, C12.
"""

from datetime import datetime
from statistics import median

from django.db import transaction

from dunning.models import LadderRules, Run
from receivables.accounts.models import Creditor
from receivables.audit.actions import record
from receivables.messaging import mode
from receivables.messaging.models import Brake, Dispatch

TIMES = 3
EARLIER = 10
FEWEST = 3  # with fewer earlier runs nobody knows what is usual
FEW = 20  # messages that are never too many against the median


def begin(run: Run, *, now: datetime) -> None:
    """Let nothing of the ladder leave while the run is planned. One that a person has yet to look at stays as it is."""
    if mode.is_live() and not mode.is_stood_in():
        Brake.objects.get_or_create(
            creditor=run.creditor, channel="", kind=Brake.Kind.VOLUME, released_at=None, defaults={"since": now, "facts": {}}
        )


def weigh_left(creditor: Creditor) -> None:
    """Weigh the last run, where whoever planned it to its end died before that; ask it alone."""
    if Brake.objects.filter(creditor=creditor, kind=Brake.Kind.VOLUME, released_at=None, facts={}).exists():
        last = Run.objects.filter(creditor=creditor).order_by("-pk").first()
        if last and last.finished_at:
            weigh(last)


@transaction.atomic
def weigh(run: Run) -> Brake | None:
    """Let the run go, or hold it for a person: then the brake says the figures."""
    brake = Brake.objects.filter(creditor=run.creditor, kind=Brake.Kind.VOLUME, released_at=None).first()
    if brake is None or brake.facts:
        return brake
    held = too_many(run)
    if held is None:
        brake.delete()
        return None
    brake.facts = {"run": run.pk, "messages": run.expected, **held}
    brake.save(update_fields=["facts"])
    record(run.creditor, "brake_closed", brake, kind=brake.kind, **brake.facts)
    return brake


def too_many(run: Run) -> dict[str, float] | None:
    """What the run's messages are too many against; None where they are not. Two queries."""
    if not run.expected:
        return None
    cap = LadderRules.objects.values_list("run_cap", flat=True).get(creditor=run.creditor)
    if cap is not None and run.expected > cap:
        return {"cap": cap}
    sizes = _earlier(run)
    if len(sizes) < FEWEST:
        return {"earlier": len(sizes)}
    usual = float(median(sizes))
    return {"median": usual} if run.expected > max(TIMES * usual, FEW) else None


def _earlier(run: Run) -> list[int]:
    """The sizes of the last runs that sent something, since messages reach people."""
    runs = Run.objects.filter(creditor=run.creditor, pk__lt=run.pk, expected__gt=0, finished_at__isnull=False)
    live_since = Dispatch.objects.values_list("live_since", flat=True).first()
    if live_since:
        runs = runs.filter(started_at__gte=live_since)
    return list(runs.order_by("-pk").values_list("expected", flat=True)[:EARLIER])
