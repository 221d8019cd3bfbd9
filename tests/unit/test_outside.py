"""Asking other machines: whom not, and every way in which no whole answer comes."""

import ipaddress
import socket
from collections.abc import Iterator

import pytest

from receivables.outside import Answered, Bounds, NotAllowed, Reach, Request, Unanswered, Unreachable, allowed_url, ask, is_public
from tests.loopback import Handler, Stub, dripping, hangs_up, reply, serving, silent, truncated

SHORT = Bounds(connect_seconds=1.0, total_seconds=0.4, most_bytes=1000)


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving(reply(b"hello")) as server:
        yield server


def get(url: str, reach: Reach = Reach.CHOSEN) -> Answered:
    return ask(Request("GET", url), reach=reach, bounds=SHORT)


def test_a_whole_answer_comes_with_status_and_body(stub: Stub) -> None:
    stub.answers(reply(b"x", status=503))
    answer = ask(Request("POST", f"{stub.url}/a?b=c", b"body", {"X-Mine": "1"}), reach=Reach.CHOSEN, bounds=SHORT)
    assert (answer.status, answer.body, answer.media_type) == (503, b"x", "application/json")
    asked = stub.asked[0]
    assert (asked.method, asked.path, asked.body, asked.headers["X-Mine"]) == ("POST", "/a?b=c", b"body", "1")
    assert asked.headers["Host"] == stub.url.removeprefix("http://")


def test_a_redirect_is_an_answer_and_is_not_followed(stub: Stub) -> None:
    stub.answers(reply(status=302, Location=f"{stub.url}/elsewhere"))
    assert get(stub.url).status == 302
    assert len(stub.asked) == 1


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        pytest.param(silent, "in time|reached", id="it says nothing"),
        pytest.param(dripping, "in time|reached", id="it drips"),
        pytest.param(hangs_up, "reached", id="it hangs up"),
        pytest.param(truncated("x" * 900), "broke off|reached", id="it breaks off"),
        pytest.param(reply(b"x" * 1001), "too big", id="it is too big"),
    ],
)
def test_no_whole_answer_is_none(bad: object, says: str, stub: Stub) -> None:
    stub.answers(bad)  # type: ignore[arg-type]
    with pytest.raises(Unanswered, match=says):
        get(stub.url)


@pytest.mark.parametrize("length", ["²", "9" * 5000, "-1", "x"])
def test_a_length_that_is_no_number_says_nothing(length: str, stub: Stub) -> None:
    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", length)
        handler.end_headers()
        handler.wfile.write(b"whole")
        handler.close_connection = True

    stub.answers(answer)
    assert get(stub.url).body == b"whole"


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="cannot be reached"):
            get(f"http://127.0.0.1:{taken.getsockname()[1]}")


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "ftp://example.com", "https://user:pw@example.com", "https://", "//example.com", "https://exa mple.com", "https://[::1", "https://example.com:99999", "https://żółw.pl", "file:///etc/passwd"],
)  # fmt: skip
def test_an_address_that_may_never_be_asked(url: str) -> None:
    for reach in Reach:
        with pytest.raises(NotAllowed):
            allowed_url(url, reach=reach)


@pytest.mark.parametrize("name", ["http://localhost:1/x", "http://127.0.0.1/x", "http://[::1]/x"])
def test_this_machine_by_http_only_where_that_is_said(name: str) -> None:
    assert allowed_url(name, reach=Reach.CHOSEN) == allowed_url(name, reach=Reach.LOOPBACK_TOO)
    with pytest.raises(NotAllowed):
        allowed_url(name, reach=Reach.PUBLIC)


PRIVATE = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1", "::1", "::",
    "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
    "2001:db8::1", "198.18.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "193.0.6.139", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "localhost", "2130706433", "0x7f.1"]
)
def test_a_private_network_is_refused_before_any_connection(host: str) -> None:
    with pytest.raises(Unreachable) as refusal:
        get(f"https://{host}/x", Reach.PUBLIC)
    assert isinstance(refusal.value, NotAllowed) or "name is not known" in str(refusal.value)


def test_only_what_was_resolved_and_judged_is_connected_to(monkeypatch: pytest.MonkeyPatch, stub: Stub) -> None:
    """A name that leads somewhere else when it is asked a second time gains nothing: it is asked once."""
    times = []

    def resolve(host: str, port: int, *_parts: object, **_more: object) -> list[tuple[object, object, int, str, tuple[str, int]]]:
        times.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert get(f"http://localhost:{stub.url.rpartition(':')[2]}").body == b"hello"
    assert times.count("localhost") == 1


def test_a_name_with_one_private_address_among_others_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
    with pytest.raises(NotAllowed, match="private network"):
        get("https://shop.example.com", Reach.PUBLIC)
