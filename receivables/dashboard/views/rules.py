"""The rules of a company's ladder: to read, and to change after a look at what the change would do."""

import hashlib
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.actions.rules import SETTABLE
from receivables.core.errors import DomainError
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import UNPROCESSABLE
from receivables.dashboard.forms.rules import RulesForm
from receivables.dashboard.queries import rules as queries
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import said


def rules(request: StaffRequest) -> HttpResponse:
    """Every rule in a sentence, and who changed what when."""
    row = queries.rules_of(request.creditor)
    context = {"lines": queries.lines_of(row), "courtesies": queries.courtesies_on(request.creditor), "history": queries.history(row)}
    return render(request, "dashboard/rules.html", context)


def rules_change(request: StaffRequest) -> HttpResponse:
    """First the look, then the saving: what is saved is what was looked at."""
    row = queries.rules_of(request.creditor)
    standing = {name: getattr(row, name) for name in SETTABLE} | {"tolerance": row.tolerance.normalize() if row.tolerance else ""}
    form = RulesForm(request.POST or None, country=request.creditor.country, initial=standing)
    if request.method != "POST" or not form.is_valid():
        return _shown(request, form)
    seal = _seal(form.rules)
    if request.POST.get("looked_at") == seal and _save(request, form):
        return HttpResponseRedirect(to("rules"))
    return _shown(request, form, look=queries.look_at(request.creditor, form.rules, on=today(request)), seal=seal)


def _save(request: StaffRequest, form: RulesForm) -> bool:
    try:
        actions.set_rules(request.creditor, form.rules, on=today(request), reason=form.cleaned_data["reason"], by=request.user)
    except DomainError as refusal:
        form.add_error(None, said(refusal))
        return False
    messages.success(request, _("The rules are changed; the next run judges by them."))
    return True


def _shown(request: StaffRequest, form: RulesForm, **more: Any) -> HttpResponse:
    status = UNPROCESSABLE if form.is_bound and form.errors else 200
    return render(request, "dashboard/rules_change.html", {"form": form, "is_looked_at": "seal" in more, **more}, status=status)


def _seal(values: dict[str, Any]) -> str:
    """What tells these values from others."""
    return hashlib.sha256(repr(sorted((name, str(value)) for name, value in values.items())).encode()).hexdigest()
