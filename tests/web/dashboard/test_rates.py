"""The page of rates, and what Today says of them."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from receivables.core.errors import Refused
from receivables.countries.rates import MissingRate
from receivables.dashboard.queries.rates import problem_words
from receivables.rates.models import DayRate, Look
from tests.db.rates.world import NOW, TODAY, a_mid, a_rate, entered
from tests.web.dashboard.world import World


@pytest.fixture
def clerk(world: World) -> Client:
    return world.client("viewer")


def text(client: Client, name: str, **query: str) -> str:
    answer = client.get(reverse(f"dashboard:{name}"), query, headers={"accept-language": "pl"})
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\xa0", " ").replace("&nbsp;", " ")


def test_the_page_says_what_is_known_until_when_and_where_it_was_read(clerk: Client) -> None:
    page = text(clerk, "rates")
    assert "PL · Odsetki za opóźnienie w transakcjach handlowych 13,75 %" in page
    assert "M.P. 2026 poz. 642" in page and "147/A/NBP/2026" in page and "4,3128" in page
    assert "wygasła" in page  # the floating rates are known through 25 August


def test_of_each_other_currency_the_newest_table_is_shown(clerk: Client) -> None:
    assert "Inne waluty" not in text(clerk, "rates")
    for day, price in (("2026-11-18", "0.010900"), ("2026-11-19", "0.010980")):
        table = {"table_number": f"{day[-2:]}/A/NBP/2026", "source": "NBP, table A"}
        DayRate.objects.create(country="PL", currency="HUF", on=day, table_on=day, price=price, at=NOW, **table)
    page = text(clerk, "rates")
    assert "HUF 0,01098 19 lis 2026 NBP, table 19/A/NBP/2026" in page and "18/A/NBP/2026" not in page


def test_all_rates_of_a_kind_are_listed_and_an_unknown_kind_is_not_found(clerk: Client) -> None:
    assert "12,25 %" in text(clerk, "rates", country="PL", regime="kc_delay")
    assert "4,2615" in text(clerk, "rates", country="PL", regime="euro")
    for query in ({"country": "PL", "regime": "x"}, {"regime": "kc_delay"}, {"country": "XX", "regime": "euro"}):
        assert clerk.get(reverse("dashboard:rates"), query).status_code == 404


def test_what_waits_is_shown_with_its_author_here_and_counted_today(clerk: Client) -> None:
    assert "stawk" not in text(clerk, "today")
    entered(a_rate("3.25", reason="Poprawka <b>"))
    entered(a_mid())
    page = text(clerk, "rates")
    assert "PL · Stopa referencyjna NBP 3,25 %" in page and "update_rates" in page and "Poprawka &lt;b&gt;" in page
    assert "2 stawki czekają na zatwierdzenie" in text(clerk, "today")


def test_a_missing_rate_and_a_source_that_failed_are_said_on_both_pages(clerk: Client) -> None:
    Look.objects.create(at=NOW, on=TODAY, origin="NBP", told=["api.nbp.pl answers 500."], failed=True)
    for name in ("today", "rates"):
        page = text(clerk, name)
        assert "PL: brak danych po 2026-08-25: stopa odsetek (kc_capital, kc_capital_max, kc_delay, kc_delay_max, nbp_reference)" in page
        assert "api.nbp.pl answers 500." in page


def test_a_source_that_answers_again_is_no_news(clerk: Client) -> None:
    Look.objects.create(at=NOW, on=TODAY, origin="NBP", told=["api.nbp.pl answers 500."], failed=True)
    Look.objects.create(at=NOW, on=TODAY, origin="NBP", told=[])
    assert "api.nbp.pl answers 500." not in text(clerk, "today")


def test_the_page_is_reached_from_the_navigation_and_the_admin_only_by_staff_of_it(world: World, clerk: Client) -> None:
    assert 'href="/rates/"' in clerk.get("/").content.decode()
    assert "/admin/rates/" not in clerk.get("/rates/").content.decode()
    world.people["viewer"].is_staff = True
    world.people["viewer"].save(update_fields=["is_staff"])
    assert "/admin/rates/interestrate/" in clerk.get("/rates/").content.decode()


def test_rates_that_many_claims_lack_are_said_once_in_the_language_of_the_page() -> None:
    days = [date(2026, 9, 1), date(2026, 11, 28), date(2026, 10, 2)]
    lacking = [MissingRate("%(day)s", country="PL", month="2026-08", day=day) for day in days]
    with override("pl"):
        words = problem_words([*lacking, MissingRate("%(day)s", country="PL", regime="kc_delay", day=days[0]), Refused("Odd.")])
    euro, interest, other = words
    assert euro.startswith("PL, kurs średni euro") and "od 01.09.2026 do 28.11.2026" in euro
    assert interest.startswith("PL, odsetki ustawowe") and other == "Odd."
