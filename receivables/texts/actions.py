"""Publish a version of a company's text, bring an old one back, or go back to the shipped text. What was published never changes."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop
from receivables.texts.models import CompanyText

Place = CompanyText.Place


@transaction.atomic
def publish_version(
    creditor: Creditor,
    place: str,
    kind: str,
    *,
    parts: Mapping[str, str],
    based_on: int,
    reason: str,
    now: datetime,
    by: User | None,
    language: str = "",
    step: str = "",
    restores: int | None = None,
) -> CompanyText:
    """The next version; what the company says from now on. `parts` are taken as checked; none means the shipped text again.

    `based_on` is the version that the author saw, 0 for none. Raises `Refused` where another came meanwhile, nothing differs, or no reason
    is given.
    """
    if not reason.strip():
        raise Refused(gettext_noop("Say why the text is changed: it is noted with the version."))
    locked = Creditor.objects.select_for_update(no_key=True).get(pk=creditor.pk)
    mine = CompanyText.objects.filter(creditor=locked, place=place, kind=kind, step=step, language=language)
    last = mine.order_by("-version").first()
    said = {key: text for key, text in parts.items() if text}
    if (last.version if last else 0) != based_on:
        raise Refused(gettext_noop("Somebody has published a newer version meanwhile. Look at it, and write yours anew from it."))
    if said == (last.parts if last else {}):
        raise Refused(gettext_noop("Nothing differs from the version that holds now."))
    locked.text_edition = 1 + (CompanyText.objects.filter(creditor=locked).aggregate(last=Max("edition"))["last"] or 0)
    locked.save(update_fields=["text_edition"])
    row = CompanyText.objects.create(
        creditor=locked, place=place, kind=kind, step=step, language=language, version=based_on + 1, edition=locked.text_edition,
        parts=said, reason=one_line(reason, longest=300), restores=restores, published_by=by, published_at=now,
    )  # fmt: skip
    record(
        creditor, "published_text", row, by=by, place=place, kind=kind, step=step, language=language, version=row.version, restores=restores
    )
    creditor.text_edition = locked.text_edition
    return row


def restore_version(row: CompanyText, *, based_on: int, reason: str, now: datetime, by: User | None) -> CompanyText:
    """Publish what an older version said, as a new one."""
    return publish_version(
        row.creditor, row.place, row.kind, parts=row.parts, based_on=based_on, reason=reason, now=now, by=by,
        language=row.language, step=row.step, restores=row.version,
    )  # fmt: skip
