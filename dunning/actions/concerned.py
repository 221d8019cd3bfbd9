"""What of the process a change of the books can touch at all: asked once, so that nobody looks where nothing is.

Most news is of customers with an invoice or two, without promises, agreements, tasks or posted claims.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from receivables.db.lookups import as_array


@dataclass(frozen=True, slots=True)
class Concerned:
    """What there is of these customers, as the change left it. Each is true rather too often than once too rarely."""

    lack_rules: bool  # of their company
    agreements: bool  # that stand
    entering: bool  # open items without a case
    settled: bool  # cases not closed, of which nothing is open
    reopened: bool  # closed cases, of which something is open
    promises: bool  # that stand
    awaited: bool  # credit that is waited for
    claims: bool  # ever posted
    tasks: bool  # open ones


def concerned(customers: Collection[int]) -> Concerned:
    """One query, whatever the number of customers. Call it with the customers locked."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, {"who": as_array(list(customers))})
        return Concerned(*cursor.fetchone())


_LOOK = """
SELECT
    EXISTS (SELECT FROM invoices_customer c WHERE c.id = ANY(%(who)s::bigint[])
        AND NOT EXISTS (SELECT FROM dunning_ladderrules r WHERE r.creditor_id = c.creditor_id)),
    EXISTS (SELECT FROM dunning_agreement WHERE customer_id = ANY(%(who)s::bigint[]) AND ended_on IS NULL),
    EXISTS (SELECT FROM invoices_item i WHERE i.customer_id = ANY(%(who)s::bigint[]) AND i.open_amount > 0
        AND NOT EXISTS (SELECT FROM dunning_case c WHERE c.item_id = i.id)),
    EXISTS (SELECT FROM dunning_case c LEFT JOIN invoices_item i ON i.id = c.item_id LEFT JOIN dunning_rate r ON r.id = c.rate_id
        WHERE c.customer_id = ANY(%(who)s::bigint[]) AND c.state <> 'closed' AND COALESCE(i.open_amount, r.open_amount) = 0),
    EXISTS (SELECT FROM dunning_case c LEFT JOIN invoices_item i ON i.id = c.item_id LEFT JOIN dunning_rate r ON r.id = c.rate_id
        WHERE c.customer_id = ANY(%(who)s::bigint[]) AND c.state = 'closed' AND COALESCE(i.open_amount, r.open_amount) > 0),
    EXISTS (SELECT FROM dunning_promise WHERE customer_id = ANY(%(who)s::bigint[]) AND state = 'standing'),
    EXISTS (SELECT FROM dunning_awaitedcredit WHERE customer_id = ANY(%(who)s::bigint[]) AND ended_on IS NULL),
    EXISTS (SELECT FROM invoices_claim WHERE customer_id = ANY(%(who)s::bigint[])),
    EXISTS (SELECT FROM dunning_task WHERE customer_id = ANY(%(who)s::bigint[]) AND closed_on IS NULL)
"""
