"""SPF, RFC 7208: read the record of a domain with all that it includes, count what a receiver would look up, and judge an address.

Nothing here knows which message it is about: macros cannot be filled, so a term that uses one can only be called unknown.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from receivables.messaging.sender.resolver import Resolver

MOST_LOOKUPS = 10  # RFC 7208, 4.6.4: include, a, mx, ptr, exists and redirect together
MOST_VOID = 2  # RFC 7208, 4.6.4: look-ups with an empty answer
MOST_EXCHANGERS = 10  # RFC 7208, 4.6.4: names behind one mx
_READ_AT_MOST = 40  # look-ups after which a record is given up as too long, loops included

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_TERM = re.compile(
    r"(?P<sign>[-+?~]?)(?P<name>[a-z][a-z0-9._-]*)(?:(?P<mark>[:=])(?P<value>[^\s/]*))?(?P<cidr>(?:/\d{1,3})?(?://\d{1,3})?)",
    re.IGNORECASE,
)
_ADDRESS_TERM = re.compile(r"(?P<sign>[-+?~]?)(?P<name>ip[46]):(?P<value>\S+)", re.IGNORECASE)


class Result(StrEnum):
    """What a receiver would make of an address, as far as can be told."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"  # a term with a macro or ptr may match or not
    BROKEN = "permerror"


class Fault(StrEnum):
    """What makes a record worthless to receivers (permerror)."""

    SYNTAX = "syntax"
    SEVERAL = "several"
    NO_RECORD_INCLUDED = "no record included"
    TOO_MANY = "too many look-ups"
    TOO_MANY_VOID = "too many void look-ups"


