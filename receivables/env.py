"""Typed readers for the environment: every variable fails with its name, secrets may come from a file or be made on the spot."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

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


def kept_secret(name: str, folder: Path, make: Callable[[], str]) -> str:
    """Read a secret, or make it once and keep it in `folder`, readable by its owner only. Two processes agree on one value."""
    value = secret(name, default="")
    if value:
        return value
    path = folder / name.lower()
    try:
        if not path.exists():
            _write_once(path, make())
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name} could not be kept in {path}: {error.strerror}.") from error


def moment(name: str) -> datetime | None:
    """Read an ISO date and time; without an offset it is UTC. None when unset."""
    text = env.str(name, default="")
    if not text:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name}: {text!r} is no date and time such as 2026-01-31T09:00:00+00:00.") from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def boolean(name: str) -> bool:
    """Read on or off; unset or empty is off. Anything else fails instead of being taken for off."""
    text = env.str(name, default="").strip().lower()
    if text in ("", "0", "off", "false", "no"):
        return False
    if text in ("1", "on", "true", "yes"):
        return True
    raise ImproperlyConfigured(f"{name}: {text!r} is neither 'on' nor 'off'.")


def _write_once(path: Path, value: str) -> None:
    """Write beside and link into place, so that nobody reads half a secret and the first writer wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent) as draft:  # closed to others, and gone at the end
        draft.write(value)
        draft.flush()
        try:
            os.link(draft.name, path)
        except FileExistsError:
            pass
