"""Why something happened or did not: every gate in its order, with its value, in words. The same judgement as the run."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from dunning.ahead import Ahead
from dunning.claims import first_with, not_compensated
from dunning.decide import Block, ItemFacts, Look, Rules, next_day
from dunning.facts import facts_for
from dunning.grouping import Judgement, judge
from dunning.models import AgreedItem, Case, Rate
from dunning.simulation.account import Account
from dunning.states import CaseState, Waits
from invoices.models import Customer, Invoice, Item
from receivables.core.money import round_to_unit
from receivables.countries.words import Debtor


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition in the order of judgement: whether it lets the item through, its value and a sentence."""

    gate: str
    passed: bool
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where an item stands on a day: `step` the last completed, `waits` the first reason, `next` the day a run would act."""

    item: str
    step: str | None
    state: str
    waits: str | None
    next: date | None
    next_step: str | None
    skipped: tuple[str, ...]
    gates: tuple[Gate, ...]
    sentence: str
    reason: str = ""
    top: int | None = None  # position of the highest step it climbs to; None where no ladder moves it
    notes: tuple[str, ...] = ()  # what bears on its claims beside the law, such as compensation that the firm does not ask for


def explain_invoice(invoice: Invoice, *, on: date, today: date | None = None) -> list[Explanation]:
    """All items of an invoice, as they stand on that day; nothing is written."""
    by_item = explain_customer(invoice.customer, on=on, today=today)
    return [by_item[item.pk] for item in invoice.items.order_by("position")]


def explain_customer(customer: Customer, *, on: date, today: date | None = None) -> dict[int, Explanation]:
    """All items of a customer by item id, as they stand on that day: see `explain_ladder`."""
    return explain_ladder(customer, on=on, today=today).items


@dataclass(frozen=True, slots=True)
class Ladder:
    """All that is on the ladder for a customer: its items and the rates of its agreements, by id."""

    items: dict[int, Explanation]
    rates: dict[int, Explanation]


def explain_ladder(customer: Customer, *, on: date, today: date | None = None) -> Ladder:
    """All items and rates of a customer, as they stand on that day: a fixed number of queries.

    With `today` given, a later day is told as its run will find it if the runs between are all that happens: nobody approves or calls.
    """
    if today is not None and today < on:
        ahead = Ahead.of(customer, today=today, until=on)
        return _explained_all(customer, ahead.judged(on), ahead.account, ahead.rules_on(on), on=on)
    loaded = facts_for(customer.creditor, [customer.pk], on=on)
    known = loaded.customers[customer.pk]
    return _explained_all(customer, judge(known, loaded.rules, on=on), Account.of(known, on=on), loaded.rules, on=on)


def _explained_all(customer: Customer, judgement: Judgement, account: Account, rules: Rules, *, on: date) -> Ladder:
    looks = {look.item.case: look for look in judgement.looks}
    cases = list(Case.objects.filter(customer=customer).select_related("rate"))
    by_item = {case.item_id: case for case in cases if case.item_id}
    items = Item.objects.filter(customer=customer).select_related("invoice").order_by("due_on", "label")
    barred = [case for case in cases if case.pk in judgement.barred]
    told = {item.pk: _explained(item, by_item.get(item.pk), looks, account, rules, on=on) for item in items}
    for item in _covered_by_late(judgement, on=on):
        told[item] = replace(told[item], notes=(*told[item].notes, _late_rate_words(rules)))
    return Ladder(
        told | {case.item_id: _barred(case, told[case.item_id].item, on=on) for case in barred if case.item_id},
        {case.rate.pk: _explained(case.rate, case, looks, account, rules, on=on) for case in cases if case.rate},
    )


def _covered_by_late(judgement: Judgement, *, on: date) -> list[int]:
    """Items whose agreement stands though a rate is late, because the bank's data have not come. A query only where there is one."""
    late = [-look.item.invoice for look in judgement.looks if look.item.is_over(on=on) and _awaits_bank(look)]
    return list(AgreedItem.objects.filter(agreement__in=late).values_list("item", flat=True)) if late else []


def _awaits_bank(look: Look) -> bool:
    """Whether it is a rate that bank data of its day are awaited for: no open credit reaches it."""
    return all(block.reason is not Waits.UNMATCHED_MONEY for block in look.blocks)


