"""What an SMS is paid as, wherever one is shown before or after it goes."""

from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from receivables.core.printed import amount_text
from receivables.core.sms_parts import SmsParts, parts_of
from receivables.messaging.wiring import part_price


def sms_fact(text: str) -> dict[str, Any]:
    """Parts and alphabet of a text, and what it costs where SMS_PART_PRICE is set: a line for a list of facts."""
    said = parts_of(text)
    parts = ngettext("%(n)d part", "%(n)d parts", said.count) % {"n": said.count}
    note = ngettext("%(n)d sign in %(alphabet)s", "%(n)d signs in %(alphabet)s", said.units) % {"n": said.units, "alphabet": said.alphabet}
    return {"label": _("Length and price"), "value": ", ".join(filter(None, (parts, _price(said)))), "note": note}


def _price(said: SmsParts) -> str:
    of_one = part_price()
    if of_one is None:
        return ""
    cost = said.price(*of_one)
    return amount_text(cost.amount, cost.currency, get_language() or "pl")
