"""A company's rules beside its policies: changed by a person, with the reason, and what they were kept in the audit."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from dunning.models import Case, LadderRules
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.countries.hours import read_hours

SETTABLE = (
    "calendar", "contact_hours", "run_at", "tolerance", "bank_freshness_days", "pending_money_days", "bank_wait_days",
    "cap_messages", "cap_days", "cap_per_person",
    "four_eyes", "first_run_waits", "legal_waits", "formal_needs_delivery", "handover_needs_terms", "handover_notice_days",
    "handover_needs_call", "undo_minutes", "most_enclosed", "register",
)  # fmt: skip
NOT_JUDGED = frozenset({"contact_hours", "four_eyes", "run_at", "undo_minutes", "most_enclosed", "register"})
"""They say who approves, when in its day something goes, what goes along, how long it can be undone: no item waits for them."""
RULES_SET = "rules_set"


def changes(rules: LadderRules, values: Mapping[str, Any]) -> dict[str, Any]:
    """The rules among these values that are not as they stand."""
    return {name: value for name, value in values.items() if getattr(rules, name) != value}


@transaction.atomic
def set_rules(creditor: Creditor, values: Mapping[str, Any], *, on: date, reason: str, by: User | None = None) -> list[str]:
    """Change these rules (names of `SETTABLE`), and let the next run judge every running item anew. Returns what changed.

    Raises `Refused` without a reason, where nothing would change, and for hours that are none or wider than the country's.
    What has left stays; what waits for a person is judged anew too.
    """
    if unknown := set(values) - set(SETTABLE):
        raise Refused(gettext_noop("No rule of the ladder: %(names)s."), names=", ".join(sorted(unknown)))
    if not reason.strip():
        raise Refused(gettext_noop("Say why, in a few words."))
    LadderRules.objects.get_or_create(creditor=creditor)
    rules = LadderRules.objects.select_for_update().get(creditor=creditor)
    new = changes(rules, values)
    if not new:
        raise Refused(gettext_noop("Nothing has changed."))
    read_hours(new.get("contact_hours", {}), country=creditor.country)
    said = {name: [_plain(getattr(rules, name)), _plain(value)] for name, value in new.items()}
    for name, value in new.items():
        setattr(rules, name, value)
    rules.save(update_fields=sorted(new))
    if set(new) - NOT_JUDGED:
        Case.objects.running().filter(creditor=creditor).exclude(look_again_on__lte=on).update(look_again_on=on)
    record(creditor, RULES_SET, rules, by=by, reason=reason.strip(), changed=said)
    return sorted(new)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | dict) else str(value)
