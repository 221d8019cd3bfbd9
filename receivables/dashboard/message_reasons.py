"""Why a message waits, was withdrawn, failed or is unknown, in the language of the page.

What is stored is English: the guard, the channels and the reaper write it where no page is. Sentences are looked up whole, then by their
parts; what a person, a mail server or a provider said stays as it was said.
"""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dunning.explain import waits_words
from dunning.states import Waits
from receivables.dashboard import agency_reasons
from receivables.dashboard.words import address_reason
from receivables.messaging.again import PERHAPS

GUARD: Mapping[str, str | Promise] = {
    "an item is settled or closed": gettext_lazy("an item is settled or closed"),
    "the recipient's address has changed": gettext_lazy("the recipient's address has changed"),
    "the amount has changed": gettext_lazy("the amount has changed"),
    "an amount it states has changed": gettext_lazy("an amount it states has changed"),
    "a debt is with an agency or in court": gettext_lazy("a debt is with an agency or in court"),
    "another paper was sent instead": gettext_lazy("another paper was sent instead"),
    "the day to answer by has passed": gettext_lazy("the day to answer by has passed"),
    "it has become overdue": gettext_lazy("it has become overdue"),
    "the time of the step is over": gettext_lazy("the time of the step is over"),
    "the deadline it names has passed": gettext_lazy("the deadline it names has passed"),
    "the credit netted has changed": gettext_lazy("the credit netted has changed"),
    "money has come that is not allocated yet": gettext_lazy("money has come that is not allocated yet"),
    "what it claims beside the principal has changed": gettext_lazy("what it claims beside the principal has changed"),
    "its main message was only captured in quarantine": gettext_lazy("its main message was only captured in quarantine"),
    "a stop fact stands": gettext_lazy("a stop fact stands"),
    "the letter was withdrawn": gettext_lazy("the letter was withdrawn"),
    "its switch is off": gettext_lazy("its switch is off"),
    "what it answers is over": gettext_lazy("what it answers is over"),
    "nobody has approved it": gettext_lazy("nobody has approved it"),
    "the agency does not take it any more": gettext_lazy("the agency does not take it any more"),
    "the hand-over itself did not leave": gettext_lazy("the hand-over itself did not leave"),
    "no notice stands behind it": gettext_lazy("nothing planned stands behind it"),
    "no answer stands behind it": gettext_lazy("nothing planned stands behind it"),
    "nobody's writing stands behind it": gettext_lazy("nothing planned stands behind it"),
}
"""What a guard says, in words."""
_WHOLE: Mapping[str, str | Promise] = {
    "trial_no_guest": gettext_lazy("Only guests are written to until the trial ends."),
    "trial_enough": gettext_lazy("The trial's messages of this day are used up."),
    "Its time was over before it could be sent.": gettext_lazy("Its time was over before it could be sent."),
    "Could not be judged; set aside.": gettext_lazy("It could not be judged; see the log."),
    "The sender was held up; nothing was sent.": gettext_lazy("The sender was held up; nothing was sent."),
    "Sending was stopped; nothing was sent.": gettext_lazy("Sending was stopped; nothing was sent."),
    "The send journal cannot be written; nothing was sent.": gettext_lazy("The send journal cannot be written; nothing was sent."),
    "The worker was lost during the hand-over; nobody knows whether it left.": gettext_lazy(
        "The program was interrupted during the hand-over; nobody knows whether it left."
    ),
    "The provider may not know its key any more, so it is not handed over again.": gettext_lazy(
        "The provider may not know its key any more, so it is not handed over again."
    ),
    "The send journal says that it left before the database was restored.": gettext_lazy(
        "The send journal says that it left before the database was restored."
    ),
    "It was due before the database was restored, and no send journal says whether it left.": gettext_lazy(
        "It was due before the database was restored, and no send journal says whether it left."
    ),
    "Planned in quarantine; it never becomes real.": gettext_lazy("Planned in quarantine; it never becomes real."),
    "It had not left; the day's run planned it anew.": gettext_lazy("It had not left; the day's run planned it anew."),
    "An unread reply from the customer waits.": gettext_lazy("An unread reply from the customer waits."),
    "Undone by a person.": gettext_lazy("Undone by a person."),
    "The customer was merged or split.": gettext_lazy("The customer was merged or split."),
    "A letter needs exactly one paper.": gettext_lazy("A letter needs exactly one paper."),
    "The phone number is none.": gettext_lazy("The phone number is none."),
    "The mail server was too slow; nothing was sent.": gettext_lazy("The mail server was too slow; nothing was sent."),
    "The mail server took too long to answer after the content.": gettext_lazy(
        "The mail server took too long to answer after the content."
    ),
    **agency_reasons.WHOLE,
}
_PARTS: tuple[tuple[str, str | Promise], ...] = (
    ("The mail server refuses us: ", gettext_lazy("The mail server refuses us: %(said)s")),
    ("The mail server refuses: ", gettext_lazy("The mail server refuses: %(said)s")),
    ("The mail server says not now: ", gettext_lazy("The mail server says not now: %(said)s")),
    ("The mail server cannot be reached ", gettext_lazy("The mail server cannot be reached %(said)s")),
    ("The connection was lost after the content began ", gettext_lazy("The connection was lost after the content began %(said)s")),
    ("The channel broke off ", gettext_lazy("The connection broke off %(said)s")),
    ("Could not be rendered ", gettext_lazy("It could not be put into words %(said)s")),
    ("what it claims can no longer be worked out: ", gettext_lazy("what it claims can no longer be worked out: %(said)s")),
    *agency_reasons.PARTS,
)
"""Beginnings, with what a server or the program said behind them."""
_PERHAPS_WORDS = gettext_lazy("It may have left before. Now:")
_AGAIN = "It is handed over again with the same key."
_AGAIN_WORDS = gettext_lazy("It is handed over again with the same key.")
_NO_ADDRESS = "The address does not work: "
_OFTEN = re.compile(r"Refused (\d+) times for the time being: (.*)", re.DOTALL)


def message_reason(text: str) -> str:
    """The stored reason of a message in words; what nobody translated stays as it is."""
    if text in _WHOLE:
        return str(_WHOLE[text])
    if text.startswith(f"{PERHAPS} "):
        return f"{_PERHAPS_WORDS} {message_reason(text.removeprefix(PERHAPS).strip())}"
    if text.endswith(_AGAIN):
        return f"{message_reason(text.removesuffix(_AGAIN).strip())} {_AGAIN_WORDS}"
    if text.startswith(_NO_ADDRESS):
        return _("The address does not work: %(reason)s") % {"reason": address_reason(text.removeprefix(_NO_ADDRESS))}
    if often := _OFTEN.fullmatch(text):
        return _("Refused %(times)s times for the time being: %(reason)s") % {"times": often[1], "reason": message_reason(often[2])}
    for beginning, words in _PARTS:
        if text.startswith(beginning):
            return str(words) % {"said": text.removeprefix(beginning)}
    return guard_words(text)


def guard_words(reason: str) -> str:
    """What a guard says: "FV 12: held" with its second part in words."""
    label, colon, why = reason.rpartition(": ")
    if not colon or (why not in GUARD and why not in set(Waits)):
        label, colon, why = "", "", reason
    return f"{label}{colon}{waits_words(why) if why in set(Waits) else GUARD.get(why, why)}"
