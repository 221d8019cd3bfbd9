"""From the rows of a closed batch to its package: the same bytes whenever it is asked for, so nothing is lost where a process dies."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, cast

from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.messaging import departures, fences
from receivables.messaging.models import Message, PostBatch, PostBatchLetter
from receivables.messaging.printing.merged import NotMerged, merge
from receivables.messaging.printing.package import Job, Sheet, manifest, write
from receivables.messaging.states import MessageState

_IN_MEMORY = 16_000_000  # bytes; a bigger package is built on disk
_AT_ONCE = 100
MOST_IN_ONE = 500  # letters in one PDF, which is made in memory


def job_of(batch: PostBatch, letters: Iterable[PostBatchLetter], *, closed_on: date) -> Job:
    """The batch as plain values. `letters` in order of their positions, with their messages."""
    sheets = [_sheet(letter) for letter in letters]
    return Job(batch.key.hex, batch.creditor.name, batch.number, closed_on, batch.service, sheets)


def digest(job: Job) -> str:
    """SHA-256 of the manifest, which holds those of all files."""
    return sha256(manifest(job)).hexdigest()


def package(batch: PostBatch) -> IO[bytes]:
    """The ZIP of a batch, to be read from its start; whoever asks closes it.

    Letters taken out after closing are still in it, for it never changes. Raises `Refused` for a batch that is open or void.
    """
    job, letters = _checked(batch)
    return _written(lambda file: write(job, _papers(letters), file))


def one_pdf(batch: PostBatch) -> IO[bytes]:
    """The same letters in one PDF, each on sheets of its own; whoever asks closes it. Raises `Refused` like `package`, and for too many."""
    _job, letters = _checked(batch)
    if len(letters) > MOST_IN_ONE:
        raise Refused(gettext_noop("One PDF holds at most %(most)s letters. Download the ZIP and print from it."), most=MOST_IN_ONE)
    try:
        return _written(lambda file: merge(_papers(letters), file))
    except NotMerged:
        raise Refused(gettext_noop("A paper of this batch cannot be joined with the others. Download the ZIP and print from it.")) from None


def _checked(batch: PostBatch) -> tuple[Job, list[PostBatchLetter]]:
    """What was closed, if that is what stands there."""
    if batch.state not in (PostBatch.State.CLOSED, PostBatch.State.POSTED) or batch.closed_on is None:
        raise Refused(gettext_noop("There is nothing to print: this batch is still open, or was cancelled."))
    letters = list(batch.letters.exclude(position=None).select_related("message").order_by("position"))
    job = job_of(batch, letters, closed_on=batch.closed_on)
    if digest(job) != batch.sha256:
        raise Refused(gettext_noop("The letters of this batch are not those that were closed. Call the administrator."))
    return job, letters


def _written(write_to: Callable[[IO[bytes]], object]) -> IO[bytes]:
    """What this writes, to be read from its start."""
    file = cast("IO[bytes]", SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - handed to whoever asked
    try:
        write_to(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def to_post(batch: PostBatch) -> list[Message]:
    """The letters of a closed batch that are on their way, without their words, oldest first."""
    handed = Message.objects.filter(post_letters__batch=batch, post_letters__taken_out_at=None, state=MessageState.HANDED)
    return list(handed.defer("text", "html").order_by("pk"))


def noted(batch: PostBatch, *, now: datetime) -> bool:
    """Write these letters into the send journal once more, before anybody prints: the line of closing may be lost.

    It comes after the commit. False where it cannot be written: nothing may be printed. A line that stands there twice harms nobody.
    """
    letters = to_post(batch)
    return not letters or departures.note(letters, fences.marks_of(letters), now=now)


def download(batch: PostBatch, *, now: datetime, make: Callable[[PostBatch], IO[bytes]] = package) -> IO[bytes]:
    """The package, or the one PDF, for a person, who may post it from now on. Raises `Refused` like those, and where the send journal
    forbids.
    """
    if batch.state == PostBatch.State.CLOSED:
        if fences.has_forgotten(fences.journal()):
            raise Refused(fences.WENT_BACK)
        if not noted(batch, now=now):
            raise Refused(
                gettext_noop("The send journal cannot be written, so nothing is printed. Call the administrator, then try again.")
            )
    return make(batch)


def file_name(batch: PostBatch, ending: str = "zip") -> str:
    """`post-firma-0012.zip`."""
    return f"post-{batch.creditor.slug}-{batch.number:04}.{ending}"


def _sheet(letter: PostBatchLetter) -> Sheet:
    message = letter.message
    name, *lines = [line for line in message.recipient.splitlines() if line.strip()] or [""]
    country = message.facts.get("customer", {}).get("country", "")
    return Sheet(letter.position or 0, message.key, name, tuple(lines), country, letter.pages, letter.sha256)


def _papers(letters: Sequence[PostBatchLetter]) -> Iterator[bytes]:
    """The bytes of the papers, in the same order, not all of them in memory at once."""
    for at in range(0, len(letters), _AT_ONCE):
        part = letters[at : at + _AT_ONCE]
        rows = Message.objects.filter(pk__in=[letter.message_id for letter in part]).values_list("pk", "document__content")
        found = dict(rows)
        yield from (bytes(found[letter.message_id]) for letter in part)
