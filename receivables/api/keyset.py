"""Lists in pages, the newest first. From a page to the next by where the last one ended: a long list costs what a short one does."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from django.db.models import Model, QuerySet
from ninja import Schema
from pydantic import Field

from receivables.api.schemas import Id

MOST = 200
Row = TypeVar("Row", bound=Model)


class Paging(Schema):
    """Which page is wanted."""

    after: Id | None = Field(None, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=MOST, description="How many at most.")


Next = Annotated[int | None, Field(description="Ask on with `after`; null on the last page.")]


def page(rows: QuerySet[Row], tell: Callable[[Row], Mapping[str, Any]], paging: Paging) -> dict[str, Any]:
    """So many of these rows, told; `next` is what to ask on with, none at the end."""
    older = rows.filter(pk__lt=paging.after) if paging.after else rows
    found = list(older.order_by("-pk")[: paging.limit + 1])
    told = found[: paging.limit]
    return {"items": [tell(row) for row in told], "next": told[-1].pk if len(found) > len(told) else None}
