"""What the embedded servers share: the first process that needs one starts it, the last one stops it."""

import atexit
import os
import subprocess
import threading
import time
from abc import ABC, abstractmethod

from core.embedded import paths, processes
from core.embedded.errors import StartFailedError
from core.embedded.holders import Holders

# A crash recovery may take long; a server that needs more than this needs a person.
PATIENCE = 120.0
_PROBE_EVERY = 2.0


class RetryError(Exception):
    """The start failed for a reason that passes by itself."""


class Service(ABC):
    """One embedded server in one data folder, as this process sees it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = paths.make_private(paths.data_dir() / name)
        self.log = self.folder / "server.log"
        self.holders = Holders(self.folder)
        self._lock = threading.RLock()
        self._child: subprocess.Popen[bytes] | None = None
        self._seen_alive = 0.0
        atexit.register(self.release)
        os.register_at_fork(after_in_child=self._after_fork)

    # --- what each server says of itself ----------------------------------------------------------

    @abstractmethod
    def is_ready(self) -> bool: ...

    @abstractmethod
    def running_pid(self) -> int | None:
        """The server's process, if one runs on this very data, ready or not."""

    @abstractmethod
    def prepare(self) -> None:
        """Make the data folder fit for a start: first-time set-up, leftovers of a crash."""

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def ask_to_stop(self) -> None: ...

    def started(self) -> None:  # noqa: B027 - a hook; most servers need nothing here
        """Called in the mutex once the server answers."""

    def popen_options(self) -> dict[str, object]:
        return {}

    def passes(self, log_text: str) -> bool:
        """Whether a failed start is worth another try."""
        return False

    # --- the protocol -----------------------------------------------------------------------------

    def ensure(self) -> None:
        """Return once the server answers; start it if need be. Cheap when it was seen a moment ago."""
        with self._lock:
            if self.holders.held and time.monotonic() - self._seen_alive < _PROBE_EVERY:
                return
            if not (self.holders.held and self.is_ready()):
                with self.holders.mutex():
                    self.holders.hold()
                    self._bring_up()
            self._seen_alive = time.monotonic()

    def release(self) -> None:
        """This process needs the server no more; the last one stops it."""
        with self._lock:
            if not self.holders.held:
                return
            with self.holders.mutex():
                if self.holders.let_go():
                    self._bring_down()
            self._forget_child()

    def stop(self) -> None:
        """Stop the server whoever uses it."""
        with self._lock, self.holders.mutex():
            self._bring_down()
            self.holders.let_go()

    def _bring_up(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise StartFailedError(f"The embedded {self.name} does not answer.\n{processes.tail(self.log)}")
            self._reap()
            if self.running_pid() is not None:
                time.sleep(0.05)
                continue
            try:
                self._start(deadline)
            except RetryError:
                time.sleep(0.2)
        self.started()

    def _start(self, deadline: float) -> None:
        self.prepare()
        offset = self.log.stat().st_size if self.log.exists() else 0
        self._forget_child()
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603 - our own command
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A session of its own: Ctrl-C in the terminal must not reach the server.
                start_new_session=True,
                **self.popen_options(),
            )
        while not self.is_ready():
            if self._reap():
                with self.log.open("rb") as log:
                    log.seek(offset)
                    text = log.read().decode("utf-8", errors="replace")
                if self.passes(text):
                    raise RetryError
                raise StartFailedError(f"The embedded {self.name} could not start.\n{text.strip()[-1500:]}")
            if time.monotonic() > deadline:
                raise StartFailedError(f"The embedded {self.name} does not answer.\n{processes.tail(self.log)}")
            time.sleep(0.02)

    def _no_answer(self) -> StartFailedError:
        return StartFailedError(f"The embedded {self.name} does not answer.\n{processes.tail(self.log)}")

    def _bring_down(self) -> None:
        pid = self.running_pid()
        if pid is None:
            return
        self.ask_to_stop()
        deadline = time.monotonic() + PATIENCE
        while processes.is_alive(pid) and time.monotonic() < deadline:
            self._reap()
            time.sleep(0.01)

    def _after_fork(self) -> None:
        """A forked child shares nothing of this: it counts itself when it needs the server."""
        self._lock = threading.RLock()
        self._seen_alive = 0.0
        self.holders.close()
        self._forget_child()

    def _reap(self) -> bool:
        """Collect the server if this process started it and it has ended; else it would stay as a zombie."""
        return self._child is not None and self._child.poll() is not None

    def _forget_child(self) -> None:
        # The server outlives this process; Popen must not warn about that.
        if self._child is not None and self._child.returncode is None:
            self._child.returncode = 0
        self._child = None
