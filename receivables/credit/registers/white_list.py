"""The list of VAT taxpayers of the Ministry of Finance (biała lista), by its JSON interface. The request's id is the proof."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from receivables.credit.registers.protocol import Answer, Question, Verdict, Why, unknown
from receivables.credit.registers.talking import read_json, talk, text_of, without_empty
from receivables.outside import Answered, Bounds, Request

VERDICTS = {"Czynny": Verdict.ACTIVE, "Zwolniony": Verdict.EXEMPT, "Niezarejestrowany": Verdict.REMOVED}
ASSIGNED = {"TAK": Verdict.ACTIVE, "NIE": Verdict.NOT_LISTED}
MOST_ACCOUNTS = 20


@dataclass(frozen=True, slots=True)
class WhiteListConfig:
    """Where it is; `https://wl-api.mf.gov.pl` is the real one."""

    url: str
    bounds: Bounds = field(default_factory=Bounds)


class WhiteList:
    """Knows each past day. It answers 100 searches a day and address, then none until midnight."""

    knows_past_days = True

    def __init__(self, config: WhiteListConfig) -> None:
        self._url, self._bounds = config.url.rstrip("/"), config.bounds

    def serves(self, question: Question) -> bool:
        """Polish numbers only."""
        return question.country == "PL"

    def ask(self, question: Question) -> Answer:
        """The taxpayer of a NIP, or whether an account is theirs."""
        answered = talk(Request("GET", self._address(question), headers={"Accept": "application/json"}), self._bounds)
        if isinstance(answered, Answer):
            return answered
        said = read_json(answered)
        result = said.get("result") if said else None
        if not isinstance(result, dict) or not isinstance(result.get("requestId"), str):
            return unknown(Why.GARBLED, answered.body)
        return _account(result, answered) if question.account else _taxpayer(result, question, answered)

    def _address(self, question: Question) -> str:
        nip, day = quote(question.number, safe=""), question.on.isoformat()
        if question.account:
            return f"{self._url}/api/check/nip/{nip}/bank-account/{quote(question.account, safe='')}?date={day}"
        return f"{self._url}/api/search/nip/{nip}?date={day}"


def _account(result: dict[str, Any], answered: Answered) -> Answer:
    verdict = ASSIGNED.get(str(result.get("accountAssigned")))
    return Answer(verdict, text_of(result["requestId"]), raw=answered.body) if verdict else unknown(Why.GARBLED, answered.body)


def _taxpayer(result: dict[str, Any], question: Question, answered: Answered) -> Answer:
    if "subject" not in result:
        return unknown(Why.GARBLED, answered.body)
    subject, proof = result["subject"], text_of(result["requestId"])
    if subject is None:
        return Answer(Verdict.NOT_LISTED, proof, raw=answered.body)
    verdict = VERDICTS.get(str(subject.get("statusVat"))) if isinstance(subject, dict) else None
    if verdict is None:
        return unknown(Why.GARBLED, answered.body)
    if subject.get("nip") != question.number:
        return unknown(Why.OTHER_NUMBER, answered.body)
    return Answer(verdict, proof, _facts(subject), answered.body)


def _facts(subject: dict[str, Any]) -> dict[str, str]:
    accounts = subject.get("accountNumbers")
    listed = [text_of(account) for account in accounts if isinstance(account, str)] if isinstance(accounts, list) else []
    return without_empty(
        name=text_of(subject.get("name")),
        status=text_of(subject.get("statusVat")),
        regon=text_of(subject.get("regon")),
        krs=text_of(subject.get("krs")),
        address=text_of(subject.get("workingAddress") or subject.get("residenceAddress")),
        accounts=" ".join(listed[:MOST_ACCOUNTS]),
    )
