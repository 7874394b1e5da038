"""Market data beside the checkout."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data(repository_root) -> Path:
    """The folder of real prices; tests that ask are skipped where there is none."""
    folder = repository_root.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real market data at {folder}")
    return folder
