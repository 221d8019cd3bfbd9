"""Shops that are asked what has changed since, for webhooks get lost: the watermark moves when the answer is in the books."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from receivables.messaging import mode
from receivables.outside import Bounds, Reach, Request, Unreachable, ask
from receivables.shops.actions import taken
from receivables.shops.models import Kind, Shop, ShopCall
from receivables.shops.orders import Fields, Unreadable

PAGE = 100
MOST_PAGES = 10_000
OVERLAP = timedelta(minutes=5)  # clocks differ, and what was being saved just then
FIRST_LOOK = timedelta(days=60)
BOUNDS = Bounds(connect_seconds=5.0, total_seconds=30.0, most_bytes=20_000_000)


def poll(shop: Shop, *, now: datetime, reach: Reach = Reach.PUBLIC) -> list[str]:
    """Take all orders changed since the last time; returns what was refused. What was taken before is taken again and changes nothing.

    Raises `Unreachable` where the shop does not answer as it should; then the watermark stays.
    """
    since = (shop.heard_until or now - FIRST_LOOK) - OVERLAP
    refused: list[str] = []
    last = "0"
    for page in range(1, MOST_PAGES + 1):
        orders = _asked(shop, since=since, page=page, last=last, reach=reach)
        refused += [result for found in orders if (result := _taken(shop, found, now=now))]
        if len(orders) < PAGE:
            break
        last = _id_of(orders[-1])
    else:
        raise Unreachable("The shop does not stop sending orders. Look at its address.")
    Shop.objects.filter(pk=shop.pk).update(heard_until=now, last_problem=(refused[0] if refused else "")[:200])
    return refused


def poll_all(*, now: datetime) -> None:
    """Ask every shop that is on and has an address; what goes wrong with one stands beside it. On a copied database nobody is asked."""
    if not may_ask():
        return
    for shop in Shop.objects.filter(is_on=True).exclude(address="").select_related("creditor"):
        try:
            poll(shop, now=now)
        except Unreachable as failure:
            Shop.objects.filter(pk=shop.pk).update(last_problem=str(failure)[:200])


def may_ask() -> bool:
    """Neither while sending is halted, nor from a copy of a live database: the shops' keys are not ours to use there."""
    stands = mode.standing()
    return not stands.is_halted and not stands.is_locked


def _taken(shop: Shop, found: Any, *, now: datetime) -> str:
    """Why an order was refused, which is kept where calls are; empty where it was taken."""
    body = json.dumps(found, ensure_ascii=False).encode(errors="replace")
    state, result = taken(shop, body, now=now)
    if state is not ShopCall.State.REFUSED:
        return ""
    row = ShopCall(shop=shop, delivery=f"poll:{hashlib.sha256(body).hexdigest()[:40]}", topic="polled", body=body, came_at=now)
    row.state, row.result = state, result
    ShopCall.objects.bulk_create([row], ignore_conflicts=True)
    return result


def _id_of(found: Any) -> str:
    try:
        return Fields(found).id()
    except Unreadable as refusal:
        raise Unreachable(f"The shop's list cannot be followed: {refusal}") from refusal


def _asked(shop: Shop, *, since: datetime, page: int, last: str, reach: Reach) -> list[Any]:
    """One page of orders, as the shop has them."""
    answered = ask(_request(shop, since=since, page=page, last=last), reach=reach, bounds=BOUNDS)
    if answered.status != 200:
        raise Unreachable(f"The shop answers {answered.status}. Look at its address and key.")
    try:
        found = json.loads(answered.body)
    except (ValueError, RecursionError):
        raise Unreachable("The shop does not answer in JSON. Look at its address.") from None
    orders = found.get("orders") if isinstance(found, dict) else found
    if not isinstance(orders, list):
        raise Unreachable("The shop answers no list of orders. Look at its address.")
    return orders


def _request(shop: Shop, *, since: datetime, page: int, last: str) -> Request:
    """By id, so that what changes meanwhile moves no page; Shopify asks on after the last id, WooCommerce by page."""
    base, moment, access = shop.address.rstrip("/"), since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), str(shop.access or "")
    if shop.kind == Kind.WOOCOMMERCE:
        query = {"modified_after": moment, "dates_are_gmt": "true", "orderby": "id", "order": "asc", "per_page": PAGE, "page": page}
        basic = base64.b64encode(access.encode()).decode()
        return Request("GET", f"{base}/wp-json/wc/v3/orders?{urlencode(query)}", headers={"Authorization": f"Basic {basic}"})
    query = {"updated_at_min": f"{moment}Z", "status": "any", "limit": PAGE, "since_id": last}
    return Request("GET", f"{base}/admin/api/orders.json?{urlencode(query)}", headers={"X-Shopify-Access-Token": access})
