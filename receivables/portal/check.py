"""Is this letter real? A public page behind the code on each paper: who wrote it, its number, and which account is its payee's.

Nothing more is told: no debtor, no amount, no document. A customer's number is not told either: it may be a tax number or a name.
A code that does not exist and one typed wrong get the same answer.
"""

from dataclasses import dataclass
from datetime import date

from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from receivables.core.printed import account_text, one_line
from receivables.core.typed_codes import is_code, read_code
from receivables.documents.actions import CODE_LENGTH
from receivables.documents.models import Document
from receivables.portal import access
from receivables.portal.pages import page
from receivables.portal.tokens import source_hash

TRIES = 20  # answers that one network gets in a window
WINDOW = 15 * 60  # seconds


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What is told of a letter."""

    creditor: str
    number: str
    account: str
    withdrawn_on: date | None


@page
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, code: str = "") -> HttpResponseBase:
    """Ask for a code by a form, or answer for the one in the address, as the picture on a paper has it."""
    if request.method == "POST":
        typed = read_code(request.POST.get("code", ""))[:CODE_LENGTH]
        return redirect("check_code", code=typed) if typed.isalnum() else redirect("check")
    if not code:
        return _shown(request)
    if not _may_ask(access.source_of(request)):
        return _shown(request, status=429, is_too_often=True)
    found = confirmed(code)
    return _shown(request, status=200 if found else 404, is_asked=True, found=found)


def confirmed(code: str) -> Confirmed | None:
    """What is confirmed of the paper with this code, as typed; None where there is none."""
    typed = read_code(code)
    rows = Document.objects.only("facts", "number", "withdrawal__on").select_related("withdrawal")
    paper = rows.filter(code=typed).first() if is_code(typed, CODE_LENGTH) else None
    if paper is None:
        return None
    payee = paper.facts.get("payee") or paper.facts["creditor"]
    name, account = paper.facts["creditor"]["name"], account_text(payee.get("bank_account", ""))
    withdrawal = getattr(paper, "withdrawal", None)
    return Confirmed(one_line(name), one_line(paper.number), account, withdrawal and withdrawal.on)


def _may_ask(network: str) -> bool:
    """Whether this network has asked less than it may; each answer counts, right or wrong."""
    key = f"check-{source_hash(network).hex()}"
    if cache.add(key, 1, WINDOW):
        return True
    try:
        return bool(cache.incr(key) <= TRIES)
    except ValueError:  # the window ended in between
        return True


def _shown(request: HttpRequest, *, status: int = 200, **said: object) -> HttpResponseBase:
    shell = {"creditor": access.company(), "messages": (), "minutes": WINDOW // 60, **said}
    return render(request, "portal/check.html", shell, status=status)
