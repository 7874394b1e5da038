"""The book that a model's forecasts make: what being right, or wrong, was worth after costs."""

from dataclasses import replace

import numpy as np

from models.domain.portfolio import BacktestSettings
from models.domain.trials import JudgedBook
from services.ml.inputs import MarketInputs
from services.ml.samples import Samples
from services.ml.walk_forward import Forecasts
from services.quant.confluence import combine_confluence, confluence_labels, model_score
from services.quant.features.context import UNKNOWN_SECTOR
from services.quant.portfolio.judged_book import N_RANDOM_BOOKS, BookGround, judge_book
from services.quant.portfolio.market import TradingMarket, lay_out_market, lay_out_signals


def book_ground(
    inputs: MarketInputs, horizon_sessions: int, settings: BacktestSettings | None = None
) -> BookGround:
    """Return the market that the books of an input trade in, and its universe at equal weights.

    Parameters
    ----------
    inputs : MarketInputs
    horizon_sessions : int
        Of the labels; no holding is left before.
    settings : BacktestSettings, optional
        The rest of a book's rules.
    """
    panel, context = inputs.panel, inputs.context
    sectors = {
        symbol: None if code == UNKNOWN_SECTOR else inputs.sector_names[code]
        for symbol, code in zip(panel.symbols, context.sector.tolist(), strict=True)
    }
    market = lay_out_market(
        panel,
        inputs.dataset.price_basis,
        sector_of=sectors,
        benchmark=context.benchmark,
        vix=context.vix,
    )
    rules = replace(settings or BacktestSettings(), horizon_sessions=horizon_sessions)
    return BookGround.of(market, rules, _members(inputs, market))


def trial_book(
    ground: BookGround,
    inputs: MarketInputs,
    samples: Samples,
    forecasts: Forecasts,
    n_random_books: int = N_RANDOM_BOOKS,
) -> JudgedBook:
    """Run the book of a model's forecasts over the sessions that it forecast.

    The model's score, (1 + P(Up) - P(Down)) / 2, stands for the whole confluence.

    Parameters
    ----------
    ground : BookGround
        Of ``book_ground(inputs, ...)``.
    inputs : MarketInputs
    samples : Samples
        Those that were forecast are among them.
    forecasts : Forecasts
        Out of sample, calibrated.
    n_random_books : int
        Books of equal turnover beside it.

    Raises
    ------
    InsufficientHistoryError
        If the forecasts reach over fewer than three sessions.
    """
    panel = inputs.panel
    three = forecasts.probabilities.shape[1] > 2
    score = np.full(panel.n_rows, np.nan)
    score[samples.source[forecasts.places]] = model_score(
        forecasts.probabilities[:, -1], forecasts.probabilities[:, 0] if three else None
    )
    missing = np.full(panel.n_rows, np.nan)
    confluence = combine_confluence(missing, missing, score, model_is_proven=True).score
    signals = lay_out_signals(
        ground.market,
        panel,
        confluence,
        confluence_labels(confluence).codes,
        is_member=None if ground.is_member is None else inputs.context.is_member,
    )
    first = int(np.searchsorted(ground.market.sessions, forecasts.sessions.min()))
    return judge_book(ground, signals, first, n_random_books)


def _members(inputs: MarketInputs, market: TradingMarket) -> np.ndarray | None:
    """Return who belonged to the universe at each close, None where everyone always did."""
    panel, is_member = inputs.panel, inputs.context.is_member
    if is_member.all():
        return None
    members = np.zeros(market.close.shape, dtype=bool)
    column = np.searchsorted(np.array(market.symbols), np.array(panel.symbols))[panel.code]
    members[np.searchsorted(market.sessions, panel.session), column] = is_member
    return members
