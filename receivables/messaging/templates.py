"""The words of messages, by template, language and channel: templates/messages/<name>/<language>.{subject.txt,txt,html,sms.txt}."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from receivables.core.errors import RenderError
from receivables.core.printed import one_line, printed, transfer_title
from receivables.core.sms_parts import normalised
from receivables.messaging.discretion import told
from receivables.templating import fill, find
from receivables.texts.language import as_text
from receivables.texts.reading import SHIPPED, OwnText

PREHEADERS = {
    "pl": "Wiadomość w sprawie Państwa konta klienta",
    "en": "A message about your customer account",
    "de": "Eine Nachricht zu Ihrem Kundenkonto",
}
_PLAIN_PAGE, _OWN = "messages/_plain", "messages/_own"
_PADDING = "\u034f\xa0" * 70  # signs without a width: mail programs fill the preview with what follows, so that must be nothing
_PREHEADER = re.compile(r'<div class="preheader"[^>]*>(.*?)</div>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says."""

    subject: str
    text: str
    html: str = ""


def render_message(
    template: str, language: str, context: Mapping[str, Any], channel: str, *, qr: str = "", enclosed: str = "", own: OwnText = SHIPPED
) -> Words:
    """Fill the templates of a message from its facts. Raises `RenderError` for a template that is not there or a value that is missing,
    and for an e-mail whose subject or preview tells of a debt or an amount.

    `enclosed` is the line about enclosures, below the signature. `context` is the message's facts as stored: amounts as decimal strings,
    dates in ISO form. They are printed in the language here. What the company has written itself (`own`) stands instead of the shipped
    words, part by part.
    """
    if own:
        return _own_words(own, template, language, context, channel, qr=qr, enclosed=enclosed)
    stem = f"messages/{_known(template)}"
    values = {"salutation": "", **printed(context, language), "transfer_title": transfer_title(context)}
    values |= {"channel": channel, "enclosed_line": enclosed}
    if channel == "sms":
        return Words("", sms_text(_filled(stem, language, ".sms.txt", values)))
    subject = one_line(_filled(stem, language, ".subject.txt", values))
    text = _tidy(_filled(stem, language, ".txt", values))
    page = find(stem, language, ".html", html=True) or (find(_PLAIN_PAGE, language, ".html", html=True) if channel == "email" else None)
    html = fill(page, {**values, **_around(text, language), "subject": subject, "language": language, "qr": qr}) if page else ""
    if channel == "email":
        _refuse_indiscreet(template, subject, html, name=values["creditor"]["name"])
    return Words(one_line(subject, longest=200), text, html)


def _own_words(own: OwnText, template: str, language: str, context: Mapping[str, Any], channel: str, *, qr: str, enclosed: str) -> Words:
    said = {part: own.filled(part, context) for part in ("subject", "body", "sms")}
    if channel == "sms":
        return Words("", sms_text(as_text(said["sms"]))) if said["sms"] else render_message(template, language, context, channel)
    shipped = render_message(template, language, context, channel, qr=qr, enclosed=enclosed)
    subject = one_line(as_text(said["subject"]), longest=200) if said["subject"] else shipped.subject
    text, html = shipped.text, shipped.html
    if said["body"]:
        made = {"blocks": said["body"], "transfer_title": transfer_title(context), "enclosed_line": enclosed}
        values = {**printed(context, own.language), **made}
        text = _tidy(_filled(_OWN, own.language, ".txt", values))
        page = find(_OWN, own.language, ".html", html=True) if html else None
        around = {**_around(text, own.language), "subject": subject, "language": own.language, "qr": qr}
        html = fill(page, {**values, **around}) if page else ""
    if channel == "email":
        _refuse_indiscreet(template, subject, html, name=one_line(context["creditor"]["name"]))
    return Words(subject, text, html)


def _around(text: str, language: str) -> dict[str, Any]:
    """What the page of a mail says besides its facts. `paragraphs` are those of its text, for mails without a page of their own."""
    preheader = PREHEADERS.get(language.partition("-")[0], PREHEADERS["en"])
    return {"preheader": preheader, "padding": _PADDING, "paragraphs": [part.split("\n") for part in text.strip().split("\n\n")]}


def _refuse_indiscreet(template: str, subject: str, html: str, *, name: str) -> None:
    preheader = _PREHEADER.search(html)
    for text in (subject, preheader[1] if preheader else ""):
        if word := told(text, apart_from=name):
            raise RenderError(f"The subject or preview of {template} says {word!r}: others may read it.")


def sms_text(text: str) -> str:
    """The text in GSM-7 letters, on one line: diacritics go, what has no likeness becomes a question mark."""
    return normalised(one_line(text))


def _known(template: str) -> str:
    if not re.fullmatch(r"[a-z_]{1,60}", template):
        raise RenderError(f"There is no message template {template[:60]!r}.")
    return template


def _filled(stem: str, language: str, ending: str, values: Mapping[str, Any]) -> str:
    template = find(stem, language, ending, html=False)
    if template is None:
        raise RenderError(f"There is no template {stem}/{language}{ending}, nor an English one.")
    return fill(template, values)


def _tidy(text: str) -> str:
    """No spaces at line ends, at most one empty line together."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"
