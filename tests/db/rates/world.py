"""People who enter rates, and rates as they do."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from receivables.accounts.models import User
from receivables.rates.actions import approve_rate, enter_mid, enter_rate
from receivables.rates.models import InterestRate, MidRate
from tests.builders import make_user

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 28)


def a_rate(percent: str = "3.50", valid_from: str = "2026-09-10", known_until: str = "2026-11-28", **others: Any) -> InterestRate:
    """Not stored: NBP's reference rate from 10 September 2026, known through today."""
    fields = {"country": "PL", "regime": "nbp_reference", "source": "NBP, 2026-09-09", **others}
    return InterestRate(
        rate_percent=Decimal(percent), valid_from=date.fromisoformat(valid_from), known_until=date.fromisoformat(known_until), **fields
    )


def a_mid(price: str = "4.2500", rate_on: str = "2026-08-31", **others: Any) -> MidRate:
    """Not stored: the mid rate of August 2026."""
    fields = {"country": "PL", "table_number": "168/A/NBP/2026", "source": "NBP", **others}
    return MidRate(price=Decimal(price), rate_on=date.fromisoformat(rate_on), **fields)


def two_people() -> tuple[User, User]:
    return make_user(), make_user()


def entered(row: InterestRate | MidRate, *, by: User | None = None) -> InterestRate | MidRate:
    if isinstance(row, MidRate):
        return enter_mid(row, by=by, on=TODAY, now=NOW)
    return enter_rate(row, by=by, on=TODAY, now=NOW)


def approved(row: InterestRate | MidRate) -> InterestRate | MidRate:
    """Entered by one, approved by another."""
    author, approver = two_people()
    return approve_rate(entered(row, by=author), by=approver, on=TODAY, now=NOW)
