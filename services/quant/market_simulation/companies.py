"""What a simulated company is born with."""

from dataclasses import dataclass

import numpy as np

from models.domain.market import GICS_SECTORS
from services.quant.market_simulation.settings import SimulationSettings
from services.quant.market_simulation.streams import BLOCK, block_generator, n_blocks

SESSIONS_PER_YEAR = 252
SESSIONS_PER_QUARTER = 63
_NEVER = 2**40  # a session that no simulation reaches
_MEAN_LISTING_SESSION = 1_260
_SPLIT_RATIOS = np.array([1.5, 2.0, 2.0, 2.0, 3.0, 4.0])


@dataclass(frozen=True, eq=False)
class Companies:
    """Traits of every company, arrays of shape (n_companies,); sessions are numbered from 0."""

    sector: np.ndarray  # position in ``GICS_SECTORS``
    beta: np.ndarray  # to the market factor
    sector_beta: np.ndarray
    volatility: np.ndarray  # of its own return, a session
    earnings_volatility: np.ndarray  # added to the night before earnings
    listing_session: np.ndarray
    last_session: np.ndarray
    price: np.ndarray  # before the first session, USD
    shares: np.ndarray  # outstanding then
    turnover: np.ndarray  # shares traded in a usual session
    split_price: np.ndarray  # from here on a split is due
    split_ratio: np.ndarray
    dividend_yield: np.ndarray  # a quarter; 0 for those that pay none
    earnings_phase: np.ndarray  # session of the quarter, 0 to 62
    dividend_phase: np.ndarray

    def is_listed(self, session: np.ndarray) -> np.ndarray:
        """Return bool, shape (n_sessions, n_companies)."""
        day = session[:, None]
        listed: np.ndarray = (day >= self.listing_session) & (day <= self.last_session)
        return listed


def found_companies(settings: SimulationSettings, seed: int) -> tuple[Companies, list[np.random.Generator]]:
    """Return the companies, rounded up to whole blocks, and each block's generator for what follows.

    A company's traits depend on its number and the seed, never on how many others there are.
    """
    generators = [block_generator(seed, block) for block in range(n_blocks(settings.n_symbols))]
    traits = [_draw_block(settings, generator) for generator in generators]
    joined = {name: np.concatenate([block[name] for block in traits]) for name in traits[0]}
    sector = np.arange(len(generators) * BLOCK) % len(GICS_SECTORS)
    return Companies(sector=sector, **joined), generators


def _draw_block(settings: SimulationSettings, rng: np.random.Generator) -> dict[str, np.ndarray]:
    price = 50.0 * np.exp(0.5 * rng.standard_normal(BLOCK))
    shares = 10.0 ** (9.5 + 0.6 * rng.standard_normal(BLOCK)) / price
    is_late = rng.random(BLOCK) < settings.share_listed_late
    waited = 1 + rng.exponential(_MEAN_LISTING_SESSION, BLOCK).astype(np.int64)
    listing_session = np.where(is_late, waited, 0)
    life_years = rng.exponential(1.0, BLOCK)  # drawn whatever the rate, so that the rate moves nothing else
    hazard = -np.log1p(-settings.delistings_per_year) / SESSIONS_PER_YEAR
    life = (life_years / hazard).astype(np.int64) if hazard else np.full(BLOCK, _NEVER)
    pays = rng.random(BLOCK) < 0.6
    return {
        "price": price,
        "shares": shares,
        "listing_session": listing_session,
        "last_session": listing_session + life,
        "turnover": shares * 0.004 * np.exp(0.4 * rng.standard_normal(BLOCK)),
        "beta": np.clip(1.0 + 0.3 * rng.standard_normal(BLOCK), 0.2, 2.2),
        "sector_beta": np.clip(1.0 + 0.2 * rng.standard_normal(BLOCK), 0.4, 1.6),
        "volatility": 0.015 * np.exp(0.3 * rng.standard_normal(BLOCK)),
        "earnings_volatility": 0.04 * np.exp(0.3 * rng.standard_normal(BLOCK)),
        "split_price": 180.0 * np.exp(0.4 * rng.standard_normal(BLOCK)),
        "split_ratio": _SPLIT_RATIOS[rng.integers(_SPLIT_RATIOS.size, size=BLOCK)],
        "dividend_yield": np.where(pays, rng.uniform(0.001, 0.01, BLOCK), 0.0),
        "earnings_phase": rng.integers(SESSIONS_PER_QUARTER, size=BLOCK),
        "dividend_phase": rng.integers(SESSIONS_PER_QUARTER, size=BLOCK),
    }
