"""Which texts a company may write itself, of what parts they are, and which placeholders each part may and must use. Pure.

What the law asks of a formal paper (who demands what on which ground, the table, the account, how claims were worked out, the check code)
is the program's and stands whatever the company writes: there the company adds words before and after. In messages and friendly letters
its words stand instead of the shipped ones, so there the placeholders without which they would not say what they must are required.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from receivables.core.sentences import gettext_noop

MESSAGE, PAPER, ANSWER, LETTERHEAD = "message", "paper", "answer", "letterhead"
LANGUAGES = ("pl", "en", "de")

OF_CLAIMS: Mapping[str, str] = {
    "company": gettext_noop("name of the company"),
    "customer": gettext_noop("name of the customer"),
    "customer_number": gettext_noop("number of the customer"),
    "amount": gettext_noop("what is asked for in all, with its currency"),
    "pay_by": gettext_noop("the deadline as words: by 10 May 2026; without a deadline: without delay"),
    "documents": gettext_noop("numbers of the documents, five at most"),
    "oldest_due": gettext_noop("the oldest due date"),
    "days_late": gettext_noop("how late the oldest is; left out where nothing is late"),
    "account": gettext_noop("bank account to pay to"),
    "transfer_title": gettext_noop("what the payer should write"),
    "portal": gettext_noop("address of the customer's portal, as a link"),
    "phone": gettext_noop("the company's phone"),
    "email": gettext_noop("the company's e-mail"),
    "date": gettext_noop("day of the message"),
    "offers": gettext_noop("ways to pay that stand, in letters by post, demands by hand, agreements; left out elsewhere"),
}
OF_ANSWERS: Mapping[str, str] = {
    "sum": gettext_noop("the sum that it is about: paid, promised, objected to"),
    "paid_on": gettext_noop("the day on which the payment came"),
    "promised_by": gettext_noop("the day by which the customer will pay"),
    "agreement": gettext_noop("number of the agreement"),
    "rates": gettext_noop("its days and sums"),
    "received_on": gettext_noop("the day on which the complaint came"),
    "answer_by": gettext_noop("the last day of our answer"),
    "answer": gettext_noop("our answer to the complaint, as it was written"),
    "decision": gettext_noop("what was decided or has happened, in a sentence of the program"),
}
"""What only an answer to a customer says: it asks for no money, so the others are of no use there."""
NAMES: Mapping[str, str] = {**OF_CLAIMS, **OF_ANSWERS}
"""Placeholders within a line, with what they mean."""
PLACED: Mapping[str, str] = {
    "items": gettext_noop("the table of documents and sums, with the working of interest and costs"),
    "payment": gettext_noop("the box with account, title, amount, deadline and transfer code"),
}
"""Placeholders that stand on a line of their own and make a whole part."""
LINKS = frozenset({"portal"})
IN_A_SUBJECT = frozenset({"company"})  # others may read it: neither debt nor amount
IN_AN_SMS = frozenset({"company", "portal", "phone"})
OFFERS = "offers"
"""Stands on papers alone: no e-mail and no SMS offers anything (LAW.md A9)."""
IN_A_MESSAGE = frozenset(OF_CLAIMS) - {OFFERS}
ON_PAPER = frozenset(OF_CLAIMS) - {"days_late"}
IN_AN_ANSWER = frozenset({"company", "customer", "customer_number", "documents", "portal", "phone", "email", "date"})


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text. `adds` is True where it stands beside the shipped words and not instead of them."""

    key: str
    label: str
    longest: int
    inline: frozenset[str]
    placed: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    adds: bool = False
    is_line: bool = False  # one line, without headings and lists


@dataclass(frozen=True, slots=True)
class TextKind:
    """A text that a company may write."""

    place: str
    key: str
    label: str
    parts: tuple[Part, ...]

    @property
    def template(self) -> str:
        """The template of its shipped words."""
        return f"courtesy_{self.key}" if self.place == ANSWER else self.key

    @property
    def is_mail(self) -> bool:
        """Whether it leaves as a message, and not on paper."""
        return self.place in (MESSAGE, ANSWER)

    def part(self, key: str) -> Part:
        """The part of that key. Raises KeyError."""
        return {part.key: part for part in self.parts}[key]


def _message(key: str, label: str, required: frozenset[str]) -> TextKind:
    return TextKind(
        MESSAGE,
        key,
        label,
        (
            Part("subject", gettext_noop("Subject"), 120, IN_A_SUBJECT, required=frozenset({"company"}), is_line=True),
            Part("body", gettext_noop("Text"), 5000, IN_A_MESSAGE, frozenset(PLACED), required),
            Part("sms", gettext_noop("SMS"), 400, IN_AN_SMS, required=frozenset({"company", "portal"}), is_line=True),
        ),
    )


