"""Who a company's mails come from, and whether they arrive and can be answered."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from receivables import clock
from receivables.core.errors import Refused
from receivables.dashboard.access import StaffRequest
from receivables.dashboard.asking import Ask, asked, done, given
from receivables.dashboard.forms.senders import SenderForm
from receivables.dashboard.queries.senders import LEVELS, shown
from receivables.dashboard.views.common import to
from receivables.messaging import senders
from receivables.messaging.models import Sender, SenderCheck
from receivables.messaging.sender.check import check
from receivables.messaging.sender.dns_resolver import Dns
from receivables.messaging.sender.resolver import LookupFailed, Resolver


def sender(request: StaffRequest) -> HttpResponse:
    """Who mails come from, and what the last check found."""
    company = request.creditor
    last = SenderCheck.objects.filter(creditor=company).first()
    by = Sender.objects.filter(creditor=company).first()
    context = {
        "facts": _facts(senders.sending_of(company), senders.sender_of(company).name, by),
        "last": last,
        "level": LEVELS[last.level] if last else None,
        "topics": shown(last) if last else [],
    }
    return render(request, "dashboard/sender.html", context)


def _facts(sending: Any, name: str, by: Sender | None) -> list[dict[str, Any]]:
    return [
        {"label": _("From"), "value": f"{name} <{sending.address}>"},
        {"label": _("Answers go to"), "value": sending.reply_to or sending.address},
        {"label": _("Bounces go to"), "value": sending.return_path or sending.address},
        {"label": _("DKIM selectors"), "value": ", ".join(sending.selectors)},
        {"label": _("Signature"), "value": by.signature if by else ""},
    ]


def sender_change(request: StaffRequest) -> HttpResponse:
    """Set who mails come from."""
    by = Sender.objects.filter(creditor=request.creditor).first()
    names = ("name", "address", "reply_to", "signing_domain", "signature")
    first = {name: getattr(by, name) for name in names} | {"selectors": " ".join(by.selectors)} if by else {"name": request.creditor.name}
    ask = Ask(
        heading=_("Sender of e-mails"),
        submit=_("Save"),
        back=to("sender"),
        back_label=_("Sender"),
        text=_("Customers see it before they open the mail, and answer to it. So it is a team or a person, and tells of no debt."),
    )

    def deed(said: dict[str, Any]) -> str:
        senders.set_sender(request.creditor, **said, by=request.user)
        return _("The sender is set. Check its domain once.")

    return asked(request, SenderForm(**given(request), initial=first), ask, deed)


def sender_check(request: StaffRequest) -> HttpResponse:
    """Look its domain up now; it takes some seconds."""

    def deed() -> str:
        findings = check(senders.sending_of(request.creditor), resolver())
        senders.keep_check(request.creditor, findings, now=clock.now(), by=request.user)
        return _("The sender was checked.")

    return done(request, to("sender"), deed)


def resolver() -> Resolver:
    """DNS as this machine knows it. Raises `Refused` where it knows none."""
    try:
        return Dns()
    except LookupFailed:
        raise Refused(_("This machine knows no DNS server, so nothing can be looked up.")) from None
