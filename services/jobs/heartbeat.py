"""A running job's sign of life, its progress, and the request to stop."""

import logging
import threading
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from models.domain.errors import DatabaseUnavailableError, FencedError, JobCancelledError
from services.ports import Clock
from services.storage.unit_of_work import Fence, SqlUnitOfWork

logger = logging.getLogger(__name__)
_SECONDS = 0.5


class Heartbeat:
    """Writes progress twice a second from a thread of its own; is the ``Progress`` that a job reports to."""

    def __init__(self, engine: Engine, clock: Clock, fence: Fence) -> None:
        self._engine = engine
        self._clock = clock
        self._fence = fence
        self._progress = (0, 0, "")
        self._stop_reason: Exception | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{fence.run_id}", daemon=True)

    def __call__(self, done: int, total: int, message: str) -> None:
        """Report progress; raises what should end the job."""
        self._progress = (done, total, message)
        if self._stop_reason is not None:
            raise self._stop_reason

    @property
    def progress(self) -> tuple[int, int, str]:
        """Return what was reported last."""
        return self._progress

    def __enter__(self) -> Self:
        """Begin to beat."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop beating."""
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(_SECONDS):
            try:
                with SqlUnitOfWork(self._engine, self._clock) as work:
                    asked_to_stop = work.jobs.beat(
                        self._fence.run_id, self._fence.token, self._clock.now(), self._progress
                    )
                    work.commit()
            except FencedError as error:
                self._stop_reason = error
                return
            except DatabaseUnavailableError as error:
                logger.warning("run %d: no heartbeat: %s", self._fence.run_id, error)
                continue
            if asked_to_stop:
                self._stop_reason = JobCancelledError("stopped on request; nothing half-done was kept")
