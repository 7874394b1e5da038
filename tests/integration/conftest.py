"""For tests of whatever a thread or another process does."""

from collections.abc import Callable
from typing import Protocol

import pytest

from tests.patience import wait_until


class Eventually(Protocol):
    """Waits until something holds."""

    def __call__(self, holds: Callable[[], object], seconds: float = 15.0) -> None:
        """Fail where it does not within so many seconds."""


@pytest.fixture
def eventually() -> Eventually:
    """Return a function that waits until something holds."""

    def wait(holds: Callable[[], object], seconds: float = 15.0) -> None:
        wait_until(holds, seconds, "still not so")

    return wait
