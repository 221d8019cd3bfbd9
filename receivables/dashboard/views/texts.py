"""The company's own texts: what holds, its versions, writing one with a look at it, bringing one back."""

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import escape
from django.utils.translation import gettext as _

from dunning.text_samples import real_facts, sample_facts
from dunning.texts import publish_text, shown, steps_of, text_faults, tidied
from invoices.models import Customer
from receivables import clock
from receivables.core.errors import DomainError
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import UNPROCESSABLE, Ask, asked, given
from receivables.dashboard.downloads import framed
from receivables.dashboard.forms.texts import RestoreForm, TextForm
from receivables.dashboard.paging import whole
from receivables.dashboard.queries import texts as queries
from receivables.dashboard.sms import sms_fact
from receivables.dashboard.views.common import to, today
from receivables.dashboard.words import said
from receivables.documents.pdf import render_pdf
from receivables.texts.actions import restore_version
from receivables.texts.catalogue import ANSWER, KINDS, LANGUAGES, MESSAGE, PAPER, TextKind, kind_of
from receivables.texts.checking import Wrong
from receivables.texts.models import CompanyText
from receivables.texts.shipped import shipped_parts

CUSTOMERS = Customer.objects.select_related("creditor")


def texts(request: StaffRequest) -> HttpResponse:
    """All texts that the company may write, and what holds now."""
    company = request.creditor
    places = [
        {"label": _("Messages"), "rows": queries.text_rows(company, MESSAGE)},
        {"label": _("Letters and papers"), "rows": queries.text_rows(company, PAPER)},
        {"label": _("Answers to customers"), "rows": queries.text_rows(company, ANSWER)},
    ]
    return render(request, "dashboard/texts.html", {"places": places, "languages": queries.LANGUAGE_WORDS})


def text(request: StaffRequest) -> HttpResponse:
    """One text: what it says now, and all its versions with what each changed."""
    found, language, step = _known(request)
    versions = queries.versions_of(request.creditor, found, language, step)
    older = [*versions[1:], None][: len(versions)]
    lines = [{"row": row, "diff": queries.changes(found, before, row, language)} for row, before in zip(versions, older, strict=True)]
    context = {
        **_head(found, language, step),
        "versions": lines,
        "now": queries.said_by(found, versions[0].parts) if versions else "",
        "steps": steps_of(request.creditor) if not step and found.place != ANSWER else [],
    }
    return render(request, "dashboard/text.html", context)


@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def text_edit(request: StaffRequest) -> HttpResponse:
    """Write the next version: look at it on a case, then publish it. With the header of `live.js` only the look is answered."""
    found, language, step = _known(request)
    versions = queries.versions_of(request.creditor, found, language, step)
    base = versions[0] if versions else None
    parts = dict(base.parts) if base and base.parts else dict(shipped_parts(found.place, found.key, language))
    form = TextForm(
        request.POST or None,
        kind=found,
        customers=queries.who_owes(request.creditor),
        initial={**parts, "based_on": base.version if base else 0},
    )
    facts, refusal = _facts(request, form, found, language)
    written = form.parts(found) if form.is_bound and form.is_valid() else parts
    wrong = text_faults(request.creditor, found, written, on=today(request))
    if request.method == "POST" and "publish" in request.POST and form.is_valid() and not wrong:
        try:
            row = publish_text(
                request.creditor, found, language, written, step=step, based_on=form.cleaned_data["based_on"],
                reason=form.cleaned_data["reason"], on=today(request), now=clock.now(), by=request.user,
            )  # fmt: skip
        except DomainError as refused:
            form.add_error(None, said(refused))
        else:
            messages.success(request, _("Version %(n)d is published. Messages that are released from now on use it.") % {"n": row.version})
            return HttpResponseRedirect(queries.address_of(found, language, step))
    look = _look(request, found, language, written, facts, wrong, refusal)
    if request.headers.get("X-Look") == "live":
        return render(request, "dashboard/_text_look.html", look)
    _tell(form, wrong)
    context = {**_head(found, language, step), **look, "form": form, "names": queries.placeholders(found, facts, language), "base": base}
    status = UNPROCESSABLE if form.is_bound and form.errors else 200
    return render(request, "dashboard/text_edit.html", context, status=status)


def text_shown(request: StaffRequest) -> HttpResponseBase:
    """A page that was looked at, for its frame: a mail, or a letter as PDF. For who looked at it, and a while."""
    found = queries.looked_at(request.user, request.creditor, request.GET.get("of", ""))
    if found is None:
        return framed(escape(_("This look is over. Look at it again.")))
    kind, content = found
    if kind == "mail":
        return framed(content)
    response = FileResponse(io.BytesIO(content), filename="preview.pdf", content_type="application/pdf")
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'self'; style-src 'unsafe-inline'; object-src 'self'"
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "no-store"
    return response


