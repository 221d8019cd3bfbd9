"""What was said to customers: every message as it left, or as the mailbox of quarantine captured it."""

import base64
from typing import Any

from csp.decorators import csp_update
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.downloads import framed, paper
from receivables.dashboard.forms.filters import MessageFilter
from receivables.dashboard.queries import mailbox as queries
from receivables.dashboard.sms import sms_fact
from receivables.dashboard.views.common import head, to
from receivables.dashboard.words import channel_word
from receivables.messaging.envelope import pictures_of
from receivables.messaging.models import Enclosure, Message


def mailbox(request: StaffRequest) -> HttpResponse:
    """All messages, newest first."""
    form = MessageFilter(request.GET)
    said = form.asked()
    wanted = queries.Asked(
        q=form.text("q").strip(),
        channel=form.text("channel"),
        state=form.text("state"),
        captured=bool(said.get("captured")),
        customer=said.get("customer"),
    )
    page = queries.mailbox_page(of_company(request, Message.objects.all()), wanted, request.GET)
    columns = [head(_("Subject")), head(_("Recipient")), head(_("Customer")), head(_("Channel")), head(_("Planned")), head(_("State"))]
    return render(request, "dashboard/mailbox.html", {"page": page, "filter": form, "columns": columns})


@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def message(request: StaffRequest, pk: int) -> HttpResponse:
    """One message: what it says, what it is about, and what came of it."""
    row = access.get(request, Message.objects.select_related("document").defer("document__content"), pk)
    shown = queries.message_page(row)
    return render(request, "dashboard/message.html", {"message": row, "shown": shown, "facts": _facts(row, shown)})


def _facts(row: Message, shown: queries.MessagePage) -> list[dict[str, Any]]:
    run = shown.notice.run if shown.notice else None
    sms = [sms_fact(row.text)] if row.channel == "sms" and row.text else []
    return [
        {"label": _("Channel"), "value": channel_word(row.channel)},
        {"label": _("Recipient"), "value": row.recipient, "note": row.recipient_name},
        *sms,
        {"label": _("Language"), "value": row.language},
        {"label": _("Message-ID"), "value": row.message_id},
        {"label": _("Attempts"), "value": str(row.attempts)},
        {"label": _("Run"), "value": _("Run %(n)d") % {"n": run.pk} if run else "", "url": to("run", run.pk) if run else ""},
    ]


def message_html(request: StaffRequest, pk: int) -> HttpResponse:
    """The page that an e-mail is, for the frame on the message's own page."""
    row = access.get(request, Message.objects.only("html", "creditor", "purpose", "facts"), pk)
    if not row.html:
        raise Http404("no page")
    return framed(_with_pictures(row))


def _with_pictures(row: Message) -> str:
    """The page with its pictures inside, as a frame without an address of its own needs them."""
    html = row.html
    for picture in pictures_of(row):
        data = base64.b64encode(picture.content).decode()
        html = html.replace(f'"cid:{picture.content_id}"', f'"data:{picture.media_type};base64,{data}"')
    return html


def message_document(request: StaffRequest, pk: int) -> FileResponse:
    """The paper that goes with a message."""
    row = access.get(request, Message.objects.select_related("document"), pk)
    if row.document is None:
        raise Http404("no paper")
    return paper(row.document)


def enclosure_document(request: StaffRequest, pk: int) -> FileResponse:
    """A paper that goes along with a message besides its own."""
    ours = Enclosure.objects.filter(message__in=of_company(request, Message.objects.all())).select_related("document")
    return paper(get_object_or_404(ours, pk=pk).document)
