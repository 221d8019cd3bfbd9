"""`customer__any=ids`: like `__in`, but the ids go to PostgreSQL as one array. A thousand of them cost one parameter, not a thousand."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Field, ForeignKey, Lookup


@Field.register_lookup
@ForeignKey.register_lookup
class AnyOf(Lookup):
    """The value is one of these, which are plain values of the column's type. Of none, nothing."""

    lookup_name = "any"
    prepare_rhs = False

    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(lhs, list(rhs))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, values = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", (*values, as_array(self.rhs))


def as_array(values: Sequence[Any]) -> str | list[Any]:
    """For PostgreSQL. Whole numbers are written out here, which costs a fraction of what the driver takes for a list."""
    return "{" + ",".join(map(str, values)) + "}" if all(type(value) is int for value in values) else list(values)
