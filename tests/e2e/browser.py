"""People in a real Chromium, each with a browser context of his own."""

import re
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

PASSWORD = "a long enough password 1"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip


@contextmanager
def chromium():
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


class Person:
    """One person's browser: pages, and the errors that the console showed."""

    def __init__(self, browser, base_url, *, size=(1280, 800), **more):
        self.base_url = base_url
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, base_url=base_url, accept_downloads=True, **more
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.errors: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))

    def join(self, link, name):
        """Open an invitation and make the account."""
        self.page.goto(link)
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Make my account").click()
        self.page.wait_for_url(f"{self.base_url}/")
        return self

    def token(self, *scopes):
        """Make an API token on the page and read it, this once."""
        self.page.goto("/tokens/")
        self.page.get_by_label("What is the token for?").fill("browser test")
        for scope in scopes:
            self.page.get_by_label(scope, exact=True).check()
        self.page.get_by_role("button", name="Make the token").click()
        return self.page.locator("#token-secret").inner_text()

    def text(self):
        return re.sub(r"\s+", " ", self.page.locator("main").inner_text())
