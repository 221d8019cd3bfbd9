"""Policies that come with the program, as text; a creditor that has none gets those of its country."""

from importlib.resources import files

# country → kind of customer ("" for all others) → file
BY_COUNTRY = {"PL": {"": "pl-b2b", "consumer": "pl-b2c", "unknown": "pl-b2c"}}


def builtin_policies(country: str) -> dict[str, str]:
    """Kind of customer → policy text; empty for a country without built-in ones."""
    return {kind: _text(name) for kind, name in BY_COUNTRY.get(country, {}).items()}


def _text(name: str) -> str:
    return files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
