"""What the demo prints: the main job run through the real workers, and where to look."""

import json
import time
import urllib.request
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from events.actor import Actor
from home.demo import people
from home.demo.guideline import QUESTION
from home.demo.story import SLICES, SLUG
from projects import services as projects

PATIENCE = 60.0


class Api:
    """A training team's view: a token and HTTP, nothing else."""

    def __init__(self, base_url: str, token: str) -> None:
        self.base, self.token = f"{base_url}/api/v1", token

    def call(self, method: str, path: str, body: Any = None) -> Any:
        url = path if path.startswith("http") else f"{self.base}{path.removeprefix('/api/v1')}"
        request = urllib.request.Request(  # noqa: S310  # the address of our own server
            url,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": uuid4().hex,
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # as above
            return json.loads(answer.read() or b"null")

    def wait(self, path: str) -> Any:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            body = self.call("GET", path)
            if body["state"] in {"done", "failed", "cancelled"}:
                return body
            time.sleep(0.2)
        raise TimeoutError(f"{path} did not end within {PATIENCE:.0f} s")


def _score(value: Any) -> str:
    if value["value"] is None:
        return f"withheld ({value['undefined']})"
    return f"{value['value']:.3f} [{value['ci_low']:.3f}, {value['ci_high']:.3f}], {value['n_items']} items"


def main_job(base_url: str) -> str:
    """Agreement of both guideline versions, computed by the worker and read over REST."""
    manager = User.objects.get(email=people.MANAGER[0])
    _, secret = projects.create_token(
        by=Actor(manager, "demo"), name="demo run", scopes=["agreement:read", "releases:read"], now=timezone.now(),
        projects=[SLUG], expires_at=timezone.now() + timedelta(minutes=10),
    )  # fmt: skip
    api = Api(base_url, secret)
    lines = ["", "Krippendorff's alpha, computed by the worker just now:"]
    for version in (1, 2):
        job = api.call("POST", f"/projects/{SLUG}/agreement-runs", {"question": QUESTION, "guideline_version": version})
        done = api.wait(f"/agreement-runs/{job['id']}")
        lines.append(f"  guideline version {version}: {_score(done['scores'][0])}")
    for name in SLICES:
        job = api.call("POST", f"/projects/{SLUG}/agreement-runs", {"question": QUESTION, "slice": name})
        done = api.wait(f"/agreement-runs/{job['id']}")
        lines.append(f"  slice “{name}”: {_score(done['scores'][0])}")
    # The newest run is what pages about people and parts show: one over everything.
    job = api.call("POST", f"/projects/{SLUG}/agreement-runs", {})
    first = api.wait(f"/agreement-runs/{job['id']}")["scores"][0]
    lines.append(f"  everything: {_score(first)}; the target is {first['verdict'].replace('_', ' ')}")
    for release in api.call("GET", f"/projects/{SLUG}/releases")["results"]:
        gates = ", ".join(f"{g['name']} {g['result']}" for g in release["gates"])
        lines.append(f"  release {release['version']}: {release['state']} ({gates})")
    return "\n".join(lines)


def welcome(base_url: str) -> str:
    rows = [
        ("manager", people.MANAGER[0], f"/p/{SLUG}/agreement/", "did version 2 help? see the interval"),
        ("annotator", people.HABITS[0].email, f"/p/{SLUG}/label/", "label tickets with the keys 1 to 5 and Enter"),
        ("adjudicator", people.ADJUDICATOR[0], f"/p/{SLUG}/cases/", "decide the open cases"),
        ("consumer", people.CONSUMER[0], f"/p/{SLUG}/releases/", "see why 0.1.0 is blocked, pull 1.0.0"),
    ]
    lines = ["", f"Concord runs at {base_url}", f"Sign in with the password: {people.PASSWORD}", ""]
    lines += [f"  {role:<12} {email:<28} {base_url}{path}  {what}" for role, email, path, what in rows]
    return "\n".join([*lines, "", "Stop with Ctrl-C."])
