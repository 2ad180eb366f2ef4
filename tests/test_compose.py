"""What can be said of docker-compose.yml without Docker: not the image build, volumes and networks."""

import re
from typing import Any

import pytest
import yaml

from tests.paths import REPOSITORY

TEXT = (REPOSITORY / "docker-compose.yml").read_text("utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}
# ${NAME}, ${NAME:-default} and ${NAME:?message}
VARIABLES = re.findall(r"\$\{(\w+)(?::?([-?])([^}]*))?\}", TEXT)
EXAMPLE = dict(
    line.split("=", 1)
    for line in (REPOSITORY / ".env.example").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")


def read_by_the_code() -> str:
    files = [REPOSITORY / "config" / "settings.py", *(REPOSITORY / "core" / "embedded").glob("*.py")]
    return "\n".join(file.read_text("utf-8") for file in files)


def test_the_whole_system_is_there() -> None:
    assert {"postgres", "redis", "web", "worker-pulse", "worker-work", "beat"} == set(SERVICES)
    assert {"web", "worker-pulse", "worker-work", "beat"} == OURS


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_watched_and_restarted(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", SERVICES)
def test_each_image_is_tagged(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].partition(":")
    assert tag
    assert "latest" not in tag


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_variable_passed_is_one_that_is_read(name: str) -> None:
    code = read_by_the_code()
    assert [key for key in SERVICES[name]["environment"] if f'"{key}"' not in code] == []


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_service_runs_as_production_on_the_real_stores(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert environment["CONCORD_ENV"] == "production"
    assert "@postgres:5432/" in environment["DATABASE_URL"]
    assert environment["REDIS_URL"].startswith("redis://redis:")


def test_no_secret_works_by_default() -> None:
    secrets = [(name, kind) for name, kind, _ in VARIABLES if SECRET.search(name) and "FALLBACKS" not in name]
    assert secrets
    assert {kind for _, kind in secrets} == {"?"}
    assert {value for name, value in EXAMPLE.items() if SECRET.search(name)} == {""}


def test_the_example_names_every_variable() -> None:
    assert {name for name, _, _ in VARIABLES} == set(EXAMPLE)


def test_only_the_web_service_is_reachable_and_only_from_this_machine() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"web"}
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_texts_sort_as_in_the_embedded_database() -> None:
    arguments = SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]
    launcher = (REPOSITORY / "core" / "embedded" / "postgres.py").read_text("utf-8")
    for argument in arguments.split():
        assert f'"{argument}"' in launcher


def test_the_queue_is_kept_and_never_evicted() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_exactly_one_beat_and_both_queues() -> None:
    commands = {name: " ".join(SERVICES[name]["command"]) for name in OURS - {"web"}}
    assert "-Q pulse" in commands["worker-pulse"]
    assert "-Q work" in commands["worker-work"]
    assert [name for name, command in commands.items() if " beat " in command or " -B" in command] == ["beat"]
