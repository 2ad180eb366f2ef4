"""`manage.py up`: everything comes up, whatever dies comes back, and nothing is left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.embedded import processes
from core.embedded.paths import REPO_ROOT

pytestmark = pytest.mark.integration


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Up:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.process: subprocess.Popen | None = None

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONCORD_")}
        for name in ("DATABASE_URL", "REDIS_URL"):
            kept.pop(name, None)
        return {**kept, "CONCORD_DATA_DIR": str(self.data), "PORT": str(self.port)}

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=REPO_ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"ready http://127.0.0.1:{self.port}\n"

    def refusal(self) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", "up"],
            cwd=REPO_ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        return done.stderr

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.communicate(timeout=20)
        return self.process.returncode

    def pid(self, name: str) -> int:
        pid = processes.read_pid(self.data / "run" / f"{name}.pid")
        assert pid is not None
        return pid

    def everything(self) -> set[int]:
        """All processes of this installation: each has its data folder in its arguments or its environment."""
        mark = os.fsencode(self.data)
        found = set()
        for folder in Path("/proc").iterdir():
            try:
                if (
                    folder.name.isdigit()
                    and mark in (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
                ):
                    found.add(int(folder.name))
            except OSError:
                continue
        return {pid for pid in found if processes.is_alive(pid)} - {os.getpid()}

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    found = Up(tmp_path / "some data")
    yield found
    for pid in found.everything():
        os.kill(pid, signal.SIGKILL)
    if found.process is not None:
        found.process.wait()


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_all_of_a_life(up: Up) -> None:
    up.start()
    assert up.answers()

    # What dies comes back.
    killed = {name: up.pid(name) for name in ("web", "worker-work")}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(up.pid(name) != pid for name, pid in killed.items()) and up.answers())

    # A second one on the same data, and one on a port in use, say why they do not start.
    assert "already running" in Up(up.data).refusal()
    elsewhere = Up(up.data.with_name("other data"))
    elsewhere.port = up.port
    assert f"Port {up.port}" in elsewhere.refusal()

    # Children end with a killed supervisor; the servers may stay until the next start, or are killed as well.
    children = {up.pid(name) for name in ("web", "worker-work", "worker-pulse")}
    assert up.process is not None
    up.process.kill()
    up.process.communicate()
    wait_until(lambda: not any(processes.is_alive(pid) for pid in children))
    for pid in up.everything():
        os.kill(pid, signal.SIGKILL)

    # The next start needs no help.
    up.start()
    begun = time.monotonic()
    assert up.end(signal.SIGTERM) == 0
    assert time.monotonic() - begun < 10
    assert up.everything() == set()
