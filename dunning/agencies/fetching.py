"""Reports that agencies lay down on their servers: fetched, taken, and kept with what became of them."""

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError

from dunning.actions.report_taking import ReportRefused, Source, refuse_file, take_report, words_of
from dunning.agencies.report import MOST_BYTES, UnreadableReport
from dunning.agencies.ways import Way, missing, sftp_to
from dunning.models import AgencyDelivery, AgencyReportFile
from receivables import clock
from receivables.core.errors import ProfileError
from receivables.messaging import mode
from receivables.messaging.channels.agency_sftp import Fetched, NotConnected

log = logging.getLogger(__name__)


def fetch_reports(*, now: datetime) -> int:
    """Fetch what is new from each agency that is set so; returns how many files. Only where messages reach people: a copy asks nobody."""
    if not mode.is_live():
        return 0
    setups = AgencyDelivery.objects.filter(sends=True, agency__is_active=True, agency__delivery=Way.SFTP).exclude(reply_folder="")
    return sum(_fetched(setup, now=now) for setup in setups.select_related("agency__creditor").order_by("pk"))


def _fetched(setup: AgencyDelivery, *, now: datetime) -> int:
    """What goes wrong with one agency is its own affair: the others are asked all the same."""
    try:
        return fetch_from(setup, now=now)
    except (OperationalError, InterfaceError):
        raise  # the database is away
    except Exception:  # a fault of ours, about one agency
        log.exception("agency %s: its reports could not be fetched", setup.agency_id)
        return 0


def fetch_from(setup: AgencyDelivery, *, now: datetime) -> int:
    """The same of one agency. What cannot be reached is noted and asked again at the next turn."""
    if missing(Way.SFTP, setup):
        return 0
    known = AgencyReportFile.objects.filter(agency=setup.agency_id).exclude(stamp="").values_list("stamp", flat=True)
    try:
        files = sftp_to(setup).fetch(known=frozenset(known), most_bytes=MOST_BYTES)
    except NotConnected as refusal:
        _note_problem(setup, str(refusal))
        return 0
    for file in files:
        _take(setup, file, now=now)
    _note_problem(setup, "")
    return len(files)


def _take(setup: AgencyDelivery, file: Fetched, *, now: datetime) -> None:
    agency, on = setup.agency, clock.today(setup.agency.creditor.time_zone)
    if file.is_too_big:
        why = f"The file is too big, so it was not read: at most {MOST_BYTES // 1_000_000} megabytes are."
        refuse_file(agency, b"", name=file.name, stamp=file.stamp, why=[why], now=now)
        return
    try:
        taken = take_report(agency, file.content, name=file.name, source=Source.SFTP, on=on, now=now, stamp=file.stamp)
        if taken.file is not None and taken.file.stamp != file.stamp:
            refuse_file(agency, file.content, name=file.name, stamp=file.stamp, why=[f"It is the same as {taken.file.name}."], now=now)
    except ReportRefused as refusal:
        refuse_file(agency, file.content, name=file.name, stamp=file.stamp, why=[words_of(each) for each in refusal.problems], now=now)
    except (UnreadableReport, ProfileError) as refusal:
        refuse_file(agency, file.content, name=file.name, stamp=file.stamp, why=[str(refusal)], now=now)
    log.info("agency %s: a report was fetched", agency.pk)


def _note_problem(setup: AgencyDelivery, problem: str) -> None:
    if setup.last_problem != problem[:300]:
        AgencyDelivery.objects.filter(pk=setup.pk).update(last_problem=problem[:300])
