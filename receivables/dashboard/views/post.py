"""The post: letters that wait to be printed, batches that a person closes, prints and marks posted."""

from collections.abc import Callable
from typing import IO, Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from dunning.facts import rules_of
from receivables import clock
from receivables.core.errors import Refused
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import Ask, asked, given
from receivables.dashboard.downloads import paper
from receivables.dashboard.forms.post import CancelForm, CloseForm, NumbersForm, PostedForm, TakeOutForm
from receivables.dashboard.paging import Order, page_of
from receivables.dashboard.queries.post import batch_page, batches, is_late, reasons_in
from receivables.dashboard.views.common import to, today
from receivables.dashboard.views.papers import kept_paper
from receivables.dashboard.words import said
from receivables.messaging.models import PostBatch, PostBatchLetter
from receivables.messaging.post import closing, posting
from receivables.messaging.post.package import download, file_name, one_pdf, package
from receivables.messaging.post.waiting import waiting
from receivables.messaging.printing.protocol import PRINTERS

BATCHES = PostBatch.objects.select_related("creditor", "closed_by", "posted_by", "evidence")
CLOSED = BATCHES.exclude(state=PostBatch.State.OPEN)
NEWEST, SHOWN = Order("number", descending=True), 20


def post(request: StaffRequest) -> HttpResponse:
    """What waits to be printed, what is printed and not posted, and the batches before."""
    on, rows = today(request), batches(of_company(request, PostBatch.objects.all()))
    to_post = list(rows.filter(state=PostBatch.State.CLOSED).order_by("number"))
    calendar = rules_of(request.creditor).calendar if to_post else None
    letters = waiting(request.creditor, now=clock.now()).defer("text", "html", "facts")
    context = {
        "letters": list(letters[: SHOWN + 1])[:SHOWN],
        "count": letters.count(),
        "to_post": [{"batch": batch, "is_late": calendar is not None and is_late(batch, calendar, on=on)} for batch in to_post],
        "page": page_of(rows.exclude(state=PostBatch.State.CLOSED), NEWEST, request.GET),
        "obstacle": _obstacle(),
    }
    return render(request, "dashboard/post.html", context)


def post_close(request: StaffRequest) -> HttpResponse:
    """Close the open batch: what goes, what is taken out and why is shown first, and judged once more in the moment of closing."""
    found = closing.preview(request.creditor, now=clock.now())
    ask = Ask(
        heading=_("Close the batch"),
        submit=_("Close and hand over for printing"),
        back=to("post"),
        back_label=pgettext("navigation", "Post"),
        text=_(
            "Letters that pass are handed over: from then on they count as on their way, and nobody withdraws them but by hand. "
            "Each is judged once more when you press the button."
        ),
        template="dashboard/post_close.html",
    )

    def deed(said: dict[str, Any]) -> str:
        done = closing.close(
            request.creditor, service=said["service"], on=today(request), now=clock.now(), by=request.user, provider=_provider()
        )
        if not done.handed:
            return _("No letter could go; the batch stays open.")
        return _closed_words(done)

    obstacle = _obstacle()
    context = {"go": found.go, "out": reasons_in(found.out), "stay": found.stay, "obstacle": obstacle}
    return asked(request, CloseForm(**given(request)), ask, deed, **context)


def _provider() -> str:
    """Who prints; empty where people do, or the provider lacks something."""
    return settings.PRINT_PROVIDER if settings.PRINT_PROVIDER in PRINTERS.names() else ""


def _obstacle() -> str:
    """Why no batch can be closed now, in the reader's language."""
    against = closing.obstacle()
    return _(against) if against else ""


def _closed_words(done: closing.Closed) -> str:
    batch = _("Batch %(number)d is closed.") % {"number": done.batch.number}
    letters = ngettext("%(n)d letter to print.", "%(n)d letters to print.", done.handed) % {"n": done.handed}
    out = ngettext("%(n)d letter was taken out.", "%(n)d letters were taken out.", done.taken_out) % {"n": done.taken_out}
    return " ".join([batch, letters, *([out] if done.taken_out else [])])


def post_batch(request: StaffRequest, pk: int) -> HttpResponse:
    """A closed batch: its letters, what has come up since, its package."""
    batch = access.get(request, CLOSED, pk)
    return render(request, "dashboard/post_batch.html", {"batch": batch, "shown": batch_page(batch, now=clock.now())})


def post_list(request: StaffRequest, pk: int) -> HttpResponse:
    """The list of postings, to be printed and stamped at the counter."""
    batch = access.get(request, CLOSED, pk)
    return render(request, "dashboard/post_list.html", {"batch": batch, "shown": batch_page(batch, now=clock.now())})


