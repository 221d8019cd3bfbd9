"""Which customer an order belongs to: by NIP, by the account in the shop, by a verified address; else only by all that was said."""

import hashlib
import unicodedata

from invoices.actions import add_customer, tax_id_problem
from invoices.models import Customer
from invoices.states import Kind
from receivables.core.errors import Refused
from receivables.core.identifiers import plain_number
from receivables.shops.models import Shop, ShopBuyer
from receivables.shops.orders import Buyer

SHORTEST, LONGEST = 6, 20  # of a tax number in any country; the column holds as many


def customer_of(shop: Shop, buyer: Buyer) -> Customer:
    """The customer, found or added. Call it with the shop locked: two orders of one new buyer wait for each other."""
    handle = handle_of(buyer)
    known = ShopBuyer.objects.filter(shop=shop, handle=handle).select_related("customer__creditor").first()
    if known and known.customer.creditor_id == shop.creditor_id:
        return known.customer
    customer = _by_tax_id(shop, buyer) or _added(shop, buyer, handle)
    ShopBuyer.objects.create(shop=shop, handle=handle, customer=customer)
    return customer


def handle_of(buyer: Buyer) -> str:
    """What makes two orders one buyer's. An e-mail address that nobody verified may be anybody's: name, phone and address agree too."""
    if number := tax_id_of(buyer):
        return f"nip:{number}"
    if buyer.account:
        return f"account:{buyer.account}"
    if buyer.is_email_verified and buyer.email:
        return f"email:{_digest(buyer.email)}"
    return f"guest:{_digest(buyer.name, buyer.email, buyer.phone, buyer.street, buyer.postcode, buyer.city)}"


def tax_id_of(buyer: Buyer) -> str:
    """The tax number, where it can be one: buyers write "-" or "none" into the field as well. Empty otherwise."""
    country = buyer.country or "PL"
    plain = plain_number(buyer.tax_id)
    plain = plain.removeprefix("PL") if country == "PL" else plain
    is_one = SHORTEST <= len(plain) <= LONGEST and any(sign.isdigit() for sign in plain) and not tax_id_problem(country, plain)
    return plain if is_one else ""


def _digest(*said: str) -> str:
    plain = ["".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in said]
    return hashlib.sha256("\n".join(plain).encode()).hexdigest()[:32]


def _by_tax_id(shop: Shop, buyer: Buyer) -> Customer | None:
    """The company's only customer with that number."""
    plain = tax_id_of(buyer)
    if not plain:
        return None
    found = list(
        Customer.objects.standing().filter(creditor=shop.creditor, tax_id__in=[plain, f"PL{plain}"]).select_related("creditor")[:2]
    )
    return found[0] if len(found) == 1 else None


def _added(shop: Shop, buyer: Buyer, handle: str) -> Customer:
    is_business = bool(tax_id_of(buyer) or buyer.company)
    kind, _sep, rest = handle.partition(":")
    number = f"{shop.prefix}{rest[:10] if kind in ('guest', 'email') else rest}"[:60]
    fields = {
        "number": number,
        "name": (buyer.company if is_business and buyer.company else buyer.name) or buyer.email or number,
        "kind": Kind.BUSINESS if is_business else Kind.CONSUMER,
        "tax_id": tax_id_of(buyer),
        "street": buyer.street,
        "postcode": buyer.postcode,
        "city": buyer.city,
        "country": buyer.country or "PL",
    }
    return _with_reach(shop, buyer, fields)


def _with_reach(shop: Shop, buyer: Buyer, fields: dict[str, str]) -> Customer:
    """With e-mail and phone as far as they can be used: a phone that nobody could dial does not keep an order out."""
    for reach in ({"email": buyer.email, "phone": buyer.phone}, {"email": buyer.email}, {}):
        try:
            return add_customer(shop.creditor, **fields, **reach)  # type: ignore[arg-type]
        except Refused:
            if not reach:
                raise
    raise AssertionError  # the last try returns or raises
