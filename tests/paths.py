"""Where shared reference material lies: beside the repository, and absent in a plain checkout."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"


def shared(*parts: str) -> Path:
    """A file of the shared material; skips the test with a reason if it is not there."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the shared file {'/'.join(parts)} is not beside this checkout")
    return path
