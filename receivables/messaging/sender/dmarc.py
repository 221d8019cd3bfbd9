"""What the domain that people see tells receivers to do: RFC 7489."""

from collections.abc import Iterator

from receivables.core.sentences import gettext_noop, sentence
from receivables.messaging.sender.dkim import tags_of
from receivables.messaging.sender.findings import DKIM_APART, SPF_APART, Finding, Level, Sending, Topic
from receivables.messaging.sender.names import organisation_of
from receivables.messaging.sender.resolver import Resolver


def dmarc_findings(sending: Sending, resolver: Resolver) -> Iterator[Finding]:
    """Raises `LookupFailed`."""
    where, records = _dmarc_records(sending.domain, resolver)
    if not records:
        yield Finding(
            Topic.DMARC,
            Level.FAULT,
            sentence(gettext_noop("%(domain)s has no DMARC record, which large mail providers ask for."), domain=sending.domain),
            sentence(
                gettext_noop("Add a TXT record at _dmarc.%(domain)s, such as: v=DMARC1; p=none; rua=mailto:you"), domain=sending.domain
            ),
        )
        return
    tags = tags_of(records[0])
    policy = tags.get("sp" if where != sending.domain and tags.get("sp") else "p", "").lower()
    if len(records) > 1 or policy not in ("none", "quarantine", "reject"):
        yield Finding(
            Topic.DMARC,
            Level.FAULT,
            sentence(
                gettext_noop("The DMARC record at _dmarc.%(domain)s is more than one or has no policy, so nobody heeds it."), domain=where
            ),
            sentence(gettext_noop("Leave one record with p=none, p=quarantine or p=reject.")),
        )
        return
    yield _dmarc_policy(policy, where)
    if not tags.get("rua"):
        yield Finding(
            Topic.DMARC,
            Level.WARNING,
            sentence(gettext_noop("Nobody gets the reports of receivers: the DMARC record has no rua.")),
            sentence(gettext_noop("Add rua=mailto: with a mailbox that somebody looks into.")),
        )
    yield from _aligned(sending, tags)


def _dmarc_records(domain: str, resolver: Resolver) -> tuple[str, list[str]]:
    """Where the record was found: at the domain or else at its organisation (RFC 7489, 6.6.3)."""
    for where in dict.fromkeys((domain, organisation_of(domain))):
        records = [text for text in resolver.txt(f"_dmarc.{where}") if text.lower().replace(" ", "").startswith("v=dmarc1")]
        if records:
            return where, records
    return domain, []


def _dmarc_policy(policy: str, where: str) -> Finding:
    if policy == "none":
        return Finding(
            Topic.DMARC,
            Level.WARNING,
            sentence(
                gettext_noop("The DMARC policy at _dmarc.%(domain)s only watches (none): others can write in your name."), domain=where
            ),
            sentence(gettext_noop("Once the reports show that all your mail passes, set p=quarantine, then p=reject.")),
        )
    return Finding(Topic.DMARC, Level.OK, sentence(gettext_noop("The DMARC policy is %(policy)s."), policy=policy))


def _aligned(sending: Sending, tags: dict[str, str]) -> Iterator[Finding]:
    """Whether SPF and DKIM speak for the domain that people see."""
    for code, domain, tag, says in (
        (SPF_APART, sending.envelope_domain, "aspf", gettext_noop("SPF speaks for %(other)s, not for %(domain)s which people see.")),
        (DKIM_APART, sending.signs_as, "adkim", gettext_noop("DKIM signs for %(other)s, not for %(domain)s which people see.")),
    ):
        if not is_aligned(sending.domain, domain, strict=tags.get(tag, "r").lower() == "s"):
            yield Finding(
                Topic.DMARC,
                Level.WARNING,
                sentence(says, other=domain, domain=sending.domain),
                sentence(gettext_noop("DMARC does not count it. Use %(domain)s there, or a name below it."), domain=sending.domain),
                code,
            )


def is_aligned(seen: str, other: str, *, strict: bool) -> bool:
    """RFC 7489, 3.1: the same domain, or relaxed the same organisation."""
    return seen == other if strict else organisation_of(seen) == organisation_of(other)
