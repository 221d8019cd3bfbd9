"""A customer answers a balance on the portal: its own, once, while the campaign is open."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dunning.actions import close_campaign
from dunning.models import BalanceRequest, Task
from dunning.states import TaskKind
from receivables import clock
from receivables.documents.models import Document
from tests.web.portal.world import World

pytestmark = pytest.mark.django_db
SAID = {"answer": "agrees", "theirs": "", "explanation": "", "signed_by": "Jan Nowak", "is_authorised": "on"}


def address(row: BalanceRequest) -> str:
    return reverse("portal:balance", kwargs={"pk": row.pk})


@pytest.fixture
def asked(world: World) -> BalanceRequest:
    return BalanceRequest.objects.get(customer=world.mine)


def test_the_account_leads_there_until_it_is_answered(mine: Client, asked: BalanceRequest) -> None:
    assert address(asked) in mine.get(reverse("portal:account")).text
    page = mine.get(address(asked)).text
    assert "1730,50" in page.replace("\xa0", "") and "Brak odpowiedzi nie oznacza zgody" in page
    response = mine.post(address(asked), SAID)
    assert (response.status_code, response.headers["Location"]) == (302, address(asked))
    asked.refresh_from_db()
    assert (asked.answer, asked.came_by, asked.entered_by) == ("agrees", "portal", None)
    assert asked.signed_by.startswith("Jan Nowak (") and not Task.objects.filter(kind=TaskKind.BALANCE_DIFFERS).exists()
    assert address(asked) not in mine.get(reverse("portal:account")).text
    assert "<form" not in mine.get(address(asked)).text.partition("<main")[2].partition("</main")[0]


def test_a_difference_says_what_and_opens_a_task(mine: Client, asked: BalanceRequest) -> None:
    said = {**SAID, "answer": "differs", "theirs": "1 300,50", "explanation": "Brak korekty <b>3</b>"}
    assert mine.post(address(asked), said).status_code == 302
    asked.refresh_from_db()
    assert (asked.answer, asked.their_balance, asked.explanation) == ("differs", Decimal("1300.50"), "Brak korekty <b>3</b>")
    assert Task.objects.get(kind=TaskKind.BALANCE_DIFFERS).about == f"balance:{asked.pk}"
    assert "<b>3</b>" not in mine.get(address(asked)).text


@pytest.mark.parametrize(("side", "is_ours"), [("theirs", False), ("ours", True), ("", True)])
def test_a_difference_may_be_in_the_customers_favour(mine: Client, asked: BalanceRequest, side: str, is_ours: bool) -> None:
    assert "na Państwa korzyść" in mine.get(address(asked)).text
    said = {**SAID, "answer": "differs", "theirs": "300,50", "explanation": "Nadpłata", "side": side}
    assert mine.post(address(asked), said).status_code == 302
    asked.refresh_from_db()
    assert (asked.their_balance, asked.their_is_ours) == (Decimal("300.50"), is_ours)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"answer": "differs"}, "Napisz, co się nie zgadza"),
        ({"answer": "differs", "explanation": "x", "theirs": "1.001"}, "kwota"),
        ({"answer": "differs", "explanation": "x", "theirs": "-1"}, "0"),
        ({"answer": "nonsense"}, "nonsense"),
        ({"signed_by": " "}, "wymagane"),
        ({"is_authorised": ""}, "wymagane"),
    ],
)
def test_an_answer_that_cannot_be_changes_nothing(mine: Client, asked: BalanceRequest, changes: dict[str, str], says: str) -> None:
    response = mine.post(address(asked), {**SAID, **changes})
    assert response.status_code == 422 and says in response.text
    asked.refresh_from_db()
    assert asked.answer == ""


def test_a_second_answer_changes_nothing(mine: Client, asked: BalanceRequest) -> None:
    mine.post(address(asked), SAID)
    response = mine.post(address(asked), {**SAID, "answer": "differs", "explanation": "jednak nie"})
    assert response.status_code == 422
    asked.refresh_from_db()
    assert asked.answer == "agrees"


def test_anothers_closed_or_unsent_is_not_there(mine: Client, world: World, asked: BalanceRequest) -> None:
    for customer in (world.theirs, world.foreign):
        row = BalanceRequest.objects.get(customer=customer)
        assert mine.get(address(row)).status_code == mine.post(address(row), SAID).status_code == 404
        row.refresh_from_db()
        assert row.answer == ""
    close_campaign(asked.campaign, on=world.on, now=clock.now())
    assert mine.get(address(asked)).status_code == mine.post(address(asked), SAID).status_code == 404
    assert address(asked) not in mine.get(reverse("portal:account")).text


def test_a_form_of_another_site_answers_nothing(world: World, asked: BalanceRequest, sign_in: Callable[[str], Client]) -> None:
    browser: Any = sign_in(world.email)
    browser.handler.enforce_csrf_checks = True
    assert browser.post(address(asked), SAID).status_code == 403
    asked.refresh_from_db()
    assert asked.answer == ""


def test_a_paper_is_kept_with_the_answer_and_only_with_it(mine: Client, asked: BalanceRequest) -> None:
    def sent(paper: SimpleUploadedFile, **said: str) -> int:
        return mine.post(address(asked), {**SAID, **said, "part_b": paper}).status_code

    assert sent(SimpleUploadedFile("x.html", b"<script>alert(1)</script>", "application/pdf")) == 422
    assert sent(SimpleUploadedFile("b.pdf", b"%PDF-1.7" + b"0" * (10 * 1024 * 1024))) == 422
    assert sent(SimpleUploadedFile("b.pdf", b"%PDF-1.7 B"), answer="differs") == 422  # it does not say what differs
    assert not Document.objects.filter(kind="balance_part_b").exists()
    assert sent(SimpleUploadedFile("cz\u0119\u015b\u0107 B.pdf", b"%PDF-1.7 B", "text/html")) == 302
    asked.refresh_from_db()
    assert asked.part_b is not None
    assert (asked.part_b.name, asked.part_b.media_type, bytes(asked.part_b.content)) == ("część B.pdf", "application/pdf", b"%PDF-1.7 B")
    assert "część B.pdf" in mine.get(address(asked)).text
