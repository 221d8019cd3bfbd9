"""The words of credit. Pure."""

from enum import StrEnum


class CreditState(StrEnum):
    """What a customer may buy: on invoice, only against prepayment, nothing."""

    OPEN = "open"
    PREPAYMENT = "prepayment"
    STOP = "stop"

    @property
    def rank(self) -> int:
        """The stricter, the higher."""
        return list(CreditState).index(self)


class Cause(StrEnum):
    """Why a credit state is what it is. What shops read as `reason`: never rename one."""

    NOTHING = "nothing_against"
    PERSON = "set_by_person"
    STOP_FACT = "stop_fact"
    WITH_AGENCY = "with_agency"
    LONG_OVERDUE = "long_overdue"
    OVERDUE = "overdue"
    BROKEN_PROMISE = "broken_promise"
    OVER_LIMIT = "over_limit"
    RATING = "rating"


class LimitKind(StrEnum):
    """Whose limit it is: our own for the customer, or an insurer's for what we sell them."""

    OWN = "own"
    INSURED = "insured"
