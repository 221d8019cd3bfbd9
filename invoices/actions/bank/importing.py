"""A statement's file into the books: its bytes, its statements, its lines. Whole or not at all; a second time without effect."""

import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import transaction

from invoices.actions.bank.keys import Keyed, keyed
from invoices.actions.bank.pending import match_pending, replace_pending, see_pending
from invoices.actions.bank.told import MONEY_OUT, told_elsewhere
from invoices.actions.checks import short_line
from invoices.models import BankAccount, BankLine, BankStatement, StatementFile
from invoices.signals import statement_taken
from invoices.statements.bank_csv import fits, recognised
from invoices.statements.csv_profile import BankProfile, parse_bank_profile
from invoices.statements.judging import NO_CURRENCY, against, unbookable
from invoices.statements.parsed import Problem, Statement, UnknownLayout, UnreadableStatement, compact
from invoices.statements.reading import format_of, read_statements
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.db.copying import copy_rows, draw_ids
from receivables.db.sealing import keyed_hash, seal

REASON = gettext_noop("The reason")
_AT_ONCE = 5_000
_IBAN = re.compile(r"/?([A-Z]{2})?[0-9]{2}[0-9A-Z]{11,30}([A-Z]{3})?")
Progress = Callable[[int], None]  # is told how many lines are done


@dataclass(frozen=True, slots=True)
class StatementReport:
    """What a file said and what became of it. With anything in `problems` nothing of it was stored."""

    file: str
    statements: tuple[Statement, ...] = ()
    problems: tuple[Problem, ...] = ()
    new: int = 0  # lines
    known: int = 0  # lines that an earlier file had
    held: int = 0  # statements that wait for a person
    lacks_layout: bool = False  # a person who describes its columns can bring it in

    @property
    def is_refused(self) -> bool:
        """Whether the file was kept out."""
        return bool(self.problems)


@dataclass(slots=True)
class _Taking:
    """A file on its way in."""

    creditor: Creditor
    file: StatementFile
    on: date
    by: User | None
    progress: Progress
    done: int = 0
    new: int = 0
    held: int = 0
    until: list[date] = field(default_factory=list)
    whole: list[date] = field(default_factory=list)


def import_statement(
    creditor: Creditor | None,
    *,
    name: str,
    data: bytes,
    on: date,
    form: str = "auto",
    account: str | None = None,
    profile: BankProfile | None = None,
    dry_run: bool = False,
    by: User | None = None,
    progress: Progress = lambda done: None,
    expects: Progress = lambda lines: None,
) -> StatementReport:
    """Read a file into the books in one transaction. What keeps it out stands in the report; nothing is raised for it. `expects` is told
    how many lines there are, before `progress` of the first that are done.

    `account` names the company's account where the file does not, and makes it known where it is new. `creditor` may be None for a dry run.
    """
    try:
        if profile is None:
            profile, account = layout_for(creditor, account, data)
        found = tuple(read_statements(data, form=form, profile=profile))
    except UnreadableStatement as refusal:
        return StatementReport(name, problems=(Problem("", str(refusal)),), lacks_layout=isinstance(refusal, UnknownLayout))
    problems = tuple(unbookable(found))
    if dry_run or creditor is None or problems:
        return StatementReport(name, found, problems, lacks_layout=any(problem.reason == NO_CURRENCY for problem in problems))
    try:
        expects(_count(found))
        return _take_in(creditor, name, data, found, account=account, on=on, by=by, progress=progress)
    except Refused as refusal:
        return StatementReport(name, found, (Problem("", str(refusal)),))


def add_bank_account(creditor: Creditor, number: str, *, label: str = "", by: User | None = None) -> BankAccount:
    """Make one of the company's accounts known; twice, the first stays."""
    row, is_new = BankAccount.objects.get_or_create(creditor=creditor, number=compact(number)[:40], defaults={"label": label[:100]})
    if is_new:
        record(creditor, "add_bank_account", row, by=by)
    return row


