"""Money of one currency that settles an item in another, at a rate that somebody has stated: nothing is converted by itself.

What the rates of two days made of it is a booking of its own, with both mid rates, their days and their source.
"""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from invoices.actions.checks import bookable, not_before, short_line
from invoices.actions.credit_sources import check_stands
from invoices.actions.day_rates import COUNTRY, HOME
from invoices.actions.postings import Cause, post, tell
from invoices.actions.rows import locked_customer, locked_items
from invoices.balances import left_of
from invoices.exchange import difference, rate_of, working_day_before
from invoices.models import AllocationEntry, CreditEntry, ExchangeDifference, Item, Payment
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.money import Money
from receivables.core.sentences import gettext_noop
from receivables.countries.rules import calendar_of
from receivables.rates.day_tables import day_rates
from receivables.rates.models import DayRate

SOURCE = gettext_noop("The source")
SMALLEST_RATE, LARGEST_RATE = Decimal("0.00001"), Decimal(1_000_000)
MOST_OFF = Decimal("0.5")
"""How far apart received and settled may be: rates move, but beyond a half a figure was typed wrong."""
Mid = tuple[Decimal, date]  # the mid rate of one unit in the company's currency, and the day of its table


@transaction.atomic
def settle_in_other_currency(
    payment: Payment,
    item: Item,
    *,
    paid: Decimal,
    settles: Decimal,
    on: date,
    told: CreditEntry.Told = CreditEntry.Told.PERSON,
    note: str = "",
    by: User | None = None,
) -> AllocationEntry:
    """Let `paid`, of what is left of a payment, settle `settles` of an item in another currency. Both amounts are stated, by a person or by
    the bank's statement; the rate between them is kept. Raises `Refused` where less is left or open, or the currencies are the same.
    """
    customer = locked_customer(payment.customer_id)
    check_stands(payment)
    (row,) = locked_items(Item.objects.filter(pk=item.pk))
    if row.customer_id != customer.pk or row.currency == payment.currency:
        raise Refused(gettext_noop("Name an item of the same customer in another currency than the payment's."))
    not_before(on, payment.booked_on, what=gettext_noop("An allocation"))
    _fits(paid, left_of(payment), payment.currency, gettext_noop("Only %(most)s of the payment is left; %(amount)s is more."))
    _fits(settles, row.open_amount, row.currency, gettext_noop("Only %(most)s is open on the item; %(amount)s is more."))
    rate = rate_of(paid, settles)
    if not SMALLEST_RATE <= rate < LARGEST_RATE:
        raise Refused(gettext_noop("%(rate)s is no rate between two currencies. Look at the two amounts."), rate=rate)
    count = CreditEntry.objects.filter(payment=payment, is_reversal=False).count()
    used = CreditEntry.objects.create(
        creditor=customer.creditor, customer=customer, kind=CreditEntry.Kind.EXCHANGE, payment=payment, amount=paid,
        currency=payment.currency, on=on, reference=f"exchange-{payment.pk}-{count + 1}", reason=" ".join(note.split())[:200],
        rate=rate, rate_told=told, recorded_at=now(), by=by,
    )  # fmt: skip
    post({row.pk: settles}, [row], cause=Cause.of(used), on=on)
    record(
        customer.creditor, "exchange", used, by=by, on=on, payment=payment.pk, item=row.pk, paid=paid, currency=payment.currency,
        settles=settles, into=row.currency, told=str(told),
    )  # fmt: skip
    tell(customer.pk, on=on)
    return AllocationEntry.objects.get(exchange=used, is_reversal=False)


