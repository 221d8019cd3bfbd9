"""The real resolver against a DNS server of our own on loopback."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from receivables.messaging.sender.dns_resolver import Dns
from receivables.messaging.sender.resolver import LookupFailed

ZONE = {
    ("firma.pl.", "TXT"): ['"v=spf1 mx " "-all"', '"other"'],
    ("firma.pl.", "MX"): ["20 second.firma.pl.", "10 first.firma.pl."],
    ("null.pl.", "MX"): ["0 ."],
    ("first.firma.pl.", "A"): ["192.0.2.1"],
    ("first.firma.pl.", "AAAA"): ["2001:db8::1"],
}


def answer(asked: dns.message.Message) -> bytes | None:
    question = asked.question[0]
    name, kind = str(question.name), dns.rdatatype.to_text(question.rdtype)
    reply = dns.message.make_response(asked)
    if name.startswith("silent."):
        return None
    if name.startswith("broken."):
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif (name, kind) in ZONE:
        reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *ZONE[name, kind]))
    elif not any(name == known for known, _kind in ZONE):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    reply.flags |= dns.flags.RA
    return reply.to_wire()


@contextmanager
def server() -> Iterator[tuple[int, list[str]]]:
    """Port, and the names it was asked for."""
    asked_for: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    data, whom = sock.recvfrom(4096)
                except TimeoutError:
                    continue
                asked = dns.message.from_wire(data)
                asked_for.append(str(asked.question[0].name))
                if reply := answer(asked):
                    sock.sendto(reply, whom)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield sock.getsockname()[1], asked_for
        finally:
            over.set()
            thread.join()


@pytest.fixture(scope="module")
def dns_server() -> Iterator[tuple[int, list[str]]]:
    with server() as running:
        yield running


def resolver(port: int) -> Dns:
    return Dns(servers=["127.0.0.1"], port=port, seconds=0.6)


def test_records_are_read(dns_server: tuple[int, list[str]]) -> None:
    dns_of = resolver(dns_server[0])
    assert set(dns_of.txt("firma.pl")) == {"v=spf1 mx -all", "other"}
    assert dns_of.mx("firma.pl") == ("first.firma.pl", "second.firma.pl")
    assert dns_of.mx("null.pl") == ("",)
    assert dns_of.addresses("first.firma.pl") == ("192.0.2.1", "2001:db8::1")


@pytest.mark.parametrize("name", ["gone.pl", "first.firma.pl", "a..b", "x" * 70 + ".pl"])
def test_what_is_not_there_is_empty(dns_server: tuple[int, list[str]], name: str) -> None:
    assert resolver(dns_server[0]).txt(name) == ()


@pytest.mark.parametrize("name", ["silent.pl", "broken.pl"])
def test_no_answer_is_not_an_empty_one(dns_server: tuple[int, list[str]], name: str) -> None:
    with pytest.raises(LookupFailed):
        resolver(dns_server[0]).txt(name)


def test_a_question_is_asked_once(dns_server: tuple[int, list[str]]) -> None:
    dns_of = resolver(dns_server[0])
    before = dns_server[1].count("firma.pl.")
    dns_of.txt("firma.pl")
    dns_of.txt("firma.pl")
    assert dns_server[1].count("firma.pl.") == before + 1
