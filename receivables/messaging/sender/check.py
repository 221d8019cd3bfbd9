"""Whether mail in a firm's name arrives and can be answered: SPF, DKIM, DMARC, return path, reply mailbox. Pure but for the resolver.

What DNS does not answer is "could not be looked up", never a fault.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from receivables.core.sentences import gettext_noop, sentence
from receivables.messaging.sender.dkim import dkim_findings
from receivables.messaging.sender.dmarc import dmarc_findings
from receivables.messaging.sender.findings import DKIM_APART, SPF_APART, UNANSWERED, Finding, Level, Sending, Topic
from receivables.messaging.sender.names import PUBLIC_PROVIDERS, domain_of, takes_no_answer
from receivables.messaging.sender.resolver import LookupFailed, Resolver
from receivables.messaging.sender.spf_findings import spf_findings

Rule = Callable[[Sending, Resolver], Iterator[Finding]]


def check(sending: Sending, resolver: Resolver) -> list[Finding]:
    """Everything that can be said about a sender, in the order of `Topic`."""
    found = list(_sender(sending))
    if "." not in sending.domain:
        return found
    rules: Sequence[tuple[Topic, Rule]] = (
        (Topic.SPF, spf_findings),
        (Topic.DKIM, dkim_findings),
        (Topic.DMARC, dmarc_findings),
        (Topic.RETURN_PATH, _return_path),
        (Topic.REPLY, _reply),
    )
    for topic, rule in rules:
        found.extend(_answered(topic, rule, sending, resolver))
    return [*found, *_alignment(sending, found)]


def _answered(topic: Topic, rule: Rule, sending: Sending, resolver: Resolver) -> list[Finding]:
    try:
        return list(rule(sending, resolver))
    except LookupFailed:
        return [
            Finding(
                topic,
                Level.UNCLEAR,
                sentence(gettext_noop("It could not be looked up: no DNS server answered.")),
                sentence(gettext_noop("Check again later; where that does not help, ask whoever runs this server's network.")),
                UNANSWERED,
            )
        ]


def _sender(sending: Sending) -> Iterator[Finding]:
    if "." not in sending.domain:
        yield Finding(
            Topic.SENDER,
            Level.FAULT,
            sentence(gettext_noop("%(address)s is no address that mail can come from."), address=sending.address or "–"),
            sentence(gettext_noop("Give an address under a domain of your firm.")),
        )
        return
    if takes_no_answer(sending.address):
        yield Finding(
            Topic.SENDER,
            Level.FAULT,
            sentence(gettext_noop("%(address)s tells people not to answer."), address=sending.address),
            sentence(gettext_noop("Use the address of a team or a person who reads what comes back.")),
        )
    if sending.domain in PUBLIC_PROVIDERS:
        yield Finding(
            Topic.SENDER,
            Level.FAULT,
            sentence(
                gettext_noop("%(domain)s is a public mail provider: only its own servers may send in its name."), domain=sending.domain
            ),
            sentence(gettext_noop("Use an address under a domain of your firm.")),
        )


def _alignment(sending: Sending, found: Sequence[Finding]) -> Iterator[Finding]:
    """DMARC passes when at least one of the two is there, in order and aligned. Nothing is said of what was not looked up."""
    codes = {one.code for one in found}
    if UNANSWERED in codes or _has_fault(found, Topic.DMARC):
        return
    if not (SPF_APART in codes or _has_fault(found, Topic.SPF)) or not (DKIM_APART in codes or _has_fault(found, Topic.DKIM)):
        return
    yield Finding(
        Topic.DMARC,
        Level.FAULT,
        sentence(gettext_noop("Neither SPF nor DKIM counts for %(domain)s: receivers may refuse every mail."), domain=sending.domain),
        sentence(gettext_noop("Put at least one of them in order, better both.")),
    )


def _has_fault(found: Iterable[Finding], topic: Topic) -> bool:
    return any(one.topic is topic and one.level is Level.FAULT for one in found)


def _return_path(sending: Sending, resolver: Resolver) -> Iterator[Finding]:
    domain = sending.envelope_domain
    exchangers = resolver.mx(domain)
    if exchangers == ("",) or (not exchangers and not resolver.addresses(domain)):
        yield Finding(
            Topic.RETURN_PATH,
            Level.FAULT,
            sentence(gettext_noop("Nothing can come back to %(domain)s: it takes no mail, so bounces are lost."), domain=domain),
            sentence(gettext_noop("Add an MX record, or send with a return path that has one.")),
        )
        return
    yield Finding(Topic.RETURN_PATH, Level.OK, sentence(gettext_noop("Bounces can come back to %(domain)s."), domain=domain))


def _reply(sending: Sending, resolver: Resolver) -> Iterator[Finding]:
    address = sending.reply_to or sending.address
    domain = domain_of(address)
    if takes_no_answer(address) or "." not in domain:
        yield Finding(
            Topic.REPLY,
            Level.FAULT,
            sentence(gettext_noop("%(address)s is no address that customers can answer to."), address=address),
            sentence(gettext_noop("Give a mailbox that somebody reads.")),
        )
        return
    exchangers = resolver.mx(domain)
    if exchangers and exchangers != ("",):
        yield Finding(Topic.REPLY, Level.OK, sentence(gettext_noop("Answers to %(address)s can arrive."), address=address))
        return
    has_host = not exchangers and bool(resolver.addresses(domain))
    yield Finding(
        Topic.REPLY,
        Level.WARNING if has_host else Level.FAULT,
        sentence(gettext_noop("%(domain)s has no MX record, so answers to %(address)s may be lost."), domain=domain, address=address),
        sentence(gettext_noop("Add an MX record, or give another address for answers.")),
    )
