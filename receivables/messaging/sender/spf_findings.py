"""What the SPF record of the return path means for our mail, in words."""

from collections.abc import Iterator

from receivables.core.sentences import gettext_noop, sentence
from receivables.messaging.sender import spf
from receivables.messaging.sender.findings import Finding, Level, Sending, Topic
from receivables.messaging.sender.resolver import Resolver
from receivables.messaging.sender.spf import Fault, Result


def spf_findings(sending: Sending, resolver: Resolver) -> Iterator[Finding]:
    """Raises `LookupFailed`."""
    domain = sending.envelope_domain
    reading = spf.read(domain, resolver)
    if not reading.records:
        yield Finding(
            Topic.SPF,
            Level.FAULT,
            sentence(gettext_noop("%(domain)s has no SPF record."), domain=domain),
            sentence(gettext_noop("Add a TXT record to %(domain)s, such as: v=spf1 mx -all"), domain=domain),
        )
        return
    yield from (_spf_fault(fault, where, domain) for fault, where in reading.faults)
    if reading.policy is None:
        return
    yield from _spf_end(reading.policy)
    yield from _spf_counts(reading)
    if reading.is_sound:
        yield from _spf_hosts(sending, reading, resolver)


def _spf_fault(fault: Fault, where: str, domain: str) -> Finding:
    says = {
        Fault.SEVERAL: gettext_noop("%(where)s has more than one SPF record, so receivers heed none."),
        Fault.SYNTAX: gettext_noop("The SPF record has a term that does not exist: %(where)s"),
        Fault.NO_RECORD_INCLUDED: gettext_noop("The SPF record names a domain that has none itself: %(where)s"),
        Fault.TOO_MANY: gettext_noop("The SPF record takes %(where)s look-ups; receivers stop after 10 and heed none of it."),
        Fault.TOO_MANY_VOID: gettext_noop("%(where)s look-ups of the SPF record find nothing; receivers allow 2."),
    }[fault]
    todo = {
        Fault.SEVERAL: gettext_noop("Join them into one record at %(domain)s."),
        Fault.SYNTAX: gettext_noop("Correct that term in the record of %(domain)s."),
        Fault.NO_RECORD_INCLUDED: gettext_noop("Take it out of the record of %(domain)s, or correct its spelling."),
        Fault.TOO_MANY: gettext_noop("Take services you no longer use out of the record of %(domain)s, or write their addresses as ip4:"),
        Fault.TOO_MANY_VOID: gettext_noop("Take names that no longer exist out of the record of %(domain)s."),
    }[fault]
    return Finding(Topic.SPF, Level.FAULT, sentence(says, where=where), sentence(todo, domain=domain))


def _spf_end(policy: spf.Policy) -> Iterator[Finding]:
    end = policy.last_word
    if end in (Result.FAIL, Result.SOFTFAIL):
        return
    if end is Result.PASS:
        yield Finding(
            Topic.SPF,
            Level.FAULT,
            sentence(gettext_noop("The SPF record ends in +all: it lets everybody send in your name.")),
            sentence(gettext_noop("End it in -all or ~all.")),
        )
        return
    yield Finding(
        Topic.SPF,
        Level.WARNING,
        sentence(gettext_noop("The SPF record does not say what to do with mail from elsewhere.")),
        sentence(gettext_noop("End it in -all or ~all.")),
    )


def _spf_counts(reading: spf.Reading) -> Iterator[Finding]:
    if reading.uses_ptr:
        yield Finding(
            Topic.SPF,
            Level.WARNING,
            sentence(gettext_noop("The SPF record uses ptr, which many receivers ignore.")),
            sentence(gettext_noop("Write the addresses of your servers instead, as ip4: or a:")),
        )
    if reading.is_sound:
        yield Finding(
            Topic.SPF,
            Level.OK,
            sentence(gettext_noop("One SPF record, %(n)d of at most 10 look-ups: %(record)s"), n=reading.lookups, record=_record(reading)),
        )


def _record(reading: spf.Reading) -> str:
    return reading.policy.record[:200] if reading.policy else ""


def _spf_hosts(sending: Sending, reading: spf.Reading, resolver: Resolver) -> Iterator[Finding]:
    """Whether those who send for us stand in it. A name of a server need not be the address it sends from, so it is never a fault."""
    policy = reading.policy
    for include in sending.includes:
        if policy and not policy.includes(include):
            yield Finding(
                Topic.SPF,
                Level.WARNING,
                sentence(gettext_noop("The SPF record does not include %(include)s, which sends for you."), include=include),
                sentence(gettext_noop("Add include:%(include)s before the end of the record."), include=include),
            )
    for host in sending.hosts:
        yield _spf_host(host, reading, resolver)
    if not sending.hosts and not sending.includes:
        yield _host_unknown(gettext_noop("Whether your mail server stands in it cannot be judged from here."))


def _spf_host(host: str, reading: spf.Reading, resolver: Resolver) -> Finding:
    addresses = resolver.addresses(host)
    if not addresses:
        return _host_unknown(gettext_noop("Whether %(host)s stands in it cannot be judged: DNS knows no address of it."), host=host)
    results = set(spf.judged(reading, addresses))
    if Result.PASS in results:
        return Finding(Topic.SPF, Level.OK, sentence(gettext_noop("The mail server %(host)s may send in your name."), host=host))
    if Result.UNKNOWN in results:
        return _host_unknown(
            gettext_noop("Whether %(host)s stands in it cannot be judged: the record depends on the single mail."), host=host
        )
    return Finding(
        Topic.SPF,
        Level.WARNING,
        sentence(gettext_noop("The addresses of %(host)s do not stand in the SPF record."), host=host),
        sentence(
            gettext_noop("Add a:%(host)s, or what your mail service tells you to include; it may send from other addresses."), host=host
        ),
    )


def _host_unknown(says: str, **facts: str) -> Finding:
    todo = gettext_noop("Send a mail to yourself and read in its head whether SPF passed.")
    return Finding(Topic.SPF, Level.UNCLEAR, sentence(says, **facts), sentence(todo))
