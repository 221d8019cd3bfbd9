"""Register answers as packages to agencies and claims in court need them: numbers and the day of the check."""

from collections.abc import Sequence
from datetime import datetime

from dunning.agencies.registered import Registered
from invoices.models import Customer
from receivables.core.identifiers import check
from receivables.credit.checking import subject_of
from receivables.credit.models import RegisterAnswer


def registered(customer: Customer, before: datetime) -> Registered:
    """The newest answers about the customer's tax number that were kept by that moment; unknown ones say nothing. One query."""
    question = subject_of(customer).question(on=before.date())
    if question is None:
        return Registered()
    mine = RegisterAnswer.objects.filter(creditor=customer.creditor_id, country=question.country, number=question.number, account="")
    answers = list(mine.filter(asked_at__lte=before).exclude(verdict="unknown").order_by("-on", "-pk")[:20])
    checked_on = answers[0].on if answers else None
    return Registered(_newest("regon", answers), _newest("krs", answers), checked_on)


def _newest(kind: str, answers: Sequence[RegisterAnswer]) -> str:
    """The first number of that kind that can be right; empty where no register names one."""
    numbers = (check(kind, answer.facts.get(kind, "")) for answer in answers)
    return next((number.plain for number in numbers if number.is_valid and number.plain), "")
