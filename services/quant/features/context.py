"""What features know beside the prices of the panel."""

from dataclasses import dataclass, replace

import numpy as np

from models.domain.market import PricePanel
from services.quant.gaps import MAX_FILLED_SESSIONS

UNKNOWN_SECTOR = -1


@dataclass(frozen=True, eq=False)
class CloseSeries:
    """Closes of an index or a fund outside the universe, known at the close of their session.

    ``session``: datetime64[D], ascending, without repetition. ``close``: float64, positive, adjusted for
    dividends and splits where it is a fund. Shape (n,).
    """

    session: np.ndarray
    close: np.ndarray

    def until(self, last_session: np.datetime64) -> "CloseSeries":
        """Return the part up to a session."""
        keep = self.session <= last_session
        return CloseSeries(self.session[keep], self.close[keep])

    def on(self, sessions: np.ndarray) -> np.ndarray:
        """Return the last close at or before each session, float64, shape (n_sessions,).

        NaN where there is none yet, or where more than 5 sessions have passed without one.
        """
        if self.session.size == 0:
            return np.full(sessions.size, np.nan)
        found = np.searchsorted(self.session, sessions, side="right") - 1
        last = np.maximum(found, 0)
        place = np.searchsorted(sessions, self.session[last], side="right") - 1
        is_known = (found >= 0) & (np.arange(sessions.size) - place <= MAX_FILLED_SESSIONS)
        return np.where(is_known, self.close[last], np.nan)


@dataclass(frozen=True, eq=False)
class FeatureContext:
    """Sectors, the universe of each day, and the market's own series.

    ``sector``: int64, shape (n_symbols,), any codes from 0 on, ``UNKNOWN_SECTOR`` where not known. Sources
    give today's sector alone; a company that changed it is counted with its later one throughout.
    ``is_member``: bool, shape (n_rows,), whether the symbol belonged to the universe that day. Ranks, means
    and deviations are taken over members; a row that is none is compared with them.
    ``benchmark``: the market that returns are compared with; None: the mean of the other members.
    ``vix``: the VIX index; None: features that need it are NaN.
    """

    sector: np.ndarray
    is_member: np.ndarray
    benchmark: CloseSeries | None = None
    vix: CloseSeries | None = None

    @classmethod
    def of_whole_panel(cls, panel: PricePanel) -> "FeatureContext":
        """Return a context in which every bar is a member's and nothing else is known."""
        return cls(np.full(len(panel.symbols), UNKNOWN_SECTOR), np.ones(panel.n_rows, dtype=bool))

    def of_rows(self, panel: PricePanel, keep: np.ndarray) -> "FeatureContext":
        """Return the context of ``keep_rows(panel, keep)``, panel being the one this one belongs to."""
        return replace(self, sector=self.sector[np.unique(panel.code[keep])], is_member=self.is_member[keep])

    def until(self, panel: PricePanel, last_session: np.datetime64) -> "FeatureContext":
        """Return the context of ``cut_panel(panel, last_session)``, as known at that close."""
        return replace(
            self.of_rows(panel, panel.session <= last_session),
            benchmark=None if self.benchmark is None else self.benchmark.until(last_session),
            vix=None if self.vix is None else self.vix.until(last_session),
        )
