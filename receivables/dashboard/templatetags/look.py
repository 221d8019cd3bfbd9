"""How amounts, days, states and the ageing look on a page. Wording and arithmetic live here, so that templates only print."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.core import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from django import template
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from receivables.core.money import Money

register = template.Library()

NOTHING = "–"
NO_BREAK = "\N{NO-BREAK SPACE}"

# English pages use British dates and order; the other languages use their own.
_LOCALES = {"en": "en_GB"}

# The word of a state → the tone that repeats it. An unknown word is muted: colour never says what the word does not.
TONES = {
    word: tone
    for tone, words in {
        "ok": "posted paid settled done accepted delivered released published kept ok success",
        "warn": "overdue waiting held proposed soft_bounced unknown disputed partly_paid due_today warning prepayment",
        "bad": "failed hard_bounced rejected broken reversed refused set_aside written_off error stop",
        "info": "open running planned claimed handed captured today next with_agency info debug",
    }.items()
    for word in words.split()
}

# Key of a bucket (as in `manage.py ageing --json`) → its words, from fresh to old. The position picks the colour.
BUCKETS = {
    "not_due": pgettext_lazy("ageing", "Not due"),
    "1-30": _("1–30 days"),
    "31-60": _("31–60 days"),
    "61-90": _("61–90 days"),
    "91-180": _("91–180 days"),
    "181-365": _("181–365 days"),
    "365+": _("Over 365 days"),
}

# Section (also the name of its icon), view, words. A section whose view does not exist yet is left out.
SECTIONS = (
    ("today", "dashboard:today", pgettext_lazy("navigation", "Today")),
    ("customers", "dashboard:customers", _("Customers")),
    ("invoices", "dashboard:invoices", _("Invoices")),
    ("payments", "dashboard:payments", _("Payments")),
    ("clock", "dashboard:clocks", _("Clocks")),
    ("runs", "dashboard:runs", _("Runs")),
    ("mailbox", "dashboard:mailbox", _("Mailbox")),
    ("letter", "dashboard:post", pgettext_lazy("navigation", "Post")),
    ("replies", "dashboard:replies", _("Replies")),
    ("agency", "dashboard:placements", _("Hand-overs")),
    ("policies", "dashboard:policies", _("Policies")),
    ("rates", "dashboard:rates", pgettext_lazy("navigation", "Rates")),
)


def _locale() -> Locale:
    language = get_language() or "en"
    return Locale.parse(_LOCALES.get(language, language), sep="-" if "-" in language else "_")


@register.filter
def amount(value: Money | Decimal | int | str | None, currency: str = "") -> str:
    """`{{ invoice.open_amount|amount:invoice.currency }}` or `{{ money|amount }}`: 1 234,50 zł, never broken over two lines."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, Money):
        return amount(value.amount, value.currency)
    number = Decimal(value)
    if not currency:
        return str(format_decimal(number, format="#,##0.00", locale=_locale())).replace("-", "−")
    text = format_currency(abs(number), currency, locale=_locale())
    symbol = get_currency_symbol(currency, locale=_locale())
    if symbol[-1:].isalpha() and text.startswith(symbol):
        text = symbol + NO_BREAK + text.removeprefix(symbol).lstrip()
    return f"−{text}" if number < 0 else text


@register.filter
def amounts(values: Mapping[str, Decimal] | Iterable[Money]) -> SafeString | str:
    """One amount per currency, never added up: `{{ totals|amounts }}` of {"PLN": …, "EUR": …} or of Money values."""
    pairs = list(values.items()) if isinstance(values, Mapping) else [(money.currency, money.amount) for money in values]
    if not pairs:
        return NOTHING
    if len(pairs) == 1:
        return amount(pairs[0][1], pairs[0][0])
    lines = format_html_join(" ", '<span class="amount">{}</span>', ((amount(value, currency),) for currency, value in pairs))
    return format_html('<span class="amounts">{}</span>', lines)