_SIGNS = {"": Result.PASS, "+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


@dataclass(frozen=True, slots=True)
class Part:
    """A term of a record: what it says of whatever it matches. None of `networks`, `child` and `is_all`: it cannot be judged here."""

    says: Result
    term: str
    networks: tuple[Network, ...] | None = None
    child: "Policy | None" = None
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The record of a domain, read with all it includes."""

    domain: str
    record: str
    parts: tuple[Part, ...] = ()
    redirect: "Policy | None" = None

    @property
    def last_word(self) -> Result | None:
        """What it says of everybody else: its `all`, or that of its redirect; None where it says nothing."""
        ends = [part.says for part in self.parts if part.is_all]
        return ends[0] if ends else self.redirect.last_word if self.redirect else None

    def includes(self, domain: str) -> bool:
        """Whether it names that domain by include or redirect, at any depth."""
        below = [*(part.child for part in self.parts if part.child), *([self.redirect] if self.redirect else [])]
        return any(one.domain == domain.lower() or one.includes(domain) for one in below)

    def judge(self, address: Address) -> Result:
        """What a receiver makes of mail from this address."""
        for part in self.parts:
            match = _matches(part, address)
            if match is None:
                return Result.UNKNOWN
            if match:
                return part.says
        return self.redirect.judge(address) if self.redirect else Result.NEUTRAL


@dataclass(slots=True)
class Reading:
    """What reading a record came to. `policy` is None where the domain has no record, or several."""

    policy: Policy | None = None
    records: int = 0
    lookups: int = 0
    voids: int = 0
    faults: list[tuple[Fault, str]] = field(default_factory=list)  # with the term or domain at fault
    uses_ptr: bool = False

    @property
    def is_sound(self) -> bool:
        return self.policy is not None and not self.faults


def read(domain: str, resolver: Resolver) -> Reading:
    """Read the SPF record of a domain, worst case: every term counts, whichever would match first. Raises `LookupFailed`."""
    reading = Reading()
    found = records_of(domain, resolver)
    reading.records = len(found)
    if len(found) == 1:
        reading.policy = _Reader(resolver, reading).policy(domain.lower(), found[0])
    elif found:
        reading.faults.append((Fault.SEVERAL, domain))
    if reading.lookups > MOST_LOOKUPS:
        reading.faults.append((Fault.TOO_MANY, str(reading.lookups)))
    if reading.voids > MOST_VOID:
        reading.faults.append((Fault.TOO_MANY_VOID, str(reading.voids)))
    return reading


def records_of(domain: str, resolver: Resolver) -> list[str]:
    """TXT records that are SPF: version and then a space or the end (RFC 7208, 4.5)."""
    return [text for text in resolver.txt(domain) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def judged(reading: Reading, addresses: Iterable[str]) -> list[Result]:
    """What a receiver makes of each address."""
    if not reading.is_sound or reading.policy is None:
        return [Result.BROKEN for _ in addresses]
    policy = reading.policy
    return [policy.judge(ipaddress.ip_address(address)) for address in addresses]


def _matches(part: Part, address: Address) -> bool | None:
    """None where it cannot be told."""
    if part.is_all:
        return True
    if part.networks is not None:
        return any(address.version == network.version and address in network for network in part.networks)
    if part.child is not None:
        inner = part.child.judge(address)
        return None if inner is Result.UNKNOWN else inner is Result.PASS  # RFC 7208, 5.2
    return None


class _Reader:
    """One pass over a record and what it includes; counts into the reading."""

    def __init__(self, resolver: Resolver, reading: Reading) -> None:
        self._resolver, self._reading = resolver, reading

    def policy(self, domain: str, record: str) -> Policy:
        parts: list[Part] = []
        redirect: Policy | None = None
        for term in record.split()[1:]:
            name, value = self._named(term)
            if name == "redirect":
                redirect = self._other(value, term)
            elif name and not any(part.is_all for part in parts):  # RFC 7208, 5.1: what stands behind `all` is ignored
                parts.extend(self._part(term, domain))
        ends = any(part.is_all for part in parts)
        return Policy(domain, record, tuple(parts), None if ends else redirect)

    def _named(self, term: str) -> tuple[str, str]:
        """Name and value of a modifier; ("mechanism", "") for a mechanism; ("", "") for a modifier that means nothing to us."""
        name, mark, value = term.partition("=")
        if mark and re.fullmatch(r"[a-z][a-z0-9._-]*", name, re.IGNORECASE):
            return ("redirect", value) if name.lower() == "redirect" else ("", "")
        return "mechanism", ""

    def _part(self, term: str, domain: str) -> list[Part]:
        found = _ADDRESS_TERM.fullmatch(term) or _TERM.fullmatch(term)
        makers: dict[str, Callable[[re.Match[str], str], Part | None]] = {
            "all": self._all, "include": self._include, "ip4": self._network, "ip6": self._network,
            "a": self._hosts, "mx": self._hosts, "ptr": self._unjudged, "exists": self._unjudged,
        }  # fmt: skip
        maker = makers.get(found["name"].lower()) if found else None
        part = maker(found, domain) if found and maker else None
        if part is None:
            self._fault(Fault.SYNTAX, term)
        return [part] if part else []

    def _all(self, found: re.Match[str], _domain: str) -> Part | None:
        return Part(_says(found), found[0], is_all=True) if not found["mark"] and not found["cidr"] else None

    def _network(self, found: re.Match[str], _domain: str) -> Part | None:
        try:
            network = ipaddress.ip_network(found["value"], strict=False)
        except ValueError:
            return None
        return Part(_says(found), found[0], networks=(network,)) if f"ip{network.version}" == found["name"].lower() else None

    def _include(self, found: re.Match[str], _domain: str) -> Part | None:
        if found["mark"] != ":" or not found["value"] or found["cidr"]:
            return None
        return Part(_says(found), found[0], child=self._other(found["value"], found[0]))

    def _hosts(self, found: re.Match[str], domain: str) -> Part | None:
        if found["mark"] == "=" or (found["mark"] and not found["value"]):
            return None
        lengths = _lengths(found["cidr"])
        if lengths is None:
            return None
        if not self._count() or "%" in (found["value"] or ""):
            return Part(_says(found), found[0])
        networks = self._networks(found["name"].lower(), found["value"] or domain, lengths)
        return Part(_says(found), found[0], networks=tuple(networks))

    def _networks(self, kind: str, name: str, lengths: tuple[int, int]) -> list[Network]:
        hosts: Sequence[str] = (name,)
        if kind == "mx":
            hosts = [host for host in self._resolver.mx(name) if host][:MOST_EXCHANGERS]
            self._reading.voids += not hosts
        found = [address for host in hosts for address in self._resolver.addresses(host)]
        self._reading.voids += bool(hosts) and not found
        return [ipaddress.ip_network((one, lengths[":" in one]), strict=False) for one in found]

    def _unjudged(self, found: re.Match[str], _domain: str) -> Part | None:
        self._count()
        self._reading.uses_ptr |= found["name"].lower() == "ptr"
        return Part(_says(found), found[0]) if found["value"] or found["name"].lower() == "ptr" else None

    def _other(self, domain: str, term: str) -> Policy | None:
        """The record of another domain, by include or redirect."""
        if not self._count() or "%" in domain:
            return None
        records = records_of(domain, self._resolver)
        if not records:
            self._reading.voids += not self._resolver.txt(domain)
            self._fault(Fault.NO_RECORD_INCLUDED, term)
            return None
        if len(records) > 1:
            self._fault(Fault.SEVERAL, domain)
            return None
        return self.policy(domain.lower().rstrip("."), records[0])

    def _count(self) -> bool:
        """Whether there is any sense in one look-up more."""
        self._reading.lookups += 1
        return self._reading.lookups <= _READ_AT_MOST

    def _fault(self, fault: Fault, where: str) -> None:
        if (fault, where) not in self._reading.faults:
            self._reading.faults.append((fault, where))


def _says(found: re.Match[str]) -> Result:
    return _SIGNS[found["sign"]]


def _lengths(cidr: str) -> tuple[int, int] | None:
    """Prefix lengths for IPv4 and IPv6; None where there are no such."""
    four, _, six = (cidr or "").partition("//")
    lengths = int(four.lstrip("/") or 32), int(six or 128)
    return lengths if lengths[0] <= 32 and lengths[1] <= 128 else None
