"""What the database lets a case and a notice become is what `dunning.states` says: all pairs are tried."""

from collections.abc import Mapping
from itertools import permutations

import pytest
from django.db import IntegrityError, connection, transaction

from dunning.models import Case, Notice, Placement
from dunning.states import CASE_MOVES, NOTICE_MOVES, PLACEMENT_MOVES

PAIRS = [
    *((Case, CASE_MOVES, old, new) for old, new in permutations(CASE_MOVES, 2)),
    *((Notice, NOTICE_MOVES, old, new) for old, new in permutations(NOTICE_MOVES, 2)),
    *((Placement, PLACEMENT_MOVES, old, new) for old, new in permutations(PLACEMENT_MOVES, 2)),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "moves", "old", "new"), PAIRS, ids=lambda value: getattr(value, "__name__", str(value))[:20])
def test_the_database_knows_the_same_moves(
    model: type[Case | Notice | Placement], moves: Mapping[str, frozenset[str]], old: str, new: str
) -> None:
    name = model._meta.model_name
    row = f"CREATE TEMPORARY TABLE trial (state text); INSERT INTO trial VALUES ('{old}')"
    trigger = f"CREATE TRIGGER trial_moves BEFORE UPDATE OF state ON trial FOR EACH ROW EXECUTE FUNCTION check_{name}_move()"
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute(f"{row}; {trigger}")
        try:
            with transaction.atomic():
                cursor.execute(f"UPDATE trial SET state = '{new}'")
            is_legal = True
        except IntegrityError:
            is_legal = False
        cursor.execute("DROP TABLE trial")
    assert is_legal == (new in moves[old])