@register.filter
def day(value: date | datetime | None, style: str = "medium") -> SafeString | str:
    """`{{ invoice.due_on|day }}`: 31 mar 2025 in a <time>; "long" writes the month out, "weekday" begins with pon. or Mon."""
    if not value:
        return NOTHING
    if isinstance(value, datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    pattern = "EEE d MMM y" if style == "weekday" else style
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), format_date(value, pattern, locale=_locale()))


@register.filter
def moment(value: datetime | None, style: str = "medium") -> SafeString | str:
    """`{{ message.accepted_at|moment }}`: day and minute in the active time zone; "time" shows the minute alone."""
    if not value:
        return NOTHING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    pattern = "HH:mm" if style == "time" else "d MMM y, HH:mm"
    words = format_datetime(local, pattern, locale=_locale())
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), words)


@register.filter
def number(value: int | Decimal | None) -> str:
    """A count with the language's thousands separator."""
    return NOTHING if value is None else format_decimal(value, locale=_locale())


@register.filter
def exact(value: Decimal | None) -> str:
    """A rate or per cent with all its decimals and no zeros behind them: 4.2517, 10."""
    return NOTHING if value is None else format_decimal(value, format="#,##0.########", locale=_locale())


@register.filter
def tone(state: object) -> str:
    """`data-tone="{{ case.state|tone }}"`: ok, warn, bad, info or muted."""
    return TONES.get(str(state), "muted")


@dataclass(frozen=True, slots=True)
class Bucket:
    """One part of the ageing bar; `left` and `width` are percent of the whole, written for SVG."""

    key: str
    label: str
    position: int
    count: int
    amount: Decimal
    left: str
    width: str
    share: str
    url: str


def _read(bucket: Any, name: str) -> Any:
    return bucket.get(name) if isinstance(bucket, Mapping) else getattr(bucket, name, None)


def _parts(buckets: Mapping[str, Any]) -> list[Bucket]:
    sums = [Decimal(_read(buckets.get(key) or {}, "amount") or 0) for key in BUCKETS]
    whole, before, parts = sum(sums), Decimal(0), []
    for position, (key, label) in enumerate(BUCKETS.items()):
        bucket, share = buckets.get(key) or {}, sums[position] / whole * 100 if whole else Decimal(0)
        parts.append(
            Bucket(
                key=key,
                label=str(label),
                position=position,
                count=_read(bucket, "count") or 0,
                amount=sums[position],
                left=f"{before:.2f}%",
                width=f"{share:.2f}%",
                share=format_decimal(share, format="0.#", locale=_locale()) + NO_BREAK + "%",
                url=_read(bucket, "url") or "",
            )
        )
        before += share
    return parts


@register.inclusion_tag("components/_ageing.html")
def ageing_bar(buckets: Mapping[str, Any], currency: str, *, compact: bool = False, caption: str = "") -> dict[str, Any]:
    """`{% ageing_bar ageing.buckets "PLN" %}`: a bar and the same figures as a table; `compact=True` a bar with a text label.

    `buckets` maps the keys of `BUCKETS` to something with count, amount and, for a link, url.
    """
    parts = _parts(buckets)
    return {
        "parts": parts,
        "currency": currency,
        "compact": compact,
        "caption": caption,
        "total": sum((part.amount for part in parts), Decimal(0)),
        "count": sum(part.count for part in parts),
    }


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the navigation."""

    name: str
    url: str
    label: str
    count: int
    is_current: bool


def _url(view: str) -> str:
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def sections(context: template.Context) -> list[Section]:
    """The navigation; the section with the longest address that begins the page's path is the current one."""
    request: HttpRequest | None = context.get("request")
    path = request.path if request else ""
    counts: Mapping[str, int] = context.get("nav_counts") or {}
    found = [(name, url, label) for name, view, label in SECTIONS if (url := _url(view))]
    current = max((url for _name, url, _label in found if path == url or (url != "/" and path.startswith(url))), key=len, default="")
    return [Section(name, url, str(label), counts.get(name, 0), url == current and url != "") for name, url, label in found]
