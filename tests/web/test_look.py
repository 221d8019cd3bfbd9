"""The components and filters: what they write, that it suits the strict Content-Security-Policy, that a screen reader can use it."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils import translation

from receivables.core.money import Money
from receivables.dashboard.templatetags import look
from tests.web import samples

PAGES = ("styleguide.html", "portal_guide.html")
STATIC = Path(settings.BASE_DIR) / "receivables" / "static"


@pytest.fixture(params=["pl", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    with translation.override(request.param):
        yield request.param


def page(name: str, **more: Any) -> str:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    two = [SimpleNamespace(pk=1), SimpleNamespace(pk=2)]
    context = {**samples.components(), "quarantine": True, "creditors": two, "creditor": two[0], **more}
    return str(samples.template(name).render(context, request))


class Elements(HTMLParser):
    """Every start tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.all if tag in tags]


@pytest.mark.parametrize(
    ("language", "value", "currency", "expected"),
    [
        pytest.param("pl", Decimal("1234.5"), "PLN", "1\xa0234,50\xa0zł", id="Polish"),
        pytest.param("pl", Decimal("-1234567.89"), "EUR", "−1\xa0234\xa0567,89\xa0€", id="Polish, negative"),
        pytest.param("en", Decimal("1234.5"), "PLN", "PLN\xa01,234.50", id="English sets a code apart"),
        pytest.param("en", Decimal("0"), "EUR", "€0.00", id="English, a sign"),
        pytest.param("pl", Decimal("1234"), "JPY", "1\xa0234\xa0JPY", id="no decimals"),
        pytest.param("pl", Money(Decimal("5"), "PLN"), "", "5,00\xa0zł", id="Money brings its currency"),
        pytest.param("pl", None, "PLN", "–", id="nothing"),
    ],
    indirect=["language"],
)
def test_amount(language: str, value: Any, currency: str, expected: str) -> None:
    assert look.amount(value, currency) == expected


def test_amounts_of_two_currencies_are_never_added_up() -> None:
    with translation.override("pl"):
        text = look.amounts({"PLN": Decimal("10"), "EUR": Decimal("2")})
    assert "10,00\xa0zł" in text
    assert "2,00\xa0€" in text


@pytest.mark.parametrize(
    ("style", "expected"),
    [("medium", "31 mar 2025"), ("long", "31 marca 2025"), ("weekday", "pon. 31 mar 2025")],
)
def test_day(style: str, expected: str) -> None:
    with translation.override("pl"):
        assert look.day(date(2025, 3, 31), style) == f'<time datetime="2025-03-31">{expected}</time>'


def test_moment_is_shown_in_the_zone_of_the_page() -> None:
    with translation.override("pl"):
        assert "31 mar 2025, 14:05" in look.moment(samples.NOON)


def test_an_unknown_state_is_muted() -> None:
    assert [look.tone("paid"), look.tone("no such state")] == ["ok", "muted"]


def test_ageing_of_nothing_draws_no_bar() -> None:
    parts = look.ageing_bar({}, "PLN")["parts"]
    assert [part.width for part in parts] == ["0.00%"] * 7


def test_ageing_fills_the_whole_bar() -> None:
    parts = look.ageing_bar(samples.components()["ageing"], "PLN")["parts"]
    assert sum(Decimal(part.width.rstrip("%")) for part in parts) == pytest.approx(100, abs=Decimal("0.05"))


@pytest.mark.parametrize("name", PAGES)
def test_pages_carry_no_inline_script_or_style(name: str, language: str) -> None:
    elements = Elements(page(name))
    assert not elements.named("style")
    assert all("src" in attrs for attrs in elements.named("script"))
    assert not [attrs for _tag, attrs in elements.all if any(key == "style" or key.startswith("on") for key in attrs)]


@pytest.mark.parametrize("name", PAGES)
def test_every_field_has_a_label_and_every_description_exists(name: str, language: str) -> None:
    elements = Elements(page(name))
    ids = [attrs["id"] for _tag, attrs in elements.all if attrs.get("id")]
    labelled = {attrs.get("for") for attrs in elements.named("label")}
    for control in elements.named("input", "select", "textarea"):
        assert control.get("type") == "hidden" or control.get("id") in labelled
        assert set((control.get("aria-describedby") or "").split()) <= set(ids)


@pytest.mark.parametrize("name", PAGES)
def test_headings_and_tables_can_be_read_aloud(name: str, language: str) -> None:
    text = page(name)
    elements = Elements(text)
    assert len(elements.named("h1")) == 1
    assert len(elements.named("table")) == len(elements.named("caption"))
    assert all(attrs.get("scope") in {"col", "row"} for attrs in elements.named("th"))
    assert re.search(rf'<html lang="{language}"', text)


def test_every_icon_that_is_named_is_drawn(language: str) -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "img" / "icons.svg").read_text(encoding="utf-8")))
    named = {name for each in PAGES for name in re.findall(r"icons[\w.]*svg#([\w-]*)", page(each))}
    assert named <= drawn


def test_the_portal_weighs_less_than_100_kilobytes() -> None:
    files = ("css/base.css", "css/portal.css", "img/logo.svg", "img/icons.svg", "js/copy.js")
    assert len(page("portal_guide.html").encode()) + sum((STATIC / name).stat().st_size for name in files) < 100_000


def test_scripts_are_small() -> None:
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 80 for path in STATIC.glob("js/*.js"))
