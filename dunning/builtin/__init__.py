"""Policies that come with the program, as text. A creditor that has none begins with those of its country; the others are offered."""

from importlib.resources import files

# country → kind of customer ("" for all others) → file
BY_COUNTRY = {"PL": {"": "pl-b2b", "consumer": "pl-b2c", "unknown": "pl-b2c"}}
OFFERED = {"PL": ("pl-b2b", "pl-b2b-gentle", "pl-b2b-firm", "pl-b2c", "pl-subscription")}


def offered_policies(country: str) -> dict[str, str]:
    """Key → text of all that come with the program for a country; those of Poland elsewhere, to begin from."""
    return {key: _text(key) for key in OFFERED.get(country, OFFERED["PL"])}


def builtin_policies(country: str) -> dict[str, str]:
    """Kind of customer → policy text; empty for a country without built-in ones."""
    return {kind: _text(name) for kind, name in BY_COUNTRY.get(country, {}).items()}


def _text(name: str) -> str:
    return files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
