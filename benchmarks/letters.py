"""letters: demands with table, transfer code and check code, from planned messages to numbered papers in the archive, as workers make them.

The floor is bare WeasyPrint: the very same pages in as many processes, with the sheet and the fonts read once, without outbox, numbers,
limits, a second process or rows. Both begin cold, as a worker does. Of many letters the floor makes a part, half of it before the letters
and half after. The servers are private and of its own, PostgreSQL with fsync; `measure` starts a process of its own.
"""

import json
import os
import statistics
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.processes import children, side_by_side
from tests.faults import arena

SIDES = (1, 2)  # processes; the worker of docker-compose.yml has two
FLOOR = 500  # letters of the floor on each side of the measurement, at most
PAIRS = {1: 5, 100: 3}  # so often floor and letters take turns, by size; the median is told
STREET = "UPDATE invoices_customer SET street = 'ul. D\u0142uga 7', postcode = '00-950'"
POLICY = """name: Letters
steps:
  - {key: reminder, after_due: -3, until: 0, channel: [email]}
  - {key: demand, after_due: 4, channel: [letter], document: demand}
"""
ITEMS = 3  # documents in the table of a letter


def measure(size: int) -> Iterator[dict[str, Any]]:
    """A line for one process and one for two; a single letter is made by one, and many by two alone."""
    command = [sys.executable, "-m", "benchmarks.letters", str(size)]
    with subprocess.Popen(command, cwd=arena.ROOT, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout or ():
            if line.startswith("{"):
                yield json.loads(line)
    if running.returncode:
        raise SystemExit("The benchmark of letters failed; the reason stands above.")


def main(size: int) -> None:
    sides = SIDES[:1] if size == 1 else SIDES if size <= 1000 else SIDES[1:]
    pairs = next((pairs for most, pairs in PAIRS.items() if size <= most), 1)
    with arena.take() as place:
        import django  # noqa: PLC0415 - the settings are read now

        django.setup()
        place.make_schema(None)
        ids = _planned(size * len(sides) * pairs)
        for processes in sides:
            measured = [_measured(ids[size * at : size * (at + 1)], processes) for at in range(pairs)]
            ids = ids[size * pairs :]
            print(json.dumps(_line(size, processes, measured)), flush=True)


def _planned(number: int) -> list[int]:
    """So many demands by letter, each of a customer of its own, as a run leaves them in the outbox."""
    from django.db import connection  # noqa: PLC0415 - needs the settings

    from benchmarks import ladder  # noqa: PLC0415
    from dunning.day import plan_day  # noqa: PLC0415
    from dunning.models import LadderRules  # noqa: PLC0415
    from receivables import clock  # noqa: PLC0415
    from receivables.accounts.models import User  # noqa: PLC0415
    from receivables.messaging import actions, brakes  # noqa: PLC0415
    from receivables.messaging.models import Message  # noqa: PLC0415

    admin = User.objects.create_superuser("admin", "admin@example.com", None)
    actions.go_live(by=admin)
    creditor = ladder.make_books(number, policy=POLICY, each=ITEMS)
    with connection.cursor() as cursor:
        cursor.execute(STREET)
    LadderRules.objects.update(legal_waits=False)
    plan_day(creditor, on=ladder.ON, now=ladder.NOW)
    for brake in brakes.standing():  # so many at once, of a firm that has sent nothing yet: a person is asked
        actions.release_brake(brake, by=admin, reason="benchmark", now=clock.now())
    ids = list(Message.objects.filter(channel="letter", state="planned").order_by("pk").values_list("pk", flat=True))
    if len(ids) != number:
        raise SystemExit(f"The run planned {len(ids)} letters for {number} customers.")
    return ids


def _measured(ids: Sequence[int], processes: int) -> dict[str, Any]:
    """Floor, letters, floor; with what they cost."""
    pages = _pages(ids[: 2 * FLOOR])
    halves = [pages[::2], pages[1::2]] if len(ids) > FLOOR else [pages, []]
    floor_s, floor_cpu = _floor(halves[0], processes)
    with Watch(len(ids)) as watch:
        wall_s, spent = side_by_side(processes, lambda _lane: _make(ids), begun=watch.begun)
    more_s, more_cpu = _floor(halves[1], processes)
    floor_s += more_s
    _check(ids)
    return {
        "floor": len(pages) / floor_s,
        "letters": len(ids) / wall_s,
        "wall_s": wall_s,
        "cpu_s": spent["cpu"],
        "cpu_ms": 1000 * spent["cpu"] / len(ids),
        "floor_cpu_ms": 1000 * (floor_cpu + more_cpu) / len(pages),
        "memory": watch.parts(),
    }


def _line(size: int, processes: int, measured: Sequence[dict[str, Any]]) -> dict[str, Any]:
    ratios = sorted(one["floor"] / one["letters"] for one in measured)
    middle = min(measured, key=lambda one: abs(one["floor"] / one["letters"] - statistics.median_low(ratios)))
    return {
        "workload": "letters",
        "n": size,
        "processes": processes,
        "letters_s": round(middle["letters"], 2),
        "floor_letters_s": round(middle["floor"], 2),
        "overhead_percent": round(100 * (statistics.median_low(ratios) - 1), 1),
        "cpu_ms": round(middle["cpu_ms"], 1),
        "floor_cpu_ms": round(middle["floor_cpu_ms"], 1),
        "of_pairs": [round(100 * (ratio - 1), 1) for ratio in ratios],
        "cores": round(middle["cpu_s"] / middle["wall_s"], 2),  # used, without the database
        "memory_mb": middle["memory"],
        "load": round(os.getloadavg()[0], 2),
    }


def _pages(ids: Sequence[int]) -> list[str]:
    """The pages of these letters, as long as the papers will be."""
    from receivables.documents.letters import letter_html  # noqa: PLC0415 - needs the settings
    from receivables.messaging.models import Message  # noqa: PLC0415

    facts = Message.objects.filter(pk__in=ids).order_by("pk").values_list("facts", flat=True)
    return [
        letter_html("demand", language="pl", facts=said, number=f"W/2026/{n:04}", code=f"ABCDEFGH{n:02}"[:10])
        for n, said in enumerate(facts)
    ]


def _floor(pages: Sequence[str], processes: int) -> tuple[float, float]:
    """Seconds that bare WeasyPrint takes for these pages, on the wall and of the processor."""
    if not pages:
        return 0.0, 0.0
    wall_s, spent = side_by_side(processes, lambda lane: _bare(pages[lane::processes]))
    return wall_s, spent["cpu"]


def _bare(pages: Sequence[str]) -> Counter[str]:
    from weasyprint import CSS, HTML  # noqa: PLC0415 - loading it is part of what is measured
    from weasyprint.text.ffi import harfbuzz_subset  # noqa: PLC0415
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    fonts = FontConfiguration()
    sheet = CSS(string=(arena.ROOT / "templates" / "documents" / "letter.css").read_text(), font_config=fonts)
    for page in pages:
        HTML(string=page).write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1", full_fonts=not harfbuzz_subset)
    return Counter(cpu=sum(os.times()[:4]))  # type: ignore[arg-type]


def _make(ids: Sequence[int]) -> Counter[str]:
    from receivables import clock  # noqa: PLC0415 - needs the settings
    from receivables.documents import pdf  # noqa: PLC0415
    from receivables.messaging.delivery import deliver  # noqa: PLC0415

    deliver(now=clock.now(), only=ids)
    if pdf._child is not None:
        pdf._child.stop()
    return Counter(cpu=sum(os.times()[:4]))  # type: ignore[arg-type]


def _check(ids: Sequence[int]) -> None:
    """Each letter has one paper of its own, and their numbers have neither gap nor double."""
    from receivables.documents.models import Document, NumberRange  # noqa: PLC0415 - needs the settings
    from receivables.messaging.models import Message  # noqa: PLC0415

    papers = Message.objects.filter(pk__in=ids, document__media_type="application/pdf").values_list("document", flat=True)
    if len(set(papers)) != len(ids):
        raise SystemExit(f"Of {len(ids)} letters {len(set(papers))} have a paper.")
    if Document.objects.exclude(number="").count() != NumberRange.objects.get().last:
        raise SystemExit("A number was left out.")


class Watch(threading.Thread):
    """Shows how far it is, and notes what memory the processes take while they work."""

    def __init__(self, expected: int) -> None:
        super().__init__(daemon=True)
        self.expected = expected
        self._lanes: list[int] = []
        self._noted: list[tuple[int, int]] = []
        self._over = threading.Event()

    def begun(self, lanes: Sequence[int]) -> None:
        """These processes are at work from now on."""
        self._lanes = list(lanes)

    def __enter__(self) -> "Watch":
        self._before = self._made()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Look once a second."""
        from django.db import connection  # noqa: PLC0415 - needs the settings

        while not self._over.wait(1):
            makers = [child for lane in self._lanes for child in children(lane)]
            self._noted.append((sum(map(_resident, self._lanes)), sum(map(_resident, makers))))
            if len(self._noted) % 5 == 0:
                print(f"  {self._made() - self._before} of {self.expected} letters", file=sys.stderr, flush=True)
        connection.close()

    def parts(self) -> dict[str, list[int]]:
        """The most that workers and PDF processes took together, for each tenth of the time, in MB."""
        size = max(-(-len(self._noted) // 10), 1)
        tenths = [self._noted[at : at + size] for at in range(0, len(self._noted), size)]
        return {name: [max(noted[side] for noted in tenth) for tenth in tenths] for side, name in enumerate(("workers", "pdf"))}

    @staticmethod
    def _made() -> int:
        from receivables.documents.models import Document  # noqa: PLC0415 - needs the settings

        return Document.objects.count()


def _resident(pid: int) -> int:
    """Memory of a process in MB, from /proc; 0 when it has just ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20
    except OSError:
        return 0


if __name__ == "__main__":
    main(int(sys.argv[1]))
