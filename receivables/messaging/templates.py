"""The words of messages, by template, language and channel: templates/messages/<name>/<language>.{subject.txt,txt,html,sms.txt}."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from receivables.core.errors import RenderError
from receivables.core.printed import one_line, printed, transfer_title
from receivables.core.sms_parts import normalised
from receivables.templating import fill, find


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says."""

    subject: str
    text: str
    html: str = ""


def render_message(template: str, language: str, context: Mapping[str, Any], channel: str) -> Words:
    """Fill the templates of a message from its facts. Raises `RenderError` for a template that is not there or a value that is missing.

    `context` is the message's facts as stored: amounts as decimal strings, dates in ISO form. They are printed in the language here.
    """
    stem = f"messages/{_known(template)}"
    values = {**printed(context, language), "transfer_title": transfer_title(context), "channel": channel}
    if channel == "sms":
        return Words("", sms_text(_filled(stem, language, ".sms.txt", values)))
    subject = one_line(_filled(stem, language, ".subject.txt", values), longest=200)
    text = _tidy(_filled(stem, language, ".txt", values))
    page = find(stem, language, ".html", html=True)
    return Words(subject, text, fill(page, {**values, "subject": subject, "language": language}) if page else "")


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
