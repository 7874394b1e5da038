"""A running job's sign of life, its progress, and the request to stop."""

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from models.domain.errors import DatabaseUnavailableError, FencedError, JobCancelledError
from models.domain.jobs import JobProgress
from services.ports import Clock
from services.storage.unit_of_work import Fence, SqlUnitOfWork

logger = logging.getLogger(__name__)
_SECONDS = 0.5


class Heartbeat:
    """Writes progress twice a second from a thread of its own; is the ``Progress`` that a job reports to."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        fence: Fence,
        on_beat: Callable[[JobProgress], None] | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._fence = fence
        self._on_beat = on_beat
        self._progress = JobProgress()
        self._stop_reason: Exception | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{fence.run_id}", daemon=True)

    def __call__(self, done: int, total: int, message: str) -> None:
        """Report progress; raises what should end the job."""
        last = self._progress
        same_step = (total, message) == (last.total, last.message) and done >= last.done
        since = last.since if same_step and last.since else self._clock.now()
        self._progress = JobProgress(done, total, message, since)
        if self._stop_reason is not None:
            raise self._stop_reason

    @property
    def progress(self) -> JobProgress:
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
            if self._on_beat is not None:
                self._on_beat(self._progress)
            try:
                with SqlUnitOfWork(self._engine) as work:
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
