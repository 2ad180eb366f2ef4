"""Small questions about processes that the launchers and the supervisor share."""

import os
from pathlib import Path

_PROC = Path("/proc")


def is_alive(pid: int) -> bool:
    """Whether a process runs. A zombie, which only waits to be reaped, does not."""
    stat = _stat(pid)
    if stat is not None:
        return stat[0] not in {"Z", "X"}
    if _PROC.is_dir() and (_PROC / "self").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def started_at(pid: int) -> str:
    """A mark that tells a process from a later one with the same number; empty where there is none."""
    stat = _stat(pid)
    return stat[19] if stat else ""


def has_argument(pid: int, argument: str) -> bool:
    """Whether a process was started with this argument. True where the system does not say."""
    if not (_PROC / "self").exists():
        return True
    try:
        return os.fsencode(argument) in (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name, which may itself hold spaces and brackets."""
    try:
        text = (_PROC / str(pid) / "stat").read_text("utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def read_pid(file: Path) -> int | None:
    try:
        return int(file.read_text("ascii").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def tail(file: Path, lines: int = 8) -> str:
    """The last lines of a log, for an error message."""
    try:
        with file.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 4096))
            text = log.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
