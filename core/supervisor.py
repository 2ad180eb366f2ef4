"""Everything under one command: embedded services, workers and web server, watched until told to stop.

`manage.py up` and the demo call `run`. Each part is a process in a session of its own with a log of its own;
one that dies is started again. When the supervisor itself is killed, the kernel tells its children to stop.
"""

import contextlib
import fcntl
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TextIO

from django.core.management import call_command
from django.db import connections

from core.children import Child, stop_all, stop_leftovers
from core.embedded import paths, postgres, processes, valkey
from core.embedded.env import uses_embedded_broker, uses_embedded_database
from core.embedded.errors import EmbeddedError

HOST = "127.0.0.1"
_THREADS = 8
_READY_WITHIN = 120.0
_LOOK_EVERY = 0.25
_SERVICES_EVERY = 2.0


class UpError(RuntimeError):
    """The system cannot be brought up; the text says why and what to do."""


class _Stop(BaseException):
    """Raised by a signal that asks to stop: like KeyboardInterrupt, no error."""


def run(
    *,
    before_serving: Callable[[], None] | None = None,
    after_ready: Callable[[str], None] | None = None,
    once: bool = False,
    port: int | None = None,
) -> int:
    """Bring everything up and keep it up until SIGTERM or Ctrl-C. The exit code.

    `before_serving()` runs once the database is migrated and before anything listens; `after_ready(base_url)`
    runs once the pages answer, while everything is watched. With `once`, all stops when it has returned.
    An exception in either ends the run with exit code 1.
    """
    port = port if port is not None else int(os.environ.get("PORT") or "8000")
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # `ready` must not wait in a buffer
    try:
        with _signals_stop(), _only_one():
            return _Supervisor(port).run(before_serving, after_ready, once=once)
    except (UpError, EmbeddedError) as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    except (_Stop, KeyboardInterrupt):
        return 0


class _Supervisor:
    def __init__(self, port: int) -> None:
        self.port = port
        self.base_url = f"http://{HOST}:{port}"
        self.folder = paths.data_dir()
        self.logs = paths.make_private(self.folder / "logs")
        self.pids = paths.make_private(self.folder / "run")
        self.children: list[Child] = []
        self._services_seen = 0.0

    def run(
        self,
        before_serving: Callable[[], None] | None,
        after_ready: Callable[[str], None] | None,
        *,
        once: bool,
    ) -> int:
        try:
            stop_leftovers(self.pids)
            self._require_free_port()
            self._start_services()
            _prepare_database_and_assets()
            if before_serving is not None:
                before_serving()
            connections.close_all()
            # The web server alone at first: the pages answer sooner when nothing else is loading beside it.
            self._start_child("web", _web(self.port))
            self._wait_until_ready()
            # It ticks every second: a line for each would fill the disk.
            self._start_child("worker-pulse", _worker("pulse", "WARNING", "-B", "-s", str(self.pids / "beat-schedule")))
            self._start_child("worker-work", _worker("work", "INFO"))
            print(f"ready {self.base_url}", flush=True)
            return self._watch(after_ready, once=once)
        finally:
            _ignore_signals()
            stop_all(self.children)
            connections.close_all()
            _close_pools()
            self._release_services()

    # --- before anything listens ------------------------------------------------------------------

    def _require_free_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.port))
            except OSError as error:
                raise UpError(
                    f"Port {self.port} on {HOST} is in use. Stop what uses it, or set PORT to another number."
                ) from error

    def _start_services(self) -> None:
        if uses_embedded_database():
            postgres.ensure()
        if uses_embedded_broker():
            valkey.ensure()
        self._services_seen = time.monotonic()

    def _release_services(self) -> None:
        if uses_embedded_broker():
            valkey.release()
        if uses_embedded_database():
            postgres.release()

    # --- serving ----------------------------------------------------------------------------------

    def _start_child(self, name: str, command: list[str]) -> None:
        child = Child(
            name,
            command,
            # As many connections as the web server has threads, kept and shared.
            env={"CONCORD_DB_POOLED": "1", "CONCORD_DB_POOL": str(_THREADS)} if name == "web" else {},
            log=self.logs / f"{name}.log",
            pid_file=self.pids / f"{name}.pid",
        )
        self.children.append(child)
        child.start()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while not _answers(f"{self.base_url}/healthz"):
            self._look_after_everything()
            web = self.children[0]
            if time.monotonic() > deadline or web.failures >= 3:
                raise UpError(f"The web server does not answer. Its log, {web.log}, ends:\n{processes.tail(web.log)}")
            time.sleep(_LOOK_EVERY)

    def _watch(self, after_ready: Callable[[str], None] | None, *, once: bool) -> int:
        work = _Background(after_ready, self.base_url)
        while True:
            if work.error is not None:
                raise work.error
            if once and work.done:
                return 0
            self._look_after_everything()
            time.sleep(_LOOK_EVERY)

    def _look_after_everything(self) -> None:
        for child in self.children:
            message = child.look_after()
            if message:
                _say(message)
        if time.monotonic() - self._services_seen < _SERVICES_EVERY:
            return
        try:
            self._start_services()
        except EmbeddedError as error:
            # Tried again at the next look: a full disk may be freed, a dead server's memory is given back.
            _say(str(error))
            self._services_seen = time.monotonic()


