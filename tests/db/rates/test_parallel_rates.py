"""Two people, or two updates, at once: each fact is decided and proposed once."""

import pytest

from receivables.audit.actions import verify
from receivables.rates.actions import approve_rate
from receivables.rates.formats import read
from receivables.rates.models import InterestRate
from receivables.rates.updating import take
from tests.builders import make_user
from tests.db.rates.world import NOW, TODAY, a_rate, entered
from tests.db.test_parallel import together
from tests.unit.rates.answers import LATE, archive

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_rate_is_approved_once() -> None:
    row = entered(a_rate())
    people = [make_user(), make_user()]
    assert together(*[lambda by=by: approve_rate(row, by=by, on=TODAY, now=NOW) for by in people]) == ["Refused", "done"]
    assert verify(None) == []


def test_of_two_rates_of_a_day_one_comes_into_force() -> None:
    rows, by = [entered(a_rate("3.50")), entered(a_rate("3.25"))], make_user()
    assert together(*[lambda row=row: approve_rate(row, by=by, on=TODAY, now=NOW) for row in rows]) == ["Refused", "done"]
    assert InterestRate.objects.in_force().count() == 1


def test_two_updates_at_once_propose_once() -> None:
    said = read(archive(*LATE, ("2026-10-08", "3,50")), name="NBP")
    update = lambda: take(said, origin="NBP", on=TODAY, as_of=TODAY, now=NOW)  # noqa: E731
    assert together(update, update, update) == ["done"] * 3
    assert InterestRate.objects.waiting().count() == 1
