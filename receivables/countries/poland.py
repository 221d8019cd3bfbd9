"""Poland: late interest of two kinds, compensation for recovery costs, limitation. LAW: acts as named at each rule."""

from datetime import date, timedelta
from decimal import Decimal

from receivables.core.money import round_to_unit
from receivables.countries.rates import MidRate, RateTable, euro_before, rate_table
from receivables.countries.words import Compensation, Debtor, Sale

_DAY = timedelta(days=1)
_TIERS_FROM = date(2020, 1, 1)  # Dz.U. 2019 poz. 1649; before it a flat 40 EUR
_BARRED_AFTER = {Sale.GOODS: 2, Sale.SERVICES: 3}  # art. 554 KC; art. 118 KC
_COMPENSATION = "act of 8 March 2013 on counteracting excessive delays in commercial transactions, art. 10(1) and 10(1a)"


class Poland:
    """The pack of Poland. Days are stated due dates moved to a working day (art. 115 KC)."""

    code = "PL"

    def interest(self, debtor: Debtor) -> RateTable:
        """Firms and public bodies: the act of 8 March 2013, art. 7 and 8; everybody else: art. 481 par. 2 KC.

        Whether a public body is a medical entity (8 points instead of 10, art. 4 pkt 3) is not known of a customer.
        """
        return rate_table(self.code, "kc_delay" if debtor is Debtor.CONSUMER else "commercial_delay")

    def compensation(self, debtor: Debtor, amount: Decimal, currency: str, *, due_on: date) -> Compensation | None:
        """Art. 10 of the act of 8 March 2013, by the full amount of the invoice, due from the day after the due date; never of consumers.

        None for a consumer, and for an invoice in a currency that is neither the zloty nor the euro: the act gives no rate for it.
        Raises `MissingRate` where the rate of the month before is not known.
        """
        if debtor is Debtor.CONSUMER or currency not in ("PLN", "EUR"):
            return None
        claimed_from = due_on + _DAY
        rate = euro_before(self.code, claimed_from)
        euro = _tier(amount if currency == "PLN" else round_to_unit(amount * rate.price, "PLN"), claimed_from)
        claim = round_to_unit(euro * rate.price, "PLN") if currency == "PLN" else euro
        return _compensation(claim, currency, euro, rate, claimed_from)

    def barred_from(self, debtor: Debtor, sale: Sale, *, due_on: date) -> date | None:
        """The first day on which the claim may no longer be demanded (art. 117 par. 2(1), 118, 554 KC); None for firms: it goes on."""
        if debtor is not Debtor.CONSUMER:
            return None
        return date(due_on.year + _BARRED_AFTER[sale] + 1, 1, 1)

    def barred_at_most_before(self, on: date) -> date:
        """Only what was due before this day can be barred on day `on`: narrows a search."""
        return date(on.year - min(_BARRED_AFTER.values()), 1, 1)


def _tier(zlotys: Decimal, claimed_from: date) -> Decimal:
    """40 EUR up to 5 000 PLN, 70 EUR above that and below 50 000 PLN, 100 EUR from there."""
    if claimed_from < _TIERS_FROM or zlotys <= 5000:
        return Decimal("40.00")
    return Decimal("70.00") if zlotys < 50000 else Decimal("100.00")


def _compensation(claim: Decimal, currency: str, euro: Decimal, rate: MidRate, claimed_from: date) -> Compensation:
    return Compensation(claim, currency, euro, rate.price, rate.on, rate.table, claimed_from, f"{_COMPENSATION}; {rate.source}")
