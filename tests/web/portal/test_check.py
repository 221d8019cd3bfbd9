"""Is this letter real? The public page says who, which number and which account, to nobody more, and not without end."""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from receivables.accounts.models import Creditor
from receivables.documents.actions import store
from receivables.portal import check
from tests.unit.paper_samples import SAMPLES
from tests.unit.papers import facts

NOW = datetime(2026, 5, 3, 9, tzinfo=UTC)
CODE = "7KQ4MZ2T9A"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _paper() -> None:
    cache.clear()
    creditor = Creditor.objects.create(slug="checked", name="Żółta Łódź sp. z o.o.")
    store(creditor, kind="demand", name="a.pdf", content=b"a", number="W/2026/0001", facts=facts(), now=NOW, code=CODE)
    store(creditor, kind="demand", name="b.pdf", content=b"b", number="W/2026/0002", facts=facts(), now=NOW)  # from before there were codes
    said = SAMPLES["assignment_notice"][1]()
    store(creditor, kind="assignment_notice", name="c.pdf", content=b"c", number="ZP/2026/0001", facts=said, now=NOW, code="0" * 10)


@pytest.mark.parametrize("typed", [CODE, "7KQ4-MZ2T-9A", "7kq4 mz2t 9a"])
def test_a_code_confirms_creditor_number_and_account_and_nothing_more(typed: str) -> None:
    page = Client().get(reverse("check_code", args=[typed]))
    assert page.status_code == 200
    for told in ("Żółta Łódź sp. z o.o.", "W/2026/0001", "PL61 1090 1014 0000 0712 1981 2874"):
        assert told in page.text
    for secret in ("Brzęczyszczykiewicz", "Gęsia", "901", "FV/2026/0001", "K-417", "1132191233"):
        assert secret not in page.text


def test_the_account_is_that_of_the_payee() -> None:
    assert "PL24 1600 0003 5175 5306 4331 4956" in Client().get(reverse("check_code", args=["OOOO-0000-00"])).text


@pytest.mark.parametrize("typed", ["7KQ4MZ2T9B", "7KQ4", "x", "W-2026-0001", "%00", "AAAAAAAAA\0", "ŻŻŻŻŻŻŻŻŻŻ"])
def test_an_unknown_code_is_said_to_be_unknown(typed: str) -> None:
    page = Client().get(reverse("check_code", args=[typed]))
    assert (
        page.status_code == 404
        and "Żółta Łódź" not in page.text.replace("<p>Żółta Łódź sp. z o.o.</p>", "").split("<main")[1].split("</main")[0]
    )


def test_the_form_leads_to_the_answer() -> None:
    browser = Client()
    assert browser.get(reverse("check")).status_code == 200
    assert browser.post(reverse("check"), {"code": "7kq4-mz2t-9a"}).headers["Location"] == reverse("check_code", args=[CODE])
    for nothing in ("", "/../", "…"):
        assert browser.post(reverse("check"), {"code": nothing}).headers["Location"] == reverse("check")


def test_a_network_gets_so_many_answers_and_then_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "TRIES", 3)
    browser, address = Client(), reverse("check_code", args=[CODE])
    assert [browser.get(address).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert browser.get(address, REMOTE_ADDR="203.0.113.9").status_code == 200
    assert "PL61" not in browser.get(address).text
