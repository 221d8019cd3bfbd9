"""Work side by side in processes of our own, and what processes spend, from /proc."""

import json
import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path


def side_by_side(
    sides: int, work: Callable[[int], Counter[str]], *, begun: Callable[[Sequence[int]], None] = lambda _pids: None
) -> tuple[float, Counter[str]]:
    """Do it in so many processes at once, whose numbers `begun` is told; the seconds until the last has ended, and their sums."""
    from django.db import connections  # noqa: PLC0415 - needs the settings

    connections.close_all()
    began, pipes, pids = time.perf_counter(), [], []
    for lane in range(sides):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            _tell(writing, work, lane)
        os.close(writing)
        pipes.append(reading)
        pids.append(pid)
    begun(pids)
    told = [os.fdopen(pipe).read() for pipe in pipes]
    for pid in pids:
        os.waitpid(pid, 0)
    if not all(told):
        raise SystemExit("A process of the benchmark ended with an error.")
    return time.perf_counter() - began, sum((Counter(json.loads(text)) for text in told), Counter())


def _tell(writing: int, work: Callable[[int], Counter[str]], lane: int) -> None:
    """The whole life of a process: work, tell, end."""
    try:
        os.write(writing, json.dumps(work(lane)).encode())
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def children(parent: int) -> Iterator[int]:
    """The processes that this one has begun and that live."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(_fields(stat)[1]) == parent:
                yield int(stat.parent.name)
        except OSError:
            continue  # it has just ended


def spent_by(pid: int, *, with_ended: bool = False) -> float:
    """Seconds of processor time of a process; with those of its children that have ended."""
    own = _fields(Path(f"/proc/{pid}/stat"))[11:15]  # utime, stime, and those of children that have ended
    return sum(map(int, own if with_ended else own[:2])) / os.sysconf("SC_CLK_TCK")


def _fields(stat: Path) -> list[str]:
    """What follows the name, which may hold anything: state, parent …"""
    return stat.read_text().rpartition(")")[2].split()
