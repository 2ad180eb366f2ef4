"""Who may start and stop an embedded server: two file locks, which the kernel drops when a process dies.

`mutex` is held while a server is started or stopped. `holders` is held, shared, for as long as a process uses
the server: it is the reference count, and it is right even after `kill -9`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.embedded.errors import NotOursError


def _open(file: Path) -> int:
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise NotOursError(f"{file} belongs to another user. Run as that user, or set CONCORD_DATA_DIR.") from error


class Holders:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: int | None = None

    @contextmanager
    def mutex(self) -> Iterator[None]:
        handle = _open(self._folder / "mutex.lock")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @property
    def held(self) -> bool:
        return self._held is not None

    def hold(self) -> None:
        """Count this process as a user of the server."""
        if self._held is None:
            handle = _open(self._folder / "holders.lock")
            fcntl.flock(handle, fcntl.LOCK_SH)
            self._held = handle

    def let_go(self) -> bool:
        """Stop counting this process. True where nobody is left. Call it inside the mutex."""
        if self._held is None:
            return False
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            self.close()

    def close(self) -> None:
        """Drop this process's handle; a lock shared with a parent process stays the parent's."""
        if self._held is not None:
            os.close(self._held)
            self._held = None
