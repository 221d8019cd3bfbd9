"""Several files of the bank in one transaction, so that whoever stops them on their way leaves nothing."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Protocol

from django.db import transaction

from invoices.actions.bank.importing import StatementReport, import_statement
from invoices.actions.imports.reports import FileReport
from invoices.intake.cells import Problem
from receivables.accounts.models import Creditor, User

MOST_TOLD = 100


class Progress(Protocol):
    """Is told how many lines are done, and how many there are as soon as somebody has counted."""

    def __call__(self, done: int) -> None: ...

    def expect(self, rows: int) -> None: ...


def packed(files: Sequence[tuple[str, bytes]]) -> bytes:
    """Names and contents as one file, for `take_statements`."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for n, (name, data) in enumerate(files):
            archive.writestr(f"{n}/{name}", data)
    return stream.getvalue()


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    """One after the other, for each may be large. Only what `packed` made: nothing from outside comes here."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for known in archive.infolist():
            yield known.filename.partition("/")[2], archive.read(known)


def take_statements(
    creditor: Creditor, *, name: str, data: bytes, profile: str, on: date, by: User | None = None, progress: Progress
) -> FileReport:
    """Bring in all that was `packed`, or nothing where one of them is refused. `profile` is the account, where the files do not say it."""
    reports: list[StatementReport] = []
    done = 0
    with transaction.atomic():
        for shown, content in _unpacked(data):
            counted = _From(progress, done)
            reports.append(
                import_statement(
                    creditor, name=shown, data=content, on=on, account=profile or None, by=by, progress=counted, expects=counted.expect
                )
            )
            done += counted.rows
        if problems := [problem for report in reports for problem in _problems(report, is_alone=len(reports) == 1)]:
            transaction.set_rollback(True)
            return FileReport.of_problems(name, problems, most=MOST_TOLD)
        progress(done)  # so that it can be stopped to the end
    return FileReport(name, new=sum(report.new for report in reports), unchanged=sum(report.known for report in reports))


class _From:
    """How far one file is, of several."""

    def __init__(self, progress: Progress, before: int) -> None:
        self.progress, self.before, self.rows = progress, before, 0

    def expect(self, rows: int) -> None:
        self.rows = rows
        self.progress.expect(self.before + rows)

    def __call__(self, done: int) -> None:
        self.progress(self.before + done)


def _problems(report: StatementReport, *, is_alone: bool) -> Iterator[Problem]:
    for problem in report.problems:
        line = re.fullmatch("line ([0-9]+)", problem.place)
        yield Problem(int(line[1]) if line else 0, None if is_alone else report.file[:60], problem.reason if line else str(problem))
