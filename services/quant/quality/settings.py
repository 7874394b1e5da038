"""From where on a bar looks suspicious."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FlagSettings:
    """Thresholds of the soft rules. Moves are simple returns, as fractions."""

    n_deviations: float = 8.0  # robust standard deviations of a move that looks odd
    least_move: float = 0.20  # and how large it is at least
    baseline_sessions: int = 252  # how far back the deviation is measured
    min_baseline_moves: int = 60  # fewer than these give no measure
    min_universe: int = 5  # symbols with a move that day; fewer say nothing about the market
    repeated_sessions: int = 3
    max_gap_sessions: int = 5  # without a bar
    split_tolerance: float = 0.01  # relative
    reuse_gap_sessions: int = 20
    reuse_move: float = 0.40

    @property
    def lookback_sessions(self) -> int:
        """How many sessions before a bar its flags depend on, gaps apart."""
        return self.baseline_sessions + self.repeated_sessions + self.max_gap_sessions


# What a price becomes in the splits that are commonest: new price for one old.
SPLIT_RATIOS = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 2.0, 3.0)
