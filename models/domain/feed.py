"""What the signal feed and its ticker panel show, ready to draw."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from models.domain.indicators import IndicatorMetadata
from models.domain.jobs import JobRun
from models.domain.market import DatasetStatus
from models.domain.signals import Label

NO_SECTOR = "No sector"  # what stands for a sector that no source names


@dataclass(frozen=True)
class FeedRow:
    """A symbol of the feed. Scores in [0, 1]; None where there is none, ``reason`` then says why.

    ``label`` goes by fixed thresholds, ``quantile_label`` by the universe's trailing 252 sessions.
    ``made_of``: the sources of the confluence with the weight each had, summing to 1; a score that is there
    and not among them was unproven.
    ``model_source``: the model that gave ``model``, e.g. "fast (model 3)"; ``model_note``: why it does not
    count, or that it does by force; both empty without a model's score.
    ``day_change``: total return of the last session, as a fraction.
    ``history``: adjusted closes of up to 60 sessions, the newest last and equal to ``close``.
    """

    symbol: str
    name: str
    sector: str | None
    note: str
    session: date | None
    close: float | None
    day_change: float | None
    label: Label | None
    technical_label: Label | None
    quantile_label: Label | None
    confluence: float | None
    technical: float | None
    sentiment: float | None
    model: float | None
    rsi_score: float | None
    macd_score: float | None
    ma_score: float | None
    bb_score: float | None
    rank: float | None
    confidence: float | None
    confidence_base_rate: float | None
    confidence_n: int | None
    window_sessions: int
    reason: str
    made_of: tuple[tuple[str, float], ...]
    history: tuple[float, ...]
    model_source: str = ""
    model_note: str = ""


@dataclass(frozen=True)
class SignalFeed:
    """The signals of the universe. ``as_of`` is the session they stand for.

    ``is_newest``: it is the newest one; otherwise nothing later than its close is in here.
    """

    status: DatasetStatus
    as_of: date
    computed_at: datetime | None
    rows: tuple[FeedRow, ...]
    is_newest: bool


@dataclass(frozen=True)
class IndicatorValue:
    """An indicator's value at one session, with what there is to say of it."""

    metadata: IndicatorMetadata
    value: float | None


@dataclass(frozen=True, eq=False)
class TickerDetail:
    """One symbol's panel.

    Arrays have one entry a session, oldest first; prices are adjusted for splits and dividends as of the
    last session shown, so that its close is the price that was quoted; volume for splits. NaN where an
    average has too few sessions. ``missing_sessions``: weekdays between the first session and the last
    without a bar, for the axis.
    """

    row: FeedRow
    status: DatasetStatus
    session: np.ndarray  # datetime64[D]
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray
    sma_50: np.ndarray
    sma_200: np.ndarray
    bb_upper: np.ndarray
    bb_middle: np.ndarray
    bb_lower: np.ndarray
    rsi_14: np.ndarray
    confluence_history: np.ndarray
    missing_sessions: tuple[date, ...]
    indicators: tuple[IndicatorValue, ...]


@dataclass(frozen=True)
class Quote:
    """A price within a session, aware UTC time: shown beside the closes and never scored.

    ``change``: against the close before, a fraction; None where the feed does not give that.
    """

    price: float
    quoted_at: datetime
    change: float | None


@dataclass(frozen=True)
class Activity:
    """What the worker does now: for pages whose data are not there yet.

    ``sentence`` is ready to show, e.g. "Scoring indicators: 2 of 5 symbols".
    """

    sentence: str
    running: tuple[JobRun, ...]
    failed: tuple[JobRun, ...]
    worker_alive: bool
