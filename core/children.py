"""The processes that the supervisor looks after."""

import contextlib
import ctypes
import ctypes.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from core.embedded import paths, processes

_STOP_WITHIN = 6.0
_LEFTOVERS_WITHIN = 8.0
_BACKOFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_STEADY_AFTER = 60.0
_LOG_LIMIT = 10 * 1024 * 1024
_PR_SET_PDEATHSIG = 1

# Loaded before any fork: between fork and exec only the call itself may happen.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _end_with_parent() -> None:
    """Linux: the kernel sends SIGTERM to this process when the supervisor dies, even by `kill -9`."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One process, started again when it dies. It leads a session, so its own children end with it."""

    def __init__(self, name: str, command: list[str], *, env: dict[str, str], log: Path, pid_file: Path) -> None:
        self.name = name
        self.log = log
        self.failures = 0
        self._command = command
        self._env = env
        self._pid_file = pid_file
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._start_again_at = 0.0

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        env = {**os.environ, **self._env, "PYTHONUNBUFFERED": "1"}
        env["CONCORD_DATA_DIR"] = str(paths.data_dir())
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                self._command,
                cwd=paths.REPO_ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal reaches the supervisor only, which stops the rest in order.
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call, loaded beforehand
            )
        self._started = time.monotonic()
        pid = self._process.pid
        self._pid_file.write_text(f"{pid}\n{processes.started_at(pid)}\n", "ascii")

    def look_after(self) -> str | None:
        """Start it again if it has died, a little later each time. What happened, if something did."""
        if self._process is None:
            if time.monotonic() >= self._start_again_at:
                self.start()
            return None
        code = self._process.poll()
        if code is None:
            return None
        _signal_group(self._process.pid, signal.SIGKILL)
        steady = time.monotonic() - self._started > _STEADY_AFTER
        self.failures = 1 if steady else self.failures + 1
        wait = _BACKOFF[min(self.failures, len(_BACKOFF)) - 1]
        self._start_again_at = time.monotonic() + wait
        self._process = None
        return f"{self.name} ended with code {code}; it is started again in {wait:g} s (see {self.log})"

    def ask_to_stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for the end, then end by force whatever of it is left."""
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.0, deadline - time.monotonic()))
            _signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        self._pid_file.unlink(missing_ok=True)


def stop_all(children: Iterable[Child]) -> None:
    children = list(children)
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + _STOP_WITHIN
    for child in children:
        child.wait(deadline)


def stop_leftovers(folder: Path) -> None:
    """End children of a supervisor that was killed, before new ones want their port and their queues."""
    found = [pid for file in sorted(folder.glob("*.pid")) if (pid := _same_process(file)) is not None]
    for pid in found:
        _signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + _LEFTOVERS_WITHIN
    while any(processes.is_alive(pid) for pid in found) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in found:
        _signal_group(pid, signal.SIGKILL)
    for file in folder.glob("*.pid"):
        file.unlink()


def _same_process(file: Path) -> int | None:
    """The process that wrote itself down here, unless its number is somebody else's by now."""
    pid = processes.read_pid(file)
    if pid is None or not processes.is_alive(pid):
        return None
    mark = file.read_text("ascii").split("\n")[1:2]
    return pid if mark == [processes.started_at(pid)] else None


def _signal_group(leader: int, number: signal.Signals) -> None:
    # ESRCH: nobody is left. EPERM: the number belongs to somebody else by now.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
