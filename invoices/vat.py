"""Net and VAT of an invoice by rate, and the parts of them that a part of its gross amount bears. Pure; amounts in the tax's currency."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from receivables.core.errors import Refused
from receivables.core.money import round_to_unit
from receivables.core.sentences import gettext_noop

CURRENCY = "PLN"
"""The return and its file are in zloty, whatever the invoice's currency (VAT act, art. 31a)."""
_ROUNDED_BY_LINE = Decimal("1.00")  # an invoice rounds each of its lines: its tax may differ so much from net × rate


@dataclass(frozen=True, slots=True)
class Taxed:
    """What stands under one rate, in per cent. Exempt and zero-rated amounts have the rate 0."""

    rate: Decimal
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        """Both together."""
        return self.net + self.vat


def checked(lines: Iterable[Taxed], *, gross: Decimal, currency: str) -> tuple[Taxed, ...]:
    """The lines, the highest rate first, where they can be an invoice's. Raises `Refused` with what is wrong.

    An invoice in zloty must add up to its gross amount; one in another currency is stated in zloty by the day's rate, which is not known.
    """
    found = tuple(sorted(lines, key=lambda line: -line.rate))
    if not found:
        raise Refused(gettext_noop("State net and VAT of at least one rate."))
    if len({line.rate for line in found}) != len(found):
        raise Refused(gettext_noop("A rate stands there twice. Add its lines up."))
    for line in found:
        _check_line(line)
    total = sum((line.gross for line in found), Decimal(0))
    if currency == CURRENCY and total != gross:
        raise Refused(
            gettext_noop("Net and VAT add up to %(total)s %(currency)s, the invoice says %(gross)s. Correct them."),
            total=total,
            currency=CURRENCY,
            gross=gross,
        )
    return found


HIGHEST, SINCE = Decimal(23), date(2011, 1, 1)
"""The highest rate, and the day it came into force: VAT act, art. 41 par. 1 with art. 146a, then art. 146aa, then art. 146ef."""


def proven(net: Decimal, vat: Decimal, *, gross: Decimal, issued_on: date) -> Taxed | None:
    """What a claim in zloty bears by its net and VAT, where no other rates can give these sums: all of it the highest rate, or none at all.
    A sum in between may be made of several rates, and only the paper says which.
    """
    if net <= 0 or net + vat != gross or issued_on < SINCE:
        return None
    if vat == 0:
        return Taxed(Decimal(0), net, vat)
    is_highest = round_to_unit(net * HIGHEST / 100, CURRENCY) == vat
    return Taxed(HIGHEST, net, vat) if is_highest and net >= 1 else None  # of grosze other rates give the same


def _check_line(line: Taxed) -> None:
    if not 0 <= line.rate < 100 or line.net <= 0 or line.vat < 0:
        raise Refused(gettext_noop("Net must be above zero, VAT zero or more, a rate below 100 per cent."))
    if line.net != round_to_unit(line.net, CURRENCY) or line.vat != round_to_unit(line.vat, CURRENCY):
        raise Refused(gettext_noop("Net and VAT have at most two decimals."))
    if (line.rate == 0) != (line.vat == 0) or abs(line.vat - line.net * line.rate / 100) > _ROUNDED_BY_LINE:
        raise Refused(
            gettext_noop("VAT of %(vat)s does not fit %(rate)s %% of %(net)s. Correct it."),
            vat=line.vat,
            rate=f"{line.rate.normalize():f}",
            net=line.net,
        )


def part_of(lines: Iterable[Taxed], part: Decimal, whole: Decimal) -> tuple[Taxed, ...]:
    """What a part of the gross amount bears, each figure rounded half up; what bears no tax is left out."""
    return tuple(Taxed(line.rate, _share(line.net, part, whole), _share(line.vat, part, whole)) for line in lines if line.vat)


def next_part(lines: Iterable[Taxed], *, before: Decimal, after: Decimal, whole: Decimal) -> tuple[Taxed, ...]:
    """What the step from one part to a larger one bears: parts taken one after another add up to the whole."""
    return tuple(Taxed(line.rate, _step(line.net, before, after, whole), _step(line.vat, before, after, whole)) for line in lines)


def reversals_due(
    part: Decimal, *, since: date, settled: Sequence[tuple[date, Decimal]], done: Mapping[date, Decimal]
) -> dict[date, Decimal]:
    """By month (its first day) what of a relieved part has to be given back: it was paid or credited after the relief was noted.

    `settled`: by day what settled it since, negative where that was taken back; `done`: by month what was given back already. Nothing is
    due before `since`, the relief's own month.
    """
    by_month: dict[date, Decimal] = {}
    for on, amount in settled:
        month = month_of(on, since=since)
        by_month[month] = by_month.get(month, Decimal(0)) + amount
    left = min(sum(by_month.values(), Decimal(0)), part) - sum(done.values(), Decimal(0))
    found: dict[date, Decimal] = {}
    for month, amount in sorted(by_month.items()):
        due = min(amount - done.get(month, Decimal(0)), left)
        if due > 0:
            found[month] = due
            left -= due
    return found


def month_of(on: date, *, since: date) -> date:
    """The month of the return in which money of that day counts."""
    return max(on.replace(day=1), since)


def _share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    return round_to_unit(amount * part / whole, CURRENCY)


def _step(amount: Decimal, before: Decimal, after: Decimal, whole: Decimal) -> Decimal:
    return _share(amount, after, whole) - _share(amount, before, whole)
