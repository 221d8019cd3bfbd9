"""The team's worked examples of Polish claims, held against our own reckoning."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from receivables.core.calendar import next_working_day
from receivables.countries.interest import Stand, late_interest
from receivables.countries.law import pack_of
from receivables.countries.rates import shipped
from receivables.countries.rules import calendar_of
from receivables.countries.words import Debtor, Sale
from tests.shared_files import SHARED, needs_shared

FILE = SHARED / "reference/worked_examples.json"
EXAMPLES: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["examples"] if FILE.is_file() else []
STATUTORY = [example for example in EXAMPLES if "contract_rate_percent" not in example]
SALES = {"sale": Sale.GOODS, "service_business": Sale.SERVICES}
pytestmark = needs_shared


def day(text: str) -> date:
    return date.fromisoformat(text)


def due(example: dict[str, Any]) -> date:
    return next_working_day(calendar_of("PL"), day(example["due_date"]))


def stands(example: dict[str, Any]) -> list[Stand]:
    """What was open at the start of each day, as the example spread its payments."""
    paid = [(day(payment["date"]), Decimal(payment["principal_after"])) for payment in example["payments"]]
    return [Stand(date.min, Decimal(example["amount"])), *(Stand(date.fromordinal(on.toordinal() + 1), left) for on, left in paid)]


@pytest.mark.parametrize("example", STATUTORY, ids=lambda example: example["id"])
def test_interest_is_that_of_the_example_period_by_period(example: dict[str, Any]) -> None:
    first = date.fromordinal(due(example).toordinal() + 1)
    found = late_interest(
        stands(example), shipped().table("PL", example["regime"]), first_on=first, last_on=day(example["as_of"]), currency="PLN"
    )
    periods = [
        {
            "from": str(period.first_on),
            "to": str(period.last_on),
            "days": period.days,
            "rate_percent": str(period.rate_percent),
            "principal": str(period.principal),
            "interest": str(period.amount),
        }
        for period in found.periods
    ]
    assert str(due(example)) == example["effective_due_date"]
    assert periods == [{name: value for name, value in period.items() if name != "formula"} for period in example["interest_periods"]]
    assert str(found.total.quantize(Decimal("0.01"))) == example["interest_total"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["id"])
def test_compensation_is_that_of_the_example(example: dict[str, Any]) -> None:
    found = pack_of("PL", on=due(example)).compensation(
        Debtor(example["debtor"]), Decimal(example["amount"]), example["currency"], due_on=due(example), rates=shipped()
    )
    expected = example["recompense"]
    if not expected["due"]:
        assert found is None
        return
    basis = expected["basis_month_of_day_after_effective_due_date"]
    assert found is not None
    assert (str(found.amount), found.euro, str(found.rate_on), found.table) == (
        expected["pln"],
        expected["eur"],
        basis["rate_date"],
        basis["nbp_table"],
    )


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e["debtor"] == "consumer" and e["claim_kind"] in SALES], ids=lambda e: e["id"])
def test_a_consumer_s_debt_is_barred_from_the_day_after_the_year_s_end(example: dict[str, Any]) -> None:
    pack = pack_of("PL", on=due(example))
    barred = pack.barred_from(Debtor.CONSUMER, SALES[example["claim_kind"]], due_on=day(example["due_date"]))
    assert barred is not None and str(date.fromordinal(barred.toordinal() - 1)) == example["limitation"]["act_before_conservative"]
