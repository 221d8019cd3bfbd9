"""Hand-overs by e-mail: the package in a ZIP that is encrypted with AES, whose password goes another way.

A mail twice is two mails, so no key protects. Subject, text and file name tell of no debtor: who reads the mail alone learns nothing.
"""

import io
import secrets
from dataclasses import dataclass, replace

import pyzipper

from receivables.messaging.channels.agency_file import package_of
from receivables.messaging.channels.agency_sftp import NOT_SENDING
from receivables.messaging.channels.files import name_of
from receivables.messaging.outgoing import Attachment, Channel, Failed, Later, Outcome, Outgoing

MOST_BYTES = 15_000_000  # what mail servers take, once it has grown by a third in base64
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike: i l o 0 1
_GROUPS, _LONG = 4, 5  # 31^20: 99 bits, and still typed from a phone
_WORDS = {
    "pl": (
        "Przekazanie sprawy {case}",
        "Dzień dobry,\n\nw załączeniu zaszyfrowana paczka sprawy {case} (ZIP, AES-256).\n"
        "Hasło przekazujemy inną drogą. Prosimy nie przesyłać go e-mailem.\n\n{sender}\n",
    ),
    "en": (
        "Hand-over of case {case}",
        "Hello,\n\nattached is the encrypted package of case {case} (ZIP, AES-256).\n"
        "Its password reaches you another way. Please do not send it by e-mail.\n\n{sender}\n",
    ),
}


@dataclass(frozen=True, slots=True)
class AgencyMailConfig:
    """Whom the agency's packages are mailed to."""

    address: str
    does_send: bool = False


class AgencyMail:
    """A package by `mail`, locked with a password that the caller keeps and tells another way."""

    takes_key = False
    batch = 1

    def __init__(self, config: AgencyMailConfig, mail: Channel, *, password: str) -> None:
        self._config, self._mail, self._password = config, mail, password

    def send(self, outgoing: Outgoing) -> Outcome:
        """Mail one package. `Unknown` where the mail server did."""
        if not self._config.does_send:
            return Later(NOT_SENDING)
        content = locked(package_of(outgoing), f"{name_of(outgoing.key)}.zip", self._password)
        if len(content) > MOST_BYTES:
            return Failed("The package is too big for a mail. Choose SFTP for this agency, or hand it over by hand.")
        return self._mail.send(self._as_mail(outgoing, content))

    def _as_mail(self, outgoing: Outgoing, content: bytes) -> Outgoing:
        case = short_case(outgoing.key)
        subject, text = _WORDS.get(outgoing.language, _WORDS["en"])
        return replace(
            outgoing,
            channel="email",
            recipient=self._config.address,
            recipient_name="",
            subject=subject.format(case=case),
            text=text.format(case=case, sender=outgoing.sender_name),
            html="",
            attachments=(Attachment(f"{case}.zip", "application/zip", content),),
        )


def short_case(key: str) -> str:
    """By which mail, password and package are known to belong together; it says nothing else."""
    return name_of(key)[:12]


def new_password() -> str:
    """Twenty signs in groups of five, none of which looks like another."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(_LONG)) for _ in range(_GROUPS))


def locked(package: bytes, name: str, password: str) -> bytes:
    """The package as the only file of a ZIP encrypted with AES-256: so the names of its papers cannot be read either."""
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(buffer, "w", compression=pyzipper.ZIP_STORED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        archive.writestr(name, package)
    return buffer.getvalue()
