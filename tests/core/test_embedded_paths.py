"""The secret key and the questions about processes: what needs no server."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.embedded import env, paths, processes


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONCORD_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_the_secret_key_is_made_once_and_is_private(data: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: paths.secret_key(), range(16)))
    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    assert [file.name for file in data.iterdir()] == ["secret_key"]


def test_two_installations_have_different_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = set()
    for name in ("one", "two"):
        monkeypatch.setenv("CONCORD_DATA_DIR", str(tmp_path / name))
        keys.add(paths.secret_key())
    assert len(keys) == 2


def test_a_zombie_is_not_alive() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not processes.is_alive(process.pid)
    process.wait()
    assert not processes.is_alive(process.pid)
    assert processes.is_alive(os.getpid())


def test_services_named_in_the_environment_are_not_embedded(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REDIS_URL", "CONCORD_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    assert not env.uses_embedded_database()
    assert set(env.services_env()) == {"REDIS_URL"}
