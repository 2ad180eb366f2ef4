"""The embedded servers: started by whoever comes first, stopped by the last, up again after any kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from core.embedded import paths, postgres, processes, valkey
from core.embedded.errors import NotOursError

pytestmark = pytest.mark.integration

CLUSTER = "pgtest"
# Holds both services until its standard input closes.
HOLDER = """
import sys
from core.embedded import postgres, valkey
postgres.ensure("pgtest"); valkey.ensure(); print("held", flush=True); sys.stdin.read()
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "a folder with spaces"
    monkeypatch.setenv("CONCORD_DATA_DIR", str(folder))
    yield folder
    postgres.stop(CLUSTER)
    valkey.stop()


def connect(cluster: str = CLUSTER) -> psycopg.Connection:
    params = postgres.ensure(cluster)
    return psycopg.connect(host=params.host, port=params.port, user=params.user, dbname=params.dbname)


def postmaster(cluster: str = CLUSTER) -> int:
    pid = postgres.cluster_of(cluster).running_pid()
    assert pid is not None
    return pid


def holder() -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        cwd=paths.REPO_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_addresses_are_known_before_anything_starts(data: Path) -> None:
    inside = str(data / CLUSTER / "socket")
    assert postgres.socket_dir(CLUSTER) == inside or len(inside) >= 85
    assert paths.broker_url().startswith("redis+socket:///")
    assert " " not in paths.broker_url()
    assert not data.exists()


def test_postgres_starts_set_up_as_needed(data: Path) -> None:
    with connect() as connection:
        row = connection.execute(
            "select datlocprovider, datlocale, pg_encoding_to_char(encoding), uuidv7() is not null,"
            " current_setting('listen_addresses'), current_setting('fsync'),"
            " current_setting('max_connections')"
            " from pg_database where datname = current_database()"
        ).fetchone()
    assert row == ("b", "C.UTF-8", "UTF8", True, "", "off", "200")


def test_main_cluster_keeps_what_was_committed_over_kill_9(data: Path) -> None:
    with connect("pg") as connection:
        assert connection.execute("show fsync").fetchone() == ("on",)
        assert connection.execute("show synchronous_commit").fetchone() == ("on",)
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (7)")
        connection.commit()
    killed = postmaster("pg")
    # The process that started it keeps the dead postmaster as a zombie, with its lock files in place.
    children = Path(f"/proc/{killed}/task/{killed}/children").read_text().split()
    for pid in [killed, *map(int, children)]:
        os.kill(pid, signal.SIGKILL)
    postgres.cluster_of("pg")._seen_alive = 0.0
    with connect("pg") as connection:
        assert connection.execute("select n from kept").fetchone() == (7,)
    assert postmaster("pg") != killed
    postgres.stop("pg")


def test_a_reused_process_number_is_not_taken_for_the_server(data: Path) -> None:
    cluster = postgres.cluster_of(CLUSTER)
    cluster.ensure()
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert cluster.running_pid() is None
    with connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_the_last_of_two_processes_stops_the_servers(data: Path) -> None:
    first = holder()
    server, broker = postmaster(), valkey.server().running_pid()
    second = holder()
    assert postmaster() == server
    first.communicate()
    assert processes.is_alive(server)
    assert redis.from_url(valkey.client_url()).ping()
    second.communicate()
    assert broker is not None
    assert not processes.is_alive(server)
    assert not processes.is_alive(broker)


def test_a_killed_holder_does_not_keep_the_servers_alive(data: Path) -> None:
    killed, last = holder(), holder()
    server = postmaster()
    killed.kill()
    killed.communicate()
    last.communicate()
    assert not processes.is_alive(server)


def test_a_forked_child_does_not_stop_its_parents_server(data: Path) -> None:
    with connect():
        pass
    child = os.fork()
    if child == 0:
        postgres.release(CLUSTER)
        os._exit(0)
    os.waitpid(child, 0)
    assert processes.is_alive(postmaster())


def test_valkey_keeps_its_queue_over_kill_9(data: Path) -> None:
    valkey.ensure()
    client = redis.from_url(valkey.client_url())
    client.rpush("queue", "message")
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    wait_until(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0)
    client.close()
    killed = valkey.server().running_pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    valkey.server()._seen_alive = 0.0
    valkey.ensure()
    client = redis.from_url(valkey.client_url())
    assert client.lrange("queue", 0, -1) == [b"message"]
    client.close()


def test_long_paths_put_the_socket_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCORD_DATA_DIR", str(tmp_path / ("long" * 25)))
    try:
        with connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert len(postgres.socket_dir(CLUSTER)) < 85
    finally:
        postgres.stop(CLUSTER)
        for file in paths.socket_dir(CLUSTER).iterdir():
            file.unlink()
        paths.socket_dir(CLUSTER).rmdir()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = tmp_path / "link"
    link.symlink_to(elsewhere)
    monkeypatch.setattr(paths, "socket_dir", lambda _name: link)
    with pytest.raises(NotOursError, match="another user"):
        paths.make_socket_dir(CLUSTER)