def _answer(key: str, label: str, *required: str, more: tuple[str, ...] = ()) -> TextKind:
    """What answers a customer, by e-mail alone."""
    subject = Part("subject", gettext_noop("Subject"), 120, IN_A_SUBJECT, required=frozenset({"company"}), is_line=True)
    names = IN_AN_ANSWER | set(required) | set(more)
    return TextKind(ANSWER, key, label, (subject, Part("body", gettext_noop("Text"), 3000, names, required=frozenset(required))))


_SALUTATION = Part("salutation", gettext_noop("Salutation"), 120, frozenset({"customer"}), is_line=True)
_END = (
    Part("farewell", gettext_noop("Farewell"), 120, frozenset(), is_line=True),
    Part("signature", gettext_noop("Lines under the company's name"), 400, frozenset({"phone", "email"}), adds=True),
)


def _friendly(key: str, label: str, required: frozenset[str]) -> TextKind:
    return TextKind(
        PAPER,
        key,
        label,
        (
            _SALUTATION,
            Part("opening", gettext_noop("Words above the table"), 2000, ON_PAPER, required=required),
            Part("closing", gettext_noop("Words under the account"), 2000, ON_PAPER),
            Part("thanks", gettext_noop("Last sentence"), 400, ON_PAPER, is_line=True),
            *_END,
        ),
    )


def _formal(key: str, label: str) -> TextKind:
    opening = Part("before", gettext_noop("Words before the fixed text"), 2000, ON_PAPER, adds=True)
    closing = Part("after", gettext_noop("Words after the fixed text"), 2000, ON_PAPER, adds=True)
    return TextKind(PAPER, key, label, (_SALUTATION, opening, closing, *_END))


def _contract(key: str, label: str) -> TextKind:
    """What the parties agree is the program's, and so are the places to sign; the company adds its own provisions."""
    preamble = Part("before", gettext_noop("Words before the contract"), 2000, ON_PAPER, adds=True)
    provisions = Part("after", gettext_noop("Further provisions, before the signatures"), 4000, ON_PAPER, adds=True)
    return TextKind(PAPER, key, label, (preamble, provisions))


_BOTH = frozenset(PLACED)
KINDS: tuple[TextKind, ...] = (
    _message("reminder", gettext_noop("Reminder before the due date"), _BOTH),
    _message("overdue", gettext_noop("Reminder after the due date"), _BOTH),
    _message("demand", gettext_noop("Message with a demand"), _BOTH | {"amount", "pay_by"}),
    _friendly("reminder", gettext_noop("Letter: reminder before the due date"), frozenset()),
    _friendly("overdue", gettext_noop("Letter: reminder after the due date"), frozenset({"pay_by"})),
    _formal("demand", gettext_noop("Demand for payment")),
    _formal("final_demand", gettext_noop("Final demand before court")),
    _formal("register_warning", gettext_noop("Warning of an entry with a bureau")),
    _formal("interest_note", gettext_noop("Interest note")),
    _formal("compensation_note", gettext_noop("Compensation note")),
    _formal("balance_confirmation", gettext_noop("Balance confirmation")),
    _formal("statement", gettext_noop("Account statement")),
    _formal("withdrawal", gettext_noop("Withdrawal of a letter, with the apology")),
    _contract("agreement", gettext_noop("Instalment agreement")),
    _contract("assignment", gettext_noop("Assignment of claims")),
    _formal("assignment_notice", gettext_noop("Notice of an assignment")),
    _contract("agency_order", gettext_noop("Order to an agency")),
    _answer("thanks", gettext_noop("Thanks for a payment"), "sum", more=("paid_on",)),
    _answer("promise_noted", gettext_noop("A promise is noted"), "sum", "promised_by"),
    _answer("agreement_begun", gettext_noop("An agreement begins"), "agreement", "rates"),
    _answer("agreement_kept", gettext_noop("An agreement was kept"), "agreement"),
    _answer("agreement_ended", gettext_noop("An agreement has ended"), "agreement", "decision"),
    _answer("dispute_received", gettext_noop("An objection has come"), "documents", "sum"),
    _answer("dispute_decided", gettext_noop("An objection is decided"), "documents", "decision", more=("sum",)),
    _answer("complaint_received", gettext_noop("A complaint has come"), "received_on", "answer_by"),
    _answer("complaint_decided", gettext_noop("A complaint is decided"), "received_on", "decision", "answer"),
)


@cache
def kind_of(place: str, key: str) -> TextKind | None:
    """The text that a company may write there; None where the shipped one stands."""
    return next((kind for kind in KINDS if (kind.place, kind.key) == (place, key)), None)
