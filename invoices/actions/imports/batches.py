"""Work in portions: few queries whatever the size, and memory that does not grow with it."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

SIZE = 2_000
Row = TypeVar("Row")


def in_batches(rows: Iterable[Row], size: int = SIZE) -> Iterator[list[Row]]:
    """Lists of up to `size` rows, in order."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch
