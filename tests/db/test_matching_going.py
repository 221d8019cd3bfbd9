"""A long matching says how far it is, and stops at a batch where it is asked to."""

from datetime import timedelta

import pytest

from invoices.actions.bank import going, match_lines, matching, matching_under_way, stop_matching
from invoices.models import BankLine, Matching, Payment
from receivables.accounts.models import Creditor
from receivables.clock import now
from receivables.core.errors import Refused
from tests.builders import audited, make_creditor, make_user
from tests.db.test_bank import ACCOUNT
from tests.db.test_matching_many import owing, paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Creditor:
    """Four lines wait that need nobody; two are a batch, and four are many."""
    monkeypatch.setattr(matching, "_AT_ONCE", 2)
    monkeypatch.setattr(going, "LONG", 4)
    company = make_creditor(bank_account=ACCOUNT)
    owing(company, range(4))
    paid(company, range(4))
    return company


def test_it_says_how_far_it_is_until_it_is_over(company: Creditor) -> None:
    seen: list[tuple[int, int, int]] = []

    def look(done: int) -> None:
        row = matching_under_way(company, now=now())
        assert row is not None
        seen.append((row.lines, row.done, done))

    match_lines(company, progress=look)
    assert seen == [(4, 0, 2), (4, 2, 4)]  # a batch is told after it is booked
    row = Matching.objects.get()
    assert (row.done, row.alone, row.ended_at is None) == (4, 4, False)
    assert matching_under_way(company, now=now()) is None


def test_a_stop_leaves_whole_batches_and_the_next_goes_on(company: Creditor) -> None:
    clerk = make_user(creditor=company)
    match_lines(company, progress=lambda done: stop_matching(company, by=clerk))
    assert (Payment.objects.count(), BankLine.objects.waiting().count(), matching_under_way(company, now=now())) == (2, 2, None)
    assert audited(company).count("stop_matching") == 1
    assert match_lines(company).alone == 2
    assert Matching.objects.count() == 1  # two lines are not many


def test_what_has_died_is_not_on_its_way_and_cannot_be_stopped(company: Creditor) -> None:
    Matching.objects.create(creditor=company, lines=9, began_at=now(), told_at=now() - timedelta(minutes=11))
    Matching.objects.create(creditor=make_creditor(), lines=9, began_at=now(), told_at=now())
    assert matching_under_way(company, now=now()) is None
    with pytest.raises(Refused, match="No matching is on its way"):
        stop_matching(company, by=make_user(creditor=company))
