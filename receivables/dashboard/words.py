"""The words for what rows hold as keys: channels, states, reasons, events."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from dunning.demanding import is_beside
from dunning.explain import waits_words
from dunning.models import Case
from dunning.states import Waits
from invoices.actions.bank.booking import GAVE_BACK
from invoices.actions.bank.told import TOLD_ALREADY, TOLD_IN_DETAIL
from invoices.matching import BorneAs, Reason
from invoices.matching.refunding import RefundReason
from invoices.models import BankLine, Payment
from invoices.states import ClaimKind
from receivables.core.errors import DomainError
from receivables.core.money import Money
from receivables.core.sentences import Sentence
from receivables.dashboard.templatetags.look import amount

Words = Mapping[str, str | Promise]

CHANNELS: Words = {
    "email": gettext_lazy("e-mail"),
    "sms": gettext_lazy("SMS"),
    "letter": gettext_lazy("letter"),
    "call": gettext_lazy("call"),
    "agency": gettext_lazy("agency"),
}
MESSAGE_STATES: Words = {
    "planned": gettext_lazy("planned"),
    "claimed": gettext_lazy("being prepared"),
    "handed": gettext_lazy("handed over"),
    "accepted": gettext_lazy("accepted"),
    "delivered": gettext_lazy("delivered"),
    "soft_bounced": gettext_lazy("bounced for now"),
    "hard_bounced": gettext_lazy("bounced"),
    "failed": gettext_lazy("failed"),
    "withdrawn": pgettext_lazy("message", "withdrawn"),
    "expired": gettext_lazy("expired"),
    "suppressed": gettext_lazy("suppressed"),
    "unknown": gettext_lazy("outcome unknown"),
    "abandoned": gettext_lazy("abandoned"),
}
OUTCOMES: Words = {
    "accepted": gettext_lazy("accepted"),
    "later": gettext_lazy("refused for now"),
    "failed": gettext_lazy("refused"),
    "unknown": gettext_lazy("outcome unknown"),
    "delivered": gettext_lazy("delivered"),
    "bounced": gettext_lazy("bounced"),
    "deferred": gettext_lazy("put off by the recipient's server"),
    "soft_bounced": gettext_lazy("bounced for now"),
    "undelivered": gettext_lazy("could not be delivered"),
    "hard_bounced": gettext_lazy("bounced for good"),
    "complained": gettext_lazy("the recipient complained"),
}
SOURCES: Words = {
    "staff": gettext_lazy("a person here"),
    "dsn": gettext_lazy("a mail that came back"),
    "smsapi": "SMSAPI",
    "twilio": "Twilio",
}
ADDRESS_REASONS: Words = {
    "Its reader stopped text messages by a text message.": gettext_lazy("Its reader stopped text messages by a text message."),
    "the recipient complained": gettext_lazy("the recipient complained"),
    "it bounced": gettext_lazy("it bounced"),
    "it bounced on too many days": gettext_lazy("it bounced on too many days"),
    "wrong number, said a call": gettext_lazy("wrong number, said a call"),
}
"""Why an address is not used, where nobody said it in words of their own."""
REGIMES: Words = {
    "nbp_reference": gettext_lazy("NBP reference rate"),
    "kc_delay": gettext_lazy("statutory interest for delay"),
    "kc_delay_max": gettext_lazy("highest interest for delay"),
    "kc_capital": gettext_lazy("statutory interest on capital"),
    "kc_capital_max": gettext_lazy("highest interest on capital"),
    "commercial_delay": gettext_lazy("interest for delay between firms"),
    "commercial_delay_public_health": gettext_lazy("interest for delay of public hospitals"),
    "consumer_delay": gettext_lazy("interest for delay of consumers"),
    "euro": gettext_lazy("mid rate of the euro, ends of months"),
}
"""What rates are called; one without a word of its own is shown by its key."""
STEPS: Words = {
    "reminder": gettext_lazy("Reminder before the due date"),
    "overdue": gettext_lazy("Overdue notice"),
    "second": gettext_lazy("Second overdue notice"),
    "sms": gettext_lazy("SMS"),
    "email": gettext_lazy("E-mail"),
    "call": gettext_lazy("Call"),
    "demand": gettext_lazy("Formal demand"),
    "final": gettext_lazy("Final demand"),
    "handoff": gettext_lazy("Hand-over to the agency"),
}
"""The steps of the built-in policies; a firm's own step is shown by its key."""
VERBS: Words = {
    "add_customer": gettext_lazy("Customer added"),
    "change_contact": gettext_lazy("Contact changed"),
    "set_pesel": gettext_lazy("PESEL changed"),
    "read_pesel": gettext_lazy("PESEL read"),
    "agency_way_set_up": gettext_lazy("Way to an agency set up"),
    "agency_way_tried": gettext_lazy("Connection to an agency tried"),
    "set_registered": gettext_lazy("Numbers in registers changed"),
    "issue_invoice": gettext_lazy("Invoice booked"),
    "draft_invoice": gettext_lazy("Draft booked"),
    "cancel_invoice": gettext_lazy("Invoice withdrawn"),
    "issue_credit_note": gettext_lazy("Credit note booked"),
    "draft_credit_note": gettext_lazy("Draft credit note booked"),
    "reverse_credit_note": gettext_lazy("Credit note taken back"),
    "record_payment": gettext_lazy("Payment booked"),
    "reverse_payment": gettext_lazy("Payment taken back"),
    "allocate": gettext_lazy("Payment allocated"),
    "dispute": gettext_lazy("Dispute opened"),
    "resolve_dispute": gettext_lazy("Dispute resolved"),
    "write_off": gettext_lazy("Written off"),
    "write_off_taken_back": gettext_lazy("Write-off taken back"),
    "debt_sold": gettext_lazy("Debt sold"),
    "debt_sale_taken_back": gettext_lazy("Sale of the debt taken back"),
    "court_case_prepared": gettext_lazy("Claim prepared"),
    "court_stage_reached": gettext_lazy("Stage in court noted"),
    "court_stage_taken_back": gettext_lazy("Stage in court taken back"),
    "mediation_begun": gettext_lazy("Mediation begun"),
    "mediation_ended": gettext_lazy("Mediation ended"),
    "insurer_notified": gettext_lazy("Insurer notified"),
    "insurer_notice_taken_back": gettext_lazy("Notice to the insurer taken back"),
    "allow_discount": gettext_lazy("Early-payment discount booked"),
    "allow_bank_fee": gettext_lazy("Small difference booked"),
    "note_early_payment": gettext_lazy("Early-payment discount noted"),
    "give_back": gettext_lazy("Credit given back"),
    "undo_refund": gettext_lazy("Refund taken back"),
    "exchange": gettext_lazy("Settled in another currency"),
    "book_exchange_difference": gettext_lazy("Exchange difference booked"),
    "note_prepayment": gettext_lazy("Prepayment noted"),
    "settle_prepayment": gettext_lazy("Prepayment settled its invoice"),
    "call_prepayment_off": gettext_lazy("Prepayment called off"),
    "held": gettext_lazy("Held"),
    "promised": gettext_lazy("Promise noted"),
    "promise_kept": gettext_lazy("Promise kept"),
    "promise_broken": gettext_lazy("Promise broken"),
    "promise_settled": gettext_lazy("Promise over: nothing left to pay"),
    "agreed": gettext_lazy("Instalments agreed"),
    "agreement_ended": gettext_lazy("Agreement ended"),
    "outcome_recorded": gettext_lazy("Outcome of a message noted"),
    "ladder_capped": gettext_lazy("Highest step set"),
    "hold_released": gettext_lazy("Hold released"),
    "stop_recorded": gettext_lazy("Stop fact recorded"),
    "stop_end_proposed": gettext_lazy("End of a stop fact proposed"),
    "stop_end_refused": gettext_lazy("End of a stop fact refused"),
    "stop_ended": gettext_lazy("Stop fact ended"),
    "complaint_recorded": gettext_lazy("Complaint recorded"),
    "complaint_alert": gettext_lazy("A complaint still waits"),
    "reply_came": gettext_lazy("Reply came"),
    "reply_corrected": gettext_lazy("Reply sorted by hand"),
    "reply_assigned": gettext_lazy("Reply assigned"),
    "number_stopped": gettext_lazy("Text messages stopped by the customer"),
    "reply_handled": gettext_lazy("Reply dealt with"),
    "complaint_answered": gettext_lazy("Complaint answered"),
    "credit_awaited": gettext_lazy("Credit awaited"),
    "awaited_credit_called_off": gettext_lazy("Awaited credit called off"),
    "awaited_credit_lapsed": gettext_lazy("Awaited credit did not come"),
    "reason_recorded": gettext_lazy("Reason for not paying noted"),
    "sign_noted": gettext_lazy("Warning sign noted"),
    "sign_dismissed": gettext_lazy("Warning sign dismissed"),
    "limitation_event_noted": gettext_lazy("Event of limitation noted"),
    "limitation_event_ended": gettext_lazy("End of proceedings noted"),
    "limitation_event_taken_back": gettext_lazy("Event of limitation taken back"),
    "cases_no_longer_barred": gettext_lazy("No longer time-barred"),
    "vat_stated": gettext_lazy("Net and VAT stated"),
    "relief_taken": gettext_lazy("VAT relief noted as taken"),
    "relief_given_back": gettext_lazy("VAT relief noted as given back"),
    "relief_taken_back": gettext_lazy("VAT relief taken back"),
    "register_warning_recorded": gettext_lazy("Register's warning letter noted"),
    "register_warning_taken_back": gettext_lazy("Register's warning letter taken back"),
    "register_entry_recorded": gettext_lazy("Entry in a register noted"),
    "register_entry_updated": gettext_lazy("Register told of a payment"),
    "call_made": gettext_lazy("Call made"),
    "rules_set": gettext_lazy("Rules of the ladder changed"),
    "credit_state_changed": gettext_lazy("Credit state changed"),
    "credit_states_changed": gettext_lazy("Credit states changed"),
    "credit_limit_set": gettext_lazy("Credit limit set"),
    "register_asked": gettext_lazy("Register asked"),
    "credit_decided": gettext_lazy("Credit decided by a person"),
    "credit_decision_ended": gettext_lazy("Credit decision ended"),
    "credit_decision_over": gettext_lazy("Credit decision over"),
    "statement_schedule_set": gettext_lazy("Schedule of statements set"),
    "paper_terms_set": gettext_lazy("Terms of papers set"),
    "statement_sent": gettext_lazy("Statement by schedule"),
    "balance_campaign_opened": gettext_lazy("Balance campaign opened"),
    "balance_campaign_reminded": gettext_lazy("Balance campaign: the silent reminded"),
    "balance_campaign_closed": gettext_lazy("Balance campaign closed"),
    "balance_asked": gettext_lazy("Asked to confirm a balance"),
    "balance_reminded": gettext_lazy("Reminded of a balance"),
    "balance_answered": gettext_lazy("Balance answered"),
    "message_written": gettext_lazy("Message written"),
    "message_sent_again": gettext_lazy("Message sent again"),
    "message_undone": gettext_lazy("Sending undone"),
    "unknown_decided": gettext_lazy("Decided whether it left"),
    "courtesy_set": gettext_lazy("Courtesy messages switched"),
    "sending_halted": gettext_lazy("Sending stopped"),
    "sending_resumed": gettext_lazy("Sending resumed"),
    "sending_locked": gettext_lazy("Sending locked"),
    "database_confirmed": gettext_lazy("Database confirmed"),
    "brake_closed": gettext_lazy("Brake closed"),
    "brake_released": gettext_lazy("Brake released"),
    "guest_named": gettext_lazy("Guest of the trial named"),
    "guest_dismissed": gettext_lazy("Guest of the trial taken off"),
    "trial_ended": gettext_lazy("Trial ended"),
    "went_live": gettext_lazy("Switched live"),
    "set_sender": gettext_lazy("Sender set"),
    "checked_sender": gettext_lazy("Sender checked"),
    "went_into_quarantine": gettext_lazy("Switched to quarantine"),
    "set_claim_rules": gettext_lazy("Rules of compensation set"),
    "spare_customer": gettext_lazy("Customer put on the keep-relations list"),
    "end_sparing": gettext_lazy("Taken off the keep-relations list"),
    "post_claim": gettext_lazy("Claim posted"),
    "waive_claim": gettext_lazy("Claim waived"),
    "reverse_claim": gettext_lazy("Claim reversed"),
    "rebook_claim": gettext_lazy("Claim worked out anew"),
    "pay_claims": gettext_lazy("Payment allocated to claims"),
    "set_kind": gettext_lazy("Kind of customer changed"),
    "agree_rate": gettext_lazy("Contract interest recorded"),
    "task_closed": gettext_lazy("Task closed"),
    "notice_approved": gettext_lazy("Notice approved"),
    "notice_rejected": gettext_lazy("Notice rejected"),
    "placement_received": gettext_lazy("Agency confirmed the hand-over"),
    "placement_recalled": gettext_lazy("Recalled from the agency"),
    "placement_proposed": gettext_lazy("Hand-over proposed"),
    "placement_approved": gettext_lazy("Hand-over approved"),
    "placement_refused": gettext_lazy("Hand-over not approved"),
    "placement_sent": gettext_lazy("Handed over to the agency"),
    "placement_not_sent": gettext_lazy("Hand-over did not leave"),
    "placement_rejected": gettext_lazy("Agency did not take the hand-over"),
    "placement_uncollected": gettext_lazy("Agency returned the hand-over"),
    "placement_settled": gettext_lazy("Hand-over settled"),
    "placement_withdrawn": gettext_lazy("Hand-over ended: the claim was withdrawn"),
    "placement_ended": gettext_lazy("Hand-over closed"),
    "placement_reported": gettext_lazy("Agency reported on a hand-over"),
    "placement_collected": gettext_lazy("Agency reported money"),
    "commission_booked": gettext_lazy("Commission of an agency booked"),
    "commission_reversed": gettext_lazy("Commission of an agency taken back"),
    "agency_told": gettext_lazy("Agency told of a change"),
    "agency_saved": gettext_lazy("Agency changed"),
    "agency_paper_added": gettext_lazy("Document about an agency added"),
    "plan_edited": gettext_lazy("Plan changed"),
    "step_skipped": gettext_lazy("Step skipped for good"),
    "policy_assigned": gettext_lazy("Policy assigned"),
    "policy_published": gettext_lazy("Policy published"),
    "policy_draft_saved": gettext_lazy("Draft of a policy saved"),
    "policy_draft_discarded": gettext_lazy("Draft of a policy discarded"),
    "policy_retired": gettext_lazy("Policy retired"),
    "rehearsal_asked": gettext_lazy("Scenarios played"),
    "scenario_attached": gettext_lazy("Scenario attached"),
    "scenario_detached": gettext_lazy("Scenario detached"),
    "segment_saved": gettext_lazy("Rule saved"),
    "segment_moved": gettext_lazy("Rule moved"),
    "segment_deleted": gettext_lazy("Rule deleted"),
    "cases_moved": gettext_lazy("Items moved to another policy version"),
}
NOTICE_REASONS: Words = {
    "goes with a later run": gettext_lazy("goes with a later run"),
    "nothing left to say": gettext_lazy("nothing left to say"),
    "taken out by a person": gettext_lazy("taken out by a person"),
}


