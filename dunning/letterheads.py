"""The letterhead of a company: logo and lines at the foot of its papers, published in versions as its texts are."""

import base64
import hashlib
from datetime import date, datetime

from django.db import transaction

from dunning.text_samples import sample_facts
from dunning.texts import page_of, rules_for, tidied
from receivables.accounts.models import Creditor, User
from receivables.core.errors import Refused
from receivables.documents.actions import store
from receivables.documents.logos import PNG, logo_from
from receivables.documents.looks import LOGO
from receivables.documents.pdf import render_pdf
from receivables.texts.actions import publish_version
from receivables.texts.catalogue import LETTERHEAD
from receivables.texts.checking import foot_faults
from receivables.texts.models import CompanyText
from receivables.texts.reading import SHIPPED, letterhead_of


def letterhead_now(creditor: Creditor) -> dict[str, str]:
    """What holds now: `logo` (a digest) and `foot`, as far as there are."""
    row = letterhead_of(creditor, edition=creditor.text_edition)
    return dict(row.parts) if row else {}


def letterhead_page(creditor: Creditor, foot: str, logo: bytes | None, *, keeps_logo: bool, on: date) -> bytes:
    """A letter with it, as PDF, unpublished. Raises `Refused` and `RenderError` for what could not stand on a paper."""
    if wrong := foot_faults(foot, rules=rules_for(creditor, on=on)):
        raise Refused(wrong[0].says.text, **wrong[0].says.facts)
    address = ""
    if logo:
        media_type, content = logo_from(logo)
        address = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
    kept = letterhead_now(creditor).get("logo", "") if keeps_logo else ""
    facts = sample_facts(creditor, "demand", creditor.language, on=on)
    head = {"foot": tidied(foot), "logo": kept}
    return render_pdf(page_of(creditor, "demand", creditor.language, facts, SHIPPED, head, logo=address))


@transaction.atomic
def publish_letterhead(
    creditor: Creditor,
    *,
    foot: str,
    logo: bytes | None = None,
    keeps_logo: bool = True,
    based_on: int,
    reason: str,
    on: date,
    now: datetime,
    by: User | None,
) -> CompanyText:
    """Publish logo and foot from now on; papers released before keep theirs. Raises `Refused`, `RenderError` where none can be set."""
    letterhead_page(creditor, foot, logo, keeps_logo=keeps_logo, on=on)
    digest = letterhead_now(creditor).get("logo", "") if keeps_logo else ""
    if logo:
        media_type, content = logo_from(logo)
        digest = _kept(creditor, media_type, content, now=now)
    parts = {"foot": tidied(foot), "logo": digest}
    return publish_version(creditor, LETTERHEAD, LETTERHEAD, parts=parts, based_on=based_on, reason=reason, now=now, by=by)


def _kept(creditor: Creditor, media_type: str, content: bytes, *, now: datetime) -> str:
    """The digest of the logo, which is stored once."""
    digest = hashlib.sha256(content).hexdigest()
    name = "logo.png" if media_type == PNG else "logo.svg"
    return store(
        creditor, kind=LOGO, name=name, content=content, media_type=media_type, facts={}, now=now, key=f"logo-{digest[:50]}"
    ).sha256
