"""What several benchmarks measure with: CPU time of whole groups of processes, and where it ran."""

import os
import platform
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}"


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time used so far by these processes, and by children of theirs that have ended."""
    total = 0
    for pid in pids:
        with suppress(OSError):  # it has ended: its parent's figure holds it now
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += sum(int(field) for field in fields[11:15])
    return total / TICKS
