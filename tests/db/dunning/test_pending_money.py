"""Money that a report of the day has shown: nobody is chased for what it would pay, nothing is booked of it, and the statement replaces it."""

import pytest

from dunning.models import LadderRules
from dunning.offering import offered_to
from dunning.states import OfferBar
from invoices.actions.bank import import_statement, match_lines
from invoices.models import BankLine, Item, Payment, PendingItem, PendingLine
from tests.db.dunning.firm import PLAIN, Firm, Recorder, day, make_firm
from tests.db.test_bank import ACCOUNT, PAYER

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(recorder: Recorder) -> Firm:
    made = make_firm(PLAIN, recorder)
    made.creditor.bank_account = ACCOUNT
    made.creditor.save(update_fields=["bank_account"])
    return made


def entries(on: int, *said: str) -> str:
    text = ""
    for one in said:
        amount, title = one.split("|")
        mark = "D" if amount.startswith("-") else "C"
        text += f":61:{day(on):%y%m%d%m%d}{mark}{amount.lstrip('-')}NTRFNONREF\n:86:020~00X\n~20{title}\n~32KLIENT\n~38{PAYER}\n"
    return text


def report(firm: Firm, on: int, *said: str, number: str = "1/1", account: str = ACCOUNT) -> bool:
    """A report of that day comes on it. Whether it was taken."""
    text = f":20:ST\n:25:{account}\n:28C:{number}\n:34F:PLN0\n:13D:{day(on):%y%m%d}1815+0100\n{entries(on, *said)}-\n"
    return not import_statement(firm.creditor, name="x.sta", data=text.encode(), on=day(on)).is_refused


def statement(firm: Firm, on: int, *said: str, came: int | None = None, opening: str = "0,00", closing: str) -> None:
    text = (
        f":20:ST\n:25:{ACCOUNT}\n:28C:{on}/1\n:60F:C{day(on):%y%m%d}PLN{opening}\n{entries(on, *said)}:62F:C{day(on):%y%m%d}PLN{closing}\n-"
    )
    taken = import_statement(firm.creditor, name=f"{on}.sta", data=text.encode(), on=day(on if came is None else came))
    assert not taken.is_refused
    match_lines(firm.creditor)


def pays(item: Item) -> str:
    return f"100,00|FV {item.invoice.number}"


def ended() -> list[str]:
    return list(PendingLine.objects.order_by("pk").values_list("ended_as", flat=True))


def test_nobody_is_chased_for_what_was_seen_until_three_days_have_passed(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    assert report(firm, 1, pays(item))
    assert list(PendingItem.objects.values_list("item", flat=True)) == [item.pk]
    for on in (1, 2, 3, 4):
        firm.run(on)
    assert recorder.taken == [] and not Payment.objects.exists() and not BankLine.objects.exists()
    assert firm.case(item).waits == "unmatched_money"
    firm.run(5)
    assert len(recorder.taken) == 1


def test_the_statement_books_it_once(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    report(firm, 1, pays(item))
    report(firm, 1, pays(item), number="2/1")  # later that day
    assert PendingLine.objects.count() == 1
    statement(firm, 1, pays(item), came=2, closing="100,00")
    assert ended() == ["booked"] and PendingLine.objects.get().booked_as == BankLine.objects.get()
    assert Payment.objects.count() == 1
    firm.run(2)
    assert recorder.taken == []


def test_what_is_planned_does_not_leave_after_its_money_was_seen(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    firm.plan(1)
    report(firm, 1, pays(item))
    firm.deliver(1)
    assert recorder.taken == []


def test_two_equal_payments_are_two_and_each_is_replaced_by_its_own(firm: Firm) -> None:
    report(firm, 1, "50,00|zaliczka", "50,00|zaliczka")
    assert PendingLine.objects.count() == 2
    statement(firm, 1, "50,00|zaliczka", closing="50,00")
    assert sorted(ended()) == ["", "booked"]


def test_what_a_statement_of_a_later_day_does_not_have_is_not_waited_for(firm: Firm, recorder: Recorder) -> None:
    item = firm.owes()
    report(firm, 1, pays(item))
    statement(firm, 1, "7,00|inne", closing="7,00")
    assert ended() == [""]  # the bank may book it tomorrow
    statement(firm, 2, "8,00|inne", opening="7,00", closing="15,00")
    assert ended() == ["not_booked"]


def test_a_held_statement_replaces_nothing_until_it_is_released(firm: Firm) -> None:
    item = firm.owes()
    report(firm, 1, pays(item))
    statement(firm, 1, pays(item), closing="999,00")
    assert ended() == [""]


def test_what_would_not_be_booked_alone_holds_nobody(firm: Firm, recorder: Recorder) -> None:
    firm.owes()
    report(firm, 1, "33,00|dziękuję", "-100,00|opłata")
    assert PendingLine.objects.count() == 1 and not PendingItem.objects.exists()
    firm.run(1)
    assert len(recorder.taken) == 1


def test_the_company_says_for_how_many_days(firm: Firm, recorder: Recorder) -> None:
    LadderRules.objects.update_or_create(creditor=firm.creditor, defaults={"pending_money_days": 0})
    report(firm, 1, pays(firm.owes()))
    firm.run(1)
    assert len(recorder.taken) == 1


def test_a_report_of_a_foreign_account_is_refused(firm: Firm) -> None:
    assert not report(firm, 1, "5,00|x", account=PAYER)
    assert not PendingLine.objects.exists()


def test_nothing_is_offered_for_what_is_already_on_its_way(firm: Firm) -> None:
    item = firm.owes()
    assert report(firm, 1, pays(item))
    bars = {on: dict(offered_to(item.customer, on=day(on))["PLN"].barred) for on in (1, 4, 5)}
    assert bars == {1: {item.pk: OfferBar.MONEY}, 4: {item.pk: OfferBar.MONEY}, 5: {}}
