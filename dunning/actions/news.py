"""News to whoever stands above the process."""

from collections.abc import Collection
from datetime import date

from dunning.signals import customers_looked_at_again


def tell(customers: Collection[int], *, on: date) -> None:
    """Say that something about these customers may be different, in the transaction of the change and under their locks."""
    if customers:
        customers_looked_at_again.send(sender=None, customers=customers, on=on)