def _late_rate_words(rules: Rules) -> str:
    return _(
        "The day of an instalment is over, and the bank's data reach only %(seen)s: money paid in time may still be on its way, so the "
        "agreement stands until they come, for %(days)s days at most."
    ) % {"seen": _read(rules), "days": rules.bank_wait_days}


def _read(rules: Rules) -> str:
    return rules.bank_read_until.isoformat() if rules.bank_read_until else "–"


def _explained(item: Item | Rate, case: Case | None, looks: dict[int, Look], account: Account, rules: Rules, *, on: date) -> Explanation:
    look = looks.get(case.pk) if case else None
    if case is None or look is None:
        return _outside(item, case)
    return Explanation(
        item=item.label,
        step=account.steps.get(case.pk) or case.step or None,
        state=CaseState.WITH_AGENCY if look.item.with_agency else CaseState.RUNNING,
        waits=str(look.waits) if look.waits else None,
        next=next_day(look, rules, on=on),
        next_step=look.step.key if look.step else None,
        skipped=(*case.skipped, *account.skipped.get(case.pk, ()), *look.skipped),
        gates=gates_of(look, rules, on=on),
        sentence=sentence_of(look, rules, on=on),
        top=look.item.top,
        notes=tuple(notes_on_claims(look.item, on=on)),
    )


def _barred(case: Case, label: str, *, on: date) -> Explanation:
    """An item that limitation forbids to demand, before a run has closed it."""
    text = _("Time-barred: it may no longer be demanded, and the next run closes it.")
    return Explanation(label, case.step or None, case.state, None, on, None, tuple(case.skipped), (), text)


def _outside(item: Item | Rate, case: Case | None) -> Explanation:
    """An item that no ladder moves: closed, or without a policy."""
    if case is not None and case.state != CaseState.CLOSED:
        text = _("Its agreement is over: the next run closes it.")
        if isinstance(item, Item):
            text = _("It is issued later, on %(day)s.") % {"day": item.invoice.issued_on.isoformat()}
        return Explanation(item.label, None, case.state, None, None, None, (), (), text)
    if case is not None:
        text = _("Closed: %(reason)s.") % {"reason": reason_words(case.reason)}
        return Explanation(item.label, case.step or None, case.state, None, None, None, tuple(case.skipped), (), text, case.reason)
    if item.open_amount == 0:
        text = _("Settled before it entered the ladder.")
        return Explanation(item.label, None, CaseState.CLOSED, None, None, None, (), (), text, item.closed_as)
    text = _("No policy is assigned: nothing will be sent. Assign a policy to the company, the customer or the invoice.")
    return Explanation(item.label, None, CaseState.RUNNING, "no_policy", None, None, (), (), text)


def gates_of(look: Look, rules: Rules, *, on: date) -> tuple[Gate, ...]:
    """Every gate in the order of SCENARIOS.md; those that are judged only once the step is open are left out before.

    An unread reply, a delivery, the first contact and what a hand-over asks for are no gates of the scenarios: they are there only
    while one waits.
    """
    standing = {block.reason: block for block in reversed(look.blocks)}
    gates = [reason for reason in Waits if reason not in _ONLY_WHILE_THEY_WAIT or reason in standing]
    judged = gates if look.is_open else gates[: gates.index(Waits.BANK_STALE)]
    return tuple(_gate(reason, look, standing.get(reason), rules, on=on) for reason in judged)


_ONLY_WHILE_THEY_WAIT = frozenset(
    {Waits.UNREAD_REPLY, Waits.UNDELIVERED, Waits.FIRST_CONTACT, Waits.NO_AGENCY, Waits.NOT_ANNOUNCED, Waits.NOT_CALLED}
)


def _gate(reason: Waits, look: Look, block: Block | None, rules: Rules, *, on: date) -> Gate:
    value = _value(reason, look, rules, block)
    text = _why(reason, look, rules, on=on) if block else free_words(reason)
    return Gate(gate=str(reason), passed=block is None, value=value, text=f"{text} ({value})" if value else text)


