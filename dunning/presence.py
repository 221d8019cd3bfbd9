"""Which kinds of facts there are at all about a batch of customers. One look spares the many queries that would find nothing."""

from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from receivables.db.lookups import as_array


class Presence(NamedTuple):
    """Whether any of the customers has such facts. Where it says no there are none; where it says yes a reader has to look."""

    holds: bool
    complaints: bool
    questions: bool  # about invoices, that the ladder waits for
    settlements: bool  # payouts of partners to their company without a report, or reports without their money
    pending: bool  # money that was seen and is not booked
    replies: bool
    disputes: bool
    awaited: bool
    promises: bool
    agreements: bool
    credit: bool  # payments or credit notes
    released: bool
    proposed: bool
    rejected: bool
    edits: bool
    calls: bool
    court: bool  # items in court, or in a mediation


_LOOK = """
SELECT
    EXISTS (SELECT FROM dunning_hold WHERE customer_id = ANY(c.ids) AND released_on IS NULL),
    EXISTS (SELECT FROM dunning_complaint WHERE customer_id = ANY(c.ids) AND answered_on IS NULL),
    EXISTS (SELECT FROM invoices_invoicequestion q JOIN invoices_invoice i ON i.id = q.invoice_id
        WHERE q.answered_on IS NULL AND q.stops AND i.customer_id = ANY(c.ids)),
    EXISTS (SELECT FROM invoices_awaitedsettlement a JOIN invoices_bankline l ON l.id = a.bank_line_id AND l.state = 'waiting'
        WHERE a.creditor_id = (SELECT creditor_id FROM invoices_customer WHERE id = c.ids[1]))
    OR EXISTS (SELECT FROM invoices_settlementreport WHERE state IN ('awaits_money', 'held')
        AND creditor_id = (SELECT creditor_id FROM invoices_customer WHERE id = c.ids[1])),
    EXISTS (SELECT FROM invoices_pendingitem p JOIN invoices_pendingline l ON l.id = p.line_id AND l.ended_as = ''
        JOIN invoices_item i ON i.id = p.item_id WHERE i.customer_id = ANY(c.ids)),
    EXISTS (SELECT FROM dunning_reply WHERE customer_id = ANY(c.ids) AND handled_at IS NULL AND holds),
    EXISTS (SELECT FROM invoices_dispute d JOIN invoices_item i ON i.id = d.item_id WHERE i.customer_id = ANY(c.ids)),
    EXISTS (SELECT FROM dunning_awaitedcredit WHERE customer_id = ANY(c.ids) AND ended_on IS NULL),
    EXISTS (SELECT FROM dunning_promise WHERE customer_id = ANY(c.ids)),
    EXISTS (SELECT FROM dunning_agreement WHERE customer_id = ANY(c.ids) AND ended_on IS NULL),
    EXISTS (SELECT FROM invoices_payment WHERE customer_id = ANY(c.ids))
        OR EXISTS (SELECT FROM invoices_invoice WHERE customer_id = ANY(c.ids) AND kind = 'credit_note'),
    n.released, n.proposed, n.rejected,
    EXISTS (SELECT FROM dunning_planedit e JOIN dunning_case k ON k.id = e.case_id WHERE k.customer_id = ANY(c.ids)),
    n.calls,
    EXISTS (SELECT FROM dunning_courtcase k JOIN dunning_courtitem i ON i.case_id = k.id WHERE k.customer_id = ANY(c.ids) AND i.holds)
        OR EXISTS (SELECT FROM dunning_mediation WHERE customer_id = ANY(c.ids) AND ended_on IS NULL)
FROM (SELECT %s::bigint[] AS ids) c, LATERAL (
    SELECT
        coalesce(bool_or(state = 'released'), false) AS released,
        coalesce(bool_or(state = 'proposed'), false) AS proposed,
        coalesce(bool_or(state = 'rejected'), false) AS rejected,
        coalesce(bool_or(channel = 'call'), false) AS calls
    FROM dunning_notice WHERE customer_id = ANY(c.ids)
) n
"""


def presence(customers: Collection[int]) -> Presence:
    """Look for facts about these customers. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, [as_array(list(customers))])
        return Presence(*cursor.fetchone())
