"""Which services are embedded: those whose address the environment does not name."""

import os

from core.embedded import paths, postgres


def uses_embedded_database() -> bool:
    return not os.environ.get("DATABASE_URL")


def uses_embedded_broker() -> bool:
    return not (os.environ.get("REDIS_URL") or os.environ.get("CONCORD_BROKER_URL"))


def services_env(cluster: str = "pg") -> dict[str, str]:
    """The addresses for a program outside Django, such as a benchmark. Starts nothing."""
    found: dict[str, str] = {}
    if uses_embedded_database():
        found["DATABASE_URL"] = postgres.ConnectionParams(host=postgres.socket_dir(cluster)).url()
    if uses_embedded_broker():
        found["REDIS_URL"] = paths.broker_url()
    return found