def word(words: Words, key: object) -> str:
    """The word for a key; the key itself where nobody gave it one."""
    return str(words.get(str(key), str(key)))


CLAIM_REASONS: Words = {
    "the books have changed": gettext_lazy("the books have changed"),
    "worked out anew": gettext_lazy("worked out anew"),
    "the payment was taken back": gettext_lazy("the payment was taken back"),
}


def claim_reason(reason: str) -> str:
    """Why an entry stands on a claim: a person's words, or the program's in the reader's language."""
    return word(CLAIM_REASONS, reason)


def claim_word(claim: Any) -> str:
    """What a posted claim is, in words."""
    return claim_words(claim.kind, claim.first_on, claim.last_on, claim.step)


def claim_words(kind: str, first_on: date | None, last_on: date | None, step: str) -> str:
    """The same of what a claim consists of: its kind, the days of interest, the step of a fee."""
    if kind == ClaimKind.INTEREST and first_on and last_on:
        return _("Interest %(first)s – %(last)s") % {"first": f"{first_on:%d.%m.%Y}", "last": f"{last_on:%d.%m.%Y}"}
    if kind == ClaimKind.FEE:
        return _("Fee of the step “%(step)s”") % {"step": step_word(step)}
    return _("Compensation for recovery costs")


def step_word(key: str) -> str:
    """A step as people call it."""
    return _("Demand by hand") if is_beside(key) else word(STEPS, key)


