"""Who may be meant by money that went out: customers that something in its lines names, found without going through the ledger."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models import Q

from invoices.balances import standing_credit_notes
from invoices.matching import MoneyOut, tokens
from invoices.matching.words import name_words
from invoices.models import Customer, Payment
from receivables.accounts.models import Creditor

_LONGEST = 12  # tokens of a credit note's number


def meant_by(creditor: Creditor, moneys: Iterable[MoneyOut]) -> set[int]:
    """Customers of whom a line tells the account that they paid from, the name, a credit note's number, or a payment's reference as it is
    written. Whether they have open credit is not asked. Three queries.
    """
    moneys = list(moneys)
    return _paid_from(creditor, moneys) | _called(creditor, moneys) | _of_notes(creditor, moneys)


def _paid_from(creditor: Creditor, moneys: Iterable[MoneyOut]) -> set[int]:
    accounts = {bytes.fromhex(money.account) for money in moneys if money.account}
    references = {word.strip(".,;:()") for money in moneys for word in money.title.split()}
    paid = Payment.objects.filter(Q(payer_account_hash__any=accounts) | Q(reference__any=references), creditor=creditor)
    return set(paid.order_by().values_list("customer", flat=True).distinct())


def _called(creditor: Creditor, moneys: Iterable[MoneyOut]) -> set[int]:
    """Customers all of whose name stands in a payee's."""
    told: dict[str, set[frozenset[str]]] = defaultdict(set)
    for words in {name_words(money.counterparty) for money in moneys}:
        for word in words:
            told[word].add(words)
    if not told:
        return set()
    names = Customer.objects.filter(creditor=creditor).values_list("pk", "name")
    return {pk for pk, name in names.iterator(chunk_size=5_000) if _stands_in(name_words(name), told)}


def _stands_in(words: frozenset[str], told: dict[str, set[frozenset[str]]]) -> bool:
    rarest = min((told.get(word, set()) for word in words), key=len, default=set())
    return any(words <= others for others in rarest)


def _of_notes(creditor: Creditor, moneys: Iterable[MoneyOut]) -> set[int]:
    said = {run for money in moneys for run in _runs([token.text for token in tokens(money.title)])}
    if not said:
        return set()
    notes = standing_credit_notes().filter(creditor=creditor).order_by().values_list("customer", "number")
    return {pk for pk, number in notes.iterator(chunk_size=5_000) if tuple(token.text for token in tokens(number)) in said}


def _runs(said: list[str]) -> Iterator[tuple[str, ...]]:
    """All words of a title that follow each other, two or more, as many as a number has."""
    for start in range(len(said)):
        for end in range(start + 2, min(start + _LONGEST, len(said)) + 1):
            yield tuple(said[start:end])


def with_exactly(creditor: Creditor, money: MoneyOut) -> set[int]:
    """Customers who have just so much open credit, or a payment or credit note of which just so much is left. The sums of the ledger are
    made where it is. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EXACTLY, {"creditor": creditor.pk, "currency": money.currency, "amount": money.amount})
        return {pk for (pk,) in cursor.fetchall()}


_EXACTLY = """
WITH came AS (
    SELECT p.customer_id, p.id AS payment_id, NULL::bigint AS credit_note_id, p.amount FROM invoices_payment p
    WHERE p.creditor_id = %(creditor)s AND p.currency = %(currency)s AND p.reverses_id IS NULL
        AND NOT EXISTS (SELECT FROM invoices_payment r WHERE r.reverses_id = p.id)
    UNION ALL
    SELECT v.customer_id, NULL, v.id, v.gross FROM invoices_invoice v
    WHERE v.creditor_id = %(creditor)s AND v.currency = %(currency)s AND v.kind = 'credit_note' AND v.state = 'issued'
), entries AS (
    SELECT payment_id, credit_note_id, amount, is_reversal FROM invoices_allocationentry
    UNION ALL SELECT payment_id, NULL, amount, is_reversal FROM invoices_claimentry
    UNION ALL SELECT payment_id, credit_note_id, amount, is_reversal FROM invoices_creditentry
), used AS (
    SELECT payment_id, credit_note_id, sum(CASE WHEN is_reversal THEN -amount ELSE amount END) AS amount FROM entries
    WHERE payment_id IN (SELECT payment_id FROM came) OR credit_note_id IN (SELECT credit_note_id FROM came) GROUP BY 1, 2
), left_over AS (
    SELECT c.customer_id, c.amount - coalesce(p.amount, n.amount, 0) AS amount FROM came c
    LEFT JOIN used p ON p.payment_id = c.payment_id LEFT JOIN used n ON n.credit_note_id = c.credit_note_id
)
SELECT customer_id FROM left_over WHERE amount > 0 GROUP BY 1
HAVING sum(amount) = %(amount)s OR bool_or(amount = %(amount)s)
"""
