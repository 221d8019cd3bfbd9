"""The company's own texts in the browser: written with a look at them, refused with their place, published, brought back; the letterhead."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from receivables.texts.models import CompanyText
from tests.builders import make_customer, make_invoice
from tests.web.dashboard.world import DAY, TODAY, World

EDIT = "/texts/one/edit/?place=message&kind=overdue&language=pl"
LETTER = "/texts/one/edit/?place=paper&kind=demand&language=pl"
BODY = "Dzień dobry,\n\nprosimy o zapłatę {pay_by}.\n\n{items}\n\n{payment}"


def post(world: World, address: str, *, role: str = "manager", live: bool = False, **said: Any) -> Any:
    headers = {"accept-language": "en", **({"x-look": "live"} if live else {})}
    return world.client(role).post(address, {"based_on": 0, "reason": "", **said}, headers=headers)


def test_a_text_is_looked_at_on_a_real_customer_then_published_compared_and_brought_back(world: World) -> None:
    customer = make_customer(world.ours.creditor, number="nasza-9")
    make_invoice(customer, "100.00", number="nasza/9", issued_on=TODAY - 30 * DAY, due_on=TODAY - 10 * DAY)
    begin = world.client("manager").get(EDIT, headers={"accept-language": "en"}).content.decode()
    assert "na naszym rachunku nie widzimy jeszcze zapłaty" in begin and "{transfer_title}" in begin

    look = post(world, EDIT, live=True, body=BODY, customer=customer.pk).content.decode()
    assert "<html" not in look and "nasza/9" in look and "do dnia" in look and "1 part" in look
    frame = look.partition('src="')[2].partition('"')[0].replace("&amp;", "&")
    inside = world.client("manager").get(frame)
    assert "nasza/9" in inside.content.decode() and "sandbox" in inside["Content-Security-Policy"]
    assert world.client("approver").get(frame).status_code == 403
    assert "This look is over" in world.client("both").get(frame, headers={"accept-language": "en"}).content.decode()

    assert post(world, EDIT, body=BODY, publish=1).status_code == 422  # no reason
    assert post(world, EDIT, body=BODY, publish=1, reason="krócej").status_code == 302
    assert post(world, EDIT, body=BODY.replace("Dzień", "Miły dzień"), publish=1, reason="milej", based_on=1).status_code == 302
    page = world.client("viewer").get(EDIT.replace("edit/", ""), headers={"accept-language": "en"}).content.decode()
    assert "krócej" in page and "<ins>+Miły dzień dobry," in page and "Bring it back" not in page
    first = CompanyText.objects.get(place="message", version=1)
    assert post(world, f"/texts/versions/{first.pk}/restore/", based_on=2, reason="wracamy").status_code == 302
    assert CompanyText.objects.get(place="message", version=3).restores == 1
    assert "own words, version 3" in world.client("viewer").get("/texts/", headers={"accept-language": "en"}).content.decode()


@pytest.mark.parametrize(
    ("address", "said", "words"),
    [
        (EDIT, {"body": "{items}\n\n{payment}\n\n{{ settings }}"}, "Line 5, sign 1: A brace stands here"),
        (EDIT, {"body": "{items}"}, "The placeholder {payment} is missing"),
        (EDIT, {"subject": "{company}: zapłata"}, "tells of a debt"),
        (LETTER, {"after": "Przyjdzie komornik."}, "No automatic message may say “komornik”"),
        (LETTER, {"before": "\U00013000", "reason": "x"}, "could not be made"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_nothing_is_published(
    world: World, address: str, said: dict[str, str], words: str
) -> None:
    answer = post(world, address, publish=1, **said)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not CompanyText.objects.exclude(place="letterhead").exists()


def test_others_texts_and_roles_are_left_alone(world: World) -> None:
    assert post(world, EDIT, role="approver", body=BODY, publish=1, reason="x").status_code == 403
    assert world.client("manager").get("/texts/one/?place=message&kind=portal_code").status_code == 404
    look = post(world, EDIT, live=True, body=BODY, customer=world.theirs.customer.pk).content.decode()
    assert "obca/1" not in look


def test_a_letterhead_is_looked_at_and_published(world: World) -> None:
    out = io.BytesIO()
    Image.new("RGB", (60, 20), "navy").save(out, "PNG")

    def send(**said: Any) -> Any:
        logo = SimpleUploadedFile("logo.png", out.getvalue())
        return post(world, "/texts/letterhead/change/", logo=logo, foot="KRS 0000999999", **{"based_on": 1, **said})

    look = send(look=1).content.decode()
    frame = look.partition('sheet" src="')[2].partition('"')[0] or look.partition('src="/texts/shown/')[2].partition('"')[0]
    assert frame
    assert send(publish=1, reason="nowe logo").status_code == 302
    row = CompanyText.objects.filter(creditor=world.ours.creditor, place="letterhead").latest("version")
    picture = world.client("viewer").get(f"/texts/letterhead/{row.pk}/logo/")
    assert picture["Content-Type"] == "image/png" and "sandbox" in picture["Content-Security-Policy"]
    bad = SimpleUploadedFile("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")
    answer = post(world, "/texts/letterhead/change/", logo=bad, foot="", based_on=2, publish=1, reason="x")
    assert answer.status_code == 422 and "plain shapes alone" in answer.content.decode()
