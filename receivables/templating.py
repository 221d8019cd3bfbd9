"""Filling our own text templates (messages and papers) without leaving a hole: a missing value is an error, never an empty place."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template import Context, Engine, Template, TemplateDoesNotExist

from receivables.core.errors import RenderError

_HOLE = "\ue000missing %s\ue000"  # private use: in no text that `core.printed.one_line` has seen
_FALLBACK = "en"


def find(stem: str, language: str, ending: str, *, html: bool) -> Template | None:
    """`<stem>/<language><ending>`; where that language has none, the English one; None where there is neither."""
    for name in dict.fromkeys((language, language.partition("-")[0], _FALLBACK)):
        try:
            return _engine(html).get_template(f"{stem}/{name}{ending}")
        except TemplateDoesNotExist as missing:
            if missing.chain or not re.fullmatch(r"[\w-]+", name):
                raise RenderError(f"The template {stem}/{name}{ending} includes one that does not exist: {missing}.") from missing
    return None


def fill(template: Template, context: Mapping[str, Any]) -> str:
    """The filled template. Raises `RenderError` naming the first value that is missing."""
    text = template.render(Context(dict(context), autoescape=template.engine.autoescape))
    if hole := re.search("\ue000missing (.*?)\ue000", text):
        raise RenderError(f"{template.name} needs {hole.group(1)}, which the facts do not say.")
    return text


@lru_cache(maxsize=2)
def _engine(html: bool) -> Engine:
    return Engine(dirs=[str(settings.BASE_DIR / "templates")], autoescape=html, string_if_invalid=_HOLE)
