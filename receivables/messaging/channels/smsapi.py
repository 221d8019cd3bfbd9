"""SMS by SMSAPI.pl. It remembers our key (idx) for about a day, so inside that time the same message may be handed again.

Errors come with HTTP 200. Fields and codes: FORMATS.md 4.1.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from receivables.messaging.channels.providers import BOUNDS, as_int, as_object, by_status, number_of, post_form
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Outgoing, Unknown, fingerprint
from receivables.outside import Answered, Bounds

WHO = "SMSAPI"
KNOWN_ALREADY = 53
BAD_NUMBER = 13
_REFUSED = {
    11: "SMSAPI refuses the text: it is empty, too long or has signs that are not allowed (11).",
    12: "SMSAPI refuses the text: it has more parts than SMSAPI_MAX_PARTS (12). Make the template shorter.",
    14: "SMSAPI does not know the sender name SMSAPI_SENDER (14). Have it registered there, then send the message again.",
}
_FOR_A_PERSON = {
    70: "SMSAPI refuses the address for delivery reports (70). Check BASE_URL and HOOK_SECRET.",
    101: "SMSAPI does not know our token (101). Check SMSAPI_TOKEN.",
    102: "SMSAPI does not know our token (102). Check SMSAPI_TOKEN.",
    103: "The credit at SMSAPI is used up (103). Top it up.",
    105: "SMSAPI does not let this machine in (105). Allow its address in SMSAPI's settings.",
}
_THEIR_FAULT = frozenset({200, 201, 999})  # it broke down with our question in hand: what it did before, nobody knows


@dataclass(frozen=True, slots=True)
class SmsapiConfig:
    """Our account there."""

    token: str
    sender: str = ""  # a registered name; empty: the account's own
    url: str = "https://api.smsapi.pl"
    normalize: bool = True  # diacritics go, so that a part holds 160 letters
    most_parts: int = 3
    notify_url: str = ""  # where it reports what became of a message
    key_lives: timedelta = timedelta(hours=20)  # about a day by its documentation, which does not say from when; so less
    is_trial: bool = False  # it checks everything and sends nothing
    bounds: Bounds = BOUNDS


class Smsapi:
    """One message, one call. Error 53 says that our key was taken before, which is what we wanted to know."""

    takes_key = True
    batch = 1

    def __init__(self, config: SmsapiConfig) -> None:
        self._config = config

    @property
    def key_lives(self) -> timedelta:
        return self._config.key_lives

    @property
    def account(self) -> str:
        """By its token, the only name SMSAPI lets us know it by: with a new token it counts as another account."""
        return "smsapi:" + fingerprint(self._config.url.rstrip("/"), self._config.token)

    def send(self, outgoing: Outgoing) -> Outcome:
        number = number_of(outgoing.recipient)
        if not number:
            return Failed("The phone number is none.", bad_address=True)
        config = self._config
        url = f"{config.url.rstrip('/')}/sms.do"
        said = post_form(url, self._form(outgoing, number), authorization=f"Bearer {config.token}", bounds=config.bounds, who=WHO)
        return outcome_of(said, is_trial=config.is_trial) if isinstance(said, Answered) else said

    def _form(self, outgoing: Outgoing, number: str) -> dict[str, str]:
        config = self._config
        form = {
            "to": number,
            "message": outgoing.text,
            "from": config.sender,
            "format": "json",
            "encoding": "utf-8",
            "normalize": "1" if config.normalize else "",
            "max_parts": str(config.most_parts),
            "idx": outgoing.key,
            "check_idx": "1",
            "notify_url": config.notify_url,
            "test": "1" if config.is_trial else "",
        }
        return {name: value for name, value in form.items() if value}


def outcome_of(said: Answered, *, is_trial: bool = False) -> Outcome:
    """What an answer means. Only one message with an id is a message taken; a trial has no id."""
    answer = as_object(said.body)
    code = as_int(answer.get("error"))
    if code is not None and said.status < 500:
        return _of_code(code)
    if (refusal := by_status(said.status, who=WHO, duplicate=_known_already())) is not None:
        return refusal
    return _of_list(answer, is_trial=is_trial)


def _of_list(answer: dict[str, Any], *, is_trial: bool) -> Outcome:
    taken = answer.get("list")
    if answer.get("count") != 1 or not isinstance(taken, list) or len(taken) != 1 or not isinstance(taken[0], dict):
        return Unknown("SMSAPI gave an answer that cannot be read.")
    [one] = taken
    if (code := as_int(one.get("error"))) is not None:
        return _of_code(code)
    reference = one.get("id")
    if not is_trial and not (reference and isinstance(reference, str | int)):
        return Unknown("SMSAPI gave an answer without an id.")
    points = one.get("points")
    paid = f"{points} points" if isinstance(points, int | float) and not isinstance(points, bool) else ""
    return Accepted(reference=str(reference or ""), detail=paid)


def _of_code(code: int) -> Outcome:
    if code == KNOWN_ALREADY:
        return _known_already()
    if code == BAD_NUMBER:
        return Failed("SMSAPI says that the number is none (13).", bad_address=True)
    if code in _REFUSED:
        return Failed(_REFUSED[code])
    if code in _THEIR_FAULT:
        return Unknown(f"SMSAPI broke down ({code}).")
    return Later(_FOR_A_PERSON.get(code, f"SMSAPI refuses for now (error {code}). Look the number up in its documentation."))


def _known_already() -> Accepted:
    return Accepted(detail="SMSAPI had taken it before.")
