"""Every word of the program is there in Polish, and the catalogue holds no other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
POLISH = ROOT / "locale" / "pl" / "LC_MESSAGES" / "django.po"
SOURCES = ("receivables", "invoices", "dunning", "templates")


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="pl")


def entries(path: Path) -> list[Message]:
    return [message for message in catalogue(path) if message.id]


def words(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (list, tuple)) else [str(message.string or "")]


def key(message: Message) -> tuple[str | None, str]:
    return message.context, message.id[0] if isinstance(message.id, (list, tuple)) else message.id


def test_nothing_is_untranslated_or_guessed() -> None:
    assert [message.id for message in entries(POLISH) if message.fuzzy or not all(words(message))] == []


def test_placeholders_are_kept() -> None:
    for message in entries(POLISH):
        for said in words(message):
            source = message.id[-1] if isinstance(message.id, (list, tuple)) else message.id
            assert set(placeholders(said)) == set(placeholders(source)), message.id


def placeholders(text: str) -> list[str]:
    return [part.partition(")")[0] for part in text.split("%(")[1:]]


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs gettext: apt-get install gettext")
def test_the_catalogue_holds_what_the_sources_say(tmp_path: Path) -> None:
    for name in SOURCES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "migrations", "static"))
    (tmp_path / "locale").mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "pl", "--no-location"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    found = {key(message) for message in entries(tmp_path / "locale" / "pl" / "LC_MESSAGES" / "django.po")}
    known = {key(message) for message in entries(POLISH)}
    assert found - known == set(), "run: manage.py makemessages -l pl --no-obsolete --no-location -i .venv -i var -i .tools -i tests"
    assert known - found == set()
