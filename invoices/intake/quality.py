"""What about a parsed invoice, whatever its format, a person has to look at before anybody is reminded of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from invoices.intake.csv_table import InvoiceRow
from invoices.intake.parsed import ZERO, Asked, ParsedInvoice, Party, Question, differs
from invoices.states import DocumentKind, Kind
from receivables.core.identifiers import check, check_tax_id

LONGEST_TERM = timedelta(days=60)
"""Act of 8 March 2013, art. 7 par. 2: a longer term between businesses binds only where it is not grossly unfair."""
LONGEST_TAX_ID, LONGEST_EMAIL = 20, 200
_ZEROS = frozenset("0")


def checked(found: ParsedInvoice) -> ParsedInvoice:
    """The invoice with the questions that its values raise, besides those of its reader. What is longer than the books hold is cut."""
    long = found.buyer.tax_id if len(found.buyer.tax_id) > LONGEST_TAX_ID else ""
    found = replace(found, buyer=_bounded(found.buyer), seller=_bounded(found.seller))
    if long:
        found = replace(found, asked=(*found.asked, Asked(Question.WRONG_TAX_ID, "buyer", long[:300])))
    return replace(found, asked=(*found.asked, *_due(found), *_buyer(found.buyer, found.kind), *_account(found), *_lines(found)))


def _bounded(party: Party) -> Party:
    """Within the columns of a customer. Part of an address of mail would be somebody else's, so it is left out."""
    return replace(
        party, name=party.name[:200], tax_id=party.tax_id[:LONGEST_TAX_ID], number=party.number[:60],
        email=party.email if len(party.email) <= LONGEST_EMAIL else "", street=party.street[:200], postcode=party.postcode[:20],
        city=party.city[:100],
    )  # fmt: skip


def _due(found: ParsedInvoice) -> Iterator[Asked]:
    if not found.kind.is_claim or found.to_pay <= 0:
        return
    if found.paid_in_all >= found.to_pay:
        return
    if len(found.due) > 1:
        yield Asked(Question.SEVERAL_DUE_DATES, "due", ", ".join(str(day) for day in found.due))
    elif not found.due:
        is_rule = bool(found.due_text) and found.form.startswith("ksef")  # elsewhere the text is a remark beside customary terms
        yield Asked(Question.TEXTUAL_DUE_DATE if is_rule else Question.NO_DUE_DATE, "due", found.due_text)
    for day in found.due[:1]:
        yield from _term(found.issued_on, day)


def _term(issued_on: date, due_on: date) -> Iterator[Asked]:
    if due_on < issued_on:
        yield Asked(Question.DUE_BEFORE_ISSUE, "due", f"{due_on} < {issued_on}")
    elif due_on - issued_on > LONGEST_TERM:
        yield Asked(Question.LONG_TERM, "due", f"{due_on}")


def _buyer(buyer: Party, kind: DocumentKind) -> Iterator[Asked]:
    if kind == DocumentKind.CREDIT_NOTE:
        return
    if buyer.tax_id and (problem := tax_id_fault(buyer)):
        yield Asked(Question.WRONG_TAX_ID, "buyer", f"{buyer.tax_id}: {problem}")
    elif not buyer.tax_id and buyer.kind in (Kind.BUSINESS, Kind.PUBLIC):
        yield Asked(Question.WRONG_TAX_ID, "buyer", "")
    if not (buyer.email or buyer.phone):
        yield Asked(Question.NO_CONTACT, "buyer", "")


def tax_id_fault(party: Party) -> str:
    """What is wrong with a tax number, in English; empty where nothing is, or where nobody can say. Ten zeros pass the check digit and
    are a placeholder.
    """
    if set(party.tax_id) <= _ZEROS:
        return "a placeholder"
    if party.country == "PL" or not party.country:
        return str(check("nip", party.tax_id.removeprefix("PL")).problem or "")
    return str(check_tax_id(party.country, party.tax_id).problem or "")


def _account(found: ParsedInvoice) -> Iterator[Asked]:
    """A transfer needs an account to go to; a wrong one never arrives."""
    if not found.kind.is_claim or found.to_pay <= ZERO or found.paid_in_all >= found.to_pay:
        return
    for account in (*found.accounts, *found.factor_accounts):
        if problem := _account_fault(account):
            yield Asked(Question.WRONG_ACCOUNT, "account", f"{account}: {problem}")
    if not found.accounts and not found.factor_accounts and found.payment_method in ("", "transfer"):
        yield Asked(Question.NO_ACCOUNT, "account", "")


def _account_fault(account: str) -> str:
    iban = account if account[:2].isalpha() else f"PL{account}"
    return str(check("iban", iban).problem or "")


def _lines(found: ParsedInvoice) -> Iterator[Asked]:
    """The lines of a plain invoice of KSeF give its net sums; elsewhere allowances of the whole document stand in between."""
    if found.kind != DocumentKind.INVOICE or not found.form.startswith("ksef") or not found.vat:
        return
    if any(asked.question == Question.AMOUNTS_DIFFER for asked in found.asked):
        return
    nets = [line.net for line in found.lines if line.net is not None]
    whole = sum((part.net for part in found.vat), ZERO)
    if nets and len(nets) == len(found.lines) and differs(nets, whole, within=A_GROSZ * (len(nets) + 2)):
        yield Asked(Question.AMOUNTS_DIFFER, "lines", f"{sum(nets, ZERO)} <> {whole}")


A_GROSZ = Decimal("0.01")
"""Each line may be rounded by as much."""


# -- rows of tables


ABOUT_BUYERS = frozenset({Question.WRONG_TAX_ID, Question.NO_CONTACT, Question.NO_ACCOUNT})
"""What a table makes us ask of a customer, and so once, however many invoices it has of them."""


def asked_of_row(row: InvoiceRow) -> tuple[Asked, ...]:
    """What a person has to look at about a claim in a table, besides its buyer."""
    term = _term(row.issued_on, row.due_on) if row.due_on else ()
    return (*term, *_net_and_vat(row))


def asked_of_buyer(buyer: Party, *, has_account: bool) -> tuple[Asked, ...]:
    """What a person has to look at about a customer, as the books know them. `has_account`: they have one to pay into."""
    account = () if has_account else (Asked(Question.NO_ACCOUNT, "account", ""),)
    return (*_buyer(buyer, DocumentKind.INVOICE), *account)


def is_open(row: InvoiceRow) -> bool:
    """Whether a row is a claim that is not paid in full: nobody is reminded of any other."""
    return row.kind.is_claim and (row.payment is None or row.payment.amount < row.gross)


def wants_transfer(row: InvoiceRow) -> bool:
    """Whether it is to be paid by transfer, as is what says nothing."""
    return not row.payment_method or row.payment_method.casefold().startswith(("przelew", "transfer", "bank"))


def _net_and_vat(row: InvoiceRow) -> Iterator[Asked]:
    if row.net is not None and row.vat is not None and differs([row.net, row.vat], row.gross, within=A_GROSZ):
        yield Asked(Question.AMOUNTS_DIFFER, "lines", f"{row.net} + {row.vat} <> {row.gross}")
