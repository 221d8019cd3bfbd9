"""Scenarios of a policy, played by a worker on request: what came of it stands on the row, and counts as long as nothing has changed."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from dunning.models import Policy, PolicyVersion, Rehearsal
from dunning.rehearsal import WORKER_SECONDS, Played, rehearse
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.schema import all_migrations

LOST_AFTER = timedelta(minutes=5)
"""A worker that has not ended it by then is gone; it may be begun anew."""


@transaction.atomic
def ask_rehearsal(
    policy: Policy, version: PolicyVersion, scenarios: Mapping[str, str], *, now: datetime, by: User | None = None
) -> Rehearsal:
    """Ask for the attached scenarios to be played with this version; what was played before is forgotten.

    Raises `Refused` where nothing is attached, or the same is being played.
    """
    if not scenarios:
        raise Refused("No scenario is attached. Attach one first.")
    Policy.objects.select_for_update().get(pk=policy.pk)
    digest = digest_of(version.text, scenarios)
    standing = Rehearsal.objects.filter(policy=policy).first()
    if standing and standing.is_under_way and standing.digest == digest and standing.asked_at > now - LOST_AFTER:
        raise Refused("They are being played already. Look again in a moment.")
    asked = {"number": version.number, "digest": digest, "asked_at": now, "asked_by": by, "begun_at": None, "ended_at": None}
    row, _ = Rehearsal.objects.update_or_create(policy=policy, defaults={**asked, "played": [], "problem": ""})
    record(policy.creditor, "rehearsal_asked", row, by=by, number=version.number, scenarios=sorted(scenarios))
    return row


def play_asked(*, now: datetime) -> int:
    """Play what was asked for and nobody is at; returns how many rehearsals ended. Safe to run twice and by several at once."""
    ended = 0
    while row := _claimed(now=now):
        _play(row, now=now)
        ended += 1
    return ended


def rehearsals_wait() -> bool:
    """Whether something was asked for that nobody has begun."""
    return Rehearsal.objects.filter(begun_at=None).exists()


@transaction.atomic
def _claimed(*, now: datetime) -> Rehearsal | None:
    free = Rehearsal.objects.filter(Q(begun_at=None) | Q(begun_at__lt=now - LOST_AFTER), ended_at=None)
    row = free.select_for_update(skip_locked=True, of=("self",)).select_related("policy").order_by("asked_at").first()
    if row is not None:
        row.begun_at = now
        row.save(update_fields=["begun_at"])
    return row


def _play(row: Rehearsal, *, now: datetime) -> None:
    """No lock is held meanwhile. What was asked anew since is not overwritten."""
    played, problem = [], ""
    if not is_of_now(row):
        problem = "The draft or its scenarios changed meanwhile. Play them again."
    else:
        try:
            told = rehearse(*_parts(row), seconds=WORKER_SECONDS)
            played = [{"name": one.name, "title": one.title, "differences": list(one.differences)} for one in told]
        except Refused as refusal:
            problem = str(refusal)[:300]
    mine = Rehearsal.objects.filter(pk=row.pk, digest=row.digest, asked_at=row.asked_at)
    mine.update(ended_at=now, played=played, problem=problem)


def played_of(row: Rehearsal) -> list[Played]:
    """What came of each scenario."""
    return [Played(one["name"], one["title"], tuple(one["differences"])) for one in row.played]


def is_of_now(row: Rehearsal) -> bool:
    """Whether the version and the scenarios are still those that were played."""
    return digest_of(*_parts(row)) == row.digest


def _parts(row: Rehearsal) -> tuple[str, dict[str, str]]:
    """The text of its version, empty where that is gone, and the scenarios, as they are now."""
    text = row.policy.versions.filter(number=row.number).values_list("text", flat=True).first()
    return text or "", dict(row.policy.scenarios.order_by("name").values_list("name", "text"))


def standing_result(policy: Policy, text: str, scenarios: Mapping[str, str]) -> list[Played] | None:
    """What a worker found for exactly this text and these scenarios; None where they have not been played so."""
    row = Rehearsal.objects.filter(policy=policy, digest=digest_of(text, scenarios), problem="").exclude(ended_at=None).first()
    return played_of(row) if row else None


def digest_of(text: str, scenarios: Mapping[str, str]) -> str:
    """Of all that decides how it ends: the text, the scenarios, and the program by its migrations."""
    return hashlib.sha256(json.dumps([text, dict(scenarios), all_migrations()], sort_keys=True).encode()).hexdigest()