DECISIONS: Words = {
    "left": gettext_lazy("it left"),
    "not_left": gettext_lazy("it did not leave and goes again"),
    "given_up": gettext_lazy("it is given up"),
}
"""What a person decided of a message of which nobody knew."""

MADE_UP = "own-"
"""How a payment's reference begins where the bank gave none."""


def payment_word(payment: Payment) -> str:
    """What people call a payment: its title, else the bank's reference, else its day."""
    return payment.title or bank_reference(payment) or _("payment of %(day)s") % {"day": f"{payment.booked_on:%d.%m.%Y}"}


def bank_reference(payment: Payment) -> str:
    """The reference that the bank gave, empty where it gave none."""
    return "" if payment.reference.startswith(MADE_UP) else payment.reference


OF_STEPS = frozenset({"step", "step_2", "key", "later"})
"""Facts that are keys of steps."""


def said(sentence: Sentence | DomainError) -> str:
    """A sentence in the language of the page, with amounts, days and steps as it writes them; in English where nobody translated it."""
    text = _(sentence.text) if sentence.text else ""
    if isinstance(sentence, DomainError) and not sentence.facts:
        return text
    return text % {name: _fact(name, fact) for name, fact in sentence.facts.items()}


def _fact(name: str, fact: object) -> object:
    if isinstance(fact, Money):
        return amount(fact)
    if isinstance(fact, date):
        return f"{fact:%d.%m.%Y}"
    if name == "what":
        return _(str(fact))
    return step_word(fact) if name in OF_STEPS and isinstance(fact, str) else fact


