"""Under which account PostgreSQL runs: it refuses to run as root, and must work for root all the same."""

import functools
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.embedded.errors import EmbeddedError, NotOursError

_NOBODY = 65534
_UNSHARE = ["--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}"]


@dataclass(frozen=True)
class Account:
    """How to start a program so that it does not see itself as root."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def popen_options(self) -> dict[str, object]:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give a file or folder to the server where it runs under another account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def let_through(self, folder: Path) -> None:
        """Let a server under another account pass through our own data folder, without seeing what is in it."""
        if self.uid is not None:
            folder.chmod(folder.stat().st_mode | 0o011)


def account_for(data: Path) -> Account:
    """The account that fits this data folder: its owner's if it exists, else the best this machine offers."""
    me = os.geteuid()
    owner = data.stat().st_uid if data.exists() else None
    if me != 0:
        if owner not in {None, me}:
            raise NotOursError(f"{data} belongs to another user. Run as that user, or set CONCORD_DATA_DIR.")
        return Account()
    if owner:
        return _account(owner)
    if _can_unshare():
        # A user namespace: no account, no chown; to the system the files and the process stay root's.
        return Account(prefix=(_unshare(), *_UNSHARE))
    if owner is None:
        return _account(_NOBODY)
    raise EmbeddedError(
        "This machine allows no user namespaces, and PostgreSQL refuses to run as root. "
        "Run as an ordinary user, or set DATABASE_URL to a PostgreSQL 18 server."
    )


def _account(uid: int) -> Account:
    try:
        return Account(uid=uid, gid=pwd.getpwuid(uid).pw_gid)
    except KeyError:
        return Account(uid=uid, gid=uid)


def _unshare() -> str:
    return shutil.which("unshare") or ""


@functools.cache
def _can_unshare() -> bool:
    if not _unshare():
        return False
    command = [_unshare(), *_UNSHARE, "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - fixed words
