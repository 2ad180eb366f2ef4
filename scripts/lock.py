"""Resolve all dependencies anew and write the lock files. No lock names the place packages came from."""

import re
import sys

import toolbox
from toolbox import PYTHON, ROOT, run

COMPILE = [PYTHON, "-m", "uv", "pip", "compile", "--universal", "--generate-hashes", "--no-emit-index-url"]
COMPILE += ["--no-header", "--python-version", "3.11", "-q", "--upgrade"]


def main():
    compile_lock("requirements")
    compile_lock("requirements-dev", "-c", "requirements.txt")
    compile_lock("requirements-node")
    pin = re.search(r"^uv==(?:.*\\\n)+.*\n", (ROOT / "requirements-dev.txt").read_text(), re.M)
    if pin is None:
        toolbox.give_up("requirements-dev.txt holds no pin of uv")
    note = "# The installer itself. Written by `make lock`: the same pin as in requirements-dev.txt.\n"
    (ROOT / "requirements-uv.txt").write_text(note + pin.group(0))
    run(["npm", "install", "--package-lock-only", "--ignore-scripts"], env=toolbox.node_environment())
    if '"resolved"' in (ROOT / "package-lock.json").read_text():
        toolbox.give_up("package-lock.json names where packages came from; see .npmrc")
    return 0


def compile_lock(name, *more):
    run([*COMPILE, f"{name}.in", "-o", f"{name}.txt", *more])


if __name__ == "__main__":
    sys.exit(main())
