"""Run all test runners, or those named (python, frontend, types, faults, e2e), and add up what they counted.

The last line is always `N passed, N failed, N skipped`. The exit code is 1 if a test failed, or a runner did.
"""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import toolbox
from toolbox import PYTHON, ROOT, say

_A_HANG = "300"


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: list = field(default_factory=list)

    def __add__(self, other):
        return Count(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.reasons + other.reasons,
        )

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def main():
    wanted = sys.argv[1:] or list(RUNNERS)
    total = Count()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for name in wanted:
            say(f"--- {name}")
            count = RUNNERS[name](Path(folder) / name)
            say(f"--- {name}: {count}")
            total += count
    if total.reasons:
        say("skipped:")
        for reason in sorted(set(total.reasons)):
            say(f"  {total.reasons.count(reason)} x {reason}")
    say(str(total))
    return 1 if total.failed or not total.passed else 0


def python_tests(report):
    # The tests that need no database run beside those that mostly wait for it, with a data folder of their own.
    alone, folder = "not e2e and not faults", {"CONCORD_DATA_DIR": str(report.with_name("data"))}
    with ThreadPoolExecutor() as beside:
        unit = beside.submit(pytest, report.with_name("unit"), "-m", f"unit and {alone}", env=folder)
        return pytest(report, "-m", f"not unit and {alone}") + unit.result()


def fault_tests(report):
    # Each kills the parts of an installation of its own: nothing else runs beside them.
    return pytest(report, "-m", "faults")


def browser_tests(report):
    # Playwright keeps an event loop in the thread; Django must not mistake that for asynchronous code.
    return pytest(report, "-m", "e2e", env={"DJANGO_ALLOW_ASYNC_UNSAFE": "true"})


def pytest(report, *arguments, env=None):
    command = [PYTHON, "-m", "pytest", "-q", f"--junit-xml={report}", "-o", f"faulthandler_timeout={_A_HANG}"]
    code = call([*command, *arguments], {**os.environ, **(env or {})})
    if not report.exists():
        return Count(failed=1)
    count = read_junit(report)
    nothing_found = code == 5
    if code and not count.failed and not nothing_found:
        count.failed = 1
    return count


def read_junit(report):
    count = Count()
    for case in ET.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
        elif skipped is not None:
            count.skipped += 1
            count.reasons.append(skipped.get("message") or "no reason given")
        else:
            count.passed += 1
    return count


def frontend_tests(report):
    command = ["npx", "--no-install", "vitest", "run", "--reporter=default", "--reporter=json"]
    code = call([*command, f"--outputFile.json={report}"], toolbox.node_environment())
    if not report.exists():
        return Count(failed=1)
    found = json.loads(report.read_text("utf-8"))
    skipped = found["numPendingTests"] + found["numTodoTests"]
    count = Count(found["numPassedTests"], found["numFailedTests"], skipped)
    count.reasons = ["skipped by a front-end test"] * count.skipped
    if code and not count.failed:
        count.failed = 1
    return count


def type_check(_report):
    code = call(["npx", "--no-install", "tsc", "--noEmit"], toolbox.node_environment())
    return Count(failed=1) if code else Count(passed=1)


def call(command, env):
    return subprocess.call([str(part) for part in command], cwd=str(ROOT), env=env, stdin=subprocess.DEVNULL)


RUNNERS = {
    "python": python_tests,
    "frontend": frontend_tests,
    "types": type_check,
    "faults": fault_tests,
    "e2e": browser_tests,
}

if __name__ == "__main__":
    sys.exit(main())
