"""VIES, the Commission's check of VAT numbers, by its REST interface. The consultation number, given to who names itself, is the proof."""

import json
from dataclasses import dataclass, field
from typing import Any

from receivables.core.identifiers import VAT_COUNTRIES
from receivables.credit.registers.protocol import Answer, Question, Verdict, Why, unknown
from receivables.credit.registers.talking import read_json, talk, text_of, without_empty
from receivables.outside import Answered, Bounds, Request

BUSY = frozenset({"MS_MAX_CONCURRENT_REQ", "GLOBAL_MAX_CONCURRENT_REQ", "MS_MAX_CONCURRENT_REQ_TIME", "GLOBAL_MAX_CONCURRENT_REQ_TIME"})
AWAY = frozenset({"MS_UNAVAILABLE", "SERVICE_UNAVAILABLE", "TIMEOUT"})


@dataclass(frozen=True, slots=True)
class ViesConfig:
    """Where it is (`https://ec.europa.eu/taxation_customs/vies/rest-api`), and the VAT number of whoever asks, such as PL1234563218."""

    url: str
    requester: str = ""
    bounds: Bounds = field(default_factory=Bounds)


class Vies:
    """Knows today only. A number that it does not know may still be a domestic one: not listed, no worse."""

    knows_past_days = False

    def __init__(self, config: ViesConfig) -> None:
        self._url, self._requester, self._bounds = config.url.rstrip("/"), config.requester, config.bounds

    def serves(self, question: Question) -> bool:
        """VAT numbers of the Union; accounts are none of its business."""
        return question.country in VAT_COUNTRIES and not question.account

    def ask(self, question: Question) -> Answer:
        """Whether the number is registered for trade within the Union."""
        body = {"countryCode": question.country, "vatNumber": question.number}
        if self._requester:
            body |= {"requesterMemberStateCode": self._requester[:2], "requesterNumber": self._requester[2:]}
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        answered = talk(Request("POST", f"{self._url}/check-vat-number", json.dumps(body).encode(), headers), self._bounds)
        if isinstance(answered, Answer):
            return answered
        said = read_json(answered)
        return _verdict(said, question, answered) if said is not None else unknown(Why.GARBLED, answered.body)


def _verdict(said: dict[str, Any], question: Question, answered: Answered) -> Answer:
    if error := _error(said):
        why = Why.BUSY if error in BUSY else Why.NO_ANSWER if error in AWAY else Why.REFUSED
        return unknown(why, answered.body)
    if not isinstance(said.get("valid"), bool):
        return unknown(Why.GARBLED, answered.body)
    if (said.get("countryCode"), said.get("vatNumber")) != (question.country, question.number):
        return unknown(Why.OTHER_NUMBER, answered.body)
    facts = without_empty(name=_shown(said.get("name")), address=_shown(said.get("address")))
    verdict = Verdict.ACTIVE if said["valid"] else Verdict.NOT_LISTED
    return Answer(verdict, text_of(said.get("requestIdentifier")), facts, answered.body)


def _error(said: dict[str, Any]) -> str:
    wrappers = said.get("errorWrappers")
    first = wrappers[0] if isinstance(wrappers, list) and wrappers else None
    return str(first.get("error") or "unnamed") if isinstance(first, dict) else ""


def _shown(value: Any) -> str:
    text = text_of(value)
    return "" if text == "---" else text