@transaction.atomic
def book_exchange_difference(
    entry: AllocationEntry, *, source: str = "", received: Mid | None = None, settled: Mid | None = None, by: User | None = None
) -> ExchangeDifference:
    """Book what rates made of money on an item, once. `received` is the mid rate of the payment's currency on the last working day before
    the money, `settled` that of the item's on the last working day before the invoice; neither where it is the company's own currency.
    What is stated counts; what is not is taken from the tables that were fetched, and their numbers join the source.

    Raises `Refused` for a missing rate, a table of another day, or rates that cannot be.
    """
    customer = locked_customer(entry.item.customer_id)
    payment = entry.payment or (entry.exchange.payment if entry.exchange else None)
    if payment is None or entry.is_reversal or AllocationEntry.objects.filter(reverses=entry).exists():
        raise Refused(gettext_noop("Only money that settles an item has an exchange difference."))
    if ExchangeDifference.objects.filter(entry=entry).exists():
        raise Refused(gettext_noop("The exchange difference of this is booked already."))
    home, calendar = customer.creditor.currency, calendar_of(customer.creditor.country)
    before_money = working_day_before(calendar, payment.booked_on)
    before_invoice = working_day_before(calendar, entry.item.invoice.issued_on)
    wanted = {(payment.currency, before_money), (entry.currency, before_invoice)}
    kept = fetched(customer.creditor, {pair for pair in wanted if pair[0] != home})
    money, claim = kept.get((payment.currency, before_money)), kept.get((entry.currency, before_invoice))
    taken = [row.named for row, stated in ((money, received), (claim, settled)) if row and stated is None]
    received, settled = received or _mid_of(money), settled or _mid_of(claim)
    _check_mid(received, payment.currency, home, money.table_on if money else before_money)
    _check_mid(settled, entry.currency, home, claim.table_on if claim else before_invoice)
    if received is None and settled is None:
        raise Refused(gettext_noop("Payment and item are in the company's own currency: there is no exchange difference."))
    paid = entry.exchange.amount if entry.exchange else entry.amount
    _check_rates(paid, received, entry.amount, settled)
    made = difference(
        paid=paid, received_rate=received and received[0], settles=entry.amount, settled_rate=settled and settled[0], currency=home
    )
    row = ExchangeDifference.objects.create(
        entry=entry, amount=made.amount, is_gain=made.is_gain, currency=home, on=entry.on, received=made.received, settled=made.settled,
        received_rate=received and received[0], received_on=received and received[1], settled_rate=settled and settled[0],
        settled_on=settled and settled[1], source=_told([source.strip(), *taken]),
        recorded_at=now(), by=by,
    )  # fmt: skip
    record(
        customer.creditor, "book_exchange_difference", row, by=by, entry=entry.pk, amount=made.amount, is_gain=made.is_gain, currency=home,
        source=row.source,
    )  # fmt: skip
    return row


def _fits(amount: Decimal, most: Decimal, currency: str, sentence: str) -> None:
    bookable(amount, currency, what=gettext_noop("The amount"))
    if amount > most:
        raise Refused(sentence, most=Money(most, currency), amount=Money(amount, currency))


def fetched(creditor: Creditor, wanted: Collection[tuple[str, date]]) -> dict[tuple[str, date], DayRate]:
    """By currency and day the tables that were fetched for companies that keep their books as this one does. One query."""
    is_asked_for = (creditor.country, creditor.currency) == (COUNTRY, HOME)
    return day_rates(COUNTRY, wanted) if is_asked_for else {}


def _told(sources: Sequence[str]) -> str:
    return short_line("; ".join(dict.fromkeys(filter(None, sources))), longest=200, what=SOURCE)


def _mid_of(row: DayRate | None) -> Mid | None:
    return (row.price, row.table_on) if row else None


def _check_mid(mid: Mid | None, currency: str, home: str, day: date) -> None:
    if currency == home:
        if mid is not None:
            raise Refused(gettext_noop("%(currency)s is the company's own currency and has no rate."), currency=currency)
    elif mid is None:
        raise Refused(gettext_noop("Give the mid rate of %(currency)s of %(day)s."), currency=currency, day=day)
    elif mid[1] != day:
        raise Refused(
            gettext_noop("For %(currency)s the table of %(day)s counts, the last working day before; not that of %(given)s."),
            currency=currency,
            day=day,
            given=mid[1],
        )
    elif not 0 < mid[0] < 1_000_000:
        raise Refused(gettext_noop("%(rate)s is no mid rate."), rate=mid[0])


def _check_rates(paid: Decimal, received: Mid | None, settles: Decimal, settled: Mid | None) -> None:
    """Refuse rates at which the money would be worth far more or less than the claim."""
    came, owed = paid * (received[0] if received else 1), settles * (settled[0] if settled else 1)
    if abs(came / owed - 1) > MOST_OFF:
        raise Refused(
            gettext_noop("At these rates %(came)s was received for %(owed)s. That is too far apart; look at the rates again."),
            came=round(came, 2),
            owed=round(owed, 2),
        )
