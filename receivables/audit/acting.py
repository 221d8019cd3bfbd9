"""Through what a change comes where no signed-in person makes it: noted with every event recorded meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_THROUGH: ContextVar[str] = ContextVar("through", default="")


@contextmanager
def acting_through(name: str) -> Iterator[None]:
    """Events recorded inside have the fact `through`, such as "token rcv_0a1b"."""
    before = _THROUGH.set(name)
    try:
        yield
    finally:
        _THROUGH.reset(before)


def through() -> dict[str, str]:
    """The fact to add; empty where a person or the program itself acts."""
    return {"through": _THROUGH.get()} if _THROUGH.get() else {}
