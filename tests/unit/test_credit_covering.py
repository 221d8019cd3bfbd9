"""What an insurer's limit covers: in the order of due dates, and only of what a policy covers."""

from datetime import date
from decimal import Decimal

from receivables.credit.covering import Debt, Limit, Policy, covers

D = date(2026, 3, 2)


def test_what_no_policy_covers_takes_nothing_of_the_limit() -> None:
    policy = Policy(1, "KUKE", "P/1", notify_days=60, percent=Decimal(90), since=D)
    before = Debt(1, issued_on=date(2026, 3, 1), due_on=date(2026, 3, 15), currency="PLN", open=Decimal(500))
    after = Debt(2, issued_on=D, due_on=date(2026, 3, 16), currency="PLN", open=Decimal(500))
    found = covers(Limit(Decimal(500), "PLN"), [before, after], [policy])
    assert [(one.covered, one.policy, one.notify_by) for one in found] == [
        (Decimal(0), None, None),
        (Decimal("450.00"), policy, date(2026, 5, 15)),
    ]
