"""Replies: read, sorted, answered; and those of whom nobody knows whom they are about."""

from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from dunning import actions
from dunning.models import Reply
from dunning.states import ReplyKind
from invoices.models import Customer
from receivables import clock
from receivables.dashboard import access
from receivables.dashboard.access import StaffRequest, of_company
from receivables.dashboard.asking import Ask, asked, done, given
from receivables.dashboard.downloads import strangers_file
from receivables.dashboard.forms.replies import DealtForm, KindForm, ReplyFilter
from receivables.dashboard.paging import whole
from receivables.dashboard.queries import replies as queries
from receivables.dashboard.queries.customers import searched
from receivables.dashboard.views.common import head, to, today
from receivables.messaging.inbound.fetching import trouble
from receivables.messaging.inbound.mail import file_in

REPLIES = Reply.objects.select_related("mail", "customer", "creditor", "message", "corrected_by", "handled_by").defer("mail__raw")
FOUND = 10


def replies(request: StaffRequest) -> HttpResponse:
    """What customers wrote back, what is to be read unless told otherwise."""
    form = ReplyFilter(request.GET)
    wanted = queries.Asked(
        q=form.text("q").strip(), kind=form.text("kind"), state=form.text("state"), customer=form.asked().get("customer")
    )
    page = queries.replies_page(_visible(request), wanted, request.GET)
    columns = [head(_("Sender")), head(_("Customer")), head(_("Kind")), head(_("Received")), head(_("State"))]
    shown = {"page": page, "filter": form, "columns": columns, "asked": wanted, "on": today(request), "mailbox": trouble()}
    return render(request, "dashboard/replies.html", shown)


def reply(request: StaffRequest, pk: int) -> HttpResponse:
    """One reply: what it says, what the rules made of it, and what can be done about it."""
    row = _get(request, pk)
    shown = queries.reply_page(row)
    context = {
        "reply": row,
        "shown": shown,
        "facts": _facts(row),
        "forms": _forms(row),
        "kinds": KindForm(initial={"kind": row.kind}),
        "may_sort": row.handled_how in ("", Reply.How.AUTOMATIC),
        "problems": [_(problem) for problem in row.mail.problems],
        "on": today(request),
    }
    return render(request, "dashboard/reply.html", context)


def reply_document(request: StaffRequest, pk: int) -> FileResponse:
    """A file that came with it, `?file=0` the first; to be saved, for a person to look at with care."""
    rows = queries.visible(Reply.objects.select_related("mail"), request.user, request.creditor)
    mail = get_object_or_404(rows, pk=pk).mail
    number = request.GET.get("file", "0")
    found = file_in(bytes(mail.raw), int(number)) if mail.channel == "email" and number.isascii() and number.isdigit() else None
    if found is None:
        raise Http404("no such file")
    enclosed, content = found
    return strangers_file(enclosed.name or "file", content)


def reply_kind(request: StaffRequest, pk: int) -> HttpResponse:
    """A person sorts it otherwise than the rules."""
    row = _get(request, pk)

    def deed() -> str:
        kind = request.POST.get("kind", "")
        actions.correct_reply(row, kind=ReplyKind(kind if kind in set(ReplyKind) else row.kind), now=clock.now(), by=request.user)
        return _("It is sorted anew, and its hold follows.")

    return done(request, to("reply", row.pk), deed)


def reply_done(request: StaffRequest, pk: int) -> HttpResponse:
    """It is answered, or needs no answer: the ladder goes on."""
    row = _get(request, pk)
    ask = Ask(
        heading=_("Answered, go on") if row.customer_id else _("Discard it"),
        submit=_("The ladder goes on") if row.customer_id else _("Discard"),
        tone="primary" if row.customer_id else "danger",
        text=_("Say in a few words what was done; it stays with the reply."),
        **_back(row),
    )

    def deed(said: dict[str, Any]) -> str:
        how = Reply.How.ANSWERED if row.customer_id else Reply.How.DISCARDED
        actions.handle_reply(row, how=how, note=said["note"], now=clock.now(), by=request.user)
        return _("The reply is dealt with.")

    return asked(request, DealtForm(**given(request)), ask, deed)


