"""What is refused is said in the language of the page, with days, amounts and steps as it writes them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils.translation import override

from receivables.core.errors import DomainError, Refused
from receivables.core.money import Money
from receivables.core.sentences import sentence
from receivables.dashboard.words import said
from tests.web.dashboard.world import World


def test_a_refusal_is_said_in_polish(world: World) -> None:
    address = reverse("dashboard:customer_hold", args=[world.ours.customer.pk])
    answer = world.client("clerk").post(address, {"until": "2026-11-01", "reason": "x"}, headers={"accept-language": "pl"})
    assert answer.status_code == 422
    assert "Wstrzymanie nie może się kończyć w przeszłości (01.11.2026)." in answer.content.decode()


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refused("A rate cannot be due in the past (%(due_on)s).", due_on=date(2026, 3, 1)), "w przeszłości (01.03.2026)."),
        (Refused("Only %(money)s of %(source)s is left; %(amount)s cannot be allocated.",
                 money=Money(Decimal("5.50"), "PLN"), source="P1", amount=Decimal(9)), "Z P1 zostało tylko 5,50\xa0zł"),
        (Refused("%(step)s is the last step; there is none above it.", step="overdue"), "„Ponaglenie” to ostatni krok"),
        (Refused("%(what)s is empty; write one.", what="The reason"), "Powód: pole jest puste"),
        (Refused("The rate must be above 0 and at most 100 % a year, with up to four decimals."), "100 % rocznie"),
        (Refused("Only %(open)s of this claim is open; %(amount)s cannot be waived.",
                 open=Money(Decimal(40), "EUR"), amount=Money(Decimal("40.01"), "EUR")), "nie można umorzyć 40,01\xa0€"),
        (Refused("The last day cannot be over (%(day)s). Choose today or a later day.", day=date(2026, 1, 1)), "(01.01.2026)"),
        (Refused("Nobody has translated 5 % of this."), "Nobody has translated 5 % of this."),
        (Refused(""), ""),
        (sentence("No dispute is open on %(name)s.", name="F/1"), "Na F/1 nie ma otwartego sporu."),
    ],
)  # fmt: skip
def test_facts_are_written_as_the_page_writes_them(refusal: Any, words: str) -> None:
    with override("pl"):
        assert words in said(refusal)


def test_a_command_says_the_same_in_english() -> None:
    error = DomainError("The agreement %(label)s has ended already.", label="U/1")
    assert (str(error), error.args) == ("The agreement U/1 has ended already.", ("The agreement U/1 has ended already.",))
