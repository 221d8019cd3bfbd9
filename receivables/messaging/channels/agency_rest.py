"""Hand-overs by REST, after the published interface of Debitura (docs.debitura.com, Customer API).

A case is known there by our reference, for ever: it is looked up before it is opened, and a second with the same reference is refused.
So the same key never opens a second case, whatever was lost on the way. The package goes along as a file of the case; what follows the
hand-over (a payment, a dispute, a withdrawal) is another file of the same case, with what it says as its description.
"""

import io
import json
import re
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from receivables.core.printed import one_line
from receivables.messaging.channels.agency_file import package_of
from receivables.messaging.channels.agency_sftp import NOT_SENDING, NotConnected
from receivables.messaging.channels.files import name_of
from receivables.messaging.channels.providers import BOUNDS, as_object, by_status
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Outgoing, Unknown, fingerprint
from receivables.outside import Answered, Bounds, Reach, Request, Unanswered, Unreachable, ask

WHO = "The agency's interface"
MOST_BYTES = 25_000_000  # the longest file it takes
_NO_SUCH_CASE = (400, 404, 410, 422)  # to a question that holds nothing but the id of a case: it is the id that is wrong
_DUPLICATE = "duplicatereference"
_AMOUNT = re.compile(r"(?=.*[1-9])(0|[1-9][0-9]{0,13})(\.[0-9]{1,4})?")


@dataclass(frozen=True, slots=True)
class AgencyRestConfig:
    """`url` without the slash at its end."""

    url: str
    api_key: str
    reach: Reach = Reach.PUBLIC
    does_send: bool = False
    bounds: Bounds = BOUNDS


class _Stopped(Exception):
    """It does not go on; why is the outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class AgencyRest:
    """Look the case up, open it where it is not there, then put the package beside it unless it lies there."""

    takes_key = True
    batch = 1

    def __init__(self, config: AgencyRestConfig) -> None:
        self._config = config

    @property
    def account(self) -> str:
        """By its key: references are known within an account."""
        return "rest:" + fingerprint(self._config.url.rstrip("/"), self._config.api_key)

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand one package over; trying again with the same key is harmless."""
        if not self._config.does_send:
            return Later(NOT_SENDING)
        package = package_of(outgoing)
        case = case_in(package)
        if case is None or len(package) > MOST_BYTES:
            return Failed("The package cannot be handed over by REST: it holds no case.json, or is too big.")
        try:
            return self._handed(case, package, outgoing.key)
        except _Stopped as stopped:
            return stopped.outcome

    def look(self, reference: str) -> None:
        """Ask for a case that is not there, and nothing else; whether sending is on is not asked. Raises `NotConnected`."""
        try:
            self._found(reference)
        except _Stopped as stopped:
            raise NotConnected(stopped.outcome.detail) from stopped

    def case(self, case_id: str) -> dict[str, Any]:
        """A case by its id there, as it is now; empty where there is none. Raises `NotConnected`."""
        try:
            answer = self._asked("GET", f"/cases/{quote(case_id, safe='')}", may_have_done=False)
            if answer.status in _NO_SUCH_CASE:
                return {}
            _raise_unless_taken(answer)
        except _Stopped as stopped:
            raise NotConnected(stopped.outcome.detail) from stopped
        return as_object(answer.body)

    def _handed(self, case: Mapping[str, Any], package: bytes, key: str) -> Outcome:
        reference = str(case.get("case_id", ""))[:100]
        there = self._found(reference)
        if case.get("action", "new") != "new":
            if not there:
                return Failed("The agency does not know this case, so it was not told what changed.")
            return self._with_file(there, package, key, description=told_by(case))
        opened = there or self._opened(case, reference, key)
        return self._with_file(opened, package, key, description="Full package of the hand-over", known=bool(there))

    def _found(self, reference: str) -> str:
        """Its id of the case; empty where it has none."""
        answer = self._asked("GET", f"/cases/by-creditor-reference/{quote(reference, safe='')}", may_have_done=False)
        if answer.status == 404:
            return ""
        _raise_unless_taken(answer)
        return _id_in(answer)

    def _opened(self, case: Mapping[str, Any], reference: str, key: str) -> str:
        body = case_body(case, reference)
        if body is None:
            raise _Stopped(Failed("The package does not say how much is to be collected, so it was not handed over."))
        try:
            answer = self._asked("POST", "/cases", body, key=name_of(key))
        except _Stopped as silence:
            return self._after_silence(reference, silence)
        if answer.status in (400, 409, 422) and _DUPLICATE in answer.body.decode(errors="replace").lower():
            return self._found(reference) or _stop(Unknown("The agency says that it has this case, and then that it has not."))
        _raise_unless_taken(answer)
        return _id_in(answer)

    def _after_silence(self, reference: str, silence: _Stopped) -> str:
        """No answer came: whether the case is there is asked before anything is sent again. Where that is silent too, nobody knows."""
        if not isinstance(silence.outcome, Unknown):
            raise silence
        try:
            there = self._found(reference)
        except _Stopped:
            raise silence from None
        return there or _stop(Later("The agency did not answer and has no such case; it is handed over again with the same key."))

    def _with_file(self, case_id: str, package: bytes, key: str, *, description: str, known: bool = True) -> Outcome:
        name = f"{name_of(key)}.zip"
        if known and name in self._files(case_id):
            return Accepted(reference=case_id, detail="The case and its package were there already.")
        boundary = f"receivables-{uuid.uuid5(uuid.NAMESPACE_OID, key).hex}"
        body = _multipart(boundary, {"DocumentType": "CreditorDocuments", "Description": description}, name, package)
        path = f"/cases/{quote(case_id, safe='')}/files"
        _raise_unless_taken(self._asked("POST", path, body, key=f"{name_of(key)}-file", kind=f"multipart/form-data; boundary={boundary}"))
        return Accepted(reference=case_id)

    def _files(self, case_id: str) -> set[str]:
        answer = self._asked("GET", f"/cases/{quote(case_id, safe='')}/files", may_have_done=False)
        _raise_unless_taken(answer)
        try:
            listed = json.loads(answer.body)
            return {str(each["fileName"]) for each in listed}
        except (ValueError, TypeError, KeyError, RecursionError):
            raise _Stopped(Later(f"{WHO} gave a list of files that cannot be read.")) from None

    def _asked(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        key: str = "",
        kind: str = "application/json",
        may_have_done: bool = True,
    ) -> Answered:
        headers = {"XApiKey": self._config.api_key, "Accept": "application/json"}
        headers |= {"Content-Type": kind} if body is not None else {}
        headers |= {"Idempotency-Key": key} if key else {}
        request = Request(method, f"{self._config.url.rstrip('/')}{path}", body, headers)
        try:
            return ask(request, reach=self._config.reach, bounds=self._config.bounds)
        except Unanswered as silence:
            lost = f"The agency's interface was asked and gave no whole answer: {silence}"
            raise _Stopped(Unknown(lost) if may_have_done else Later(lost)) from silence
        except Unreachable as refusal:
            raise _Stopped(Later(f"The agency's interface was not asked: {refusal}")) from refusal


