"""Where the embedded services keep things. Pure of Django; imported by the settings, so it starts nothing."""

import hashlib
import os
import secrets
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote

from core.embedded.errors import NotOursError

REPO_ROOT = Path(__file__).resolve().parents[2]
# A socket address holds at most 107 bytes (103 on macOS), and the servers add a file name to the folder.
_SOCKET_DIR_LIMIT = 85
_KEY_BYTES = 48


def data_dir() -> Path:
    """The folder of everything that is kept between runs: `var/`, or where `CONCORD_DATA_DIR` says."""
    named = os.environ.get("CONCORD_DATA_DIR", "")
    return (Path(named).expanduser() if named else REPO_ROOT / "var").resolve()


def make_private(folder: Path) -> Path:
    """Make a folder that only its owner can enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def socket_dir(name: str) -> Path:
    """The folder of one server's socket: the same for the same data folder, whether it runs or not."""
    inside = data_dir() / name / "socket"
    if len(os.fsencode(inside)) < _SOCKET_DIR_LIMIT:
        return inside
    digest = hashlib.sha256(os.fsencode(inside)).hexdigest()[:16]
    # Not tempfile.gettempdir(): that follows TMPDIR, and two processes must agree.
    shared = Path("/tmp")  # noqa: S108 - the folder in it is checked by make_socket_dir
    return (shared if shared.is_dir() else Path(tempfile.gettempdir())) / f"concord-{digest}"


def make_socket_dir(name: str) -> Path:
    """Make the socket folder, and refuse one that somebody else has put there."""
    folder = make_private(socket_dir(name))
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or os.geteuid() not in {0, found.st_uid}:
        raise NotOursError(f"{folder} belongs to another user. Remove it, or set CONCORD_DATA_DIR.")
    if os.geteuid() == found.st_uid:
        folder.chmod(0o700)
    return folder


def valkey_socket() -> Path:
    return socket_dir("valkey") / "valkey.sock"


def broker_url() -> str:
    """What Celery connects to."""
    return f"redis+socket://{quote(str(valkey_socket()))}"


def client_url() -> str:
    """What `redis.from_url` connects to."""
    return f"unix://{quote(str(valkey_socket()))}"


def secret_key() -> str:
    """This installation's own secret key: made once, readable by its owner only."""
    file = data_dir() / "secret_key"
    try:
        return file.read_text("ascii")
    except FileNotFoundError:
        make_private(file.parent)
    handle, name = tempfile.mkstemp(prefix=".secret_key.", dir=file.parent)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(secrets.token_urlsafe(_KEY_BYTES))
        out.flush()
        os.fsync(out.fileno())
    try:
        # link() refuses an existing name: of two processes that start at once, one key wins.
        os.link(name, file)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
    return file.read_text("ascii")
