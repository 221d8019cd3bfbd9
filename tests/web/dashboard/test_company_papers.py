"""The company's own papers on the screens: the payment policy, which the portal then shows, and the stamp."""

from typing import Any

import pytest
from django.urls import reverse

from dunning.models import Agency
from receivables.documents import actions as documents
from receivables.documents.models import Document
from tests.web.dashboard import world as w
from tests.web.dashboard.world import World


def page(world: World, role: str = "manager", **query: str) -> Any:
    return world.client(role).get(reverse("dashboard:company_papers"), query, headers={"accept-language": "en"})


def test_the_policy_reads_as_the_settings_are_and_is_made_once_asked(world: World, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.CLOCK = w.NOW
    pages: list[str] = []
    monkeypatch.setattr(documents, "render_pdf", lambda html: (pages.append(html), b"%PDF")[1])
    shown = page(world, language="en")
    assert (
        "PL61 1090 1014 0000 0712 1981 2874" in " ".join(shown.text.split())
        and "Complaints" in shown.text
        and "a demand for payment" in shown.text
    )
    made = world.client("manager").post(reverse("dashboard:company_papers"), {"language": "pl"}, headers={"accept-language": "en"})
    assert made.status_code == 302
    kept = Document.objects.filter(creditor=world.ours.creditor, kind="payment_policy").latest("pk")
    assert kept.number == "PP/2026/0001" and "Zasady płatności" in pages[-1]
    assert page(world, "clerk").status_code == 403


def test_the_stamp_is_drawn_in_the_language_chosen(world: World) -> None:
    Agency.objects.create(creditor=world.ours.creditor, slug="w", name=f"Windykacja {w.ATTACK}")
    shown = page(world, stamp_language="de")
    assert "Zahlungsfristen" in shown.text and w.ATTACK not in shown.text
    client, address = world.client("viewer"), reverse("dashboard:stamp_file")
    png = client.get(address, {"stamp_language": "de", "agency": "Inkasso"})
    assert png["Content-Type"] == "image/png" and b"".join(png.streaming_content).startswith(b"\x89PNG")
    svg = client.get(address, {"as": "svg"})
    assert svg["Content-Type"] == "image/svg+xml" and b"<script" not in b"".join(svg.streaming_content)
    assert client.get(address, {"agency": "", "register": ""}).status_code == 404