def case_in(package: bytes) -> dict[str, Any] | None:
    """The `case.json` of a package; None where there is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            return as_object(archive.read("case.json")) or None
    except (zipfile.BadZipFile, KeyError):
        return None


def case_body(case: Mapping[str, Any], reference: str) -> bytes | None:
    """A case in the words of the interface; None where no amount is stated. The days are those of the oldest paper.

    The amount is written digit by digit as the package has it: a float never holds it.
    """
    amount = str(case.get("outstanding") or case.get("principal") or "")
    if not _AMOUNT.fullmatch(amount):
        return None
    fields = json.dumps(_fields(case, reference), ensure_ascii=False)
    return f'{fields[:-1]}, "amountToRecover": {amount}}}'.encode()


def _fields(case: Mapping[str, Any], reference: str) -> dict[str, Any]:
    debtor, papers = case.get("debtor") or {}, case.get("documents") or []
    fields: dict[str, Any] = {
        "creditorReference": reference,
        "currencyCode": case.get("currency", ""),
        "date": min((str(_of(paper, "issued_on", "issue")) for paper in papers), default=case.get("created_on")),
        "dueDate": min((str(_of(paper, "due_on", "due")) for paper in papers), default=None),
        "claimDescription": one_line(", ".join(str(paper.get("number", "")) for paper in papers), longest=500),
        "debtor": {
            "type": "Private" if case.get("type") == "B2C" else "Company",
            "name": debtor.get("name", ""),
            "companyRegistrationNumber": _of(debtor, "tax_id", "nip"),
            "address": _of(debtor, "street", "address"),
            "zipCode": debtor.get("postcode", ""),
            "city": debtor.get("city", ""),
            "countryAlpha2": debtor.get("country", ""),
            "email": debtor.get("email", ""),
            "phone": debtor.get("phone", ""),
        },
    }
    return _said(fields)


_SUMS = {"paid_total": "paid in all", "outstanding": "still owed"}


def told_by(case: Mapping[str, Any]) -> str:
    """What an update says, for whoever looks at the case there: what, how much, about which invoices. Cut at 200 signs."""
    currency = case.get("currency", "")
    about = case.get("about", "")
    sums = [f"{word} {case[name]} {currency}" for name, word in _SUMS.items() if case.get(name)]
    numbers = ", ".join(str(paper["number"]) for paper in case.get("documents", ()) if paper.get("number"))
    what = [case.get("action"), about if about not in ("", case.get("action")) else ""]
    parts = [" ".join(str(each) for each in what if each), *sums, numbers, case.get("note")]
    return one_line("; ".join(str(part) for part in parts if part), longest=200)


def _of(fields: Mapping[str, Any], *names: str) -> Any:
    return next((fields[name] for name in names if fields.get(name)), "")


def _said(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    inner = {name: _said(value) if isinstance(value, Mapping) else value for name, value in fields.items()}
    return {name: value for name, value in inner.items() if value not in ("", None, {})}


def _multipart(boundary: str, fields: Mapping[str, str], name: str, content: bytes) -> bytes:
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{said}\r\n'.encode() for field, said in fields.items()]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="File"; filename="{name}"\r\nContent-Type: application/zip\r\n\r\n'
    return b"".join([*parts, head.encode(), content, f"\r\n--{boundary}--\r\n".encode()])


def _raise_unless_taken(answer: Answered) -> None:
    if (refusal := by_status(answer.status, who=WHO, duplicate=Later(f"{WHO} is still busy with this case (409)."))) is not None:
        raise _Stopped(refusal)


def _id_in(answer: Answered) -> str:
    case_id = as_object(answer.body).get("id")
    return case_id if isinstance(case_id, str) and 0 < len(case_id) <= 100 else _stop(Unknown(f"{WHO} gave an answer without an id."))


def _stop(outcome: Outcome) -> str:
    raise _Stopped(outcome)
