"""A print service by HTTP: PUT and GET of `/jobs/{key}`. The key is ours, so trying again is harmless. See docs/post.md."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from receivables.core.printed import one_line
from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Unknown
from receivables.messaging.printing.protocol import Print, Stage, Status
from receivables.outside import Answered, Bounds, NotAllowed, Reach, Request, Unreachable, ask

_TAKEN, _KNOWN, _LATER = frozenset({200, 201, 202}), 409, frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class HttpPrinterConfig:
    """`url` without the slash at its end; the token is sent as bearer."""

    url: str
    token: str = ""
    seconds: float = 25.0


class HttpPrinter:
    """Knows nothing about what it printed before: the service does, by our key."""

    def __init__(self, config: HttpPrinterConfig) -> None:
        self._config = config

    def submit(self, job: Print) -> Outcome:
        with job.open() as package:
            body = package.read()
        headers = {
            "Content-Type": "application/zip",
            "X-Job-Name": job.name,
            "X-Job-Letters": str(job.letters),
            "X-Job-Service": job.service,
        }
        try:
            answer = self._ask(Request("PUT", self._address(job.key), body, headers | self._access()))
        except NotAllowed as refusal:
            return Failed(str(refusal))
        except Unreachable as error:
            return Unknown(str(error))
        return _outcome(answer)

    def status(self, key: str) -> Status:
        try:
            answer = self._ask(Request("GET", self._address(key), headers=self._access()))
            said: Any = json.loads(answer.body) if answer.status == 200 else {}
            return _status(said)
        except (Unreachable, ValueError, TypeError, AttributeError) as error:
            return Status(Stage.UNKNOWN, detail=f"No clear answer ({type(error).__name__}).")

    def _ask(self, request: Request) -> Answered:
        return ask(request, reach=Reach.CHOSEN, bounds=Bounds(total_seconds=self._config.seconds))

    def _address(self, key: str) -> str:
        return f"{self._config.url}/jobs/{key}"

    def _access(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._config.token}"} if self._config.token else {}


def _outcome(answer: Answered) -> Outcome:
    if answer.status in _TAKEN:
        return Accepted()
    if answer.status == _KNOWN:
        return Accepted(detail="It had this job already.")
    if answer.status in _LATER:
        return Later(f"Refused for now ({answer.status}).")
    if answer.status >= 500:  # it may have been taken all the same; the key makes trying again safe
        return Unknown(f"It failed ({answer.status}).")
    return Failed(f"Refused ({answer.status}).")


def _status(said: Any) -> Status:
    stage = Stage(str(said.get("state", Stage.UNKNOWN)))
    posted_on = date.fromisoformat(said["posted_on"]) if said.get("posted_on") else None
    if stage is Stage.POSTED and posted_on is None:
        return Status(Stage.UNKNOWN, detail="It says posted, but not when.")
    return Status(stage, posted_on, one_line(str(said.get("detail", "")), longest=200))
