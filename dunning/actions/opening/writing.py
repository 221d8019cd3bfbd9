"""What was checked, stored in sets: a handful of statements for each 2,000 items, whatever they say."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max

from dunning.actions.cases import enter_rates_of
from dunning.actions.news import tell
from dunning.actions.opening.checking import Checked, Plan, Subject
from dunning.models import (
    AgreedItem,
    Agreement,
    Case,
    Hold,
    LimitationEvent,
    Notice,
    NoticeClaim,
    OpeningItem,
    PlacedItem,
    Placement,
    Promise,
    PromisedItem,
    Rate,
    StepResult,
    StepTaken,
)
from dunning.policy import Grouping
from dunning.states import CaseState, LimitationKind, NoticeState, ProofKind
from invoices.actions.imports.batches import in_batches
from invoices.intake.opening_table import LastStep
from invoices.models import AllocationEntry, Customer, ImportedFile
from invoices.states import ClaimKind
from receivables.accounts.models import Creditor, User
from receivables.db.copying import copy_in, number, set_in

DAY = timedelta(days=1)
_MOVED = ["position", "step", "completed_on", "deadline_on", "state", "look_again_on"]
_SUMS = {ClaimKind.INTEREST: "interest", ClaimKind.COMPENSATION: "compensation", ClaimKind.FEE: "fees"}


def write(creditor: Creditor, file: ImportedFile, checked: Checked, *, on: date, by: User | None) -> None:
    """Store what the new rows say. Call it with their customers locked; nobody contacts them before a person releases them."""
    for batch in in_batches(checked.new):
        Customer.objects.filter(pk__in={subject.item.customer for subject in batch}).update(waits_for_release=True)
        taken = _steps(creditor, batch, checked, on=on)
        _holds(creditor, batch, on=on, by=by)
        _promises(creditor, batch, on=on, by=by)
        copy_in([_brought_in(subject, file, taken.get(subject.item.pk), on=on, by=by) for subject in batch])
    _agreements(creditor, checked.plans, on=on, by=by)
    changed = {subject.item.customer for subject in checked.new if any(subject.row.done)}
    for customers in in_batches(sorted(changed)):
        tell(customers, on=on)


def _brought_in(subject: Subject, file: ImportedFile, taken: StepTaken | None, *, on: date, by: User | None) -> OpeningItem:
    row = subject.row
    return OpeningItem(
        creditor_id=file.creditor_id,
        customer_id=subject.item.customer,
        item_id=subject.item.pk,
        file=file,
        line=row.line,
        digest=subject.digest,
        taken=taken,
        proof=row.step.proof if row.step else "",
        agency_reference=row.agency.reference if row.agency else "",
        court_reference=row.court.reference if row.court else "",
        on=on,
        by=by,
    )


# -- steps


def _steps(creditor: Creditor, batch: Sequence[Subject], checked: Checked, *, on: date) -> dict[int, StepTaken]:
    """Notices, steps with their results and claims, placements; the cases go on after them. Returns item → its step."""
    _earlier(creditor, [subject for subject in batch if subject.row.step and subject.case])  # first: what was said before has the lower ids
    letters: dict[tuple[object, ...], list[Subject]] = defaultdict(list)
    for subject in batch:
        if subject.row.step and subject.case:
            letters[_terms(subject, subject.row.step)].append(subject)
    notices = number([_notice(creditor, subjects) for subjects in letters.values()])
    together = list(zip(notices, letters.values(), strict=True))
    done = [subject for _, subjects in together for subject in subjects]
    lines = [_line(notice, subject) for notice, subjects in together for subject in subjects]
    number(lines)
    by_item = {subject.item.pk: line for line, subject in zip(lines, done, strict=True)}
    copy_in(notices)
    copy_in(lines)
    copy_in([_result(by_item[subject.item.pk], subject) for subject in done])
    copy_in([claim for subject in done for claim in _claims(by_item[subject.item.pk], subject)])
    _place(creditor, together, checked)
    set_in(Case, _MOVED, [_moved(subject, on=on) for subject in done])
    return by_item


def _earlier(creditor: Creditor, done: Sequence[Subject]) -> None:
    """Steps before the last one: completed too, each in a message of its own day; the cases stand where the last one put them."""
    letters: dict[tuple[object, ...], list[Subject]] = defaultdict(list)
    for subject in done:
        for key, on, channel in subject.row.step.earlier if subject.row.step else ():
            step = LastStep(key, on, channel)
            before = replace(subject, row=replace(subject.row, step=step, agency=None))
            letters[_terms(before, step)].append(before)
    notices = number([_notice(creditor, subjects) for subjects in letters.values()])
    pairs = [(notice, subject) for notice, subjects in zip(notices, letters.values(), strict=True) for subject in subjects]
    lines = number([_line(notice, subject) for notice, subject in pairs])
    copy_in(notices)
    copy_in(lines)
    copy_in([_result(line, subject) for line, (_letter, subject) in zip(lines, pairs, strict=True)])


def _terms(subject: Subject, step: LastStep) -> tuple[object, ...]:
    """What items share where the old system said it of all of them in one message."""
    row, item, case = subject.row, subject.item, subject.case
    alone = item.invoice if subject.policy and subject.policy.grouping is Grouping.INVOICE else None
    agency = (row.agency.agency, row.agency.reference, row.agency.on) if row.agency else None
    version = case.version if case else 0
    overdue = item.due_on < step.on
    return (
        item.customer, version, item.currency, step.key, subject.channel, step.on, step.deadline_on, step.proof, overdue, alone, agency,
    )  # fmt: skip


def _notice(creditor: Creditor, subjects: Sequence[Subject]) -> Notice:
    first = subjects[0]
    step, case, item, policy = first.row.step, first.case, first.item, first.policy
    if step is None or case is None or policy is None:
        raise ValueError("a notice needs a step and a case")
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for kind, amount in (claim for subject in subjects if subject.row.step for claim in subject.row.step.claims):
        sums[_SUMS[kind]] += amount
    return Notice(
        creditor=creditor,
        customer_id=item.customer,
        version_id=case.version,
        step=step.key,
        position=first.position,
        channel=first.channel,
        currency=item.currency,
        invoice_id=item.invoice if policy.grouping is Grouping.INVOICE else None,
        is_overdue=item.due_on < step.on,
        approval=False,
        state=NoticeState.RELEASED,
        on=step.on,
        principal=sum((subject.item.open_amount for subject in subjects), Decimal(0)),
        deadline_on=step.deadline_on,
        **sums,
    )


def _line(notice: Notice, subject: Subject) -> StepTaken:
    case = subject.case
    if case is None:
        raise ValueError("only a case takes steps")
    return StepTaken(
        notice=notice,
        case_id=case.pk,
        episode=case.episode,
        round=case.round,
        step=notice.step,
        position=notice.position,
        principal=subject.item.open_amount,
        on=notice.on,
    )


def _result(line: StepTaken, subject: Subject) -> StepResult:
    proof = subject.row.step.proof if subject.row.step else ""
    return StepResult(taken=line, kind=StepResult.Kind.COMPLETED, on=line.on, detail=proof or "said by another system")


def _claims(line: StepTaken, subject: Subject) -> Iterable[NoticeClaim]:
    for kind, amount in subject.row.step.claims if subject.row.step else ():
        yield NoticeClaim(
            notice=line.notice,
            taken=line,
            invoice_id=subject.item.invoice,
            kind=kind,
            amount=amount,
            currency=subject.item.currency,
            on=line.on,
            detail={"said_by": "another system"},
        )


def _moved(subject: Subject, *, on: date) -> tuple[Any, ...]:
    step, case = subject.row.step, subject.case
    if step is None or case is None:
        raise ValueError("only a step moves a case")
    if subject.row.agency:
        return (case.pk, subject.position, step.key, step.on, step.deadline_on, CaseState.WITH_AGENCY, None)
    return (case.pk, subject.position, step.key, step.on, step.deadline_on, case.state, max(on, step.on + DAY))


def _place(creditor: Creditor, together: Sequence[tuple[Notice, Sequence[Subject]]], checked: Checked) -> None:
    placed: list[tuple[Placement, Sequence[Subject]]] = []
    for notice, subjects in together:
        if agency := subjects[0].row.agency:
            placement = Placement(
                creditor=creditor,
                customer_id=notice.customer_id,
                agency=checked.agencies[agency.agency],
                currency=notice.currency,
                notice=notice,
                state=Placement.State.RECEIVED,
                sent_on=agency.on,
            )
            placed.append((placement, subjects))
    copy_in([placement for placement, _ in placed])
    copy_in(
        [PlacedItem(placement=one, item_id=each.item.pk, principal=each.item.open_amount) for one, subjects in placed for each in subjects]
    )


# -- what keeps them waiting


def _holds(creditor: Creditor, batch: Sequence[Subject], *, on: date, by: User | None) -> None:
    """Holds as they stood; what is at court is left alone until a person releases it."""
    rows = [
        _hold(creditor, subject, subject.row.held.until, subject.row.held.reason, on=on, by=by) for subject in batch if subject.row.held
    ]
    at_court = [(subject, subject.row.court) for subject in batch if subject.row.court]
    rows += [_hold(creditor, subject, None, f"At court: {court.reference}", on=on, by=by) for subject, court in at_court]
    copy_in(rows)
    suits = [
        LimitationEvent(
            creditor=creditor, customer_id=subject.item.customer, invoice_id=subject.item.invoice, kind=LimitationKind.SUIT,
            on=court.on, proof=ProofKind.COURT_PAPER, source=court.reference, recorded_on=on, author=by,
        )
        for subject, court in at_court
        if court.on
    ]  # fmt: skip
    copy_in(suits)


def _hold(creditor: Creditor, subject: Subject, until: date | None, reason: str, *, on: date, by: User | None) -> Hold:
    item = subject.item
    return Hold(creditor=creditor, customer_id=item.customer, item_id=item.pk, since=on, until=until, reason=reason, author=by)


def _promises(creditor: Creditor, batch: Sequence[Subject], *, on: date, by: User | None) -> None:
    """One for each row. Money that came before the first day does not count for it."""
    promising = [(subject, subject.row.promised) for subject in batch if subject.row.promised]
    if not promising:
        return
    last = AllocationEntry.objects.aggregate(last=Max("pk"))["last"] or 0
    rows = [
        Promise(
            creditor=creditor, customer_id=subject.item.customer, currency=subject.item.currency,
            amount=said.amount or subject.item.open_amount, made_on=said.made_on or min(on, said.by), by=said.by, after_entry=last,
            author=by,
        )
        for subject, said in promising
    ]  # fmt: skip
    copy_in(rows)
    copy_in([PromisedItem(promise=row, item_id=subject.item.pk) for row, (subject, _) in zip(rows, promising, strict=True)])


def _agreements(creditor: Creditor, plans: Sequence[Plan], *, on: date, by: User | None) -> None:
    """The plans, with the rates still to be paid; the items that they cover rest."""
    for batch in in_batches(plans):
        rows = [
            Agreement(
                creditor=creditor, customer_id=plan.subjects[0].item.customer, label=plan.label,
                currency=plan.subjects[0].item.currency, made_on=plan.made_on, author=by,
            )
            for plan in batch
        ]  # fmt: skip
        copy_in(rows)
        pairs = list(zip(rows, batch, strict=True))
        copy_in(
            [AgreedItem(agreement=row, item_id=each.item.pk, position=n) for row, plan in pairs for n, each in enumerate(plan.subjects, 1)]
        )
        copy_in([rate for row, plan in pairs for rate in _rates(row, plan)])
        enter_rates_of(rows, on=on)


def _rates(agreement: Agreement, plan: Plan) -> list[Rate]:
    return [
        Rate(
            agreement=agreement, position=n, label=f"{agreement.label}#{n}", due_on=due_on, currency=agreement.currency, amount=amount,
            open_amount=amount,
        )
        for n, (due_on, amount) in enumerate(plan.rates, start=1)
    ]  # fmt: skip
