"""Searching in text as people do: any case, anywhere in it. ILIKE can use a trigram index, which Django's `icontains` cannot."""

from typing import Any

from django.db.models import CharField, Lookup, Q, QuerySet
from django.db.models.functions import Coalesce

from invoices.models import Customer


@CharField.register_lookup
class Holds(Lookup):
    """`name__holds="róż"`: the text occurs in it, whatever the case; % and _ are letters like any other."""

    lookup_name = "holds"

    def get_prep_lookup(self) -> str:
        text = str(self.rhs)
        for sign in "\\%_":
            text = text.replace(sign, f"\\{sign}")
        return f"%{text}%"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} ILIKE {right}", (*left_values, *right_values)


def newest(rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    """Newest first, by a copy of the day that no index holds; else PostgreSQL walks all rows by day to find the few that are left."""
    return rows.alias(day=Coalesce(field, field)).order_by("-day", "-pk")


def of_customers_called(words: str, customers: QuerySet[Customer]) -> Q:
    """Rows of customers with that in their name, or with that number. A subquery, so that no join is searched row by row."""
    return Q(customer__in=customers.filter(Q(name__holds=words) | Q(number__iexact=words)).values("pk"))
