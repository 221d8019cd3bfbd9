"""What keeps messages from leaving, each in a plain sentence with what to do next: for the first screen and the page of sending."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dunning.models import LadderRules
from receivables.accounts.models import Creditor
from receivables.dashboard.templatetags.look import day
from receivables.dashboard.words import channel_word, sentence_case
from receivables.messaging import brakes, trial
from receivables.messaging.mode import Standing
from receivables.messaging.models import Brake, TrialAddress

SOON = timedelta(days=3)  # before the trial ends by itself


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that keeps messages back. `name` and `pk` are the page that ends it, with the words of its link."""

    tone: str
    heading: str
    text: str
    name: str = "sending"
    pk: int | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """The trial as it stands: since when, whom it writes to here, how much it holds back, of this company and of all."""

    since: datetime
    guests: list[TrialAddress]
    waiting: int
    waiting_everywhere: int


def concerns(creditor: Creditor, stands: Standing, *, on: date, now: datetime) -> list[Concern]:
    """All that concerns this company, the gravest first. Two queries, one more during a trial."""
    found = _of_lock() if stands.is_locked else []
    found += [brake_concern(brake) for brake in of_company(brakes.standing(), creditor)] if stands.is_braked else []
    if stands.trial_since:
        found.append(_of_trial(stands.trial_since, trial.waiting().filter(creditor=creditor).count(), now=now))
    return found + _of_bank(creditor, on=on)


def of_company(standing: Iterable[Brake], creditor: Creditor) -> list[Brake]:
    """Those that hold something of this company."""
    return [brake for brake in standing if brake.creditor_id in (None, creditor.pk)]


def _of_lock() -> list[Concern]:
    text = _("The database was restored, promoted, copied or moved. Look at it, then confirm it: what may have left is not sent twice.")
    return [Concern("bad", _("Sending is locked"), text, "sending_confirm", None, _("Confirm the database"))]


def _of_trial(since: datetime, waiting: int, *, now: datetime) -> Concern:
    text = ngettext(
        "Only guests are written to, %(most)d messages a day at most; %(n)d message waits.",
        "Only guests are written to, %(most)d messages a day at most; %(n)d messages wait.",
        waiting,
    ) % {"n": waiting, "most": trial.A_DAY}
    ends = since + trial.LENGTH
    text += " " + _("It ends by itself on %(day)s; what waits by then is kept until somebody has looked.") % {"day": day(ends.date())}
    is_soon = now > ends - SOON
    return Concern("warn" if is_soon else "info", _("Trial"), text, link=_("Guests, and the end of the trial"))


def _of_bank(creditor: Creditor, *, on: date) -> list[Concern]:
    rules = LadderRules.objects.filter(creditor=creditor).first()
    if rules is None or rules.bank_freshness_days is None:
        return []
    seen = rules.bank_seen_until
    if seen is not None and (on - seen).days <= rules.bank_freshness_days:
        return []
    heading = _("Bank data are old")
    known = _("complete up to %(day)s") % {"day": day(seen)} if seen else _("never read")
    text = _("They are %(known)s, so nobody is reminded: somebody may have paid. Book the payments that came since.") % {"known": known}
    return [Concern("warn", heading, text, "payments", None, _("Payments"))]


def brake_concern(brake: Brake) -> Concern:
    """What a brake says, and where it is released; the journal's opens by itself."""
    what = _part(brake)
    heading, text = _sentences(brake, what)
    if brake.kind == Brake.Kind.JOURNAL:
        return Concern("bad", heading, text)
    return Concern("bad", heading, text, "brake_release", brake.pk, _("Release it"))


def _part(brake: Brake) -> str:
    channel = sentence_case(channel_word(brake.channel)) if brake.channel else _("All channels")
    return f"{channel} · {brake.creditor}" if brake.creditor else f"{channel} · {_('all companies')}"


def _sentences(brake: Brake, part: str) -> tuple[str, str]:
    facts, values = brake.facts, {"part": part, "reason": brake.reason, **brake.facts}
    match brake.kind:
        case Brake.Kind.HALT:
            return _("Stopped: %(part)s") % values, brake.reason
        case Brake.Kind.BOUNCES:
            said = _("%(bad)s of the last %(of)s messages came back. Mend the addresses, then release it.")
            return _("Too many bounces: %(part)s") % values, said % values
        case Brake.Kind.COMPLAINTS:
            said = _(
                "%(bad)s of the last %(of)s messages were reported as spam. Look at whom they went to and what they say, then release it."
            )
            return _("Too many complaints: %(part)s") % values, said % values
        case Brake.Kind.UNKNOWN:
            said = _(
                "Of %(bad)s of the last %(of)s messages nobody knows whether they left. Ask the provider what is wrong, then release it."
            )
            return _("Too many unknown outcomes: %(part)s") % values, said % values
        case Brake.Kind.JOURNAL:
            said = _("The send journal cannot be written (%(said)s), so nothing leaves. Make room on its disk; it then goes on by itself.")
            return _("Nothing leaves: no send journal"), said % {"said": facts.get("said", "–")}
    return _volume(facts, values)


def _volume(facts: dict[str, float], values: dict[str, object]) -> tuple[str, str]:
    if not facts:
        return _("A run is being planned"), _("Its messages leave once it is whole. If that takes long, run the day again.")
    if "trial" in facts:
        said = _("They had waited while only guests were written to. Look at them, then let them go; each is judged once more.")
        return _("The trial is over: %(messages)s messages wait") % values, said
    heading = _("Run %(run)s waits: %(messages)s messages") % values
    if "cap" in facts:
        return heading, _("A run may have %(cap)s at most. Look at it, then release it.") % values
    if "median" in facts:
        return heading, _("That is more than three times the usual %(median)g. Look at it, then release it.") % values
    return heading, _("The first three runs after going live wait for a person. Look at it, then release it.")


def trial_of(stands: Standing, creditor: Creditor) -> Trial | None:
    """None where there is no trial. Two queries."""
    if not stands.trial_since:
        return None
    held = list(trial.waiting().values_list("creditor", flat=True))
    guests = list(TrialAddress.objects.filter(creditor=creditor).order_by("address"))
    return Trial(stands.trial_since, guests, sum(pk == creditor.pk for pk in held), len(held))
