"""Typed readers for the environment: every variable fails with its name, secrets may come from a file."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def secret(name: str, default: str | None = None) -> str:
    """Read a secret from `NAME`, or from the file that `NAME_FILE` points to (Docker and systemd secrets)."""
    path = env.str(f"{name}_FILE", default="")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error.strerror}.") from error
    value = env.str(name, default="") or default
    if value is None:
        raise ImproperlyConfigured(f"Set {name}, or {name}_FILE to a file that holds it.")
    return value
