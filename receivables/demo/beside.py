"""What the shop does beside its ladder in the last week: balances to confirm, statements by schedule, ways to pay and who took one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dunning.actions import (
    Answered,
    Schedule,
    accept_offer,
    answer_balance,
    open_campaign,
    send_campaigns,
    send_statements,
    set_offers,
    set_paper_terms,
    set_schedule,
)
from dunning.actions.mailing import GoesOn
from dunning.campaigns import Answer, first_day, last_day, usual_day, usual_deadline, year_end_near
from dunning.day import deliver_all
from dunning.models import BalanceRequest
from dunning.offering import offered_to
from dunning.statement_periods import Every
from dunning.states import OfferWay
from invoices.models import Customer
from invoices.states import Kind
from receivables.accounts.models import User
from receivables.core.calendar import Calendar
from receivables.demo.ladder import AFTERNOON, MORNING, Ladder
from receivables.demo.troubles import FREED
from receivables.messaging.states import ARRIVED

OPENED, ANSWERED = 6, 3  # days before the first day
BALANCES, STATEMENTS = 7, 3  # so many papers are made here, which takes time; the workers make the others on the first day
TIME_TO_ANSWER = timedelta(days=5)
OFFERED: dict[str, Any] = {
    "most_sum": Decimal(20_000), "instalments": 4, "smallest_instalment": Decimal(50), "first_days": 7, "deferral_days": 30,
    "waives_interest": True, "discount_percent": Decimal(2), "discount_from": 1, "discount_until": 30,
}  # fmt: skip
_NO_DISCOUNT = {"discount_percent": Decimal(0), "discount_from": 0, "discount_until": 0}
LESS: dict[Kind, dict[str, Any]] = {Kind.CONSUMER: {"most_sum": Decimal(2_000), "instalments": 3, **_NO_DISCOUNT}}
Came = BalanceRequest.Came


def _first(number: int) -> GoesOn:
    """To go on so many times."""
    turns = iter(range(number))
    return lambda: next(turns, None) is not None


@dataclass(frozen=True, slots=True)
class Beside:
    """The two days on which it happens: what is asked and offered, and what came of it."""

    ladder: Ladder
    manager: User
    asks_on: date
    hears_on: date

    @classmethod
    def of(cls, ladder: Ladder, manager: User, days: Sequence[date], calendar: Calendar) -> "Beside":
        """On contact days among those on which the firm sits down to its books."""
        open_days = [day for day in days if calendar.is_contact_day(day)]
        asks_on, hears_on = (next(day for day in open_days if ladder.left(day) <= back) for back in (OPENED, ANSWERED))
        return cls(ladder, manager, asks_on, hears_on)

    def work(self, day: date) -> None:
        """Nothing but on the two days."""
        if day == self.asks_on:
            self._offer(day)
            self._agree_on_email(day)
            self._ask(day)
            self._state(day)
            deliver_all(self.ladder.creditor, now=self.ladder.at(day, MORNING))
        if day == self.hears_on:
            self._hear(day, now=self.ladder.at(day, AFTERNOON))
            self._take(day, now=self.ladder.at(day, AFTERNOON))

    def _offer(self, day: date) -> None:
        for kind in (Kind.BUSINESS, Kind.CONSUMER):
            terms = {**OFFERED, **LESS.get(kind, {})}
            set_offers(self.ladder.creditor, kind, "PLN", now=self.ladder.at(day, MORNING), by=self.manager, **terms)

    def _agree_on_email(self, day: date) -> None:
        """The first three firms with an address of their own agreed to it in their contract."""
        firms = Customer.objects.filter(creditor=self.ladder.creditor, kind=Kind.BUSINESS, contacts__email__gt="", waits_for_release=False)
        for customer in firms.distinct().order_by("number")[:3]:
            set_paper_terms(
                customer, statements="", keeps_no_books=False, email_agreed_on=day - timedelta(days=200),
                email_agreement="umowa ramowa, par. 9", on=day, by=self.ladder.clerk,
            )  # fmt: skip

    def _ask(self, day: date) -> None:
        """Of the calendar year where it is the time of it, else as of a firm whose year ends with this month."""
        year_ends_on = year_end_near(day)
        if not first_day(year_ends_on) <= day <= last_day(year_ends_on) - TIME_TO_ANSWER:
            year_ends_on = (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        days = {"year_ends_on": year_ends_on, "as_of_on": usual_day(year_ends_on, on=day)}
        deadline_on = usual_deadline(year_ends_on, on=day)
        open_campaign(self.ladder.creditor, **days, deadline_on=deadline_on, on=day, by=self.ladder.approver)
        send_campaigns(self.ladder.creditor, on=day, now=self.ladder.at(day, MORNING), goes_on=_first(BALANCES))

    def _state(self, day: date) -> None:
        """Public bodies get a statement each month, from this one on."""
        said = Schedule(is_on=True, every=Every.MONTH, day=min(day.day, 28), kinds=[Kind.PUBLIC], starts_on=day.replace(day=1))
        set_schedule(self.ladder.creditor, said, by=self.manager)
        send_statements(self.ladder.creditor, on=day, now=self.ladder.at(day, MORNING), goes_on=_first(STATEMENTS))

    def _hear(self, day: date, *, now: datetime) -> None:
        """One in three agrees, by every way; two do not, and each opens a task. The others are silent."""
        arrived = BalanceRequest.objects.filter(creditor=self.ladder.creditor, written__message__state__in=ARRIVED)
        rows = list(arrived.order_by("customer__number", "currency"))
        for n, row in enumerate(rows[::3]):
            came = (Came.PAPER, Came.EMAIL, Came.PORTAL)[n % 3]
            self._answered(row, Answered(answer=Answer.AGREES, came_by=came, signed_by="Główna księgowa"), on=day, now=now)
        for row, why in zip(rows[1::3], ("Brak korekty za stłuczone talerze", "Przelew z końca miesiąca nie jest ujęty"), strict=False):
            theirs = row.balance - min(row.balance, Decimal(100))
            said = Answered(answer=Answer.DIFFERS, came_by=Came.EMAIL, signed_by="Księgowość", theirs=theirs, explanation=why)
            self._answered(row, said, on=day, now=now)

    def _answered(self, row: BalanceRequest, said: Answered, *, on: date, now: datetime) -> None:
        by = None if said.came_by == Came.PORTAL else self.ladder.clerk
        answer_balance(row, said, on=on, today=on, now=now, by=by)

    def _take(self, day: date, *, now: datetime) -> None:
        """One customer pays in two instalments, as accepted on the portal."""
        customer = Customer.objects.select_related("creditor").get(creditor=self.ladder.creditor, name__contains=FREED)
        found = offered_to(customer, on=day).get("PLN")
        offer = found.find("instalments-2") if found else None
        if offer is not None:
            way = OfferWay.PORTAL
            accept_offer(customer, offer.key, currency="PLN", seal=offer.seal, way=way, on=day, now=now, who="Księgowość galerii")
