"""The check of a sender against fixed zones: what receivers would make of its records."""

import base64
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from receivables.messaging.sender import spf
from receivables.messaging.sender.check import check
from receivables.messaging.sender.dkim import key_bits, tags_of
from receivables.messaging.sender.dmarc import is_aligned
from receivables.messaging.sender.findings import Finding, Level, Sending, Topic, worst
from receivables.messaging.sender.names import organisation_of, takes_no_answer
from receivables.messaging.sender.resolver import LookupFailed
from receivables.messaging.sender.spf import Fault, Result


@lru_cache
def rsa_key(bits: int, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, form)).decode()


def ed25519_key() -> str:
    return base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


@dataclass
class Zone:
    """DNS as a table; `down` names raise as a server at fault does."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    exchangers: dict[str, list[str]] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    down: tuple[str, ...] = ()

    def _at(self, table: dict[str, list[str]], name: str) -> tuple[str, ...]:
        if name in self.down or "*" in self.down:
            raise LookupFailed(name)
        return tuple(table.get(name, ()))

    def txt(self, name: str) -> tuple[str, ...]:
        return self._at(self.texts, name)

    def mx(self, name: str) -> tuple[str, ...]:
        return self._at(self.exchangers, name)

    def addresses(self, name: str) -> tuple[str, ...]:
        return self._at(self.hosts, name)


FIRM = "firma.pl"
SENDING = Sending("rozliczenia@firma.pl", "rozliczenia@firma.pl", selectors=("s1",), hosts=("mail.firma.pl",))


def zone(**changes: Any) -> Zone:
    """Everything in order, but for what is named: record name → its texts, mx or a."""
    whole = Zone(
        texts={
            FIRM: ["google-site-verification=x", "v=spf1 mx ip4:192.0.2.0/24 -all"],
            f"s1._domainkey.{FIRM}": [f"v=DKIM1; k=rsa; p={rsa_key(2048)}"],
            f"_dmarc.{FIRM}": ["v=DMARC1; p=reject; rua=mailto:dmarc@firma.pl"],
        },
        exchangers={FIRM: ["mail.firma.pl"]},
        hosts={"mail.firma.pl": ["192.0.2.10"], FIRM: ["192.0.2.20"]},
    )
    return replace(whole, **changes)


def with_texts(**records: list[str]) -> Zone:
    names = {"spf": FIRM, "dkim": f"s1._domainkey.{FIRM}", "dmarc": f"_dmarc.{FIRM}"}
    base = zone()
    base.texts |= {names.get(name, name): texts for name, texts in records.items()}
    return base


def levels(found: list[Finding], topic: Topic) -> set[Level]:
    return {one.level for one in found if one.topic is topic}


def said(found: list[Finding]) -> str:
    return "\n".join(f"{one.says} {one.todo}" for one in found)


def test_what_is_in_order_has_no_fault_and_no_warning() -> None:
    found = check(SENDING, zone())
    assert worst(found) is Level.OK
    assert {one.topic for one in found} == {Topic.SPF, Topic.DKIM, Topic.DMARC, Topic.RETURN_PATH, Topic.REPLY}


@pytest.mark.parametrize(
    ("record", "level", "words"),
    [
        pytest.param([], Level.FAULT, "has no SPF record", id="none"),
        pytest.param(["v=spf10 -all"], Level.FAULT, "has no SPF record", id="another version is none"),
        pytest.param(["v=spf1 mx -all", "v=spf1 a -all"], Level.FAULT, "more than one SPF record", id="two"),
        pytest.param(["v=spf1 mx +all"], Level.FAULT, "everybody send in your name", id="all may"),
        pytest.param(["v=spf1 mx all"], Level.FAULT, "everybody send in your name", id="all may, without a sign"),
        pytest.param(["v=spf1 mx ?all"], Level.WARNING, "does not say", id="neutral end"),
        pytest.param(["v=spf1 mx"], Level.WARNING, "does not say", id="no end"),
        pytest.param(["v=spf1 mx ~all"], Level.OK, "may send in your name", id="soft end"),
        pytest.param(["V=SPF1 MX -ALL"], Level.OK, "may send in your name", id="in capitals"),
        pytest.param(["v=spf1 mxx -all"], Level.FAULT, "mxx", id="a term that does not exist"),
        pytest.param(["v=spf1 ip4:192.0.2.300 -all"], Level.FAULT, "ip4:192.0.2.300", id="an address that is none"),
        pytest.param(["v=spf1 ip4:2001:db8::1 -all"], Level.FAULT, "ip4:2001:db8::1", id="the wrong kind of address"),
        pytest.param(["v=spf1 ip4:192.0.2.10 exp=explain.%{d} x-new=1 -all"], Level.OK, "may send", id="modifiers that mean nothing to us"),
        pytest.param(["v=spf1 a -all"], Level.WARNING, "do not stand in the SPF record", id="without the mail server"),
        pytest.param(["v=spf1 a:mail.firma.pl/24 -all"], Level.OK, "may send", id="a with a name and a length"),
        pytest.param(["v=spf1 a/24 -all"], Level.OK, "may send", id="the neighbours of the web server"),
        pytest.param(["v=spf1 include:none.example -all"], Level.FAULT, "include:none.example", id="including what has no record"),
        pytest.param(["v=spf1 include:esp.example -all"], Level.OK, "may send", id="included"),
        pytest.param(["v=spf1 redirect=esp.example"], Level.OK, "may send", id="redirected"),
        pytest.param(["v=spf1 redirect=open.example"], Level.FAULT, "everybody send", id="redirected to what lets everybody"),
        pytest.param(["v=spf1 ptr mx -all"], Level.WARNING, "uses ptr", id="ptr"),
        pytest.param(["v=spf1 exists:%{i}.list.example -all"], Level.UNCLEAR, "depends on the single mail", id="a macro"),
        pytest.param(["v=spf1 -mx ip4:192.0.2.0/24 -all"], Level.WARNING, "do not stand", id="the first match counts"),
        pytest.param(["v=spf1 include:circle.example -all"], Level.FAULT, "look-ups", id="a circle"),
    ],
)
def test_spf(record: list[str], level: Level, words: str) -> None:
    at = with_texts(spf=record)
    at.texts["esp.example"] = ["v=spf1 ip4:192.0.2.10 -all"]
    at.texts["open.example"] = ["v=spf1 +all"]
    at.texts["circle.example"] = ["v=spf1 include:circle.example -all"]
    found = check(SENDING, at)
    assert max(levels(found, Topic.SPF), key=list(Level).index) is level
    assert words in said(found)


def looking_up(count: int) -> Zone:
    """An SPF record that takes `count` look-ups, half of them below an include."""
    inner = count // 2
    outer = count - inner - 1
    at = with_texts(spf=["v=spf1 include:in.example " + " ".join(f"a:h{n}.example" for n in range(outer)) + " ip4:192.0.2.10 -all"])
    at.texts["in.example"] = ["v=spf1 " + " ".join(f"a:i{n}.example" for n in range(inner)) + " -all"]
    at.hosts |= {f"h{n}.example": ["198.51.100.1"] for n in range(outer)} | {f"i{n}.example": ["198.51.100.2"] for n in range(inner)}
    return at


@pytest.mark.parametrize(("count", "is_sound"), [(9, True), (10, True), (11, False)])
def test_ten_lookups_are_the_most_and_those_of_includes_count(count: int, is_sound: bool) -> None:
    reading = spf.read(FIRM, looking_up(count))
    assert reading.lookups == count
    assert reading.is_sound is is_sound
    assert (Fault.TOO_MANY in [fault for fault, _where in reading.faults]) is not is_sound


@pytest.mark.parametrize(("count", "is_sound"), [(2, True), (3, False)])
def test_two_void_lookups_are_the_most(count: int, is_sound: bool) -> None:
    record = "v=spf1 " + " ".join(f"a:gone{n}.example" for n in range(count)) + " -all"
    reading = spf.read(FIRM, with_texts(spf=[record]))
    assert (reading.voids, reading.is_sound) == (count, is_sound)


@pytest.mark.parametrize(
    ("record", "address", "result"),
    [
        pytest.param("v=spf1 ip4:192.0.2.0/24 ~all", "192.0.2.255", Result.PASS, id="last of the network"),
        pytest.param("v=spf1 ip4:192.0.2.0/24 ~all", "192.0.3.0", Result.SOFTFAIL, id="first behind it"),
        pytest.param("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1", Result.PASS, id="IPv6"),
        pytest.param("v=spf1 ip4:192.0.2.1", "192.0.2.2", Result.NEUTRAL, id="nothing said of others"),
        pytest.param("v=spf1 ?ip4:192.0.2.1 -all", "192.0.2.1", Result.NEUTRAL, id="neutral of some"),
        pytest.param("v=spf1 include:in.example -all", "203.0.113.9", Result.FAIL, id="an include that fails does not match"),
        pytest.param("v=spf1 mx/16 -all", "192.0.200.1", Result.PASS, id="mx with a length"),
        pytest.param("v=spf1 -all ip4:192.0.2.1", "192.0.2.1", Result.FAIL, id="nothing counts behind all"),
        pytest.param("v=spf1 -all redirect=in.example", "198.51.100.7", Result.FAIL, id="a redirect beside all is ignored"),
        pytest.param("v=spf1 ip4:192.0.2.300", "192.0.2.1", Result.BROKEN, id="broken"),
    ],
)
def test_an_address_is_judged_as_receivers_do(record: str, address: str, result: Result) -> None:
    at = with_texts(spf=[record])
    at.texts["in.example"] = ["v=spf1 ip4:198.51.100.0/24 -all"]
    assert spf.judged(spf.read(FIRM, at), [address]) == [result]


@pytest.mark.parametrize(
    ("record", "level", "words"),
    [
        pytest.param([], Level.FAULT, "no DKIM key", id="none"),
        pytest.param(["v=DKIM1; p="], Level.FAULT, "revoked", id="revoked"),
        pytest.param(["v=DKIM1; p=abc!"], Level.FAULT, "cannot be read", id="no key"),
        pytest.param([f"v=DKIM1; p={rsa_key(2048)[:-40]}"], Level.FAULT, "cannot be read", id="cut off"),
        pytest.param([f"v=DKIM1; p={rsa_key(1024)}"], Level.WARNING, "1024 bits", id="short"),
        pytest.param([f"p={rsa_key(2048)}"], Level.OK, "is in order", id="only the key"),
        pytest.param([f"v=DKIM1; p={rsa_key(2048, PublicFormat.PKCS1)}"], Level.OK, "is in order", id="the bare RSA key"),
        pytest.param([f"v=DKIM1; k=ed25519; p={ed25519_key()}"], Level.OK, "is in order", id="Ed25519"),
        pytest.param([f"v=DKIM1; k=ed25519; p={rsa_key(2048)}"], Level.FAULT, "cannot be read", id="called Ed25519, but RSA"),
        pytest.param([f"v=DKIM1; t=y:s; p={rsa_key(2048)}"], Level.WARNING, "marked as a test", id="test"),
        pytest.param([f"v=DKIM2; p={rsa_key(2048)}"], Level.FAULT, "version", id="another version"),
        pytest.param([f"v=DKIM1; s=other; p={rsa_key(2048)}"], Level.FAULT, "not for e-mail", id="not for e-mail"),
        pytest.param([f"v=DKIM1; h=sha1; p={rsa_key(2048)}"], Level.FAULT, "hashes", id="only SHA-1"),
        pytest.param([f"v=DKIM1; p={rsa_key(2048)}"] * 2, Level.FAULT, "more than one DKIM key", id="two"),
    ],
)
def test_dkim(record: list[str], level: Level, words: str) -> None:
    found = check(SENDING, with_texts(dkim=record))
    assert max(levels(found, Topic.DKIM), key=list(Level).index) is level
    assert words in said(found)


def test_a_key_shorter_than_1024_bits_is_a_fault() -> None:
    short = (
        "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ=="
    )
    assert key_bits(tags_of(f"p={short}")) == 512
    assert Level.FAULT in levels(check(SENDING, with_texts(dkim=[f"p={short}"])), Topic.DKIM)


def test_without_a_selector_dkim_is_unclear_and_no_fault() -> None:
    assert levels(check(replace(SENDING, selectors=()), zone()), Topic.DKIM) == {Level.UNCLEAR}


@pytest.mark.parametrize(
    ("record", "level", "words"),
    [
        pytest.param([], Level.FAULT, "has no DMARC record", id="none"),
        pytest.param(["v=DMARC1; p=none; rua=mailto:a@firma.pl"], Level.WARNING, "only watches", id="only watching"),
        pytest.param(["v=DMARC1; p=quarantine; rua=mailto:a@firma.pl"], Level.OK, "policy is quarantine", id="quarantine"),
        pytest.param(["v=DMARC1; p=reject"], Level.WARNING, "has no rua", id="no reports"),
        pytest.param(["v=DMARC1; rua=mailto:a@firma.pl"], Level.FAULT, "has no policy", id="no policy"),
        pytest.param(["v=DMARC1; p=block"], Level.FAULT, "has no policy", id="a policy that does not exist"),
        pytest.param(["v=DMARC1; p=reject", "v=DMARC1; p=none"], Level.FAULT, "more than one", id="two"),
        pytest.param(["v = DMARC1 ; p = reject ; rua = mailto:a@firma.pl"], Level.OK, "policy is reject", id="with spaces"),
    ],
)
def test_dmarc(record: list[str], level: Level, words: str) -> None:
    found = check(SENDING, with_texts(dmarc=record))
    assert max(levels(found, Topic.DMARC), key=list(Level).index) is level
    assert words in said(found)


def test_below_a_domain_its_organisation_answers_with_its_policy_for_names_below() -> None:
    at = with_texts(dmarc=["v=DMARC1; p=none; sp=reject; rua=mailto:a@firma.pl"])
    at.texts |= {"news.firma.pl": at.texts[FIRM], "s1._domainkey.news.firma.pl": at.texts[f"s1._domainkey.{FIRM}"]}
    at.exchangers["news.firma.pl"] = ["mail.firma.pl"]
    found = check(replace(SENDING, address="rozliczenia@news.firma.pl"), at)
    assert "The DMARC policy is reject." in said(found)


@pytest.mark.parametrize(
    ("seen", "other", "relaxed", "strict"),
    [
        ("firma.pl", "firma.pl", True, True),
        ("firma.pl", "bounce.firma.pl", True, False),
        ("a.firma.pl", "b.firma.pl", True, False),
        ("firma.pl", "esp.example", False, False),
        ("firma.com.pl", "inna.com.pl", False, False),
        ("mail.firma.com.pl", "firma.com.pl", True, False),
        ("firma.co.uk", "other.co.uk", False, False),
        ("firma.waw.pl", "inna.waw.pl", False, False),
    ],
)
def test_alignment(seen: str, other: str, relaxed: bool, strict: bool) -> None:
    assert is_aligned(seen, other, strict=False) is relaxed
    assert is_aligned(seen, other, strict=True) is strict


def foreign(aspf: str = "r", adkim: str = "r") -> Zone:
    at = with_texts(dmarc=[f"v=DMARC1; p=reject; rua=mailto:a@firma.pl; aspf={aspf}; adkim={adkim}"])
    at.texts["esp.example"] = ["v=spf1 ip4:192.0.2.10 -all"]
    at.texts["b.firma.pl"] = ["v=spf1 ip4:192.0.2.10 -all"]
    at.exchangers |= {"esp.example": ["mx.esp.example"], "b.firma.pl": ["mail.firma.pl"]}
    at.texts["s1._domainkey.esp.example"] = at.texts[f"s1._domainkey.{FIRM}"]
    return at


def test_a_return_path_of_somebody_else_does_not_count_for_dmarc_but_dkim_still_does() -> None:
    found = check(replace(SENDING, return_path="bounces@esp.example"), foreign())
    assert levels(found, Topic.DMARC) == {Level.OK, Level.WARNING}
    assert "SPF speaks for esp.example" in said(found)


def test_strict_alignment_asks_for_the_very_domain() -> None:
    sending = replace(SENDING, return_path="bounces@b.firma.pl")
    assert levels(check(sending, foreign()), Topic.DMARC) == {Level.OK}
    assert levels(check(sending, foreign(aspf="s")), Topic.DMARC) == {Level.OK, Level.WARNING}


def test_where_neither_counts_mail_may_be_refused() -> None:
    found = check(replace(SENDING, return_path="bounces@esp.example", signing_domain="esp.example"), foreign())
    assert Level.FAULT in levels(found, Topic.DMARC)
    assert "Neither SPF nor DKIM counts" in said(found)


@pytest.mark.parametrize(
    ("exchangers", "hosts", "level"),
    [
        pytest.param(["mail.firma.pl"], [], Level.OK, id="mx"),
        pytest.param([], ["192.0.2.20"], Level.OK, id="only an address"),
        pytest.param([], [], Level.FAULT, id="neither"),
        pytest.param([""], ["192.0.2.20"], Level.FAULT, id="a null MX"),
    ],
)
def test_the_return_path_takes_mail(exchangers: list[str], hosts: list[str], level: Level) -> None:
    at = zone()
    at.exchangers["back.firma.pl"], at.hosts["back.firma.pl"] = exchangers, hosts
    assert levels(check(replace(SENDING, return_path="b@back.firma.pl"), at), Topic.RETURN_PATH) == {level}


@pytest.mark.parametrize(
    ("reply_to", "level"),
    [
        pytest.param("anna@firma.pl", Level.OK, id="a person"),
        pytest.param("", Level.OK, id="the sender's own"),
        pytest.param("no-reply@firma.pl", Level.FAULT, id="noreply"),
        pytest.param("nie.odpowiadaj@firma.pl", Level.FAULT, id="the same in Polish"),
        pytest.param("anna@web.firma.pl", Level.WARNING, id="a domain with an address only"),
        pytest.param("anna@gone.firma.pl", Level.FAULT, id="a domain that takes no mail"),
        pytest.param("anna@localhost", Level.FAULT, id="no domain"),
    ],
)
def test_the_mailbox_for_answers(reply_to: str, level: Level) -> None:
    at = zone()
    at.hosts["web.firma.pl"] = ["192.0.2.30"]
    assert levels(check(replace(SENDING, reply_to=reply_to), at), Topic.REPLY) == {level}


@pytest.mark.parametrize("address", ["receivables@localhost", "", "nobody"])
def test_without_a_domain_nothing_is_looked_up(address: str) -> None:
    found = check(Sending(address), Zone(down=("*",)))
    assert levels(found, Topic.SENDER) == {Level.FAULT} and len(found) == 1


@pytest.mark.parametrize("address", ["noreply@firma.pl", "firma@gmail.com", "biuro@wp.pl"])
def test_a_sender_that_cannot_be_answered_or_is_not_the_firms(address: str) -> None:
    assert Level.FAULT in levels(check(Sending(address), zone()), Topic.SENDER)


def test_dns_that_is_down_is_no_fault() -> None:
    found = check(SENDING, Zone(down=("*",)))
    assert {one.level for one in found} == {Level.UNCLEAR}
    assert "could not be looked up" in said(found)


def test_one_question_without_an_answer_leaves_the_others() -> None:
    found = check(SENDING, replace(zone(), down=(f"_dmarc.{FIRM}",)))
    assert levels(found, Topic.DMARC) == {Level.UNCLEAR}
    assert levels(found, Topic.SPF) == {Level.OK}


def test_a_service_that_is_not_included_is_named() -> None:
    sending = replace(SENDING, hosts=(), includes=("spf.esp.example",))
    assert "include:spf.esp.example" in said(check(sending, zone()))
    at = with_texts(spf=["v=spf1 include:spf.esp.example -all"])
    at.texts["spf.esp.example"] = ["v=spf1 ip4:192.0.2.10 -all"]
    assert "does not include" not in said(check(sending, at))


def test_without_a_server_it_cannot_be_judged() -> None:
    assert Level.UNCLEAR in levels(check(replace(SENDING, hosts=()), zone()), Topic.SPF)
    assert Level.UNCLEAR in levels(check(replace(SENDING, hosts=("smtp.gone.example",)), zone()), Topic.SPF)


@pytest.mark.parametrize(
    ("words", "mute"),
    [
        ("noreply@firma.pl", True), ("no-reply@firma.pl", True), ("No.Reply+x@firma.pl", True), ("do_not_reply@firma.pl", True),
        ("donotreply@firma.pl", True), ("nieodpowiadaj@firma.pl", True), ("nie-odpowiadać@firma.pl", True), ("brak.odpowiedzi@firma.pl", True),
        ("keine-antwort@firma.de", True), ("Nie odpowiadaj na tę wiadomość", True), ("mailer-daemon@firma.pl", True),
        ("rozliczenia@firma.pl", False), ("anna.nowak@noreply.pl", False), ("odpowiedzi@firma.pl", False), ("replies@firma.pl", False),
        ("Anna Nowak, Rozliczenia Firma", False), ("norbert@firma.pl", False),
    ],
)  # fmt: skip
def test_who_tells_people_not_to_answer(words: str, mute: bool) -> None:
    assert takes_no_answer(words) is mute


def test_the_organisation_of_a_domain() -> None:
    assert [organisation_of(one) for one in ("a.b.firma.pl", "firma.pl", "x.firma.com.pl", "x.y.co.uk")] == [
        "firma.pl", "firma.pl", "firma.com.pl", "y.co.uk",
    ]  # fmt: skip
