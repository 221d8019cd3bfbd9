"""Insured debts on the first screen."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from receivables.accounts.models import Creditor
from receivables.credit.insured import insured_lines
from receivables.credit.models import InsurancePolicy


def insurance_tile(creditor: Creditor, *, on: date) -> list[dict[str, Any]]:
    """Debts of which an insurer has to be notified soon, as components/_tiles.html takes them; none without a policy."""
    if not InsurancePolicy.objects.filter(creditor=creditor).exists():
        return []
    near = [line for line in insured_lines(creditor, on=on) if line.is_soon]
    if not near:
        return []
    late = sum(line.is_late for line in near)
    first = next((line.cover.notify_by for line in near if not line.is_late), None)
    note = _("by %(day)s") % {"day": date_format(first, "j E Y")} if first else ""
    note = ngettext("%(n)d over since", "%(n)d over since", late) % {"n": late} if late else note
    url = f"{reverse('dashboard:insurance')}?state=due"
    return [{"label": _("Insurers to be notified"), "value": len(near), "note": note, "url": url, "tone": "bad"}]
