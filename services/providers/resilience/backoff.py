"""Calls again what may succeed the next time, after growing pauses."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from services.ports import Clock
from services.providers.resilience.faults import FaultKind, ProviderFault

T = TypeVar("T")
Sleep = Callable[[float], None]

DELAYS_S = (1.0, 2.0, 4.0)
# Where the vendor refuses for the number of requests and does not say for how long.
RATE_LIMIT_DELAYS_S = (15.0, 30.0, 60.0)
LONGEST_WAIT_S = 300.0  # a vendor that asks for more is not waited for: its circuit opens instead
_JITTER = 0.25


class Backoff:
    """Retries with jitter. Threads share it, and where the vendor asks one of them to wait, all wait."""

    def __init__(self, clock: Clock, sleep: Sleep, generator: np.random.Generator) -> None:
        self._clock = clock
        self._sleep = sleep
        self._generator = generator
        self._lock = threading.Lock()
        self._not_before: datetime | None = None

    def call(self, attempt: Callable[[], T], *, n_retries: int = len(DELAYS_S)) -> T:
        """Return what ``attempt`` returns, the first time or a later one.

        Raises
        ------
        ProviderFault
            Of the last attempt.
        """

        def attempt_when_allowed() -> T:
            self._wait_for_vendor()
            return attempt()

        retrying = Retrying(
            stop=stop_after_attempt(1 + n_retries),
            wait=self._pause_s,
            retry=retry_if_exception(_may_pass),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(attempt_when_allowed)

    def _pause_s(self, state: RetryCallState) -> float:
        fault = state.outcome.exception() if state.outcome else None
        at = min(state.attempt_number, len(DELAYS_S)) - 1
        with self._lock:
            factor = 1.0 + _JITTER * float(self._generator.random())
        if not (isinstance(fault, ProviderFault) and fault.kind is FaultKind.RATE_LIMITED):
            return DELAYS_S[at] * factor
        asked_s = RATE_LIMIT_DELAYS_S[at] if fault.retry_after_s is None else fault.retry_after_s
        with self._lock:
            until = self._clock.now() + timedelta(seconds=asked_s)
            self._not_before = max(until, self._not_before or until)
        return asked_s + factor - 1.0

    def _wait_for_vendor(self) -> None:
        with self._lock:
            left = (self._not_before - self._clock.now()).total_seconds() if self._not_before else 0.0
        if left > 0.0:
            self._sleep(left)


def _may_pass(error: BaseException) -> bool:
    if not isinstance(error, ProviderFault):
        return False
    return error.may_pass and (error.retry_after_s or 0.0) <= LONGEST_WAIT_S