def post_package(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The ZIP to print from. Made from the rows each time, always the same."""
    return _printed(request, access.get(request, CLOSED, pk), "zip", package)


def post_merged_package(request: StaffRequest, pk: int) -> HttpResponseBase:
    """All of its letters in one PDF."""
    return _printed(request, access.get(request, CLOSED, pk), "pdf", one_pdf)


def _printed(request: StaffRequest, batch: PostBatch, ending: str, make: Callable[[PostBatch], IO[bytes]]) -> HttpResponseBase:
    try:
        file = download(batch, now=clock.now(), make=make)
    except Refused as refusal:
        messages.error(request, said(refusal))
        return redirect(to("post_batch", batch.pk))
    response = FileResponse(file, as_attachment=True, filename=file_name(batch, ending), content_type=f"application/{ending}")
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def post_evidence(request: StaffRequest, pk: int) -> FileResponse:
    """The stamped list."""
    batch = access.get(request, CLOSED, pk)
    if batch.evidence is None:
        raise Http404("no confirmation")
    return paper(batch.evidence)


def post_posted(request: StaffRequest, pk: int) -> HttpResponse:
    """Say on which day it was posted."""
    batch = access.get(request, CLOSED, pk)
    shown = batch_page(batch, now=clock.now())
    ask = Ask(
        heading=_("Mark batch %(number)d posted") % {"number": batch.number},
        submit=_("Mark posted"),
        **_back(batch),
        text=_("All letters of the batch then count as sent on that day. Take out first what was not posted."),
        template="dashboard/post_posted.html",
    )

    @transaction.atomic  # the paper goes with the fact, or not at all
    def deed(said: dict[str, Any]) -> str:
        posting.mark_posted(
            batch,
            on=said["on"],
            today=today(request),
            now=clock.now(),
            by=request.user,
            tracking=said["tracking"],
            evidence=_evidence(request, said),
        )
        return _("Batch %(number)d is marked posted on %(day)s.") % {"number": batch.number, "day": date_format(said["on"], "j E Y")}

    return asked(request, PostedForm(**given(request), initial={"on": today(request)}), ask, deed, shown=shown)


def post_numbers(request: StaffRequest, pk: int) -> HttpResponse:
    """Note numbers of postings and the stamped list later."""
    batch = access.get(request, CLOSED, pk)
    ask = Ask(heading=_("Numbers of batch %(number)d") % {"number": batch.number}, submit=_("Note them"), **_back(batch))

    @transaction.atomic
    def deed(said: dict[str, Any]) -> str:
        posting.note_numbers(batch, tracking=said["tracking"], evidence=_evidence(request, said), by=request.user)
        return _("It is noted.")

    return asked(request, NumbersForm(**given(request), has_evidence=batch.evidence_id is not None), ask, deed)


def post_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that nothing of it was posted."""
    batch = access.get(request, CLOSED, pk)
    ask = Ask(
        heading=_("Cancel batch %(number)d") % {"number": batch.number},
        submit=_("Nothing was posted: cancel"),
        tone="danger",
        **_back(batch),
        text=_("Its letters go with the next batch, after being judged again. What is printed already must be destroyed."),
    )

    def deed(said: dict[str, Any]) -> str:
        posting.cancel(batch, reason=said["reason"], now=clock.now(), by=request.user)
        return _("Batch %(number)d is cancelled.") % {"number": batch.number}

    return asked(request, CancelForm(**given(request)), ask, deed)


def post_take_out(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that one printed letter was not posted. `pk` is the letter's place in its batch."""
    printed = PostBatchLetter.objects.filter(batch__in=of_company(request, CLOSED)).exclude(position=None)
    row = get_object_or_404(printed.select_related("message", "batch"), pk=pk)
    ask = Ask(
        heading=_("Take out letter %(position)d") % {"position": row.position or 0},
        submit=_("Take it out"),
        tone="danger",
        **_back(row.batch),
        text=_("Take it from the stack first: from now on it counts as not posted."),
        facts=_whose(row),
    )

    def deed(said: dict[str, Any]) -> str:
        posting.take_out(row, again=said["then"] == TakeOutForm.NEXT, reason=said["reason"], now=clock.now(), by=request.user)
        return _("Letter %(position)d is taken out.") % {"position": row.position or 0}

    return asked(request, TakeOutForm(**given(request)), ask, deed)


def _whose(row: PostBatchLetter) -> list[dict[str, Any]]:
    name, *lines = row.message.recipient.splitlines() or [""]
    return [{"label": _("To"), "value": name, "note": ", ".join(lines)}]


def _evidence(request: StaffRequest, said: dict[str, Any]) -> int | None:
    kept = kept_paper(request, said.get("evidence"), kind="posting")
    return kept.pk if kept else None


def _back(batch: PostBatch) -> dict[str, Any]:
    return {"back": to("post_batch", batch.pk), "back_label": _("Batch %(number)d") % {"number": batch.number}}
