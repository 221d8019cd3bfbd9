"""The page behind the address in a friendly mail: no more e-mails, please. It says the same to everybody, whatever the address holds."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from invoices.actions import object_by_address
from invoices.models import Customer
from receivables import clock
from receivables.messaging.models import Message
from receivables.messaging.stopping import FIELD, ONE_CLICK, stopped_by
from receivables.portal import access
from receivables.portal.pages import page

REASON = "stopped from an e-mail"


@csrf_exempt
@login_not_required
def stop(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET asks and changes nothing. The one POST that does something is that of RFC 8058, by a mail program or by the page's button:
    its proof is the signed address, and neither cookie nor token of a form comes with it."""
    if request.method == "POST" and request.POST.get(FIELD) == ONE_CLICK:
        return _noted(request, token)
    return _asked(request)


@page
@require_safe
def _asked(request: HttpRequest) -> HttpResponseBase:
    return _shown(request, is_noted=False)


@never_cache
def _noted(request: HttpRequest, token: str) -> HttpResponseBase:
    """Object for whoever the message was written to. Unknown addresses, and the same one again, get the same answer."""
    if message := stopped_by(token):
        _object(message)
    response = _shown(request, is_noted=True)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _object(message: Message) -> None:
    told = message.facts.get("customer")
    number = told.get("number") if isinstance(told, dict) else None
    told_to = Customer.objects.filter(creditor=message.creditor_id, number=number).select_related("merged_into").first()
    if customer := told_to and (told_to.merged_into or told_to):
        object_by_address(customer, email=message.recipient, on=clock.today(message.creditor.time_zone), reason=REASON)


def _shown(request: HttpRequest, *, is_noted: bool) -> HttpResponseBase:
    shell = {"creditor": access.company(), "messages": (), "is_noted": is_noted, "field": FIELD, "value": ONE_CLICK}
    return render(request, "portal/stop.html", shell)