def reply_assign(request: StaffRequest, pk: int) -> HttpResponse:
    """Say whom a stranger's reply is about: search, then choose."""
    row = _get(request, pk)
    chosen = whole(request.POST.get("customer")) if request.method == "POST" else None
    if chosen:
        customer = access.get(request, Customer.objects.select_related("creditor"), chosen)

        def deed() -> str:
            actions.assign_reply(row, customer, now=clock.now(), by=request.user)
            return _("The reply is assigned, and takes effect.")

        return done(request, to("reply", row.pk), deed)
    words = request.GET.get("q", "").strip()[:200]
    found = of_company(request, Customer.objects.standing()).filter(searched(words)).order_by("name", "pk")[:FOUND] if words else []
    return render(request, "dashboard/reply_assign.html", {"reply": row, "words": words, "customers": found})


def _visible(request: StaffRequest) -> Any:
    return queries.visible(Reply.objects.all(), request.user, request.creditor)


def _get(request: StaffRequest, pk: int) -> Reply:
    return get_object_or_404(queries.visible(REPLIES, request.user, request.creditor), pk=pk)


def _facts(row: Reply) -> list[dict[str, Any]]:
    mail, message = row.mail, row.message if row.message and row.message.creditor_id == row.creditor_id else None
    held = row.holds and row.handled_at is None
    facts: list[dict[str, Any]] = [
        {"label": _("From"), "value": mail.sender or _("unknown"), "note": mail.sender_name},
        {"label": _("Received"), "on": row.received_on},
        {"label": _("Found by"), "value": row.get_matched_by_display()},
        {
            "label": _("Answers"),
            "value": (message.subject or message.recipient) if message and row.customer_id else "",
            "url": to("message", message.pk) if message and row.customer_id else "",
        },
        {"label": _("Holds until"), "on": row.holds_until} if held and row.holds_until else {},
        {"label": _("Holds"), "value": _("until somebody has dealt with it")} if held and not row.holds_until else {},
        {"label": _("Dealt with"), "value": row.get_handled_how_display(), "note": str(row.handled_by or _("the program"))}
        if row.handled_at
        else {},
        {"label": _("Note"), "value": row.note} if row.note else {},
    ]
    return [fact for fact in facts if fact]


def _forms(row: Reply) -> list[dict[str, Any]]:
    """The forms that it may open, what it is about first."""
    if row.customer_id is None or row.handled_at is not None:
        return []
    query = "?" + urlencode({"reply": row.pk})
    offers = [
        ("hold", (ReplyKind.PROMISE,), "customer_promise", _("Note a promise")),
        ("change_books", (ReplyKind.PAID,), "customer_payment", _("Book a payment")),
        ("hold", (ReplyKind.INSTALMENTS,), "customer_agreement", _("Agree on instalments")),
        ("hold", (ReplyKind.INSTALMENTS,), "customer_deferral", _("Defer payment")),
        ("change_books", (ReplyKind.WRONG_PERSON,), "customer_contact", _("Change the contact")),
        ("change_books", (ReplyKind.DISPUTE,), "customer_complaint", _("Record a complaint")),
        ("hold", (), "customer_hold", _("Hold the ladder")),
    ]
    ordered = sorted(offers, key=lambda offer: row.kind not in offer[1])
    return [
        {"deed": deed, "url": to(name, row.customer_id) + query, "label": label, "is_first": row.kind in kinds}
        for deed, kinds, name, label in ordered
    ]


def _back(row: Reply) -> dict[str, Any]:
    return {"back": to("reply", row.pk), "back_label": row.mail.headline or _("Reply")}