def source_word(source: str) -> str:
    """Who said what became of a message: a person, a mail, or a provider by its name."""
    name, _sep, detail = source.partition(":")
    return detail.replace("_", " ").title() if detail else word(SOURCES, name)


def address_reason(reason: str) -> str:
    """Why an address is not used; a person's words, and a server's, as they are."""
    return word(ADDRESS_REASONS, reason)


def channel_word(channel: object) -> str:
    return word(CHANNELS, channel)


def chosen_words(by: str, rule: str) -> str:
    """What put an item under its policy; empty where that was not noted."""
    words: Words = {
        Case.ChosenBy.INVOICE: _("assigned to this invoice"),
        Case.ChosenBy.CUSTOMER: _("assigned to this customer"),
        Case.ChosenBy.SEGMENT: _("chosen by the rule “%(rule)s”") % {"rule": rule},
        Case.ChosenBy.KIND: _("assigned to this kind of customer"),
        Case.ChosenBy.DEFAULT: _("the company's default"),
        Case.ChosenBy.MOVED: _("moved by a person"),
    }
    return str(words.get(by, ""))


def sentence_case(text: str) -> str:
    """With a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def reason_words(text: str) -> str:
    """Why a notice was dropped or kept for later: "nothing left to say: held, disputed" in words; a person's own reason as it is."""
    head, _sep, reasons = text.partition(": ")
    if head not in NOTICE_REASONS:
        return text
    if head == "taken out by a person":
        return f"{word(NOTICE_REASONS, head)}: {reasons}"
    words = [waits_words(reason) if reason in set(Waits) else _("settled") for reason in reasons.split(", ")]
    return f"{word(NOTICE_REASONS, head)}: {', '.join(words)}"


