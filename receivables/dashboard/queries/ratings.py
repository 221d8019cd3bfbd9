"""Ratings and warning signs in words: the formula with its numbers put in, and where a sign was found."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from babel.numbers import format_decimal
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from dunning.models import WarningSign
from dunning.rating import FEWEST, THRESHOLDS, Figures, Letter, Rating, Trend
from dunning.states import SignKind
from receivables.dashboard.templatetags.look import amount


@dataclass(frozen=True, slots=True)
class FiguresShown:
    """The figures of one currency as sentences."""

    currency: str
    delay: str
    delay_formula: str
    in_time: str
    in_time_formula: str
    items: str


@dataclass(frozen=True, slots=True)
class RatingShown:
    """A rating as it stands on the page; `letter` is empty where too little is known, `why` says what made it."""

    letter: str
    why: str
    figures: FiguresShown | None
    trend: str
    others: tuple[FiguresShown, ...]


@dataclass(frozen=True, slots=True)
class SignShown:
    """A sign with its source in words, and the page where that stands."""

    row: WarningSign
    source: str
    url: str


def rating_shown(rating: Rating) -> RatingShown:
    """A rating in words."""
    return RatingShown(
        letter=str(rating.letter or ""),
        why=_why(rating.letter),
        figures=_figures(rating.figures) if rating.figures else None,
        trend=_trend(rating),
        others=tuple(_figures(one) for one in rating.others),
    )


def sign_shown(sign: WarningSign) -> SignShown:
    """Where a sign was found; of a person's own, what they wrote."""
    what, _sep, pk = sign.about.partition(":")
    views = {"notice": "dashboard:notice", "complaint": "dashboard:complaint"}
    return SignShown(sign, sign.source or _source(sign), reverse(views[what], args=[pk]) if what in views else "")


def _source(sign: WarningSign) -> str:
    if sign.kind == SignKind.SILENCE:
        words = ngettext("%(n)d message or call without an answer", "%(n)d messages or calls without an answer", sign.count)
        return words % {"n": sign.count}
    if sign.kind == SignKind.MORE_COMPLAINTS:
        words = ngettext("%(n)d complaint in 90 days, more than before", "%(n)d complaints in 90 days, more than before", sign.count)
        return words % {"n": sign.count}
    return _("the contact was changed while something was overdue")


def _why(letter: Letter | None) -> str:
    if letter is None:
        return _("Too little is known: a rating takes at least %(n)d items in twelve months.") % {"n": FEWEST}
    limits = next((one for one in THRESHOLDS if one.letter == letter), None)
    if limits is None:
        worst = THRESHOLDS[-1]
        return _("Delay over %(days)s days, or less than %(percent)s%% of the money in time.") % _limits(
            worst.longest_delay, worst.least_in_time
        )
    return _("Delay of at most %(days)s days, and at least %(percent)s%% of the money in time.") % _limits(
        limits.longest_delay, limits.least_in_time
    )


def _limits(days: Decimal, percent: Decimal) -> dict[str, str]:
    return {"days": _number(days), "percent": _number(percent)}


def _figures(figures: Figures) -> FiguresShown:
    total = amount(figures.amount, figures.currency)
    return FiguresShown(
        currency=figures.currency,
        delay=_days(figures.delay),
        delay_formula=_("sum of amount × days of delay %(sum)s ÷ sum of amounts %(total)s")
        % {"sum": _number(figures.amount_days), "total": total},
        in_time=f"{_number(figures.in_time_percent)}%",
        in_time_formula=_("%(part)s in time ÷ %(total)s") % {"part": amount(figures.amount_in_time, figures.currency), "total": total},
        items=_("%(part)d of %(total)d items in time (%(percent)s%%)")
        % {"part": figures.items_in_time, "total": figures.items, "percent": _number(figures.items_in_time_percent)},
    )


def _trend(rating: Rating) -> str:
    if rating.trend is None or rating.recent is None or rating.earlier is None:
        return _("Too little is known for a trend.")
    word = {Trend.BETTER: _("better"), Trend.STEADY: _("steady"), Trend.WORSE: _("worse")}[rating.trend]
    return _("%(word)s: delay %(recent)s in the last six months, %(earlier)s in the six before") % {
        "word": word,
        "recent": _days(rating.recent.delay),
        "earlier": _days(rating.earlier.delay),
    }


def _days(delay: Decimal) -> str:
    return _("%(days)s days") % {"days": _number(delay)}


def _number(value: Decimal) -> str:
    """At most one decimal place, in the language of the page."""
    rounded = value.quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    return str(format_decimal(rounded, format="#,##0.#", locale=(get_language() or "en").replace("-", "_"))).replace("-", "−")
