"""Log returns of every company before any effect is planted: factors, clustering volatility, fat tails.

Given the past, the signs of all later shocks could be turned round without changing how likely they are:
volatility, tails, jumps and volume depend on the size of shocks and never on their direction. So every later
log return is symmetric around zero whatever has happened, and nothing known today tells its sign.
"""

from dataclasses import dataclass

import numpy as np

from models.domain.market import GICS_SECTORS
from services.quant.market_simulation.companies import SESSIONS_PER_QUARTER, Companies
from services.quant.market_simulation.streams import SPAN, block_generator, draw_span

_NIGHT_SHARE = 0.3  # of a session's variance
_FACTOR_VOLATILITY = np.array([0.0085, *[0.006] * len(GICS_SECTORS)])  # the market, then each sector
_PERSISTENCE = 0.98  # of log volatility, a session
_SPREAD = 0.4  # stationary standard deviation of log volatility
_SHARED = 0.5  # how far the others' log volatility follows the market's
# Of a company's whole log volatility: exp(2 (log volatility - variance)) is 1 on average.
_VARIANCE = _SPREAD**2 * (1 + _SHARED**2)
_TRADING_PERSISTENCE = 0.9
_TRADING_SPREAD = 0.35
_LARGEST = 1.0  # log return of a night or of a day: keeps a price above its dividend


@dataclass(frozen=True, eq=False)
class Moves:
    """What happens to every company in ``SPAN`` sessions: float64 arrays of shape (SPAN, n_companies)."""

    night: np.ndarray  # log return from the close before to the open, with dividend
    day: np.ndarray  # log return from open to close
    volatility: np.ndarray  # standard deviation of the session's return, without its earnings
    day_variance: np.ndarray  # from open to close, as it was that session
    volume: np.ndarray  # shares traded, had there never been a split
    above: np.ndarray  # standard exponential, for the high
    below: np.ndarray


@dataclass(frozen=True, eq=False)
class _Factors:
    """The market (first) and the sectors: arrays of shape (SPAN, 12)."""

    night: np.ndarray
    day: np.ndarray
    volatility: np.ndarray
    shared: np.ndarray  # shape (SPAN,): what the market adds to everybody's log volatility


class ReturnProcess:
    """The sequence of ``Moves``; every call of ``advance`` goes on where the one before stopped."""

    def __init__(self, companies: Companies, generators: list[np.random.Generator], seed: int) -> None:
        self._companies = companies
        self._generators = generators
        self._market = [block_generator(seed, -1)]
        n_factors = _FACTOR_VOLATILITY.size
        self._factor_state = _SPREAD * self._market[0].standard_normal(n_factors)
        own = [rng.standard_normal((2, companies.beta.size // len(generators))) for rng in generators]
        log_volatility, trading = np.concatenate(own, axis=1)
        self._log_volatility = _SPREAD * log_volatility
        self._trading = _TRADING_SPREAD * trading
        self._n_done = 0

    def advance(self) -> Moves:
        """Return the next ``SPAN`` sessions."""
        firms = self._companies
        factors = self._next_factors()
        draws = draw_span(self._generators, firms.beta.size // len(self._generators))
        log_volatility = _autoregression(self._log_volatility, draws.volatility, _PERSISTENCE, _SPREAD)
        trading = _autoregression(self._trading, draws.trading, _TRADING_PERSISTENCE, _TRADING_SPREAD)
        self._log_volatility, self._trading = log_volatility[-1], trading[-1]
        log_volatility = log_volatility + factors.shared[:, None]
        own = firms.volatility * np.exp(log_volatility - _VARIANCE)
        jump = self._next_earnings() * firms.earnings_volatility
        own_night = np.sqrt(_NIGHT_SHARE * own**2 + jump**2) * draws.tail * draws.night
        own_day = np.sqrt(1 - _NIGHT_SHARE) * own * draws.tail * draws.day
        night, day = (
            np.clip(part + self._load(factor), -_LARGEST, _LARGEST)
            for part, factor in ((own_night, factors.night), (own_day, factors.day))
        )
        common = (firms.beta * factors.volatility[:, :1]) ** 2
        common += (firms.sector_beta * factors.volatility[:, firms.sector + 1]) ** 2
        volatility = np.sqrt(common + own**2)
        activity = 0.35 * np.minimum(np.abs(night + day) / volatility, 6.0) + 0.35 * log_volatility
        return Moves(
            night=night,
            day=day,
            volatility=volatility,
            day_variance=(1 - _NIGHT_SHARE) * (common + (own * draws.tail) ** 2),
            volume=firms.turnover * np.exp(activity + trading + 0.25 * draws.trades),
            above=draws.above,
            below=draws.below,
        )

    def _load(self, factor: np.ndarray) -> np.ndarray:
        """Return what the factors move each company, shape (SPAN, n_companies)."""
        firms = self._companies
        moved: np.ndarray = firms.beta * factor[:, :1] + firms.sector_beta * factor[:, firms.sector + 1]
        return moved

    def _next_earnings(self) -> np.ndarray:
        session = np.arange(self._n_done, self._n_done + SPAN)
        self._n_done += SPAN
        reports: np.ndarray = (session[:, None] - self._companies.earnings_phase) % SESSIONS_PER_QUARTER == 0
        return reports

    def _next_factors(self) -> _Factors:
        draws = draw_span(self._market, _FACTOR_VOLATILITY.size)
        log_volatility = _autoregression(self._factor_state, draws.volatility, _PERSISTENCE, _SPREAD)
        self._factor_state = log_volatility[-1]
        shared = _SHARED * log_volatility[:, 0]
        exponent = log_volatility + shared[:, None] - _VARIANCE
        exponent[:, 0] = log_volatility[:, 0] - _SPREAD**2
        volatility = _FACTOR_VOLATILITY * np.exp(exponent)
        return _Factors(
            night=np.sqrt(_NIGHT_SHARE) * volatility * draws.tail * draws.night,
            day=np.sqrt(1 - _NIGHT_SHARE) * volatility * draws.tail * draws.day,
            volatility=volatility,
            shared=shared,
        )


def _autoregression(state: np.ndarray, noise: np.ndarray, persistence: float, spread: float) -> np.ndarray:
    """Return a first-order autoregression of stationary standard deviation ``spread``, after ``state``."""
    path: np.ndarray = spread * np.sqrt(1 - persistence**2) * noise
    for row in range(path.shape[0]):
        path[row] += persistence * state
        state = path[row]
    return path