MATCHES: Mapping[str, str | Promise] = {
    Reason.VIRTUAL_ACCOUNT: gettext_lazy("the customer's virtual account"),
    Reason.INVOICE_KEY: gettext_lazy("a number that only this invoice carries"),
    Reason.COLLECTIVE_KEY: gettext_lazy("numbers that only these invoices carry, and their sum"),
    Reason.NUMBER: gettext_lazy("invoice number and amount"),
    Reason.NUMBERS: gettext_lazy("invoice numbers and their sum"),
    Reason.INSTALMENT: gettext_lazy("invoice number and its next instalments"),
    Reason.DISCOUNT: gettext_lazy("invoice number, less the discount for paying early"),
    Reason.DISCOUNT_LATE: gettext_lazy("invoice number, less the discount, but too late for it"),
    Reason.OTHER_CURRENCY: gettext_lazy("invoice number, and the original amount in its currency"),
    Reason.OTHER_CURRENCY_IN_PART: gettext_lazy("invoice number, another original amount in its currency"),
    RefundReason.NUMBER: gettext_lazy("names the payment or credit note"),
    RefundReason.ACCOUNT: gettext_lazy("the account that has paid"),
    RefundReason.NAME: gettext_lazy("the customer's name"),
    RefundReason.AMOUNT: gettext_lazy("only the amount fits"),
    Reason.SMALL_DIFFERENCE: gettext_lazy("invoice number, a little less was paid"),
    Reason.NEARLY_NUMBER: gettext_lazy("a shortened invoice number"),
    Reason.NUMBER_IN_PART: gettext_lazy("invoice number, part of it was paid"),
    Reason.NUMBER_AND_MORE: gettext_lazy("invoice number, more was paid"),
    Reason.ACCOUNT_AND_AMOUNT: gettext_lazy("has paid from this account, and the amount fits"),
    Reason.ACCOUNT_AND_SUM: gettext_lazy("has paid from this account, and the sum fits"),
    Reason.NAME_AND_AMOUNT: gettext_lazy("the payer's name, and the amount fits"),
    Reason.NAME_AND_SUM: gettext_lazy("the payer's name, and the sum fits"),
    Reason.ACCOUNT: gettext_lazy("has paid from this account"),
    Reason.NAME: gettext_lazy("the payer's name"),
    Reason.AMOUNT: gettext_lazy("only the amount fits"),
}
_WHYS: Words = {
    "money out": gettext_lazy("money out"),
    "by hand": gettext_lazy("booked by hand"),
    "received for a sister company": gettext_lazy("received for a sister company"),
    "joined": gettext_lazy("joined with other lines"),
}
_ABOUT: Words = {
    TOLD_ALREADY: gettext_lazy("told already by %(what)s"),
    TOLD_IN_DETAIL: gettext_lazy("told in detail by %(what)s"),
    GAVE_BACK: gettext_lazy("gave credit back to customer %(what)s"),
}
BORNE: Words = {
    BorneAs.BANK_FEE: gettext_lazy("small difference"),
    BorneAs.DISCOUNT: gettext_lazy("discount for paying early"),
    BorneAs.DISCOUNT_LATE: gettext_lazy("discount, granted though too late"),
}


def match_reason(reason: object) -> str:
    """Why money is thought to pay something."""
    return str(MATCHES.get(str(reason), reason))


def arrival_reason(reason: str) -> str:
    """Why a statement that came by itself was refused; what a reader found stays in its own words."""
    return _(reason)


def bank_why(line: BankLine) -> str:
    """What became of a bank line and who decided it; a person's own reason as it was written."""
    how, _colon, reason = line.why.partition(": ")
    if reason in MATCHES:
        return (
            _("matched alone: %(reason)s") % {"reason": match_reason(reason)}
            if line.by is None
            else _("%(who)s confirmed: %(reason)s")
            % {
                "who": line.by,
                "reason": match_reason(reason),
            }
        )
    told = next((said for said in _ABOUT if line.why.startswith(said)), None)
    if told:
        return str(_ABOUT[told]) % {"what": line.why.removeprefix(told)}
    return str(_WHYS.get(how, line.why))


def borne_word(kind: object) -> str:
    """As what the company bears a rest."""
    return str(BORNE.get(str(kind), kind))