@transaction.atomic
def release_statement(statement: BankStatement, *, reason: str, by: User) -> BankStatement:
    """A person has looked at a statement that did not balance: its lines may be matched. Raises `Refused` where it is not held."""
    row = BankStatement.objects.select_for_update().get(pk=statement.pk)
    if not row.is_held:
        raise Refused(gettext_noop("This statement is not held."))
    row.is_held, row.released_at, row.released_by, row.released_why = False, now(), by, short_line(reason, longest=200, what=REASON)
    row.save(update_fields=["is_held", "released_at", "released_by", "released_why"])
    record(row.creditor, "release_statement", row, by=by, reason=row.released_why)
    replace_pending([row.account])
    return row


def layout_for(creditor: Creditor | None, account: str | None, data: bytes) -> tuple[BankProfile | None, str | None]:
    """The layout that the company has stored for the account that is named, or for its only one; else, for a table that no bank here is
    known to write, the one whose header it has. That says nothing of the account: another one at the same bank has the same header, and
    of several the file or a person names it.
    """
    if creditor is None:
        return None, account
    known = list(BankAccount.objects.filter(creditor=creditor, **({"number": compact(account)} if account else {})).order_by("pk"))
    if account or len(known) == 1:
        return (parse_bank_profile(known[0].profile) if len(known) == 1 and known[0].profile else None), account
    described = [row for row in known if row.profile.strip()]
    if not described or format_of(data) != "csv" or recognised(data):
        return None, account
    fitting = [row for row in described if fits(data, parse_bank_profile(row.profile))]
    if len({row.profile for row in fitting}) != 1:
        return None, account
    return parse_bank_profile(fitting[0].profile), None


def _take_in(
    creditor: Creditor,
    name: str,
    data: bytes,
    statements: Sequence[Statement],
    *,
    account: str | None,
    on: date,
    by: User | None,
    progress: Progress,
) -> StatementReport:
    digest = sha256(data).hexdigest()
    count = _count(statements)
    with transaction.atomic():
        list(
            Creditor.objects.select_for_update(no_key=True).filter(pk=creditor.pk).values_list("pk")
        )  # two files at once: one after the other
        if StatementFile.objects.filter(creditor=creditor, sha256=digest).exists():
            return StatementReport(name, tuple(statements), known=count)
        accounts = _accounts(creditor, statements, account, by=by)
        file = StatementFile.objects.create(
            creditor=creditor, name=name[-255:], sha256=digest, content=zlib.compress(data), at=now(), by=by
        )
        taking = _Taking(creditor, file, on, by, progress)
        for statement, lines in keyed([replace(each, number="") if each.is_pending else each for each in statements]):
            if statement.is_pending:
                see_pending(file, accounts[compact(statement.account)], [each for each in lines if not against(each.line)], on=on)
            else:
                _keep(taking, statement, lines, accounts[compact(statement.account)])
        replace_pending(accounts.values())
        match_pending(creditor)
        record(creditor, "import_statement", file, by=by, new=taking.new, known=count - taking.new, held=taking.held)
        if taking.until:
            whole = max(taking.whole, default=None)
            statement_taken.send(sender=None, creditor=creditor, until=max(taking.until), read_until=whole, on=on, by=by)
    return StatementReport(name, tuple(statements), new=taking.new, known=count - taking.new, held=taking.held)


def _count(statements: Sequence[Statement]) -> int:
    return sum(len(entry.bookable) for statement in statements if not statement.is_pending for entry in statement.entries)


def _accounts(creditor: Creditor, statements: Sequence[Statement], named: str | None, *, by: User | None) -> dict[str, BankAccount]:
    """The company's account behind each statement. Raises `Refused` for one that is not known as the company's."""
    if creditor.bank_account:
        add_bank_account(creditor, creditor.bank_account, by=by)
    given = add_bank_account(creditor, named, by=by) if named else None
    known = list(BankAccount.objects.filter(creditor=creditor))
    return {compact(each.account): _account_of(each, known, given) for each in statements}