def _value(reason: Waits, look: Look, rules: Rules, block: Block | None) -> str:
    """The figure or day behind a gate, in plain form."""
    item = look.item
    values = {
        Waits.TOO_EARLY: look.opens_on,
        Waits.HELD: ", ".join(str(until) if until else _("until released") for until in item.held_until),
        Waits.UNREAD_REPLY: ", ".join(dict.fromkeys(reply.sender for reply in item.replies if reply.sender)),
        Waits.DISPUTED: f"{round_to_unit(item.disputed, item.currency)} {item.currency}" if item.disputed else "",
        Waits.PROMISED: item.promised_by,
        Waits.BANK_STALE: rules.bank_seen_until,
        Waits.BELOW_MINIMUM: _below(look),
        Waits.LADDER_ENDED: look.step.key if look.step else _cap_of(look),
        Waits.CLOSED_HOURS: f"{item.goes_at:%Y-%m-%d %H:%M}" if item.goes_at else "",
        Waits.CAPPED: block.until if block else None,
        Waits.NOT_ANNOUNCED: block.until if block else None,
    }
    return str(values.get(reason) or "")


def notes_on_claims(item: ItemFacts, *, on: date) -> Iterator[str]:
    """Why the firm claims no compensation on it, and by which contract it claims interest; nothing where the law alone decides."""
    if first_with(item.policy, "compensation") and item.debtor is not Debtor.CONSUMER:
        why, value = not_compensated(item, on=on)
        if why:
            yield no_compensation_words(why, value)
    if item.terms.agreed and first_with(item.policy, "interest"):
        last = item.terms.agreed[-1]
        yield _("Interest as agreed in %(contract)s, within the law's ceiling.") % {"contract": last.contract}


def no_compensation_words(why: str, value: str) -> str:
    """Why no compensation is claimed, with the figure or reason behind it."""
    words = {
        "switched_off": _("No compensation: the company claims none."),
        "spared": _("No compensation: the customer is on the keep-relations list (%(value)s)."),
        "below_minimum": _("No compensation: below %(value)s."),
        "too_few_days": _("No compensation yet: fewer than %(value)s days late."),
    }
    return words[why] % {"value": value}


def _below(look: Look) -> str:
    """What the item owes, and the share of all that its step asks for."""
    owes = f"{round_to_unit(look.item.principal, look.item.currency)} {look.item.currency}"
    share = look.step.minimum_percent if look.step else None
    if share is None:
        return owes
    return _("%(amount)s; the step needs %(share)s per cent of all that is open") % {"amount": owes, "share": f"{share.normalize():f}"}


def _cap_of(look: Look) -> str:
    """The step at which a cap ends the ladder below its top."""
    item = look.item
    if item.top >= len(item.policy.steps):
        return ""
    return _("highest step: %(step)s") % {"step": item.max_step or item.policy.max_step}


def sentence_of(look: Look, rules: Rules, *, on: date) -> str:
    """One sentence: what happens next and when, or what it waits for."""
    step, day = look.step.key if look.step else "", next_day(look, rules, on=on)
    if look.waits is None:
        return _("The step “%(step)s” is due: the next run sends it.") % {"step": step}
    if look.item.goes_at and look.waits is Waits.CLOSED_HOURS:
        goes = {"step": step, "day": look.item.goes_at.date().isoformat(), "time": f"{look.item.goes_at:%H:%M}"}
        return _("The message of the step “%(step)s” is ready and goes on %(day)s at %(time)s: it waits for contact hours.") % goes
    words = _unread_words(look.item) if look.waits is Waits.UNREAD_REPLY else _why(look.waits, look, rules, on=on)
    if look.waits is Waits.LADDER_ENDED:
        return words
    if day is None:
        return _("The step “%(step)s” waits: %(why)s.") % {"step": step, "why": words}
    return _("The step “%(step)s” waits until %(day)s: %(why)s.") % {"step": step, "day": day.isoformat(), "why": words}


def _why(reason: Waits, look: Look, rules: Rules, *, on: date) -> str:
    """A reason to wait in plain words; of a day that is over and waits for the bank's data, that it does."""
    item = look.item
    if reason is Waits.PROMISED and item.promised_by is not None and item.promised_by < on:
        words = _("the day of the promise is over, and the bank's data reach only %(seen)s; money paid in time may still be on its way")
        return words % {"seen": _read(rules)}
    if reason is Waits.BANK_STALE and item.is_over(on=on):
        words = _("the day of the instalment is over, and the bank's data reach only %(seen)s; money paid in time may still be on its way")
        return words % {"seen": _read(rules)}
    return waits_words(reason)


