"""What others may read over a shoulder, subject and preview, tells neither debt nor amount: of every template there is."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from receivables.core.errors import RenderError
from receivables.messaging.discretion import told
from receivables.messaging.templates import PREHEADERS, render_message
from tests.unit.papers import claiming

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "messages"
SUBJECTS = sorted(TEMPLATES.glob("*/*.subject.txt"))
DUNNING = ("reminder", "overdue", "demand")


@pytest.mark.parametrize("path", SUBJECTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_subject_tells_nothing(path: Path) -> None:
    subject = path.read_text()
    assert told(re.sub(r"{{.*?}}", "", subject)) == ""
    assert re.findall(r"{{ *([\w.]+)", subject) in (["creditor.name"], ["creditor.name", "customer.number"], ["customer.number"])


def test_every_message_is_looked_at() -> None:
    assert {path.parent.name for path in SUBJECTS} >= {*DUNNING, "portal_code", "courtesy_thanks", "handover"}
    assert {path.name for path in SUBJECTS} == {"pl.subject.txt", "en.subject.txt"}


@pytest.mark.parametrize("language", ["pl", "en", "de"])
@pytest.mark.parametrize("name", DUNNING)
def test_a_mail_has_a_preview_of_its_own_and_nothing_follows_it(name: str, language: str) -> None:
    words = render_message(name, language, claiming(), "email")
    preview = re.search(r'<div class="preheader"[^>]*>(.*?)</div>', words.html, re.DOTALL)
    assert preview and "display: none" in preview[0]
    assert told(words.subject) == told(preview[1]) == ""
    assert len(" ".join(preview[1].split(" "))) > 170
    assert PREHEADERS.get(language, PREHEADERS["en"]) in preview[1]
    assert words.html.index('class="preheader"') < words.html.index("<main>")


@pytest.mark.parametrize(
    "text",
    [
        "Wezwanie do zapłaty", "Zaległa płatność", "Twoje zadłużenie", "Dłużnik", "Faktura po terminie", "Termin płatności mija jutro",
        "Niezapłacona faktura", "Dziękujemy za wpłatę", "Odsetki", "Przedsądowe pismo", "Do zapłaty", "Windykacja", "Druga rata",
        "Overdue invoice", "Payment due soon", "Final demand", "Your debt", "You owe us", "Outstanding balance", "Collection notice",
        "Mahnung", "Ihre Schulden", "Überfällige Rechnung", "Zahlungserinnerung", "Offene Rechnung", "Letzte Zahlungsaufforderung",
        "1 234,50", "1 234,50 zł", "PLN 20", "20 EUR", "€ 5", "100 złotych", "kwota 12.30",
    ],
)  # fmt: skip
def test_words_and_amounts_that_tell(text: str) -> None:
    assert told(text)


@pytest.mark.parametrize(
    "text",
    [
        "Wiadomość w sprawie Państwa konta klienta", "Pismo w sprawie konta klienta nr 10017", "Prosimy o sprawdzenie konta klienta",
        "Otrzymaliśmy Państwa reklamację", "Dziękujemy", "A message about your customer account", "A reminder about your customer account",
        "Our answer to your complaint", "Our agreement has ended", "Kod do portalu klienta", "Ihr Kundenkonto", "Faktura FV/2026/0412",
    ],
)  # fmt: skip
def test_words_that_tell_nothing(text: str) -> None:
    assert told(text) == ""


def test_a_firm_may_be_called_what_it_likes() -> None:
    said = claiming()
    said["creditor"]["name"] = "Windykacja i Dług sp. z o.o."
    assert render_message("overdue", "pl", said, "email").subject.endswith("Windykacja i Dług sp. z o.o.")


def test_a_mail_that_would_tell_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PREHEADERS, "pl", "Do zapłaty 901,25 zł")
    with pytest.raises(RenderError, match="zapłaty"):
        render_message("overdue", "pl", claiming(), "email")
    assert render_message("overdue", "pl", claiming(), "letter").text