def _worker(queue: str, level: str, *more: str) -> list[str]:
    app = ["celery", "-A", "config", "worker", "-Q", queue, "-n", f"{queue}@%h", *more]
    # One pool process: the worker survives what its task does to it.
    size = ["--concurrency=1", "-l", level]
    return [sys.executable, "-m", *app, *size, "--without-mingle", "--without-gossip"]


def _web(port: int) -> list[str]:
    app = ["granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "config.wsgi:application"]
    size = ["--workers", "1", "--blocking-threads", str(_THREADS)]
    return [sys.executable, "-m", *app, *size, "--no-ws", "--respawn-failed-workers"]


class _Background:
    """`after_ready` in a thread of its own, so that everything is watched meanwhile."""

    def __init__(self, action: Callable[[str], None] | None, base_url: str) -> None:
        self.error: BaseException | None = None
        self._thread: threading.Thread | None = None
        if action is not None:
            self._thread = threading.Thread(target=self._call, args=(action, base_url), daemon=True)
            self._thread.start()

    @property
    def done(self) -> bool:
        return self._thread is None or not self._thread.is_alive()

    def _call(self, action: Callable[[str], None], base_url: str) -> None:
        try:
            action(base_url)
        except BaseException as error:  # noqa: BLE001 - carried to the main thread, which raises it
            self.error = error
        finally:
            connections.close_all()


def _prepare_database_and_assets() -> None:
    call_command("migrate", interactive=False, verbosity=0)
    if not (paths.REPO_ROOT / "static" / "dist").is_dir():
        _say("The assets are not built, so pages have no styles. Run `make setup`.")
    call_command("collectstatic", interactive=False, verbosity=0)


def _close_pools() -> None:
    for connection in connections.all(initialized_only=True):
        close_pool = getattr(connection, "close_pool", None)
        if close_pool is not None:
            close_pool()


def _answers(url: str) -> bool:
    # No proxy from the environment may stand between us and our own port.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Two supervisors on one data folder would restart each other's services."""
    file = paths.make_private(paths.data_dir() / "run") / "up.lock"
    with file.open("a+") as lock:
        _take(lock)
        yield


def _take(lock: TextIO) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UpError(
            f"Concord is already running on {paths.data_dir()}. Stop it, or choose another CONCORD_DATA_DIR."
        ) from error


@contextlib.contextmanager
def _signals_stop() -> Iterator[None]:
    """Signals end the run as an exception does; Python's default for SIGTERM would skip all clean-up."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        _ignore_signals()
        raise _Stop

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
