"""All that can be said of the code without running its tests. Every check runs, then failures are named."""

import os
import secrets
import subprocess
import sys
import tempfile
import time

import toolbox
from toolbox import PYTHON, ROOT, say

_LAYERS = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


def main():
    failed = [name for name, command, env in checks() if not passes(name, command, env)]
    if not lock_is_clean():
        failed.append("package-lock.json")
    if failed:
        toolbox.give_up(f"failed: {', '.join(failed)}")
    say("all checks passed")


def checks():
    python = dict(os.environ)
    node = toolbox.node_environment()
    test = {**python, "CONCORD_ENV": "test"}
    manage = [PYTHON, "manage.py"]
    return [
        ("ruff check", [PYTHON, "-m", "ruff", "check", "."], python),
        ("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "."], python),
        ("mypy", [PYTHON, "-m", "mypy", "."], test),
        ("layers", [PYTHON, "-c", _LAYERS], test),
        ("templates", [PYTHON, "-m", "djlint", "templates", "--lint", "--quiet"], python),
        ("typescript", ["npx", "--no-install", "tsc", "--noEmit"], node),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], test),
        ("production", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production(python)),
        ("API document", [*manage, "openapi", "--check"], test),
    ]


def production(env):
    """Settings of a production site with throw-away values; nothing is contacted."""
    return {
        **env,
        "CONCORD_ENV": "production",
        "CONCORD_SECRET_KEY": secrets.token_urlsafe(64),
        "CONCORD_ALLOWED_HOSTS": "concord.example",
        "CONCORD_TRUSTED_ORIGINS": "https://concord.example",
        "CONCORD_DATA_DIR": tempfile.gettempdir(),
        "DATABASE_URL": "postgresql://concord@127.0.0.1:1/concord",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }


def passes(name, command, env):
    begun = time.monotonic()
    done = subprocess.run(
        [str(part) for part in command],
        cwd=str(ROOT),
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    say(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - begun:.1f} s)")
    if done.returncode:
        say(done.stdout.rstrip())
    return done.returncode == 0


def lock_is_clean():
    """No lock names the place packages came from: it would tie the project to one machine's mirror."""
    return '"resolved"' not in (ROOT / "package-lock.json").read_text("utf-8")


if __name__ == "__main__":
    sys.exit(main())
