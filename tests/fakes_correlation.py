"""The correlation page without a database: four symbols of two sectors."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from models.domain.correlation import (
    CorrelationMatrix,
    CorrelationMethod,
    CorrelationRequest,
    RollingPair,
)
from models.domain.errors import GlassboxError, UnknownSymbolError
from models.domain.feed import Activity
from models.domain.market import DatasetStatus
from services.quant.correlation.pairs import rolling_pair
from services.quant.correlation.returns import ReturnTable
from services.queries.correlation_view import matrix_view
from tests.fakes_feed import running
from tests.feed_panels import SAMPLE, status_of

SYMBOLS = ("AAA", "BBB", "CCC", "DDD")
MEMBERS = pd.DataFrame(
    {
        "symbol": SYMBOLS,
        "name": [f"{symbol} Inc." for symbol in SYMBOLS],
        "sector": ["Energy", "Energy", "Utilities", "No sector"],
    }
)
SECTORS = (("Energy", 2), ("Utilities", 1), ("No sector", 1))


def returns_of_four(n_sessions: int = 300) -> ReturnTable:
    """Return AAA and BBB that move almost as one, CCC against them, DDD listed late."""
    rng = np.random.default_rng(0)
    market = rng.normal(0, 0.01, n_sessions)
    own = rng.normal(0, 0.004, (n_sessions, 4))
    returns = np.column_stack([market, market, -0.5 * market, 0.2 * market]) + own
    returns[:-50, 3] = np.nan
    last = np.datetime64("2013-03-01")
    return ReturnTable(SYMBOLS, np.busday_offset(last, np.arange(1 - n_sessions, 1)), returns)


@dataclass
class FakeCorrelationQueries:
    """Answers like the real queries; ``fault`` is raised instead where it is set."""

    fault: GlassboxError | None = None
    doing: Activity = field(default_factory=running)
    behind: str = ""
    is_newest: bool = True

    def matrix(self, request: CorrelationRequest) -> CorrelationMatrix:
        """Return the four symbols' matrix."""
        if self.fault:
            raise self.fault
        table = returns_of_four()
        n_sessions = request.window_sessions
        table = ReturnTable(table.symbols, table.session[-n_sessions:], table.returns[-n_sessions:])
        status = status_of(SAMPLE, 4)
        return matrix_view(table, MEMBERS, SECTORS, request, status, is_newest=self.is_newest)

    def pair(
        self,
        first: str,
        second: str,
        method: CorrelationMethod = CorrelationMethod.PEARSON,
        window_sessions: int = 252,
        as_of: date | None = None,
    ) -> RollingPair:
        """Return two of them over time."""
        if self.fault:
            raise self.fault
        table = returns_of_four()
        for symbol in (first, second):
            if symbol not in SYMBOLS:
                raise UnknownSymbolError(f"No symbol {symbol!r} in this universe")
        places = [SYMBOLS.index(symbol) for symbol in (first, second)]
        two = ReturnTable((first, second), table.session, table.returns[:, places])
        return rolling_pair(two, {name: f"{name} Inc." for name in SYMBOLS}, first, method, window_sessions)

    def sectors(self) -> tuple[tuple[str, int], ...]:
        """Return what can be chosen."""
        return SECTORS

    def staleness(self, status: DatasetStatus) -> str:
        """Return what was put in."""
        return self.behind

    def activity(self) -> Activity:
        """Return what was put in."""
        return self.doing
