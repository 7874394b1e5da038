"""A feed without a database."""

from dataclasses import dataclass, field, replace
from datetime import date

from models.domain.errors import GlassboxError, UnknownSymbolError
from models.domain.feed import Activity, Quote, SignalFeed, TickerDetail
from models.domain.jobs import JobName, JobRun, JobState
from models.domain.market import Dataset, DatasetStatus
from tests.feed_panels import NOW, SAMPLE, sample_details, status_of


def newest(detail: TickerDetail, n_sessions: int) -> TickerDetail:
    """Return a panel cut to its newest sessions."""
    arrays = {
        name: getattr(detail, name)[-n_sessions:]
        for name in (
            "session", "open", "high", "low", "close", "volume", "sma_50", "sma_200", "bb_upper", "bb_middle",
            "bb_lower", "rsi_14", "confluence_history",
        )
    }  # fmt: skip
    return replace(detail, **arrays)


def running(done: int = 2, total: int = 5) -> Activity:
    """Return a worker at work."""
    run = JobRun(
        1, JobName.SCORE_INDICATORS, NOW, 1, JobState.RUNNING, progress_done=done, progress_total=total,
        progress_message="symbols",
    )  # fmt: skip
    return Activity(f"Scoring indicators: {done} of {total} symbols", (run,), (), worker_alive=True)


@dataclass
class FakeFeedQueries:
    """Answers like the real queries; ``fault`` is raised instead where it is set."""

    details: dict[str, TickerDetail] = field(default_factory=sample_details)
    dataset: Dataset = SAMPLE
    fault: GlassboxError | None = None
    doing: Activity = field(default_factory=running)
    behind: str = ""
    quoted: Quote | None = None
    n_feeds: int = 0
    n_tickers: int = 0

    def feed(self, as_of: date | None = None) -> SignalFeed:
        """Return every symbol's row, whatever the day."""
        self.n_feeds += 1
        if self.fault:
            raise self.fault
        rows = tuple(each.row for each in self.details.values())
        newest = date(2013, 3, 1)
        is_newest = as_of is None or as_of >= newest
        session = newest if is_newest else as_of
        return SignalFeed(status_of(self.dataset, len(rows)), session, NOW, rows, is_newest)

    def ticker(self, symbol: str, n_sessions: int = 250, as_of: date | None = None) -> TickerDetail:
        """Return one panel."""
        self.n_tickers += 1
        if self.fault:
            raise self.fault
        if symbol not in self.details:
            raise UnknownSymbolError(f"No symbol {symbol} in this universe")
        return newest(self.details[symbol], n_sessions)

    def staleness(self, status: DatasetStatus) -> str:
        """Return what was put in."""
        return self.behind

    def quote(self, symbol: str) -> Quote | None:
        """Return what was put in."""
        return self.quoted

    def activity(self) -> Activity:
        """Return what was put in."""
        return self.doing
