"""One whole installation for the browser and API tests of this folder."""

import pytest

from tests.live import Installation


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    running = Installation(tmp_path_factory.mktemp("installation") / "data").start()
    yield running
    running.stop()
