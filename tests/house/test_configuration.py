"""Every variable stands in the code, in README.md and in .env.example, or in none of them."""

import re

import pytest
import yaml

from tests.servers import ROOT

READERS = r"(?:env\.\w+|secret|moment|boolean|environ\.get|environ\.setdefault)"
ONLY_IN_COMPOSE = {"PORT"}
NOT_THE_OPERATORS = {"DJANGO_SETTINGS_MODULE", "FAULT", "FAULT_LOG"}  # the last two are the fault campaign's, and refused elsewhere


def in_code() -> set[str]:
    sources = [path.read_text() for package in ("receivables", "invoices", "dunning") for path in (ROOT / package).rglob("*.py")]
    return {name for source in sources for name in re.findall(rf'{READERS}\(\s*"([A-Z_]+)"', source)} - NOT_THE_OPERATORS


def secrets_in_code() -> set[str]:
    """What can come from a file."""
    return set(re.findall(r'\bsecret\(\s*"([A-Z_]+)"', (ROOT / "receivables" / "settings.py").read_text()))


def in_readme() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "README.md").read_text(), re.MULTILINE))


def in_example() -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_the_reading_of_this_test_sees_variables_of_every_kind():
    assert {"DATA_DIR", "SECRET_KEY", "CLOCK", "HTTPS", "RECEIVABLES_PG_BIN", "BIND"} <= in_code()


def test_readme_explains_every_variable_and_no_other():
    assert in_readme() == in_code() | ONLY_IN_COMPOSE


def test_the_example_names_every_variable_and_no_other():
    assert in_example() == in_code() | ONLY_IN_COMPOSE


def test_compose_asks_only_for_variables_of_the_example():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert {name.removesuffix("_FILE") for name in asked} <= in_example()
    assert {name.removesuffix("_FILE") for name in asked if name.endswith("_FILE")} <= secrets_in_code()


@pytest.mark.parametrize("service", ["migrate", "web", "worker", "beat"])
def test_compose_sets_only_variables_the_program_reads(service):
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    names = {name.removesuffix("_FILE") for name in compose["services"][service]["environment"]}
    assert names <= in_code()


@pytest.mark.parametrize("service", ["migrate", "web", "worker", "beat"])
def test_compose_lets_every_secret_come_from_a_file(service):
    environment = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][service]["environment"]
    as_values = secrets_in_code() & set(environment)
    assert "SMSAPI_TOKEN" in as_values
    for name in as_values:
        assert environment[f"{name}_FILE"] == f"${{{name}_FILE:-}}"


def test_readme_marks_every_secret():
    marked = set(re.findall(r"^\| `([A-Z_]+)` \| [^|]+ \| \*secret\*", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert secrets_in_code() <= marked
