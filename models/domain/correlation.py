"""How the prices of a universe move together, as the correlation page shows it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from models.domain.errors import InvalidRequestError
from models.domain.market import DatasetStatus

MIN_WINDOW, MAX_WINDOW = 20, 5_040
# Symbols with fewer of the window's returns are left out, so that each pair shares half of the window.
MIN_COVERAGE = 0.75
PAIR_WINDOW = 60  # sessions of each point of a pair's rolling correlation
# What a page computes at most.
MAX_SYMBOLS, MAX_RETURNS = 3_000, 1_500_000
SCALE = 10_000  # correlations are sent as whole ten-thousandths


class CorrelationMethod(StrEnum):
    """How a correlation is estimated."""

    PEARSON = "pearson"
    SPEARMAN = "spearman"
    LEDOIT_WOLF = "ledoit-wolf"


class MatrixOrder(StrEnum):
    """How the symbols of a matrix are ordered."""

    CLUSTERS = "clusters"
    SECTORS = "sectors"
    NAMES = "names"


@dataclass(frozen=True)
class CorrelationRequest:
    """Which matrix. ``sector``: of these symbols alone; ``as_of``: up to that day's close."""

    method: CorrelationMethod = CorrelationMethod.PEARSON
    window_sessions: int = 252
    order: MatrixOrder = MatrixOrder.CLUSTERS
    sector: str | None = None
    as_of: date | None = None

    def __post_init__(self) -> None:
        if not MIN_WINDOW <= self.window_sessions <= MAX_WINDOW:
            raise InvalidRequestError(
                f"A window of {self.window_sessions:,} sessions: choose {MIN_WINDOW} to {MAX_WINDOW:,}"
            )

    @property
    def min_returns(self) -> int:
        """Returns that a symbol must have within the window."""
        return int(np.ceil(MIN_COVERAGE * self.window_sessions))


@dataclass(frozen=True)
class LeftOut:
    """A symbol that is not in the matrix, and why."""

    symbol: str
    reason: str


@dataclass(frozen=True)
class Block:
    """Neighbours that belong together: lines ``start`` up to ``end``, and their mean correlation."""

    start: int
    end: int
    label: str
    average: float


@dataclass(frozen=True)
class Pair:
    """Two symbols and their correlation."""

    first: str
    second: str
    correlation: float


@dataclass(frozen=True)
class Concentration:
    """Symbols that move almost as one, and the ``average`` correlation among them."""

    symbols: tuple[str, ...]
    average: float


@dataclass(frozen=True)
class Measures:
    """A matrix in four numbers, beside what independent returns of as many sessions would show by chance.

    ``largest_share``: the largest eigenvalue's part of the sum of all. ``effective_bets``: (sum of
    eigenvalues)^2 / sum of squares. ``noise_share``, ``noise_bets``: the same of independent symbols; None
    where the estimate removes the noise (``shrinkage``, the weight of the identity, is then given).
    """

    average: float
    largest_share: float
    effective_bets: float
    noise_share: float | None
    noise_bets: float | None
    shrinkage: float | None


@dataclass(frozen=True)
class Line:
    """A line of the matrix: one symbol, or several neighbours where there are too many to draw."""

    symbols: tuple[str, ...]
    name: str
    sector: str


@dataclass(frozen=True, eq=False)
class CorrelationMatrix:
    """A matrix, ready to draw.

    ``triangle``: int16, the upper triangle with its diagonal, line after line, in units of 1 / ``SCALE``;
    of lines with several symbols the mean over their pairs. ``n_symbols`` counts those in the matrix,
    ``first`` to ``last`` are the sessions of the returns, ``n_common_min`` the fewest that a pair shares.
    """

    status: DatasetStatus
    request: CorrelationRequest
    first: date
    last: date
    n_sessions: int
    n_symbols: int
    n_common_min: int
    lines: tuple[Line, ...]
    triangle: np.ndarray
    blocks: tuple[Block, ...]
    measures: Measures
    highest: tuple[Pair, ...]
    lowest: tuple[Pair, ...]
    concentrations: tuple[Concentration, ...]
    left_out: tuple[LeftOut, ...]
    n_left_out: int
    sectors: tuple[tuple[str, int], ...]
    is_newest: bool


@dataclass(frozen=True, eq=False)
class RollingPair:
    """Two symbols over time.

    ``correlation``: float64, one a session, over the ``window_sessions`` common returns up to it; NaN where
    there are too few. ``whole``, ``low``, ``high``: over the matrix's window, with its 95 % interval.
    """

    first: str
    second: str
    first_name: str
    second_name: str
    method: CorrelationMethod
    window_sessions: int
    session: np.ndarray
    correlation: np.ndarray
    whole: float
    low: float
    high: float
    n_common: int