def _unread_words(item: ItemFacts) -> str:
    """Whose reply waits, where that is known."""
    senders = list(dict.fromkeys(reply.sender for reply in item.replies if reply.sender))
    return _("an unread reply from %(sender)s waits") % {"sender": ", ".join(senders)} if senders else waits_words(Waits.UNREAD_REPLY)


def waits_words(reason: str) -> str:
    """A reason to wait in plain words."""
    words = {
        Waits.WITH_AGENCY: _("the customer is with the agency"),
        Waits.ON_PLAN: _("an instalment agreement is running"),
        Waits.HELD: _("it is held"),
        Waits.UNREAD_REPLY: _("an unread reply waits"),
        Waits.DISPUTED: _("all of it is disputed"),
        Waits.PROMISED: _("the customer has promised to pay"),
        Waits.FIRST_CONTACT: _("nobody has released this imported customer to be contacted"),
        Waits.UNCONFIRMED: _("the last message is not confirmed yet"),
        Waits.LADDER_ENDED: _("the ladder has ended"),
        Waits.TOO_EARLY: _("its day has not come"),
        Waits.BANK_STALE: _("the bank data are too old"),
        Waits.BELOW_MINIMUM: _("less is owed than the step needs"),
        Waits.NO_ADDRESS: _("there is no way to reach the customer"),
        Waits.NO_AGENCY: _("no agency takes it: its terms do not fit, or a document about it is missing"),
        Waits.NOT_ANNOUNCED: _("no demand has announced the hand-over long enough before"),
        Waits.NOT_CALLED: _("no call has reached anybody, and none was tried twice; one noted by hand counts, too"),
        Waits.UNMATCHED_MONEY: _("money has come that is not allocated yet"),
        Waits.UNDELIVERED: _("nobody recorded how the invoice was delivered"),
        Waits.APPROVAL: _("a person has to approve it"),
        Waits.CLOSED_HOURS: _("it is no contact day or hour"),
        Waits.CAPPED: _("enough has been sent for now"),
    }
    return words.get(Waits(reason), str(reason)) if reason in set(Waits) else _("no policy is assigned")


def free_words(reason: Waits) -> str:
    """The same gate when it lets the item through."""
    words = {
        Waits.WITH_AGENCY: _("not with an agency"),
        Waits.ON_PLAN: _("no instalment agreement"),
        Waits.HELD: _("not held"),
        Waits.UNREAD_REPLY: _("no unread reply"),
        Waits.DISPUTED: _("not wholly disputed"),
        Waits.PROMISED: _("no promise is running"),
        Waits.FIRST_CONTACT: _("released to be contacted"),
        Waits.UNCONFIRMED: _("no message is out unconfirmed"),
        Waits.LADDER_ENDED: _("the ladder goes on"),
        Waits.TOO_EARLY: _("its day has come"),
        Waits.BANK_STALE: _("the bank data are fresh enough"),
        Waits.BELOW_MINIMUM: _("enough is owed"),
        Waits.NO_ADDRESS: _("the customer can be reached"),
        Waits.NO_AGENCY: _("an agency takes it"),
        Waits.NOT_ANNOUNCED: _("a demand has announced the hand-over"),
        Waits.NOT_CALLED: _("somebody was called"),
        Waits.UNMATCHED_MONEY: _("no unallocated money could cover it"),
        Waits.UNDELIVERED: _("the invoice was delivered"),
        Waits.APPROVAL: _("no approval is missing"),
        Waits.CLOSED_HOURS: _("today is a contact day"),
        Waits.CAPPED: _("there is room for a message"),
    }
    return words[reason]


def reason_words(reason: str) -> str:
    """Why a case was closed, in words."""
    words = {
        "paid": _("paid"),
        "credited": _("credited"),
        "written_off": _("written off"),
        "withdrawn": _("withdrawn"),
        "sold": _("sold"),
        "time_barred": _("time-barred"),
        "plan_ended": _("the agreement ended"),
    }
    return words.get(reason, reason)
