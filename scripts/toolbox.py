"""What the scripts share. Only the standard library; it must be readable by any Python 3."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_AT_LEAST = 20
_APT_ENV = {
    "DEBIAN_FRONTEND": "noninteractive",
    # Debian's scripts start no service of a package installed in "runlevel 1".
    "RUNLEVEL": "1",
}


def say(message):
    print(message, flush=True)


def give_up(message):
    print(message, file=sys.stderr, flush=True)
    sys.exit(1)


def run(command, **options):
    """Run a program; end with its exit code if it fails."""
    code = subprocess.call([str(part) for part in command], cwd=str(ROOT), **options)
    if code:
        give_up(f"Failed ({code}): {' '.join(str(part) for part in command)}")


def works(command):
    """Whether a program runs and ends well."""
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, check=False)
        return done.returncode == 0
    except OSError:
        return False


def digest(*files):
    """One hash over the names and contents of files."""
    whole = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        whole.update(f"{file.relative_to(ROOT)} {len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()


def is_done(stamp, key):
    return stamp.is_file() and stamp.read_text("ascii") == key


def mark_done(stamp, key):
    stamp.write_text(key, "ascii")


def may_use_apt():
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*packages):
    """Install Debian packages. Whether it went well."""
    env = {**os.environ, **_APT_ENV}
    options = {"cwd": str(ROOT), "env": env, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    say(f"installing {' '.join(packages)} with apt")
    subprocess.call(["apt-get", "update", "-q"], **options)
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    return subprocess.call(command, **options) == 0


def node_environment():
    """The environment with node and npm on PATH, or None where there is no Node that is new enough."""
    if node_version() >= NODE_AT_LEAST and shutil.which("npm"):
        return dict(os.environ)
    folder = VENV / "node" / "bin"
    if not (folder / "node").exists():
        return None
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def node_version():
    try:
        done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
        return int(done.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError):
        return 0
