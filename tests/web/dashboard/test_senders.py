"""The sender of mails in the browser: who sets it, who checks it, what is shown of it."""

from typing import Any

import pytest

from receivables.dashboard.views import senders as views
from receivables.messaging.models import Sender, SenderCheck
from receivables.messaging.sender.check import check
from receivables.messaging.senders import keep_check
from tests.unit.messaging.test_sender_check import SENDING, Zone, with_texts, zone
from tests.web.dashboard.test_deeds import post, said
from tests.web.dashboard.test_facts import page
from tests.web.dashboard.world import NOW, World

ANNA = {
    "name": "Anna Nowak, Rozliczenia",
    "address": "rozliczenia@firma.pl",
    "reply_to": "",
    "selectors": "s1, s2",
    "signature": "Anna Nowak",
}


def change(world: World, *, role: str = "manager", **changes: str) -> Any:
    return world.client(role).post("/company/sender/change/", {**ANNA, **changes}, headers={"accept-language": "en"})


def test_a_manager_sets_the_sender_and_everybody_sees_it(world: World) -> None:
    assert change(world, role="clerk").status_code == 403
    answer = change(world)
    assert answer.status_code == 302
    assert Sender.objects.get().selectors == ["s1", "s2"]
    shown = page(world, "sender", role="viewer")
    assert "Anna Nowak, Rozliczenia &lt;rozliczenia@firma.pl&gt;" in shown and "s1, s2" in shown
    assert "Not checked yet" in shown


@pytest.mark.parametrize(
    "changes",
    [{"address": "noreply@firma.pl"}, {"name": "Nie odpowiadaj"}, {"selectors": "a b$"}, {"signing_domain": "x y"}, {"name": ""}],
)
def test_what_is_refused_is_said_in_the_form(world: World, changes: dict[str, str]) -> None:
    assert change(world, **changes).status_code == 422
    assert not Sender.objects.exists()


def look(monkeypatch: pytest.MonkeyPatch, at: Zone) -> None:
    monkeypatch.setattr(views, "resolver", lambda: at)


def test_a_check_is_shown_with_what_to_do_and_the_first_screen_says_a_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    change(world, selectors="s1", reply_to="rozliczenia@firma.pl")
    look(monkeypatch, with_texts(spf=[]))
    assert post(world.client("clerk"), "sender_check").status_code == 403
    assert world.client("manager").get("/company/sender/check/").status_code == 405
    answer = post(world.client("manager"), "sender_check")
    assert answer.status_code == 302 and "checked" in said(answer)
    shown = page(world, "sender", role="viewer")
    assert "firma.pl has no SPF record." in shown and "such as: v=spf1 mx -all" in shown and "at fault" in shown
    assert "E-mails may not arrive" in page(world, "today", role="viewer")
    look(monkeypatch, zone())
    post(world.client("manager"), "sender_check")
    assert SenderCheck.objects.count() == 1
    assert "E-mails may not arrive" not in page(world, "today", role="viewer")


def test_dns_that_is_down_is_said_and_is_no_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    change(world)
    look(monkeypatch, Zone(down=("*",)))
    post(world.client("manager"), "sender_check")
    assert "no DNS server answered" in page(world, "sender", role="viewer")
    assert "E-mails may not arrive" not in page(world, "today", role="viewer")


def test_findings_are_told_in_polish(world: World) -> None:
    keep_check(world.ours.creditor, check(SENDING, with_texts(spf=[])), now=NOW)
    shown = world.client("viewer").get("/company/sender/", headers={"accept-language": "pl"}).content.decode()
    assert "firma.pl nie ma rekordu SPF." in shown
