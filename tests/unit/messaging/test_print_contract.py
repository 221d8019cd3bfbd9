"""What every print provider promises, against a real server on loopback with all its bad habits."""

import io
from collections.abc import Callable
from datetime import date

import pytest

from receivables.messaging.outgoing import Accepted, Failed, Later, Outcome, Unknown
from receivables.messaging.printing.http import HttpPrinter, HttpPrinterConfig
from receivables.messaging.printing.protocol import Print, PrintProvider, Stage, Status
from tests.unit.messaging.print_server import PrintServer, print_server, state

JOB = Print("k" * 32, "post-firma-0001.zip", 2, "registered", lambda: io.BytesIO(b"PK the package"))
PROVIDERS: dict[str, Callable[[PrintServer], PrintProvider]] = {
    "http": lambda server: HttpPrinter(HttpPrinterConfig(url=server.url, token="secret", seconds=2)),
}


@pytest.fixture(params=list(PROVIDERS))
def make(request: pytest.FixtureRequest) -> Callable[[PrintServer], PrintProvider]:
    return PROVIDERS[request.param]


def test_what_is_accepted_is_printed_as_it_is(make: Callable[[PrintServer], PrintProvider]) -> None:
    with print_server() as server:
        assert isinstance(make(server).submit(JOB), Accepted)
    assert (server.printed, server.bodies, server.tokens) == ([JOB.key], [b"PK the package"], ["Bearer secret"])


def test_a_key_that_is_known_is_accepted_and_printed_once(make: Callable[[PrintServer], PrintProvider]) -> None:
    with print_server() as server:
        for _ in range(3):
            assert isinstance(make(server).submit(JOB), Accepted)  # each by a provider that remembers nothing
    assert server.printed == [JOB.key]


@pytest.mark.parametrize(
    ("habit", "expected", "printed"),
    [
        pytest.param("500", Unknown, 0, id="broken"),
        pytest.param("taken 502", Unknown, 1, id="taken, then broken"),
        pytest.param("429", Later, 0, id="too many"),
        pytest.param("400", Failed, 0, id="refused"),
        pytest.param("401", Failed, 0, id="wrong token"),
        pytest.param("302", Failed, 0, id="sent elsewhere"),
        pytest.param("hang", Unknown, 1, id="taken, then silent"),
        pytest.param("reset", Unknown, 1, id="taken, then gone"),
        pytest.param("lies", Unknown, 1, id="taken, and no HTTP"),
    ],
)
def test_each_bad_habit_has_its_answer_and_trying_again_never_prints_twice(
    make: Callable[[PrintServer], PrintProvider], habit: str, expected: type[Outcome], printed: int
) -> None:
    with print_server(at_put=habit) as server:
        assert isinstance(make(server).submit(JOB), expected)
        assert len(server.printed) == printed
        server.stop.set()
        server.at_put = "201"
        assert isinstance(make(server).submit(JOB), Accepted)
    assert server.printed == [JOB.key]


def test_a_server_that_is_not_there_leaves_it_unknown(make: Callable[[PrintServer], PrintProvider]) -> None:
    with print_server() as server:
        provider = make(server)
    assert isinstance(provider.submit(JOB), Unknown)
    assert provider.status(JOB.key).stage is Stage.UNKNOWN


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (state("working"), Status(Stage.WORKING)),
        (state("posted", posted_on="2026-05-04"), Status(Stage.POSTED, date(2026, 5, 4))),
        (state("refused", detail="paper\njam"), Status(Stage.REFUSED, detail="paper jam")),
        (state("posted"), Status(Stage.UNKNOWN, detail="It says posted, but not when.")),
    ],
)
def test_what_it_says_of_a_job_is_read(make: Callable[[PrintServer], PrintProvider], answer: str, expected: Status) -> None:
    with print_server(at_get=answer) as server:
        assert make(server).status(JOB.key) == expected


@pytest.mark.parametrize(
    "answer", ["", "{", "[]", "7", '{"state": "posted", "posted_on": "31.02.2026"}', '{"state": "shredded"}', "500|{}", "404|"]
)
def test_what_nobody_understands_is_unknown(make: Callable[[PrintServer], PrintProvider], answer: str) -> None:
    with print_server(at_get=answer) as server:
        assert make(server).status(JOB.key).stage is Stage.UNKNOWN
