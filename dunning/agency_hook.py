"""Where Debitura calls: the key in the address says which agency, the signature over the raw body that it is the one."""

from django.http import HttpRequest, HttpResponse

from dunning.actions.agency_calls import store_call
from dunning.agencies.debitura import SIGNATURE, UnreadableEvent, is_signed, read_event
from dunning.models import AgencyDelivery
from receivables import clock
from receivables.messaging.hooks.guarding import NoEntry, body_of, hook

MOST = 100_000  # bytes of an event


@hook("agency")
def called(request: HttpRequest, key: str) -> HttpResponse:
    """Stored and answered at once; taken by a worker."""
    setup = AgencyDelivery.objects.filter(hook_key=key).exclude(hook_key="").first()
    if setup is None:
        raise NoEntry(404, "key", is_forged=True)
    body = body_of(request, most=MOST)
    if not is_signed(body, signature=request.headers.get(SIGNATURE, ""), secret=str(setup.hook_secret or ""), now=clock.now()):
        raise NoEntry(403, "signature", is_forged=True)
    try:
        event = read_event(body)
    except UnreadableEvent:
        raise NoEntry(400, "event") from None
    store_call(setup, event, body, now=clock.now())
    return HttpResponse(status=200)
