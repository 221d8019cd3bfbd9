"""Work in portions: few queries whatever the size, and memory that does not grow with it."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

SIZE = 2_000
Progress = Callable[[int], None]  # is told how many rows are done, more than once of all of them; may raise to stop it
Row = TypeVar("Row")


def in_batches(rows: Iterable[Row], size: int = SIZE) -> Iterator[list[Row]]:
    """Lists of up to `size` rows, in order."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


def silent(_done: int) -> None:
    """Progress that nobody watches."""