def _account_of(statement: Statement, known: Sequence[BankAccount], given: BankAccount | None) -> BankAccount:
    number = compact(statement.account)
    if not number and given is None and len(known) == 1:
        return known[0]
    if not number or (given and not _IBAN.fullmatch(number)):  # what the file calls no IBAN may be the account that was named
        if given is None:
            raise Refused(gettext_noop("The file does not say which account it is of. Name the account."))
        return given
    found = next((account for account in known if _is_same(number, account.number)), None)
    if found is None:
        raise Refused(
            gettext_noop("The statement is of account %(number)s, which is not known as one of the company's. Add the account first."),
            number=number,
        )
    return found


def _is_same(one: str, other: str) -> bool:
    """Whether two ways to write an account mean the same: with the country's letters or without, with a currency behind."""
    return _bare(one) == _bare(other)


def _bare(number: str) -> str:
    return re.sub(r"^[A-Z]{2}(?=[0-9]{12,})|[A-Z]{3}$|[^A-Z0-9]", "", number)


def _keep(taking: _Taking, statement: Statement, lines: Sequence[Keyed], account: BankAccount) -> None:
    row = BankStatement.objects.create(
        creditor=taking.creditor,
        account=account,
        file=taking.file,
        number=statement.number[:60],
        currency=statement.currency[:3],
        opening=statement.opening.amount if statement.opening else None,
        closing=statement.closing.amount if statement.closing else None,
        closed_on=_last_day(statement),
        entries=len(statement.entries),
        problems=[str(problem)[:300] for problem in statement.problems][:100],
        is_held=statement.is_balanced is False or statement.is_doubtful,
        is_notice=statement.is_notice,
    )
    taking.held += row.is_held
    if not row.is_held and row.closed_on:
        taking.until.append(row.closed_on)
        if not row.is_notice:
            taking.whole.append(told_whole(row.closed_on, taken_on=taking.on))
    for at in range(0, len(lines), _AT_ONCE):
        _keep_lines(taking, row, lines[at : at + _AT_ONCE])


def told_whole(last: date, *, taken_on: date) -> date:
    """The last day that a statement which reaches `last` tells all of. Money of the day on which it was taken in may still come, whatever
    balance it carries: it may have been made at noon.
    """
    return min(last, taken_on - timedelta(days=1))


def _last_day(statement: Statement) -> date | None:
    days = [line.booked_on for line in statement.lines if line.booked_on]
    if statement.closing and statement.closing.on:
        days.append(statement.closing.on)
    return max(days, default=None)


def _keep_lines(taking: _Taking, statement: BankStatement, lines: Sequence[Keyed]) -> None:
    keys = [each.key for each in lines]
    there = set(BankLine.objects.filter(account=statement.account_id, key__any=keys).values_list("key", flat=True))
    fresh = [each for each in lines if each.key not in there and each.line.amount]
    told = told_elsewhere(statement, fresh)
    rows = [{"id": pk, **_columns(each, told.get(each.entry, ""))} for pk, each in zip(draw_ids(BankLine, len(fresh)), fresh, strict=True)]
    same = {"creditor_id": taking.creditor.pk, "account_id": statement.account_id, "statement_id": statement.pk}
    copy_rows(BankLine, rows, **same)
    taking.new += len(fresh)
    taking.done += len(lines)
    taking.progress(taking.done)


def _columns(each: Keyed, told: str) -> dict[str, Any]:
    """A row of a line. `told` says where its money stands already: then it is set aside."""
    line = each.line
    amount = line.amount or Decimal(0)
    why = told or (MONEY_OUT if amount < 0 and not line.is_reversal else "")
    return {
        "key": each.key,
        "entry_key": each.entry,
        "place": line.place[:60],
        "booked_on": line.booked_on,
        "value_on": line.value_on,
        "amount": amount,
        "currency": line.currency,
        "counterparty": line.counterparty[:300],
        "payer_account": seal(line.account[:60]) if line.account else None,
        "payer_account_hash": keyed_hash(line.account) if line.account else None,
        "virtual_account": line.references.get("virtual", "")[:60],
        "title": line.title[:600],
        "references": _json(line.references),
        "is_reversal": line.is_reversal,
        "state": str(BankLine.State.SET_ASIDE if why else BankLine.State.WAITING),
        "why": why,
    }


def _json(references: Mapping[str, str]) -> str:
    return json.dumps({name: said[:140] for name, said in references.items()}, ensure_ascii=False)
