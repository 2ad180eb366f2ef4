"""Keeping a job alive while it computes outside transactions."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from core.errors import ConcordError
from events.jobs import JobRun

EVERY = 1.0
"""Seconds: so long a cancelled run may go on before it knows."""


class Heart:
    """Beats from a thread of its own; `check` raises what ended the job meanwhile."""

    def __init__(self, run: JobRun, total: int) -> None:
        self.run = run
        self.done = 0
        self.total = total
        self.stopped = threading.Event()
        self._ended: ConcordError | None = None

    def check(self) -> None:
        """Raises JobLost or JobCancelled where a beat met it."""
        if self._ended is not None:
            raise self._ended

    def step(self, done: int) -> None:
        """Report progress with the next beat."""
        self.done = done
        self.check()

    def keep_beating(self) -> None:
        try:
            while not self.stopped.wait(EVERY):
                with transaction.atomic():
                    self.run.beat(self.done, self.total)
        except ConcordError as error:
            self._ended = error
        finally:
            connection.close()


@contextmanager
def beating(run: JobRun, total: int) -> Iterator[Heart]:
    """A beat every few seconds until the block ends."""
    heart = Heart(run, total)
    thread = threading.Thread(target=heart.keep_beating, daemon=True)
    thread.start()
    try:
        yield heart
    finally:
        heart.stopped.set()
        thread.join()
    heart.check()
