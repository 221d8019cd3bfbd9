"""Columns for money and for what must not be readable in a dump, and the checks that go with them."""

from typing import Any

from django.db import models
from django.db.models import Case, CheckConstraint, F, Q, Value, When
from django.db.models.functions import Round

from receivables.core.money import THREE_DECIMALS, ZERO_DECIMALS
from receivables.db import lookups  # noqa: F401 - registers `any`
from receivables.db.sealing import open_sealed, seal


class MoneyField(models.DecimalField):
    """An amount in the row's `currency`: numeric(18,4), exact; `fits_currency` guards its decimals."""

    def __init__(self, verbose_name: Any = None, **options: Any) -> None:
        options.setdefault("max_digits", 18)
        options.setdefault("decimal_places", 4)
        super().__init__(verbose_name, **options)


class CurrencyField(models.CharField):
    """An ISO 4217 code."""

    def __init__(self, verbose_name: Any = None, **options: Any) -> None:
        options.setdefault("max_length", 3)
        super().__init__(verbose_name, **options)


class SealedField(models.BinaryField):
    """Text that is stored encrypted (AES-256-GCM) and never searched; keep a `keyed_hash` beside it to find it by whole value."""

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(seal(value) if isinstance(value, str) else value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else open_sealed(bytes(value))


def fits_currency(*fields: str, name: str) -> CheckConstraint:
    """A check that each amount has no more decimals than its row's currency knows (ISO 4217)."""
    decimals = Case(
        When(currency__in=sorted(ZERO_DECIMALS), then=Value(0)),
        When(currency__in=sorted(THREE_DECIMALS), then=Value(3)),
        default=Value(2),
    )
    condition = Q(currency__regex=r"^[A-Z]{3}$")
    for field in fields:
        condition &= Q(**{field: Round(F(field), decimals)})  # type: ignore[arg-type]  # it takes expressions
    return CheckConstraint(condition=condition, name=name)


def is_positive(field: str, *, name: str) -> CheckConstraint:
    """A check that an amount is above zero: direction stands in a field of its own."""
    return CheckConstraint(condition=Q(**{f"{field}__gt": 0}), name=name)
