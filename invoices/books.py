"""Do the books agree with themselves? Each check is one query over everything; the triggers should leave nothing to find."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold, how the difference is said, and the query that finds those for which it does not."""

    name: str
    says: str
    query: str


CHECKS = (
    Check(
        "open amounts",
        "Item {} says {} is open, its entries leave {}.",
        """SELECT i.label, i.open_amount, i.amount - coalesce(sum(e.amount * (1 - 2 * e.is_reversal::int)), 0)
            FROM invoices_item i LEFT JOIN invoices_allocationentry e ON e.item_id = i.id
            GROUP BY i.id HAVING i.open_amount <> i.amount - coalesce(sum(e.amount * (1 - 2 * e.is_reversal::int)), 0) ORDER BY i.id""",
    ),
    Check(
        "instalments",
        "Invoice {} says {}, its items add up to {}.",
        """SELECT v.number, v.gross, sum(i.amount) FROM invoices_invoice v JOIN invoices_item i ON i.invoice_id = v.id
            GROUP BY v.id HAVING v.gross <> sum(i.amount) ORDER BY v.id""",
    ),
    Check(
        "claims",
        "Invoice {} was issued, but nothing is owed on it: it has no items.",
        """SELECT v.number FROM invoices_invoice v WHERE v.state = 'issued' AND v.kind NOT IN ('proforma', 'order', 'credit_note')
            AND NOT EXISTS (SELECT FROM invoices_item i WHERE i.invoice_id = v.id) ORDER BY v.id""",
    ),
    Check(
        "payments",
        "Of payment {} over {} there is {} allocated.",
        """WITH settled AS (SELECT payment_id, amount, is_reversal FROM invoices_allocationentry
                UNION ALL SELECT payment_id, amount, is_reversal FROM invoices_claimentry
                UNION ALL SELECT payment_id, amount, is_reversal FROM invoices_creditentry)
            SELECT p.reference, p.amount, sum(e.amount * (1 - 2 * e.is_reversal::int))
            FROM invoices_payment p JOIN settled e ON e.payment_id = p.id
            GROUP BY p.id HAVING sum(e.amount * (1 - 2 * e.is_reversal::int)) NOT BETWEEN 0 AND p.amount ORDER BY p.id""",
    ),
    Check(
        "reversals",
        "Payment {} was taken back, but {} of it is still allocated.",
        """WITH settled AS (SELECT payment_id, amount, is_reversal FROM invoices_allocationentry
                UNION ALL SELECT payment_id, amount, is_reversal FROM invoices_claimentry
                UNION ALL SELECT payment_id, amount, is_reversal FROM invoices_creditentry)
            SELECT p.reference, sum(e.amount * (1 - 2 * e.is_reversal::int))
            FROM invoices_payment p JOIN invoices_payment r ON r.reverses_id = p.id JOIN settled e ON e.payment_id = p.id
            GROUP BY p.id HAVING sum(e.amount * (1 - 2 * e.is_reversal::int)) <> 0 ORDER BY p.id""",
    ),
    Check(
        "credit notes",
        "Of credit note {} ({}) over {} there is {} allocated.",
        """WITH settled AS (SELECT credit_note_id, amount, is_reversal FROM invoices_allocationentry
                UNION ALL SELECT credit_note_id, amount, is_reversal FROM invoices_creditentry)
            SELECT n.number, n.state, n.gross, sum(e.amount * (1 - 2 * e.is_reversal::int))
            FROM invoices_invoice n JOIN settled e ON e.credit_note_id = n.id
            GROUP BY n.id HAVING sum(e.amount * (1 - 2 * e.is_reversal::int))
                NOT BETWEEN 0 AND CASE n.state WHEN 'issued' THEN n.gross ELSE 0 END ORDER BY n.id""",
    ),
    Check(
        "closings",
        "Item {} has {} open and is marked {!r}.",
        """SELECT label, open_amount, closed_as FROM invoices_item
            WHERE (open_amount = 0) <> (closed_as <> '') OR (closed_as <> '') <> (closed_on IS NOT NULL) ORDER BY id""",
    ),
    Check(
        "withdrawals",
        "Invoice {} was withdrawn, but {} is open on item {}.",
        """SELECT v.number, i.open_amount, i.label FROM invoices_invoice v JOIN invoices_item i ON i.invoice_id = v.id
            WHERE v.state <> 'issued' AND i.open_amount <> 0 ORDER BY i.id""",
    ),
    Check(
        "customers",
        "Entry {} lets money of one customer settle what another owes, on item {}.",
        """SELECT e.id, i.label FROM invoices_allocationentry e JOIN invoices_item i ON i.id = e.item_id
            LEFT JOIN invoices_payment p ON p.id = e.payment_id LEFT JOIN invoices_invoice n ON n.id = e.credit_note_id
            LEFT JOIN invoices_allowance w ON w.id = e.allowance_id LEFT JOIN invoices_payment wp ON wp.id = w.payment_id
            LEFT JOIN invoices_creditentry c ON c.id = e.exchange_id
            WHERE coalesce(p.customer_id, n.customer_id, wp.customer_id, c.customer_id, i.customer_id) <> i.customer_id ORDER BY e.id""",
    ),
    Check(
        "exchanges",
        "Exchange {} over {} settles items {} times.",
        """SELECT c.reference, c.amount, sum(1 - 2 * e.is_reversal::int)
            FROM invoices_creditentry c LEFT JOIN invoices_allocationentry e ON e.exchange_id = c.id
            WHERE c.kind = 'exchange' AND NOT c.is_reversal GROUP BY c.id
            HAVING coalesce(sum(1 - 2 * e.is_reversal::int), 0)
                <> 1 - (EXISTS (SELECT FROM invoices_creditentry r WHERE r.reverses_id = c.id))::int ORDER BY c.id""",
    ),
    Check(
        "allowances",
        "Allowance {} over {} stands on item {}, but its payment was taken back.",
        """SELECT w.reason, w.amount, i.label FROM invoices_allowance w JOIN invoices_item i ON i.id = w.item_id
            JOIN invoices_payment r ON r.reverses_id = w.payment_id JOIN invoices_allocationentry e ON e.allowance_id = w.id
            GROUP BY w.id, i.label HAVING sum(1 - 2 * e.is_reversal::int) <> 0 ORDER BY w.id""",
    ),
    Check(
        "exchange differences",
        "The exchange difference {} {} stands on an entry of item {} that was taken back.",
        """SELECT d.amount, d.currency, i.label FROM invoices_exchangedifference d JOIN invoices_allocationentry e ON e.id = d.entry_id
            JOIN invoices_item i ON i.id = e.item_id JOIN invoices_allocationentry b ON b.reverses_id = e.id
            LEFT JOIN invoices_exchangedifference r ON r.reverses_id = d.id
            WHERE d.reverses_id IS NULL AND r.id IS NULL ORDER BY d.id""",
    ),
    Check(
        "posted claims",
        "Claim {} ({}) on {}: its entries leave {} open, with {} postings that stand.",
        """WITH stands AS (SELECT claim_id,
                sum(amount * (1 - 2 * is_reversal::int) * CASE type WHEN 'posted' THEN 1 ELSE -1 END) AS open,
                sum((1 - 2 * is_reversal::int) * (type = 'posted')::int) AS postings
                FROM invoices_claimentry GROUP BY claim_id)
            SELECT c.id, c.kind, v.number, s.open, s.postings
            FROM invoices_claim c JOIN invoices_invoice v ON v.id = c.invoice_id LEFT JOIN stands s ON s.claim_id = c.id
            WHERE s.open IS NULL OR s.open < 0 OR s.postings NOT IN (0, 1) ORDER BY c.id""",
    ),
    Check(
        "owners of claims",
        "Claim {} on {} and what pays it belong to different customers.",
        """SELECT c.id, v.number FROM invoices_claim c JOIN invoices_invoice v ON v.id = c.invoice_id
            WHERE v.customer_id <> c.customer_id OR EXISTS (SELECT FROM invoices_claimentry e JOIN invoices_payment p ON p.id = e.payment_id
                WHERE e.claim_id = c.id AND p.customer_id <> c.customer_id) ORDER BY c.id""",
    ),
)


def differences() -> Iterator[str]:
    """Everything that does not agree, in sentences."""
    with connection.cursor() as cursor:
        for check in CHECKS:
            cursor.execute(check.query)
            for row in cursor.fetchall():
                yield check.says.format(*row)