def text_restore(request: StaffRequest, pk: int) -> HttpResponse:
    """Publish what an older version said, as a new one."""
    row = access.get(request, CompanyText.objects.select_related("creditor"), pk)
    mine = CompanyText.objects.filter(creditor=row.creditor, place=row.place, kind=row.kind, step=row.step, language=row.language)
    last = mine.order_by("-version").values_list("version", flat=True).first() or 0
    kind = kind_of(row.place, row.kind)
    back = to("letterhead") if kind is None else queries.address_of(kind, row.language, row.step)
    ask = Ask(
        heading=_("Bring version %(n)d back") % {"n": row.version},
        submit=_("Publish it again"),
        back=back,
        back_label=_("Letterhead") if kind is None else _(kind.label),
        text=_("It becomes the newest version, as it was. What was released before keeps the version it was released with."),
    )

    def deed(told: dict[str, Any]) -> str:
        if kind is None:
            made = restore_version(row, based_on=told["based_on"], reason=told["reason"], now=clock.now(), by=request.user)
        else:
            made = publish_text(
                request.creditor, kind, row.language, row.parts, step=row.step, based_on=told["based_on"], reason=told["reason"],
                on=today(request), now=clock.now(), by=request.user, restores=row.version,
            )  # fmt: skip
        return _("Version %(n)d is published.") % {"n": made.version}

    return asked(request, RestoreForm(**given(request), initial={"based_on": last}), ask, deed)


def _known(request: StaffRequest) -> tuple[TextKind, str, str]:
    """The text that an address names, its language and step; the first of all where it names none. Raises 404."""
    asked, first = request.GET, KINDS[0]
    place, kind, step = asked.get("place", first.place), asked.get("kind", first.key), asked.get("step", "")
    language = asked.get("language", LANGUAGES[0])
    found = kind_of(place, kind)
    if found is None or language not in LANGUAGES:
        raise Http404("no such text")
    if step and step not in steps_of(request.creditor):
        rows = CompanyText.objects.filter(creditor=request.creditor, place=place, kind=kind, language=language, step=step)
        if not rows.exists():
            raise Http404("no such step")
    return found, language, step


def _head(kind: TextKind, language: str, step: str) -> dict[str, Any]:
    edit = queries.address_of(kind, language, step, name="text_edit")
    shown_at, word = queries.address_of(kind, language, step), queries.LANGUAGE_WORDS[language]
    return {"kind": kind, "language": language, "language_word": word, "step": step, "edit_url": edit, "text_url": shown_at}


def _facts(request: StaffRequest, form: TextForm, kind: TextKind, language: str) -> tuple[Mapping[str, Any], str]:
    """With which facts it is shown: of the chosen customer, else invented; and why the chosen one cannot be."""
    on: date = today(request)
    pk = whole(form.data.get("customer")) if form.is_bound else None
    row = access.of_company(request, CUSTOMERS.filter(pk=pk)).first() if pk else None
    refusal = ""
    if row is not None:
        try:
            return real_facts(row, kind.key, language, on=on), ""
        except DomainError as refused:
            refusal = said(refused)
    return sample_facts(request.creditor, kind.key, language, on=on), refusal


def _look(
    request: StaffRequest,
    kind: TextKind,
    language: str,
    parts: Mapping[str, str],
    facts: Mapping[str, Any],
    wrong: list[Wrong],
    refusal: str,
) -> dict[str, Any]:
    """What the look shows: the faults, or how it would leave."""
    look: dict[str, Any] = {"wrong": [_words(kind, one) for one in wrong], "refusal": refusal, "to": facts["customer"]["name"]}
    if wrong:
        return look
    try:
        made = shown(request.creditor, kind, language, {key: tidied(text) for key, text in parts.items()}, facts)
        if made.page:
            return {**look, "pdf": queries.keep_looked_at(request.user, request.creditor, "pdf", render_pdf(made.page))}
    except DomainError as refused:
        return {**look, "wrong": [{"part": "", "place": "", "says": said(refused)}]}
    if made.mail is None:
        return look
    frame = queries.keep_looked_at(request.user, request.creditor, "mail", made.mail.html)
    return {**look, "mail": made.mail, "frame": frame, "sms": made.sms, "sms_facts": [sms_fact(made.sms)] if made.sms else []}


def _words(kind: TextKind, one: Wrong) -> dict[str, str]:
    place = _("line %(line)d, sign %(column)d") % {"line": one.line, "column": one.column} if one.line else ""
    return {"part": _(kind.part(one.part).label), "place": place, "says": said(one.says)}


def _tell(form: TextForm, wrong: list[Wrong]) -> None:
    """Say each fault at its part."""
    if not form.is_bound:
        return
    for one in wrong:
        place = _("Line %(line)d, sign %(column)d: ") % {"line": one.line, "column": one.column} if one.line else ""
        form.add_error(one.part, place + said(one.says))
