"""Rates of two people: what the database refuses, what the verbs refuse, and what the book says then."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from receivables.audit.actions import verify
from receivables.audit.models import Entry
from receivables.core.errors import Refused
from receivables.countries.rates import MissingRate, shipped
from receivables.rates.actions import approve_rate, confirm_rates, refuse_rate
from receivables.rates.models import Confirmation, DayRate, InterestRate, Look, MidRate, Revision
from receivables.rates.stored import current_book
from receivables.rates.words import RateRow
from tests.builders import make_user
from tests.db.rates.world import NOW, TODAY, a_mid, a_rate, approved, entered, two_people

pytestmark = pytest.mark.django_db


def stored(row: InterestRate | MidRate, **others: Any) -> InterestRate | MidRate:
    """Past the verbs."""
    for name, value in {"entered_at": NOW, **others}.items():
        setattr(row, name, value)
    if isinstance(row, MidRate) and not row.month:
        row.month = row.rate_on.replace(day=1)
    row.save(force_insert=True)
    return row


CASES: list[Any] = [
    pytest.param("interest_rate_is_possible", lambda one, other: stored(a_rate("50.01")), id="a rate above 50"),
    pytest.param("interest_rate_is_possible", lambda one, other: stored(a_rate("-5.01")), id="a rate below -5"),
    pytest.param(
        "interest_rate_ends_after_it_begins", lambda one, other: stored(a_rate(known_until="2026-09-09")), id="ends before it begins"
    ),
    pytest.param("interest_rate_has_a_source", lambda one, other: stored(a_rate(source="")), id="no source"),
    pytest.param("interest_rate_country_is_iso", lambda one, other: stored(a_rate(country="pl")), id="no country"),
    pytest.param(
        "interest_rate_takes_two",
        lambda one, other: stored(a_rate(), author=one, approver=one, approved_at=NOW),
        id="approved by its author",
    ),
    pytest.param("interest_rate_is_approved_or_refused", lambda one, other: stored(a_rate(), approved_at=NOW), id="approved by nobody"),
    pytest.param(
        "interest_rate_is_approved_or_refused",
        lambda one, other: stored(a_rate(), approver=one, approved_at=NOW, refuser=one, refused_at=NOW),
        id="approved and refused",
    ),
    pytest.param("interest_rate_is_approved_or_refused", lambda one, other: stored(a_rate(), refused_at=NOW), id="refused by nobody"),
    pytest.param(
        "interest_rate_superseded_was_approved", lambda one, other: stored(a_rate(), superseded_at=NOW), id="superseded while it waits"
    ),
    pytest.param(
        "one_interest_rate_in_force_a_day",
        lambda one, other: [stored(a_rate(), author=one, approver=other, approved_at=NOW) for _ in range(2)],
        id="two rates of a day",
    ),
    pytest.param("mid_rate_is_positive", lambda one, other: stored(a_mid("0")), id="a euro for nothing"),
    pytest.param("mid_rate_is_of_its_month", lambda one, other: stored(a_mid(), month=date(2026, 7, 1)), id="another month"),
    pytest.param("mid_rate_is_of_its_month", lambda one, other: stored(a_mid(), month=date(2026, 8, 2)), id="not the first of the month"),
    pytest.param("mid_rate_is_of_its_month", lambda one, other: stored(a_mid(), month=date(2025, 8, 1)), id="another year"),
    pytest.param("mid_rate_has_a_source", lambda one, other: stored(a_mid(source="")), id="a mid rate without source"),
    pytest.param("mid_rate_country_is_iso", lambda one, other: stored(a_mid(country="P1")), id="a mid rate of no country"),
    pytest.param(
        "mid_rate_takes_two", lambda one, other: stored(a_mid(), author=one, approver=one, approved_at=NOW), id="a mid rate of one person"
    ),
    pytest.param("mid_rate_is_approved_or_refused", lambda one, other: stored(a_mid(), approver=one), id="a mid rate half approved"),
    pytest.param(
        "mid_rate_superseded_was_approved", lambda one, other: stored(a_mid(), superseded_at=NOW), id="a waiting mid rate superseded"
    ),
    pytest.param(
        "one_mid_rate_in_force_a_month",
        lambda one, other: [stored(a_mid(), author=one, approver=other, approved_at=NOW) for _ in range(2)],
        id="two mid rates of a month",
    ),
    pytest.param("one_revision_of_rates", lambda one, other: Revision.objects.create(pk=2, key="0" * 32), id="a second revision"),
    pytest.param("confirmed_once_a_day", lambda one, other: [confirmation() for _ in range(2)], id="confirmed twice"),
    pytest.param("day_rate_kept_once", lambda one, other: [day_rate() for _ in range(2)], id="a day rate kept twice"),
    pytest.param("day_rate_is_positive", lambda one, other: day_rate(price="0"), id="a currency for nothing"),
    pytest.param("day_rate_is_of_no_later_table", lambda one, other: day_rate(table_on="2026-11-20"), id="a table of a later day"),
    pytest.param("day_rate_has_its_table", lambda one, other: day_rate(table_number=""), id="a day rate of no table"),
    pytest.param("confirmation_ends_after_it_begins", lambda one, other: confirmation("2026-03-04"), id="confirmed before it begins"),
]


def confirmation(until: str = "2026-11-28") -> Confirmation:
    day = date(2026, 3, 5)
    return Confirmation.objects.create(
        country="PL", regime="nbp_reference", valid_from=day, rate_percent="3.75", known_until=until, source="NBP", at=NOW
    )


def day_rate(**changes: Any) -> DayRate:
    said = {"price": "4.3012", "table_on": "2026-11-19", "table_number": "224/A/NBP/2026", "source": "NBP, table A", **changes}
    return DayRate.objects.create(country="PL", currency="EUR", on="2026-11-19", at=NOW, **said)


@pytest.mark.parametrize(("constraint", "deed"), CASES)
def test_the_database_refuses(constraint: str, deed: Any) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        deed(*two_people())


def test_every_constraint_of_rates_is_tripped_here() -> None:
    named = {one.name for model in (InterestRate, MidRate, DayRate, Confirmation, Revision) for one in model._meta.constraints}
    assert named == {case.values[0] for case in CASES}


@pytest.mark.parametrize(
    "change",
    [
        {"rate_percent": "3.25"},
        {"valid_from": date(2026, 9, 11)},
        {"known_until": date(2026, 12, 31)},
        {"source": "elsewhere"},
        {"approved_at": None, "approver": None},
    ],
)
def test_what_is_approved_is_never_edited(change: dict[str, Any]) -> None:
    row = approved(a_rate())
    with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
        InterestRate.objects.filter(pk=row.pk).update(**change)


def test_what_waits_is_not_edited_either_and_what_is_refused_stays_so() -> None:
    row = entered(a_mid())
    with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
        MidRate.objects.filter(pk=row.pk).update(price="4.20")
    refuse_rate(row, by=make_user(), now=NOW)
    with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
        MidRate.objects.filter(pk=row.pk).update(refused_at=None, refuser=None)


@pytest.mark.parametrize("model", [InterestRate, MidRate, Confirmation, Look])
def test_nothing_is_deleted(model: Any) -> None:
    approved(a_rate())
    approved(a_mid())
    confirmation()
    Look.objects.create(at=NOW, on=TODAY, origin="NBP")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.all()._raw_delete("default")


def test_a_rate_counts_once_another_person_has_approved_it() -> None:
    author, approver = two_people()
    row = entered(a_rate(), by=author)
    with pytest.raises(MissingRate):
        current_book().table("PL", "nbp_reference").on(TODAY)
    with pytest.raises(Refused, match="Somebody else"):
        approve_rate(row, by=author, on=TODAY, now=NOW)
    approve_rate(row, by=approver, on=TODAY, now=NOW)
    rate = current_book().table("PL", "nbp_reference").on(TODAY)
    assert (str(rate.percent), rate.source) == ("3.50", "NBP, 2026-09-09")
    with pytest.raises(Refused, match=r"decided already: (approved|zatwierdzona)"):
        approve_rate(row, by=approver, on=TODAY, now=NOW)


def test_what_the_program_entered_any_person_may_approve() -> None:
    approve_rate(entered(a_rate()), by=make_user(), on=TODAY, now=NOW)
    assert current_book().table("PL", "kc_delay").on(TODAY).percent == Decimal("9.00")


def test_every_derived_rate_follows_from_one_entered_fact() -> None:
    approved(a_rate("3.50", "2027-01-01", "2027-01-10"))
    book = current_book()
    found = {regime: str(book.table("PL", regime).on(date(2027, 1, 10)).percent) for country, regime in book.tables if country == "PL"}
    assert found == {
        "nbp_reference": "3.50",
        "kc_delay": "9.00",
        "kc_delay_max": "18.00",
        "kc_capital": "7.00",
        "kc_capital_max": "14.00",
        "commercial_delay": "13.50",
        "commercial_delay_public_health": "11.50",
    }
    assert book.table("PL", "commercial_delay").known_until() == date(2027, 6, 30)
    assert "art. 481 par. 2 KC; NBP, 2026-09-09" in book.table("PL", "kc_delay").rates[-1].source


def test_days_between_what_is_shipped_and_what_is_entered_stay_unknown() -> None:
    approved(a_rate())
    with pytest.raises(MissingRate, match=r"PL.*kc_delay.*2026-09-09"):
        current_book().table("PL", "kc_delay").on(date(2026, 9, 9))


def test_the_shipped_rates_are_as_they_were_beside_the_entered_ones() -> None:
    approved(a_rate())
    for key, table in shipped().tables.items():
        assert current_book().tables[key].rates[: len(table.rates)] == table.rates


def test_a_correction_needs_its_reason_and_supersedes() -> None:
    first = approved(a_rate("3.50"))
    with pytest.raises(Refused, match=r"Known is 3.50 % from 2026-09-10.*Give the reason"):
        entered(a_rate("3.25"))
    second = approved(a_rate("3.25", reason="Read from the wrong line of the announcement."))
    first.refresh_from_db()
    assert (first.superseded_at, second.superseded_at) == (NOW, None)
    assert str(current_book().table("PL", "kc_delay").on(TODAY).percent) == "8.75"
    assert Entry.objects.get(subject=f"rates.InterestRate:{second.pk}", verb="rate_approved").facts["superseded"] == 1


def test_a_shipped_rate_is_corrected_only_with_a_reason() -> None:
    with pytest.raises(Refused, match=r"Known is 3.75 % from 2026-03-05"):
        entered(a_rate("3.70", "2026-03-05", "2026-08-25"))
    approved(a_rate("3.70", "2026-03-05", "2026-08-25", reason="Shipped wrong."))
    assert str(current_book().table("PL", "kc_delay").on(date(2026, 8, 1)).percent) == "9.20"


def test_a_person_extends_how_long_a_rate_is_known_without_a_reason() -> None:
    approved(a_rate("3.75", "2026-03-05", "2026-11-28"))
    assert current_book().table("PL", "kc_delay").known_until() == TODAY
    with pytest.raises(Refused, match="known already"):
        entered(a_rate("3.75", "2026-03-05", "2026-11-28"))


def test_two_people_may_not_approve_two_truths_without_a_reason() -> None:
    one, other = entered(a_rate("3.50")), entered(a_rate("3.25"))
    approve_rate(one, by=make_user(), on=TODAY, now=NOW)
    with pytest.raises(Refused, match="Give the reason"):
        approve_rate(other, by=make_user(), on=TODAY, now=NOW)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        pytest.param(lambda: a_rate(regime="kc_delay"), "follows from nbp_reference by law", id="a derived rate"),
        pytest.param(
            lambda: a_rate(regime="libor"), "PL has no rate named 'libor' that is entered. Known: nbp_reference.", id="unknown regime"
        ),
        pytest.param(lambda: a_rate(country="XX"), "No rates of that country are known", id="unknown country"),
        pytest.param(lambda: a_rate(known_until="2026-09-09"), "before it begins", id="ends before it begins"),
        pytest.param(lambda: a_rate("9.00"), "From 3.75 % to 9.00 % is more than 5 points", id="a jump"),
        pytest.param(lambda: a_rate("3.50", "2027-01-30", "2027-02-01"), "Too far ahead", id="begins too far ahead"),
        pytest.param(lambda: a_rate("3.50", "2026-11-01", "2027-11-30"), "Too far ahead", id="known too far ahead"),
        pytest.param(lambda: a_mid(rate_on="2026-08-28"), "last working day of that month is 2026-08-31", id="not the last working day"),
        pytest.param(lambda: a_mid(rate_on="2026-11-30"), "2026-11-30 is to come", id="a mid rate to come"),
        pytest.param(lambda: a_mid("4.3128", "2026-07-31"), "This is known already", id="a known mid rate"),
        pytest.param(lambda: a_mid("4.2815", "2026-01-30"), "For that month 4.2131 on 2026-01-30 is known", id="the demonstration's rate"),
        pytest.param(lambda: a_mid("43.128"), "A month before it was 4.3128", id="a slipped comma"),
    ],
)
def test_what_nobody_may_enter(row: Any, complaint: str) -> None:
    with pytest.raises(Refused, match=complaint):
        entered(row())
    assert not InterestRate.objects.exists() and not MidRate.objects.exists()


def test_a_jump_with_its_reason_is_entered() -> None:
    approved(a_rate("9.00", reason="Extraordinary meeting of 2026-09-09."))
    assert str(current_book().table("PL", "kc_delay").on(TODAY).percent) == "14.50"


def test_an_approved_mid_rate_serves_the_month_after_it() -> None:
    approved(a_mid())
    assert str(current_book().euro_before("PL", date(2026, 9, 1)).price) == "4.2500"
    approved(a_mid("4.2600", reason="Read from the wrong table."))
    assert str(current_book().euro_before("PL", date(2026, 9, 1)).price) == "4.2600"


def test_confirming_twice_is_as_once_and_extends_what_is_known() -> None:
    row = RateRow("a", "PL", "nbp_reference", date(2026, 3, 5), TODAY, Decimal("3.75"), "NBP")
    assert [confirm_rates([row], now=NOW), confirm_rates([row], now=NOW)] == [1, 0]
    rate = current_book().table("PL", "kc_delay").on(TODAY)
    assert (str(rate.percent), rate.known_until) == ("9.25", TODAY)
    assert rate.source.endswith("confirmed through 2026-11-28: NBP")
    assert Entry.objects.filter(verb="rates_confirmed").count() == 1


def test_a_confirmation_of_a_rate_that_was_corrected_since_says_nothing() -> None:
    confirm_rates([RateRow("a", "PL", "nbp_reference", date(2026, 3, 5), TODAY, Decimal("3.75"), "NBP")], now=NOW)
    approved(a_rate("3.70", "2026-03-05", "2026-08-25", reason="Shipped wrong."))
    assert current_book().table("PL", "kc_delay").known_until() == date(2026, 8, 25)


def test_the_book_costs_one_query_and_is_read_again_after_a_change() -> None:
    approved(a_rate())
    current_book()
    with CaptureQueriesContext(connection) as queries:
        assert current_book() is current_book()
    assert len(queries) == 2
    approved(a_mid())
    assert ("PL", "2026-08") in current_book().mids


def test_a_change_that_is_rolled_back_leaves_the_book() -> None:
    approved(a_rate())
    before = current_book()
    with pytest.raises(RuntimeError), transaction.atomic():
        approved(a_mid())
        assert ("PL", "2026-08") in current_book().mids
        raise RuntimeError
    assert current_book() is before


def test_what_was_done_stands_on_the_chain_of_the_installation() -> None:
    approved(a_rate())
    refuse_rate(entered(a_mid()), by=make_user(), now=NOW)
    verbs = list(Entry.objects.filter(creditor=None).order_by("sequence").values_list("verb", flat=True))
    assert verbs == ["rate_entered", "rate_approved", "rate_entered", "rate_refused"]
    assert verify(None) == []
