"""Why a message waits or was withdrawn, in Polish: every sentence of the program, and nobody else's."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from dunning.states import Waits
from receivables.dashboard.message_reasons import _PARTS, _WHOLE, GUARD, message_reason

ROOT = Path(settings.BASE_DIR)
SOURCES = "\n".join(path.read_text() for name in ("dunning", "receivables/messaging") for path in sorted((ROOT / name).rglob("*.py")))
GUARDS = ("dunning/guard.py", "dunning/courtesy.py", "dunning/written.py")


def in_guards() -> set[str]:
    """Every sentence that a guard answers with, its own or behind the label of an item."""
    code = "\n".join((ROOT / name).read_text() for name in GUARDS)
    said = re.findall(r'(?:return|message_id\] =|message\.pk:) f?"(?:\{look\.item\.label\}: )?([^"{}]+)"', code)
    return {sentence for sentence in said if " " in sentence}


def test_each_sentence_of_a_guard_has_its_words() -> None:
    assert len(in_guards()) > 10
    assert {said for said in in_guards() if said not in GUARD and f"{said}: " not in dict(_PARTS)} == set()


def test_no_sentence_is_translated_that_nobody_says() -> None:
    said = [*GUARD, *_WHOLE, *(beginning for beginning, _words in _PARTS)]
    assert [sentence for sentence in said if sentence not in SOURCES] == []


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("FV 1/2026: the amount has changed", "FV 1/2026: zmieniła się kwota"),
        ("the recipient's address has changed", "zmienił się adres odbiorcy"),
        ("An unread reply from the customer waits.", "Czeka nieprzeczytana odpowiedź klienta."),
        (
            "It may have left before. Now: an item is settled or closed",
            "Mogła wyjść już wcześniej. Teraz: pozycja jest rozliczona albo zamknięta",
        ),
        (
            "SMSAPI broke down (201). It is handed over again with the same key.",
            "SMSAPI broke down (201). Zostanie przekazana ponownie z tym samym kluczem.",
        ),
        ("The mail server refuses: 550 5.1.1 nobody: there", "Serwer poczty odmawia: 550 5.1.1 nobody: there"),
        ("Refused 3 times for the time being: 451 later", "Odmówiono na razie tyle razy: 3. 451 later"),
        ("Klient prosił o jeden dzień: pilne", "Klient prosił o jeden dzień: pilne"),
        ("100 %: %(said)s", "100 %: %(said)s"),
        ("", ""),
    ],
)
def test_what_the_program_says_is_polish_and_all_else_as_it_was_said(stored: str, shown: str) -> None:
    with override("pl"):
        assert message_reason(stored) == shown


def test_reasons_to_wait_are_said_as_elsewhere() -> None:
    with override("pl"):
        for why in Waits:
            assert message_reason(f"FV 1: {why}").startswith("FV 1: ")
            assert str(why) not in message_reason(f"FV 1: {why}").split()
