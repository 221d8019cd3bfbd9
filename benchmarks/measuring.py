"""What a piece of work costs: wall and CPU seconds, SQL statements, peak memory."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created


@dataclass(slots=True)
class Cost:
    """Filled when the block ends. CPU is this process's, without the server's."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    sql: int = 0

    def line(self, workload: str, *, n: int, items: int, floor_items_s: float) -> dict[str, Any]:
        """The line that is printed; `floor_ratio` says how many times faster the floor was."""
        items_s = items / self.wall_s if self.wall_s else 0.0
        return {
            "workload": workload,
            "n": n,
            "items": items,
            "wall_s": round(self.wall_s, 3),
            "cpu_s": round(self.cpu_s, 3),
            "items_s": round(items_s),
            "sql": self.sql,
            "sql_per_item": round(self.sql / items, 4) if items else None,
            "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "floor_items_s": round(floor_items_s),
            "floor_ratio": round(floor_items_s / items_s, 2) if items_s else None,
        }


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure the block. Statements are counted as the driver gets them, those of sessions that begin meanwhile too."""
    cost = Cost()

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        cost.sql += 1
        return execute(sql, params, many, context)

    def count_there(connection: Any, **_: Any) -> None:
        connection.execute_wrappers.append(count)

    connection_created.connect(count_there)
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        with connection.execute_wrapper(count):
            yield cost
    finally:
        connection_created.disconnect(count_there)
    cost.wall_s, cost.cpu_s = time.perf_counter() - wall, time.process_time() - cpu
