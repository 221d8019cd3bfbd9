"""The keys that receivers check our signatures with: RFC 6376, RFC 8301, RFC 8463."""

import base64
import binascii
from collections.abc import Iterator

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from receivables.core.sentences import gettext_noop, sentence
from receivables.messaging.sender.findings import Finding, Level, Sending, Topic
from receivables.messaging.sender.resolver import Resolver

RSA_LEAST = 1024  # RFC 8301, 3.2: verifiers take no shorter key
RSA_GOOD = 2048  # RFC 8301, 3.2: signers should use this


def dkim_findings(sending: Sending, resolver: Resolver) -> Iterator[Finding]:
    """Raises `LookupFailed`."""
    if not sending.selectors:
        yield Finding(
            Topic.DKIM,
            Level.UNCLEAR,
            sentence(gettext_noop("No selector is given, so the DKIM key cannot be looked up.")),
            sentence(gettext_noop("Ask whoever runs your mail server for it; a signed mail names it as s= in its head.")),
        )
    for selector in sending.selectors:
        yield from _dkim_key(selector, f"{selector}._domainkey.{sending.signs_as}", resolver)


def _dkim_key(selector: str, name: str, resolver: Resolver) -> Iterator[Finding]:
    records = [text for text in resolver.txt(name) if "p=" in text.replace(" ", "").lower()]
    if not records:
        says = gettext_noop("There is no DKIM key at %(name)s.")
        yield _key_fault(says, gettext_noop("Publish there the key that your mail server signs with."), name=name)
        return
    if len(records) > 1:
        yield _key_fault(gettext_noop("There is more than one DKIM key at %(name)s."), gettext_noop("Leave only one."), name=name)
        return
    tags = tags_of(records[0])
    fault = _key_at_fault(tags)
    if fault:
        yield _key_fault(fault, gettext_noop("Publish the key anew, as your mail server gives it."), name=name)
        return
    yield from _key_strength(tags, name)
    if "y" in tags.get("t", "").lower().split(":"):
        yield Finding(
            Topic.DKIM,
            Level.WARNING,
            sentence(gettext_noop("The key at %(name)s is marked as a test (t=y), so a wrong signature counts as none."), name=name),
            sentence(gettext_noop("Take t=y away once signing works.")),
        )


def _key_fault(says: str, todo: str, *, name: str) -> Finding:
    return Finding(Topic.DKIM, Level.FAULT, sentence(says, name=name), sentence(todo))


def tags_of(record: str) -> dict[str, str]:
    """The tags of a DKIM or DMARC record; what is no tag is left out, of two the first counts."""
    tags: dict[str, str] = {}
    for piece in record.split(";"):
        name, mark, value = piece.partition("=")
        if mark:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags


def _key_at_fault(tags: dict[str, str]) -> str:
    """What makes a key useless, RFC 6376, 3.6.1; empty when nothing does."""
    services, hashes = tags.get("s", "*").split(":"), tags.get("h", "sha256").lower().split(":")
    if tags.get("v", "DKIM1") != "DKIM1":
        return gettext_noop("The record at %(name)s is none that receivers know: its version is not DKIM1.")
    if not tags.get("p"):
        return gettext_noop("The key at %(name)s is revoked: its p= is empty.")
    if not {"*", "email"} & {one.strip() for one in services}:
        return gettext_noop("The key at %(name)s is not for e-mail (s=).")
    if "sha256" not in [one.strip() for one in hashes]:
        return gettext_noop("The key at %(name)s allows only hashes that receivers refuse (h=).")
    if key_bits(tags) is None:
        return gettext_noop("The key at %(name)s cannot be read.")
    return ""


def key_bits(tags: dict[str, str]) -> int | None:
    """How long the key is, 256 for Ed25519; None where it is no key."""
    try:
        der = base64.b64decode("".join(tags.get("p", "").split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if tags.get("k", "rsa").lower() == "ed25519":  # RFC 8463: the bare key
        return 256 if len(der) == 32 else None
    try:
        key = load_der_public_key(der)  # SubjectPublicKeyInfo, and the bare RSAPublicKey that RFC 6376 speaks of
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None


def _key_strength(tags: dict[str, str], name: str) -> Iterator[Finding]:
    bits = key_bits(tags) or 0
    if tags.get("k", "rsa").lower() == "ed25519" or bits >= RSA_GOOD:
        yield Finding(Topic.DKIM, Level.OK, sentence(gettext_noop("The DKIM key at %(name)s is in order."), name=name))
        return
    level = Level.WARNING if bits >= RSA_LEAST else Level.FAULT
    says = gettext_noop("The DKIM key at %(name)s has %(bits)d bits; 2048 is usual, less than 1024 is refused.")
    yield Finding(Topic.DKIM, level, sentence(says, name=name, bits=bits), sentence(gettext_noop("Make a key of 2048 bits.")))
