"""Whether a job that is not on the clock should run now. Asked often: cheap, and recorded nowhere."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType

from models.domain.errors import ProviderUnavailableError
from models.domain.jobs import JobName, JobState
from models.domain.market import CircuitState, ProviderCircuit
from models.domain.settings import Settings
from services.ports import Clock, LiveFeed, UnitOfWork, UnitOfWorkFactory
from services.providers.registry import LIVE_PROVIDERS, open_provider
from services.providers.stored_history import StoredInDatabase
from services.quant.sessions import is_trading

_TRY_AGAIN_AFTER = timedelta(minutes=5)  # an open circuit's pause
_QUOTES_AFTER_CLOSE_MINUTES = 10  # one more, with the closing price
DueCheck = Callable[[LiveFeed, UnitOfWorkFactory], bool]


class DueChecks:
    """The checks of the jobs that have one, by name."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        open_source: Callable[[Settings, Clock], object] = open_provider,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._open_source = open_source
        self._checks: Mapping[JobName, DueCheck] = MappingProxyType(
            {JobName.INGEST_BARS: self._feed_is_back, JobName.REFRESH_QUOTES: self._quotes_are_due}
        )

    def __call__(self, job: JobName, open_work: UnitOfWorkFactory) -> bool:
        """Return whether a job should run now."""
        feed = self._feed
        return feed is not None and self._checks[job](feed, open_work)

    @cached_property
    def _feed(self) -> LiveFeed | None:
        if self._settings.data_provider not in LIVE_PROVIDERS:
            return None
        source = self._open_source(self._settings, self._clock)
        return source if isinstance(source, LiveFeed) else None

    def _feed_is_back(self, feed: LiveFeed, open_work: UnitOfWorkFactory) -> bool:
        """Whether a feed that was down answers again: a run each time it is tried would be noise."""
        with open_work() as work:
            if not _waits_for_feed(work, feed.feed_name, self._clock.now()):
                return False
        try:
            feed.probe(StoredInDatabase(open_work))
        except ProviderUnavailableError:
            return False
        return True

    def _quotes_are_due(self, feed: LiveFeed, open_work: UnitOfWorkFactory) -> bool:
        if not is_trading(self._clock.now(), minutes_after=_QUOTES_AFTER_CLOSE_MINUTES):
            return False
        with open_work() as work:
            status = work.datasets.active()
            circuit = _circuit(work, feed.feed_name)
            is_busy = _is_active(work, JobName.REFRESH_QUOTES)
        is_shown = status is not None and status.dataset.provider == feed.feed_name
        is_asked = circuit is None or circuit.state is CircuitState.CLOSED
        return is_shown and is_asked and not is_busy


def _waits_for_feed(work: UnitOfWork, feed_name: str, now: datetime) -> bool:
    """Whether the feed failed last, long enough ago, and something is missing because of it."""
    circuit = _circuit(work, feed_name)
    if circuit is None or circuit.n_failures == 0 or circuit.last_failure_at is None:
        return False
    if now - circuit.last_failure_at < _TRY_AGAIN_AFTER or _is_active(work, JobName.INGEST_BARS):
        return False
    if circuit.state is not CircuitState.CLOSED:
        return True
    status = work.datasets.active()
    if status is None or status.dataset.provider != feed_name:
        return True
    return any(
        run.job is JobName.INGEST_BARS and run.state is JobState.FAILED
        for run in work.jobs.newest_of_each_job()
    )


def _circuit(work: UnitOfWork, feed_name: str) -> ProviderCircuit | None:
    return next((circuit for circuit in work.provider_circuits.of(feed_name) if not circuit.symbol), None)


def _is_active(work: UnitOfWork, job: JobName) -> bool:
    return any(run.job is job for run in work.jobs.active())
