"""dispatch: hand so many mails to a mail server on loopback, really live and with all guards, by one process and by two.

The floor is what any sender has to do: the same conversations with the same server, without outbox, guards, journal or rows. The servers
are private and of its own, PostgreSQL with fsync; `measure` starts a process of its own, for the settings are read once.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.processes import children, side_by_side, spent_by
from tests.faults import arena

SIDES = (1, 2)  # processes; the worker of docker-compose.yml has two


def measure(size: int) -> list[dict[str, Any]]:
    """A line for one process and one for two, each with so many messages."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.dispatch", str(size)], cwd=arena.ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit("The benchmark of dispatch failed; the reason stands above.")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main(size: int) -> None:
    with arena.take() as place:
        import django  # noqa: PLC0415 - the settings are read now

        django.setup()
        from tests.faults.races import prepare  # noqa: PLC0415 - needs the settings

        place.make_schema(None)
        ids = [race.message for race in prepare(place, size * len(SIDES))]
        port = place.sink("tests.faults.smtp_sink", str(place.data / "bench.jsonl"), "--no-fsync")
        for number, sides in enumerate(SIDES):
            print(json.dumps(_line(place, port, ids[number * size : (number + 1) * size], sides)), flush=True)


def _line(place: arena.Arena, port: int, ids: Sequence[int], sides: int) -> dict[str, Any]:
    from receivables.messaging.models import Message  # noqa: PLC0415 - needs the settings

    floor_s, _ = side_by_side(sides, lambda lane: _bare(port, ids[lane::sides]))
    servers = _spent_by_servers(place)
    wall_s, spent = side_by_side(sides, lambda _lane: _deliver(port, ids))
    servers = {name: seconds - servers[name] for name, seconds in _spent_by_servers(place).items()}
    sent = Message.objects.filter(pk__in=ids, state="accepted").count()
    if sent != len(ids):
        raise SystemExit(f"Of {len(ids)} messages {sent} were accepted.")
    whole, cpu = spent.pop("whole"), spent.pop("cpu")
    parts = {part: round(1000 * seconds / len(ids), 2) for part, seconds in spent.items()}
    return {
        "workload": "dispatch",
        "n": len(ids),
        "processes": sides,
        "wall_s": round(wall_s, 1),
        "messages_s": round(len(ids) / wall_s, 1),
        "floor_messages_s": round(len(ids) / floor_s, 1),
        "cpu_ms": round(1000 * cpu / len(ids), 2),  # of the sending processes, without the servers
        "servers_cpu_ms": {name: round(1000 * seconds / len(ids), 2) for name, seconds in servers.items()},
        "ms": parts | {"rest": round(1000 * (whole - sum(spent.values())) / len(ids), 2)},  # of a process, for each message
    }


def _spent_by_servers(place: arena.Arena) -> dict[str, float]:
    """Seconds of processor time of PostgreSQL with all its processes, those that have ended too, and of the sink. From /proc."""
    first = place.postmaster()
    database = sum(spent_by(pid, with_ended=pid == first) for pid in (first, *children(first)))
    return {"database": database, "sink": sum(spent_by(sink.pid) for sink in place.sinks)}


def _deliver(port: int, ids: Sequence[int]) -> Counter[str]:
    from receivables import clock  # noqa: PLC0415 - needs the settings
    from receivables.messaging import calling, delivery, departures  # noqa: PLC0415
    from receivables.messaging.protocols import CHANNELS  # noqa: PLC0415

    spent: Counter[str] = Counter()
    steps = {"_claim": "claim", "_render": "render", "outgoing_of": "compose", "_hand": "guard and hand over"}
    for name, part in {**steps, "settle": "settle"}.items():
        setattr(delivery, name, _timed(getattr(delivery, name), part, spent))
    calling.call = _timed(calling.call, "call", spent)
    calling.Notes.begins = _timed(calling.Notes.begins, "notes of calls", spent)  # type: ignore[method-assign]
    departures.note = _timed(departures.note, "send journal", spent)
    began, cpu = time.perf_counter(), time.process_time()
    with CHANNELS.using({"email": _smtp(port)}):
        delivery.deliver(now=clock.now(), only=ids)
    spent["whole"], spent["cpu"] = time.perf_counter() - began, time.process_time() - cpu  # type: ignore[assignment]
    return spent


def _timed(function: Callable[..., Any], part: str, spent: Counter[str]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[part] += time.perf_counter() - began  # type: ignore[assignment]

    return timed


def _bare(port: int, ids: Sequence[int]) -> Counter[str]:
    """As many mails as large, made beforehand, through the same adapter."""
    from receivables import clock  # noqa: PLC0415 - needs the settings
    from receivables.messaging import delivery  # noqa: PLC0415
    from receivables.messaging.models import Message  # noqa: PLC0415

    channel, message = _smtp(port), Message.objects.select_related("creditor__sender", "document").get(pk=ids[0])
    delivery._render_one(message, now=clock.now())
    outgoing = delivery.outgoing_of(message, now=clock.now())
    for _ in ids:
        channel.send(outgoing)
    return Counter(sent=len(ids))


def _smtp(port: int) -> Any:
    from receivables.messaging.channels.smtp import Smtp, SmtpConfig  # noqa: PLC0415 - needs the settings

    return Smtp(SmtpConfig(host="127.0.0.1", port=port, own_name="bench"))


if __name__ == "__main__":
    main(int(sys.argv[1]))
