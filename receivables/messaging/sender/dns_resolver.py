"""DNS as the check of a sender asks it, by dnspython, with this machine's own servers."""

from collections.abc import Sequence

import dns.exception
import dns.resolver
from dns.rdata import Rdata

from receivables.core import stopwatch
from receivables.messaging.sender.resolver import LookupFailed

SECONDS = 4.0  # for one question, all servers together
IN_ALL = 15.0  # for all questions of one check: a page waits for it


class Dns:
    """A resolver that remembers its answers for as long as it lives, so that one check asks each question once."""

    def __init__(self, *, servers: Sequence[str] = (), port: int = 53, seconds: float = SECONDS) -> None:
        """Without `servers`, those that this machine is set up with. Raises `LookupFailed` where it has none."""
        try:
            self._resolver = dns.resolver.Resolver(configure=not servers)
        except dns.resolver.NoResolverConfiguration as error:
            raise LookupFailed("this machine knows no DNS server") from error
        if servers:
            self._resolver.nameservers, self._resolver.port = list(servers), port
        self._resolver.lifetime = self._resolver.timeout = seconds
        self._resolver.cache = dns.resolver.Cache()
        self._until = stopwatch.seconds() + IN_ALL

    def txt(self, name: str) -> tuple[str, ...]:
        return tuple(b"".join(record.strings).decode(errors="replace") for record in self._ask(name, "TXT"))  # type: ignore[attr-defined]

    def mx(self, name: str) -> tuple[str, ...]:
        found = sorted((record.preference, str(record.exchange)) for record in self._ask(name, "MX"))  # type: ignore[attr-defined]
        return tuple(host.rstrip(".") for _preference, host in found)

    def addresses(self, name: str) -> tuple[str, ...]:
        return tuple(str(record) for kind in ("A", "AAAA") for record in self._ask(name, kind))

    def _ask(self, name: str, kind: str) -> Sequence[Rdata]:
        if stopwatch.seconds() > self._until:
            raise LookupFailed("out of time")
        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except dns.exception.DNSException as error:  # no answer in time, servers at fault, a name that cannot be
            if isinstance(error, dns.name.EmptyLabel | dns.name.LabelTooLong | dns.name.NameTooLong):
                return ()
            raise LookupFailed(type(error).__name__) from error
