"""Tables of legal moves: a state machine is data, and one function judges it."""

from collections.abc import Mapping

from receivables.core.errors import IllegalMove


def check_move(moves: Mapping[str, frozenset[str]], old: str, new: str) -> None:
    """Raise `IllegalMove` unless the table lets `old` become `new`. Staying is no move."""
    if new not in moves.get(old, frozenset()):
        raise IllegalMove(f"{old} cannot become {new}.")
