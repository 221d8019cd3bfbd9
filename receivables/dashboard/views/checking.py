"""Checking somebody before selling on credit: a customer of ours, or a tax number that is none yet."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from receivables import clock
from receivables.core.errors import Refused
from receivables.credit.actions import ask_registers, known_answers
from receivables.credit.actions.registers import serving
from receivables.credit.checking import Subject, check_of, find_subject
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import done
from receivables.dashboard.queries.checking import check_shown
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import said


def credit_check(request: StaffRequest) -> HttpResponse:
    """All that is known; registers by what they have answered before. Nobody is asked by looking."""
    words = request.GET.get("q", "").strip()[:60]
    context: dict[str, object] = {"words": words}
    try:
        subject = find_subject(request.creditor, words) if words else None
    except Refused as refusal:
        return render(request, "dashboard/check.html", {**context, "refusal": said(refusal)}, status=404)
    if subject:
        question = subject.question(on=today(request))
        answers = known_answers(request.creditor, question) if question else []
        can_ask = bool(question and serving(request.creditor, question, now=clock.now()))
        shown = check_shown(check_of(subject, answers, on=today(request)))
        context |= {"shown": shown, "can_ask": can_ask, "on": today(request)}
    return render(request, "dashboard/check.html", context)


def credit_check_ask(request: StaffRequest) -> HttpResponse:
    """Ask the registers now; each that has answered today is not asked again."""
    words = request.POST.get("q", "").strip()[:60]

    def deed() -> str:
        answers = _asked(request, find_subject(request.creditor, words))
        return ngettext("%(n)d register has answered or was asked.", "%(n)d registers have answered or were asked.", answers) % {
            "n": answers
        }

    return done(request, f"{to('credit_check')}?{urlencode({'q': words})}", deed)


def _asked(request: StaffRequest, subject: Subject) -> int:
    question = subject.question(on=today(request))
    if question is None:
        raise Refused(_("There is no tax number that could be right: no register is asked."))
    return len(ask_registers(request.creditor, question, now=clock.now(), by=request.user))
