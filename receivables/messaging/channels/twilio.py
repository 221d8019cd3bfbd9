"""SMS by Twilio. It knows no key of ours: the same message twice would be two, so a lost answer is `Unknown`.

Error codes: https://www.twilio.com/docs/api/errors.
"""

import base64
from dataclasses import dataclass
from urllib.parse import quote

from receivables.messaging.channels.providers import BOUNDS, as_int, as_object, by_status, number_of, post_form
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Outgoing, Unknown
from receivables.outside import Answered, Bounds

WHO = "Twilio"
_BAD_NUMBER = {
    21211: "Twilio says that the number is none (21211).",
    21610: "The recipient has told Twilio to stop (21610).",
    21614: "Twilio says that the number takes no SMS (21614).",
}
_FOR_A_PERSON = {
    20003: "Twilio does not know our account (20003). Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.",
    20429: "Twilio says that we ask too often (20429).",
    21408: "Twilio does not let us write to this country (21408). Allow it in its console.",
    21603: "Twilio needs a sender (21603). Set TWILIO_FROM.",
    21606: "Twilio does not let us write from this number (21606). Check TWILIO_FROM.",
    21609: "Twilio refuses the address for delivery reports (21609). Check BASE_URL.",
    63038: "Twilio's limit for a day is reached (63038).",
}


@dataclass(frozen=True, slots=True)
class TwilioConfig:
    """Our account there."""

    account_sid: str
    auth_token: str
    sender: str  # a number, a name, or a messaging service ("MG…")
    url: str = "https://api.twilio.com"
    callback_url: str = ""  # its reports go below this, by message key: <callback_url><key>/
    bounds: Bounds = BOUNDS


class Twilio:
    takes_key = False
    batch = 1

    def __init__(self, config: TwilioConfig) -> None:
        self._config = config

    def send(self, outgoing: Outgoing) -> Outcome:
        number = number_of(outgoing.recipient)
        if not number:
            return Failed("The phone number is none.", bad_address=True)
        config = self._config
        url = f"{config.url.rstrip('/')}/2010-04-01/Accounts/{quote(config.account_sid, safe='')}/Messages.json"
        key = base64.b64encode(f"{config.account_sid}:{config.auth_token}".encode()).decode()
        said = post_form(url, self._form(outgoing, number), authorization=f"Basic {key}", bounds=config.bounds, who=WHO)
        return outcome_of(said) if isinstance(said, Answered) else said

    def _form(self, outgoing: Outgoing, number: str) -> dict[str, str]:
        config = self._config
        sender = "MessagingServiceSid" if config.sender.startswith("MG") else "From"
        form = {"To": f"+{number}", sender: config.sender, "Body": outgoing.text}
        if config.callback_url:
            form["StatusCallback"] = f"{config.callback_url}{quote(outgoing.key, safe='')}/"
        return form


def outcome_of(said: Answered) -> Outcome:
    """What an answer means."""
    answer = as_object(said.body)
    code = as_int(answer.get("code"))
    if 400 <= said.status < 500 and code in _BAD_NUMBER:
        return Failed(_BAD_NUMBER[code], bad_address=True)
    if 400 <= said.status < 500 and code in _FOR_A_PERSON:
        return Later(_FOR_A_PERSON[code])
    refusal = by_status(said.status, who=WHO, duplicate=Unknown("Twilio speaks of a conflict (409)."))
    if refusal is not None:
        return Failed(f"Twilio refuses the message ({code}).") if isinstance(refusal, Failed) and code else refusal
    reference = answer.get("sid")
    if not isinstance(reference, str) or not reference:
        return Unknown("Twilio gave an answer without an id.")
    parts = as_int(answer.get("num_segments"))
    return Accepted(reference=reference, detail=f"{parts} parts" if parts else "")
