"""Shops that are asked what has changed since, for webhooks get lost: the watermark moves when the answer is in the books."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from receivables.core.errors import DomainError
from receivables.messaging import mode
from receivables.outside import Bounds, Reach, Request, Unreachable, ask
from receivables.shops.actions import take_order
from receivables.shops.models import Kind, Shop
from receivables.shops.orders import Fields, Unreadable

PAGE = 100
MOST_PAGES = 50
OVERLAP = timedelta(minutes=5)  # clocks differ, and what was being saved just then
FIRST_LOOK = timedelta(days=60)
BOUNDS = Bounds(connect_seconds=5.0, total_seconds=30.0, most_bytes=20_000_000)


def poll(shop: Shop, *, now: datetime, reach: Reach = Reach.PUBLIC) -> list[str]:
    """Take all orders changed since the last time; returns what was refused. What was taken before is taken again and changes nothing.

    Raises `Unreachable` where the shop does not answer as it should; then the watermark stays.
    """
    since = (shop.heard_until or now - FIRST_LOOK) - OVERLAP
    refused, last = [], "0"
    for page in range(1, MOST_PAGES + 1):
        orders = _asked(shop, since=since, page=page, last=last, reach=reach)
        for found in orders:
            refused += _taken(shop, found, now=now)
        if len(orders) < PAGE:
            break
        last = Fields(orders[-1]).needed("id")
    Shop.objects.filter(pk=shop.pk).update(heard_until=now, last_problem=(refused[0] if refused else "")[:200])
    return refused


def poll_all(*, now: datetime) -> None:
    """Ask every shop that is on and has an address. On a copy of a live database nobody is asked."""
    if mode.standing().is_halted:
        return
    for shop in Shop.objects.filter(is_on=True).exclude(address="").select_related("creditor"):
        try:
            poll(shop, now=now)
        except Unreachable as failure:
            Shop.objects.filter(pk=shop.pk).update(last_problem=str(failure)[:200])


def _taken(shop: Shop, found: Any, *, now: datetime) -> list[str]:
    try:
        take_order(shop, found, now=now)
    except (Unreadable, DomainError) as refusal:
        return [str(refusal)]
    return []


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
