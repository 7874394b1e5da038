"""How far the stored prices can be trusted, as the data-quality page shows it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import numpy as np

from models.domain.market import DatasetStatus, ProviderCircuit, QuarantineStatus

MAX_PLAIN_GAP_SESSIONS = 5  # a longer gap ends the window that indicators are computed over
_POOR_BELOW = 0.99  # of any measure


class Measure(StrEnum):
    """The four measures of quality, each a share in [0, 1]."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    TIMELINESS = "timeliness"
    UNIQUENESS = "uniqueness"


class Problem(StrEnum):
    """What can be wrong with a symbol's prices, the gravest first."""

    LATE = "late"
    GAP = "long-gap"
    INCOMPLETE = "incomplete"
    REJECTED = "rejected"
    REPEATED = "repeated"
    FLAGGED = "flagged"  # such bars are kept and used


class Verdict(StrEnum):
    """What to make of a symbol's prices."""

    GOOD = "good"
    WATCH = "watch"
    POOR = "poor"


class Severity(StrEnum):
    """What becomes of a bar that meets a rule: rejected, or kept and marked."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True)
class SymbolQuality:
    """One symbol as assessed last. Measures in [0, 1], None where there is nothing to measure.

    ``rules``: those that its bars met, hard and soft. ``n_quarantined``: rows that were rejected and not
    released.
    """

    symbol: str
    name: str
    sector: str | None
    completeness: float | None
    validity: float | None
    timeliness: float | None
    uniqueness: float | None
    n_bars: int
    n_expected: int
    n_quarantined: int
    n_flagged: int
    longest_gap_sessions: int
    first_session: date | None
    last_session: date | None
    rules: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, the gravest first."""
        found = {
            Problem.LATE: _is_short(self.timeliness),
            Problem.GAP: self.longest_gap_sessions > MAX_PLAIN_GAP_SESSIONS,
            Problem.INCOMPLETE: _is_short(self.completeness),
            Problem.REJECTED: self.n_quarantined > 0 or _is_short(self.validity),
            Problem.REPEATED: _is_short(self.uniqueness),
            Problem.FLAGGED: self.n_flagged > 0,
        }
        return tuple(problem for problem, is_there in found.items() if is_there)

    @property
    def verdict(self) -> Verdict:
        """Poor: late, or a measure under 99 %. Watch: any other problem but flags. Good: the rest."""
        measures = (self.completeness, self.validity, self.timeliness, self.uniqueness)
        if any(_is_short(measure, _POOR_BELOW) for measure in measures) or Problem.LATE in self.problems:
            return Verdict.POOR
        return Verdict.WATCH if set(self.problems) - {Problem.FLAGGED} else Verdict.GOOD


@dataclass(frozen=True)
class AssessedRun:
    """All symbols together, as assessed at one time; measures None where there is nothing to measure."""

    assessed_at: datetime
    n_symbols: int
    n_bars: int
    completeness: float | None
    validity: float | None
    timeliness: float | None
    uniqueness: float | None
    n_quarantined: int
    n_flagged: int


@dataclass(frozen=True)
class RuleCount:
    """How often a rule was met. ``n_waiting``: rejected rows that nobody has decided on."""

    rule: str
    severity: Severity
    n_rows: int
    n_symbols: int
    n_waiting: int = 0


@dataclass(frozen=True)
class QuarantinedRow:
    """A row of a source that broke a hard rule. Values None where the source has none.

    Symbol, rule and source together name it; ``found_at`` changes when it comes again with other values.
    """

    symbol: str
    session: date | None
    rule: str
    detail: str
    source: str
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: float | None
    adj_close: float | None
    status: QuarantineStatus
    decided_by: str | None
    decided_at: datetime | None
    found_at: datetime

    @property
    def lacks(self) -> tuple[str, ...]:
        """What keeps it from ever being a bar: fields that are missing, and prices that are not positive."""
        prices = {"open": self.open, "high": self.high, "low": self.low, "close": self.close}
        missing = [name for name, value in prices.items() if value is None]
        if self.volume is None and not self.symbol.startswith("^"):
            missing.append("volume")
        if self.session is None:
            missing.append("date")
        if not self.symbol:
            missing.append("symbol")
        return (
            *missing,
            *(f"a positive {name}" for name, value in prices.items() if value is not None and value <= 0),
        )


@dataclass(frozen=True)
class BarFlag:
    """A bar that met a soft rule."""

    session: date
    rule: str
    detail: str


@dataclass(frozen=True)
class Gap:
    """Sessions of the exchange in a row without a bar, both ends inclusive."""

    first: date
    last: date
    n_sessions: int


@dataclass(frozen=True)
class StoredBar:
    """A bar as stored, on the provider's price basis."""

    session: date
    open: float
    high: float
    low: float
    close: float
    volume: float | None


@dataclass(frozen=True, eq=False)
class QualityReport:
    """All that was assessed of the dataset that pages show.

    ``runs``: oldest first. ``session``, ``n_expected``, ``n_present``: arrays with one entry a session of the
    exchange, oldest first. ``quarantine``: the newest rows, those without a decision first; at most as many
    as the page can hold, of ``n_quarantine`` rows whatever was decided on them.
    """

    status: DatasetStatus
    assessed_at: datetime
    symbols: tuple[SymbolQuality, ...]
    runs: tuple[AssessedRun, ...]
    rules: tuple[RuleCount, ...]
    session: np.ndarray  # datetime64[D]
    n_expected: np.ndarray  # int64
    n_present: np.ndarray  # int64
    quarantine: tuple[QuarantinedRow, ...]
    n_quarantine: int
    n_waiting: int
    n_released: int

    @property
    def version(self) -> str:
        """Differs whenever the page would look different."""
        decided = max((row.decided_at for row in self.quarantine if row.decided_at), default=None)
        return f"{self.status.dataset.id} {self.assessed_at} {self.n_quarantine} {self.n_waiting} {decided}"


@dataclass(frozen=True)
class SymbolEvidence:
    """What stands behind one symbol's row, the newest first; each list up to a limit, with its total."""

    row: SymbolQuality
    flags: tuple[BarFlag, ...]
    n_flags: int
    gaps: tuple[Gap, ...]
    n_gaps: int
    quarantine: tuple[QuarantinedRow, ...]
    n_quarantine: int


@dataclass(frozen=True)
class RowEvidence:
    """A row in quarantine, and the bars stored on its session and around it, oldest first."""

    row: QuarantinedRow
    around: tuple[StoredBar, ...]


@dataclass(frozen=True)
class Freshness:
    """How new the data are now. ``expected_session``: the newest that should be there, None where none is."""

    last_session: date | None
    refreshed_at: datetime | None
    expected_session: date | None
    n_sessions_missing: int
    historical: bool


@dataclass(frozen=True)
class CircuitStatus:
    """A circuit with the moment at which an open one lets the provider be asked again."""

    circuit: ProviderCircuit
    opens_again_at: datetime | None


@dataclass(frozen=True)
class Supply:
    """Where the data come from and how that goes: changes with time alone, so it is never kept.

    ``symbols``: circuits of single symbols that have failures.
    """

    provider: str
    freshness: Freshness
    providers: tuple[CircuitStatus, ...]
    symbols: tuple[CircuitStatus, ...]


def _is_short(measure: float | None, of: float = 1.0) -> bool:
    return measure is not None and measure < of
