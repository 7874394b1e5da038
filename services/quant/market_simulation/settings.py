"""What can be chosen about a simulated market."""

from dataclasses import dataclass

from models.domain.errors import InvalidRequestError

MAX_SYMBOLS = 10_000
# A trend would feed itself faster than it is forgotten where 4.47 x strength reaches 1, at 0.22.
_MAX_STRENGTH = 0.2

# The ``signal_strength`` at which the oracle's score tells Up from Down with an AUC of 0.65, for the return
# from the next open to the fifth close beyond half a standard deviation, and the mere sign of it with 0.61:
# measured on 16 markets of 500 companies and 2,520 sessions.
STRENGTH_OF_AUC_65 = 0.093


@dataclass(frozen=True)
class SimulationSettings:
    """Size of the market and strength of the effect planted in it.

    Parameters
    ----------
    n_symbols : int
        1 to 10,000 companies, dealt in turn to the 11 GICS sectors.
    n_sessions : int
        1 or more.
    signal_strength : float
        0 (nothing is predictable) to below 0.2: the expected log return of a session from its open to its
        close, in standard deviations of the session's whole return, per unit of the oracle's score.
    share_listed_late : float
        Share of companies listed after the first session, five years after it on average.
    delistings_per_year : float
        Expected share of the listed companies that leave within a year of 252 sessions.

    Raises
    ------
    InvalidRequestError
        If a value lies outside its range.
    """

    n_symbols: int = 60
    n_sessions: int = 2520
    signal_strength: float = 0.0
    share_listed_late: float = 0.2
    delistings_per_year: float = 0.02

    def __post_init__(self) -> None:
        limits = {
            "n_symbols": (1 <= self.n_symbols <= MAX_SYMBOLS, f"1 to {MAX_SYMBOLS:,}"),
            "n_sessions": (self.n_sessions >= 1, "1 or more"),
            "signal_strength": (0 <= self.signal_strength < _MAX_STRENGTH, f"0 to below {_MAX_STRENGTH}"),
            "share_listed_late": (0 <= self.share_listed_late <= 1, "0 to 1"),
            "delistings_per_year": (0 <= self.delistings_per_year < 1, "0 to below 1"),
        }
        for name, (holds, allowed) in limits.items():
            if not holds:
                raise InvalidRequestError(f"{name}={getattr(self, name)}: must be {allowed}")
