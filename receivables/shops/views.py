"""Where shops call. The key in the address says which shop, the signature over the raw body that it is the one."""

import hashlib

from django.http import HttpRequest, HttpResponse

from receivables import clock
from receivables.messaging.hooks.guarding import FORM, NoEntry, body_of, hook
from receivables.shops.actions import READERS, store_call
from receivables.shops.models import Kind, Shop
from receivables.shops.orders import is_signed

MOST = 1_000_000  # bytes of an order


@hook("shop")
def called(request: HttpRequest, key: str) -> HttpResponse:
    """Stored and answered at once; taken by a worker. WooCommerce's first call only says that it will call: a form, without an order."""
    shop = Shop.objects.filter(key=key, is_on=True).first()
    if shop is None:
        raise NoEntry(404, "key", is_forged=True)
    body = body_of(request, most=MOST)
    if shop.kind == Kind.WOOCOMMERCE and request.content_type == FORM and body.startswith(b"webhook_id="):
        return HttpResponse(status=200)
    reader = READERS[Kind(shop.kind)]
    if not is_signed(body, signature=request.headers.get(reader.SIGNATURE, ""), secret=str(shop.secret)):
        raise NoEntry(403, "signature", is_forged=True)
    delivery = request.headers.get(reader.DELIVERY, "") or hashlib.sha256(body).hexdigest()
    store_call(shop, delivery=delivery, topic=request.headers.get(reader.TOPIC, ""), body=body, now=clock.now())
    return HttpResponse(status=200)
