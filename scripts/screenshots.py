"""Take the screenshots of the README from the running demo: `make screenshots`."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "screenshots"
PROJECT = "/p/support-tickets/"
PASSWORD = "concord demo 2026"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic",
]  # fmt: skip
SHOTS = [
    # name, who, address, wide or narrow, light or dark
    ("label", "annotator", f"{PROJECT}label/", "wide", "light"),
    ("label-phone", "annotator", f"{PROJECT}label/", "narrow", "dark"),
    ("agreement", "manager", f"{PROJECT}agreement/?question=category", "wide", "light"),
    ("agreement-dark", "manager", f"{PROJECT}agreement/?question=category", "wide", "dark"),
    ("cases", "adjudicator", f"{PROJECT}cases/", "wide", "light"),
    ("guideline", "manager", f"{PROJECT}guideline/", "wide", "light"),
    ("guideline-compare", "manager", f"{PROJECT}guideline/compare/?from=1&to=2", "wide", "light"),
    ("releases", "consumer", f"{PROJECT}releases/", "wide", "light"),
    ("release", "consumer", f"{PROJECT}releases/1.0.0/", "wide", "light"),
    ("release-blocked", "manager", f"{PROJECT}releases/0.1.0/", "wide", "light"),
    ("reviews", "manager", f"{PROJECT}reviews/", "wide", "light"),
    ("overview", "manager", PROJECT, "wide", "light"),
    ("home", "manager", "/", "wide", "light"),
]
SIZES = {"wide": (1280, 800), "narrow": (390, 844)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_demo(port: int) -> subprocess.Popen[str]:
    environment = dict(os.environ) | {"PORT": str(port)}
    environment.setdefault("CONCORD_DATA_DIR", str(ROOT / "var" / "screenshots"))
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 180
    for line in process.stdout or ():
        print(line, end="")
        if "Stop with Ctrl-C" in line:
            return process
        if time.monotonic() > until:
            break
    raise SystemExit("the demo did not come up")


def sign_in(page: Page, base: str, who: str) -> None:
    page.goto(f"{base}/accounts/login/")
    page.fill("input[name=login]", f"{who}@demo.example")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{base}/")


def main() -> None:
    chosen = set(sys.argv[1:])
    OUT.mkdir(parents=True, exist_ok=True)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    demo = start_demo(port)
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            for name, who, address, size, theme in SHOTS:
                if chosen and name not in chosen:
                    continue
                width, height = SIZES[size]
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
                )
                page = context.new_page()
                sign_in(page, base, who)
                page.goto(base + address)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=OUT / f"{name}.png")
                context.close()
                print(f"docs/screenshots/{name}.png")
            browser.close()
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(30)


if __name__ == "__main__":
    main()
