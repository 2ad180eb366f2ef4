"""A whole installation under test: `manage.py up` with a data folder of its own, real workers, real HTTP."""

import contextlib
import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Answer:
    def __init__(self, status: int, headers: Any, data: bytes) -> None:
        self.status, self.headers, self.data = status, headers, data

    def json(self) -> Any:
        return json.loads(self.data)


class Api:
    """HTTP with one token, as an outside program would speak it."""

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url, self.token = base_url, token

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, timeout: float = 30, **headers: str
    ) -> Answer:
        url = path if path.startswith("http") else f"{self.base_url}/api/v1{path}"
        sent = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or uuid.uuid4().hex}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(url, data=data, method=method, headers=sent)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = self.call(method, path, body, **more)
        assert 200 <= answer.status < 300, (answer.status, answer.data[:600])
        return json.loads(answer.data) if answer.data else None

    def upload(self, path: str, file: Path, **fields: str) -> Any:
        """POST a multipart form with one file."""
        mark = uuid.uuid4().hex
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        parts.append(
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
            + file.read_bytes()
            + b"\r\n"
        )
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        return self.ok("POST", path, body, Content_Type=f"multipart/form-data; boundary={mark}")

    def wait(self, path: str, patience: float = 90) -> Any:
        """Poll a job until it has ended."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            body = self.ok("GET", path)
            if body["state"] in {"done", "failed", "cancelled"}:
                return body
            time.sleep(0.3)
        raise AssertionError(f"{path} did not end within {patience} s: {body}")


class Installation:
    """One `manage.py up`. `kill` names a part: web, worker-pulse, worker-work, database, broker, everything."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data, self.port, self.more = data, free_port(), environment
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CONCORD_")}
        for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
            kept.pop(name, None)
        return kept | {"CONCORD_DATA_DIR": str(self.data), "PORT": str(self.port), "CONCORD_RATE": "0"} | self.more

    def start(self, command: str = "up") -> "Installation":
        self.data.mkdir(parents=True, exist_ok=True)
        told = self.data / f"{command}.out"
        with told.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", command], cwd=ROOT, env=self.environment(), stdout=log, stderr=log,
            )  # fmt: skip
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if f"ready {self.base_url}" in told.read_text():
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.stop()
        raise AssertionError(f"it did not come up:\n{told.read_text()[-3000:]}")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def manage(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment(), capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    def seed(self, **sizes: Any) -> dict[str, Any]:
        arguments = [f"--{name}={value}" for name, value in sizes.items()]
        made: dict[str, Any] = json.loads(self.manage("seed", "--json", *arguments).strip().splitlines()[-1])
        return made

    def api(self, token: str) -> Api:
        return Api(self.base_url, token)

    def invite(self, email: str, *flags: str) -> str:
        out = self.manage("invite", "--email", email, "--base-url", self.base_url, *flags)
        found = re.search(r"http\S+", out)
        assert found, out
        return found.group()

    # --- faults -------------------------------------------------------------------------------------------------

    def pids(self, part: str) -> list[int]:
        """The processes of one part, children included; only ever those of this installation."""
        if part == "everything":
            parts = ["web", "worker-pulse", "worker-work", "database", "broker"]
            return [pid for one in parts for pid in self.pids(one)]
        file = {
            "database": self.data / "pg" / "data" / "postmaster.pid", "broker": self.data / "valkey" / "valkey.pid",
        }.get(part, self.data / "run" / f"{part}.pid")  # fmt: skip
        first = (file.read_text().split() if file.exists() else []) or ["0"]
        return _family(int(first[0])) if self._is_ours(int(first[0])) else []

    def _is_ours(self, pid: int) -> bool:
        """The number in a file may be somebody else's by now; our processes name our folder."""
        with contextlib.suppress(OSError):
            told = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
            words = told.replace(b"=", b"\0").split(b"\0")
            folder = str(self.data).encode()
            return any(word == folder or word.startswith(folder + b"/") for word in words)
        return False

    def kill(self, part: str) -> None:
        for pid in self.pids(part):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def is_live(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base_url}/healthz", timeout=3) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def _family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        tasks = Path(f"/proc/{parent}/task")
        if not tasks.is_dir():
            continue
        for task in tasks.iterdir():
            with contextlib.suppress(OSError):
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def join(installation: Installation, email: str, name: str, password: str, *flags: str) -> Api:
    """Make an account by its invitation link as a browser would, and a token for it. Returns its API."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    link = installation.invite(email, *flags)
    page = browser.open(link, timeout=30).read().decode()
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert csrf, page[:500]
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": csrf.group(1), "name": name, "password": password})
    browser.open(link, data=form.encode(), timeout=30).read()
    cookie = next(c.value for c in jar if c.name.endswith("csrftoken"))
    scopes = ["projects:manage", "members:manage", "items:read", "items:write", "annotations:read", "agreement:read",
              "adjudications:read", "guidelines:read", "guidelines:publish", "reviews:write", "contracts:write",
              "releases:read", "releases:publish", "audit:read", "annotators:identify"]  # fmt: skip
    request = urllib.request.Request(
        f"{installation.base_url}/api/v1/tokens", method="POST",
        data=json.dumps({"name": "test", "scopes": scopes}).encode(),
        headers={"Content-Type": "application/json", "X-CSRFToken": cookie or "", "Origin": installation.base_url},
    )  # fmt: skip
    return installation.api(json.loads(browser.open(request, timeout=30).read())["token"])
