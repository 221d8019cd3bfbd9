"""A check of a customer, known to us or not: identifiers, registers, history, exposure, limits, and what they suggest. Writes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from dunning.models import Promise
from dunning.rating import Rating, rate
from dunning.ratings import ratings_of
from invoices.models import Customer
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.core.identifiers import GREECE, VAT_COUNTRIES, Checked, check, check_tax_id, plain_number
from receivables.core.sentences import Sentence, gettext_noop
from receivables.credit.facts import credit_facts, rules_of
from receivables.credit.judging import Facts, Judgement, judge_credit
from receivables.credit.models import RegisterAnswer
from receivables.credit.registers.protocol import Question, Verdict
from receivables.credit.states import CreditState
from receivables.credit.suggesting import Known, Suggestion, suggest

WRONG_PESEL = gettext_noop("Its check digit, birthday or length is wrong.")


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is checked: a customer of ours, or a tax number that we do not know. `tax_id` is none where a customer has none."""

    creditor: Creditor
    customer: Customer | None
    country: str
    tax_id: Checked | None

    def question(self, *, on: date, account: str = "") -> Question | None:
        """What registers are asked; None where there is no number or it cannot be right."""
        if self.tax_id is None or not self.tax_id.is_valid:
            return None
        country = GREECE.get(self.country, self.country)
        return Question(country, self.tax_id.plain.removeprefix(country), on, account)


@dataclass(frozen=True, slots=True)
class History:
    """How they have paid us; promises by what became of them."""

    rating: Rating
    promises: dict[str, int]


@dataclass(frozen=True, slots=True)
class Check:
    """All that is known, as of a day: registers on that day, debts by their due dates then, books as they stand now."""

    subject: Subject
    on: date
    identifiers: tuple[Checked, ...]
    answers: tuple[RegisterAnswer, ...]
    history: History
    facts: Facts
    judgement: Judgement
    suggestion: Suggestion


def find_subject(creditor: Creditor, text: str) -> Subject:
    """Whom a text names: our customer's number first, then the tax number of one, then any tax number.

    Raises `Refused` where it names nobody, or several customers.
    """
    words = text.strip()
    plain = plain_number(words)
    mine = Customer.objects.filter(creditor=creditor).select_related("creditor", "merged_into__creditor")
    named = mine.filter(number=words if words.isprintable() else "")
    found = [customer.merged_into or customer for customer in named] or list(
        mine.filter(merged_into=None, tax_id__in=_written(plain)).order_by("pk")[:5] if plain else ()
    )
    if len(found) > 1:
        numbers = ", ".join(customer.number for customer in found)
        raise Refused(gettext_noop("Several customers have this tax number: %(numbers)s. Give the number of one."), numbers=numbers)
    if found:
        return subject_of(found[0])
    if not any(sign.isdigit() for sign in plain):
        raise Refused(
            gettext_noop("There is no customer '%(words)s'. Give a customer's number, a NIP, or a VAT number with its country."),
            words=words,
        )
    country = next((iso for iso, prefix in GREECE.items() if plain.startswith(prefix)), plain[:2])
    country = country if GREECE.get(country, country) in VAT_COUNTRIES else "PL"
    return Subject(creditor, None, country, check_tax_id(country, plain))


def check_of(subject: Subject, answers: Sequence[RegisterAnswer], *, on: date) -> Check:
    """Put together what is known; `answers` are those of the registers, asked or kept."""
    customer, creditor = subject.customer, subject.creditor
    facts, rating = Facts(), rate((), on=on)
    rules = rules_of(creditor)
    if customer:
        facts = credit_facts(creditor, [customer.pk], on=on, rated=rules.rating is not CreditState.OPEN)[customer.pk]
        rating = ratings_of([customer.pk], on=on, own=creditor.currency)[customer.pk]
    judgement = judge_credit(facts, rules, on=on)
    known = Known(
        judgement=judgement,
        facts=facts,
        rating=str(rating.letter or ""),
        verdicts={answer.register: Verdict(answer.verdict) for answer in answers if not answer.account},
        is_number_wrong=subject.tax_id is not None and not subject.tax_id.is_valid,
    )
    return Check(
        subject=subject,
        on=on,
        identifiers=tuple(_identifiers(subject, answers)),
        answers=tuple(answers),
        history=History(rating, _promises(customer)),
        facts=facts,
        judgement=judgement,
        suggestion=suggest(known, on=on),
    )


def subject_of(customer: Customer) -> Subject:
    """A customer of ours, by what the books hold."""
    tax_id = check_tax_id(customer.country, customer.tax_id) if customer.tax_id else None
    return Subject(customer.creditor, customer, customer.country, tax_id)


def _written(plain: str) -> list[str]:
    """How a tax number may stand in the books."""
    return [plain, plain.removeprefix("PL"), f"PL{plain}"]


def _identifiers(subject: Subject, answers: Sequence[RegisterAnswer]) -> Iterator[Checked]:
    """Ours, and those that registers name. A PESEL is checked without being shown."""
    if subject.tax_id:
        yield subject.tax_id
    if subject.customer and subject.customer.pesel:
        is_valid = check("pesel", str(subject.customer.pesel)).is_valid
        yield Checked("pesel", "", "•" * 11, None if is_valid else Sentence(WRONG_PESEL))
    seen = set()
    for answer in answers:
        named = [("regon", answer.facts.get("regon", "")), ("krs", answer.facts.get("krs", ""))]
        named += [("iban", account) for account in answer.facts.get("accounts", "").split()]
        for kind, text in named:
            if text and (kind, text) not in seen:
                seen.add((kind, text))
                yield check(kind, text)


def _promises(customer: Customer | None) -> dict[str, int]:
    if customer is None:
        return {}
    rows = Promise.objects.filter(customer=customer).order_by().values_list("state").annotate(Count("pk"))
    return {str(state): count for state, count in rows}
