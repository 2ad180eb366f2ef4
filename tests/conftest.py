"""How every test runs: on the embedded test cluster, with settings for tests, without the outside world."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Before anything reads the settings.
_files = tempfile.mkdtemp(prefix="concord-test-files-")
atexit.register(shutil.rmtree, _files, ignore_errors=True)
os.environ["CONCORD_ENV"] = "test"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["CONCORD_FILES_DIR"] = _files
os.environ.setdefault("CONCORD_CLUSTER", "pgtest")

import django  # noqa: E402 - the environment comes first
import pytest  # noqa: E402
import pytest_socket  # noqa: E402

django.setup()

import hypothesis  # noqa: E402 - after the environment, like the rest
from django.test import TransactionTestCase  # noqa: E402 - needs settings

# `make test-unit` answers in seconds; the whole suite looks at the usual hundred examples a property.
hypothesis.settings.register_profile("quick", max_examples=25, deadline=None)

_HERE = Path(__file__).resolve().parent
_DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
_BY_FOLDER = {"e2e", "concurrency", "faults"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by what it needs, so that `-m unit` is everything that runs without a database."""
    for item in items:
        if not item.path.is_relative_to(_HERE):
            continue
        kind = item.path.relative_to(_HERE).parts[0]
        if kind in _BY_FOLDER:
            item.add_marker(kind)
        elif _needs_database(item):
            item.add_marker("integration")
        elif not any(item.iter_markers("integration")):
            item.add_marker("unit")


def _needs_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("django_db") is not None:
        return True
    owner = getattr(item, "cls", None)
    if owner is not None and issubclass(owner, TransactionTestCase):
        return True
    return not _DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_runtest_setup() -> None:
    """No test talks to anything but this machine."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
